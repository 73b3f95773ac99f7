#ifndef NNET_MEAN_H_
#define NNET_MEAN_H_

#include "nnet_merge.h"

// The average of more than two tensors, which hls4ml's library does not have: its first input is the sum of all but one.
namespace nnet {

struct mean_config : merge_config {
    // The reciprocal of the number of tensors is reciprocal * 2^-fraction; it has so many bits.
    static const unsigned long long reciprocal = 0x55555555ULL;
    static const int reciprocal_bits = 31;
    static const int fraction = 32;
    // Added to a product, so that none is less than the quotient.
    static const bool raises = true;
    typedef ap_ufixed<1, -10> raised_t;
};

namespace detail {

template <class CONFIG_T> struct mean_op {
    template <class res_T, class a_T, class b_T> static res_T apply(a_T a, b_T b) {
        #pragma HLS INLINE
        static const int bits = CONFIG_T::reciprocal_bits;
        ap_ufixed<bits, bits - CONFIG_T::fraction> factor = 0;
        factor.range(bits - 1, 0) = ap_uint<bits>(CONFIG_T::reciprocal);
        typename CONFIG_T::raised_t raised = 0;
        raised.range(0, 0) = ap_uint<1>(CONFIG_T::raises ? 1 : 0);
        return (a + b) * factor + raised;
    }
};

} // namespace detail

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void mean(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_elem; i++) {
        #pragma HLS UNROLL
        res[i] = detail::mean_op<CONFIG_T>::template apply<res_T>(data1[i % CONFIG_T::n_elem1], data2[i % CONFIG_T::n_elem2]);
    }
}

} // namespace nnet

#endif
