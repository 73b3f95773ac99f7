#ifndef NNET_SEPCONV2D_STREAM_H_
#define NNET_SEPCONV2D_STREAM_H_

// A firmware includes this header whatever its io_type. There is no io_stream version of this layer in the library: a
// firmware that calls one does not compile.
#include "nnet_sepconv2d.h"

#endif
