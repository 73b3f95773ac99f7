#ifndef NNET_BATCHNORM_STREAM_H_
#define NNET_BATCHNORM_STREAM_H_
#include "nnet_batchnorm.h"
#endif
