#ifndef NNET_CONV1D_STREAM_H_
#define NNET_CONV1D_STREAM_H_

// A firmware includes this header whatever its io_type. There is no io_stream version of this layer in the library: a
// firmware that calls one does not compile.
#include "nnet_conv1d.h"

#endif
