#ifndef NNET_CODE_GEN_H_
#define NNET_CODE_GEN_H_

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_function_stubs.h"
#include "nnet_helpers.h"
#include "nnet_mult.h"

// Kernels that exist for one project only: whoever writes the project puts them behind the line below.
namespace nnet {

// hls4ml insert code

} // namespace nnet

#endif
