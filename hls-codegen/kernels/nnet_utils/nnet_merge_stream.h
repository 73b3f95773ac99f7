#ifndef NNET_MERGE_STREAM_H_
#define NNET_MERGE_STREAM_H_
#include "nnet_merge.h"
#endif
