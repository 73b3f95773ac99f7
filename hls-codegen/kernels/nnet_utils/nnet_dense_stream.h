#ifndef NNET_DENSE_STREAM_H_
#define NNET_DENSE_STREAM_H_
#include "nnet_dense.h"
#endif
