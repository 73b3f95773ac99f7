#ifndef NNET_DENSE_LATENCY_H_
#define NNET_DENSE_LATENCY_H_

#include "nnet_common.h"
#include "nnet_function_stubs.h"
#include "nnet_mult.h"

namespace nnet {

// Dense, everything unrolled: a new input every reuse_factor cycles, multipliers limited to match. Weights are
// (n_in, n_out), row by row.
template <class data_T, class res_T, typename CONFIG_T>
void dense_latency(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                   typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                   typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    // Constant weights: each instance of the layer becomes a function of its own, with its zeros optimized away.
    #pragma HLS FUNCTION_INSTANTIATE variable=weights
    #pragma HLS FUNCTION_INSTANTIATE variable=biases
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ARRAY_PARTITION variable=biases complete
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit

    typedef typename CONFIG_T::accum_t accum_t;
    typedef typename CONFIG_T::template product<data_T, typename CONFIG_T::weight_t> product_t;

    accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete

    for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
        #pragma HLS UNROLL
        acc[i_out] = static_cast<accum_t>(biases[i_out]);
    }

    // Inputs outside, so that every accumulator adds its products in the order of the inputs: with a saturating
    // accumulator the order decides the result.
    for (unsigned i_in = 0; i_in < CONFIG_T::n_in; i_in++) {
        #pragma HLS UNROLL
        const data_T x = data[i_in];
        for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
            #pragma HLS UNROLL
            acc[i_out] += static_cast<accum_t>(product_t::product(x, weights[i_in * CONFIG_T::n_out + i_out]));
        }
    }

    for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
        #pragma HLS UNROLL
        res[i_out] = cast<data_T, res_T, CONFIG_T>(acc[i_out]);
    }
}

} // namespace nnet

#endif
