#ifndef NNET_DENSE_COMPRESSED_H_
#define NNET_DENSE_COMPRESSED_H_

#include "nnet_common.h"
#include "nnet_dense.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-label"

namespace nnet {

// Dense over the non-zero weights only. A weight is a struct of row_index (input), col_index (output) and weight; the
// list is padded with zero weights to a multiple of the number of multipliers.
template <class data_T, class res_T, typename CONFIG_T>
void dense_compressed(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                      typename CONFIG_T::weight_t weights[CONFIG_T::n_nonzeros],
                      typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned n_mult = DIV_ROUNDUP(CONFIG_T::n_nonzeros, CONFIG_T::reuse_factor);

    #pragma HLS ARRAY_PARTITION variable=biases complete
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=n_mult
    #pragma HLS AGGREGATE variable=weights

    accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete
    detail::init_accum<CONFIG_T>(acc, biases);

ReuseLoop:
    for (unsigned i_cycle = 0; i_cycle < CONFIG_T::reuse_factor; i_cycle++) {
        #pragma HLS PIPELINE II=1 rewind
        accum_t cycle_sum[CONFIG_T::n_out];
        #pragma HLS ARRAY_PARTITION variable=cycle_sum complete
        for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
            #pragma HLS UNROLL
            cycle_sum[i_out] = 0;
        }
        for (unsigned i_mult = 0; i_mult < n_mult; i_mult++) {
            #pragma HLS UNROLL
            const unsigned i_weight = i_mult * CONFIG_T::reuse_factor + i_cycle;
            if (i_weight < CONFIG_T::n_nonzeros) {
                const auto entry = weights[i_weight];
                const accum_t term = CONFIG_T::template product<data_T, decltype(entry.weight)>::product(
                    data[entry.row_index], entry.weight);
                // Every output looks at every term: an index known only at run time would need one write port each.
                for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
                    #pragma HLS UNROLL
                    if (entry.col_index == i_out) {
                        cycle_sum[i_out] += term;
                    }
                }
            }
        }
        for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
            #pragma HLS UNROLL
            acc[i_out] += cycle_sum[i_out];
        }
    }

    detail::cast_accum<data_T, res_T, CONFIG_T>(acc, res);
}

} // namespace nnet

#pragma GCC diagnostic pop

#endif
