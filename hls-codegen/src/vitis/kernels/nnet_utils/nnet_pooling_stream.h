#ifndef NNET_POOLING_STREAM_H_
#define NNET_POOLING_STREAM_H_

// A firmware includes this header whatever its io_type. There is no io_stream version of this layer in the library: a
// firmware that calls one does not compile.
#include "nnet_pooling.h"

#endif
