#ifndef NNET_TRANSPOSE_H_
#define NNET_TRANSPOSE_H_

#include "nnet_common.h"

namespace nnet {

namespace detail {

// Where element `i_out` of the result, counted in row-major order, comes from: perm_strides[d] is the distance in the
// input between neighbours along dimension d of the result.
template <class CONFIG_T> unsigned transpose_source(unsigned i_out) {
    #pragma HLS INLINE
    unsigned i_in = 0;
    for (unsigned d = CONFIG_T::dims; d > 0; d--) {
        #pragma HLS UNROLL
        i_in += i_out % CONFIG_T::to_shape[d - 1] * CONFIG_T::perm_strides[d - 1];
        i_out /= CONFIG_T::to_shape[d - 1];
    }
    return i_in;
}

} // namespace detail

template <typename data_T, typename res_T, typename CONFIG_T>
void transpose(const data_T data[CONFIG_T::N], res_T res[CONFIG_T::N]) {
    for (unsigned i = 0; i < CONFIG_T::N; i++) {
        #pragma HLS UNROLL
        res[i] = data[detail::transpose_source<CONFIG_T>(i)];
    }
}

} // namespace nnet

#endif
