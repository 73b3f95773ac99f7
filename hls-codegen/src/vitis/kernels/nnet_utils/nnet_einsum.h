#ifndef NNET_EINSUM_H_
#define NNET_EINSUM_H_

#include "nnet_common.h"
#include "nnet_mult.h"
#include "nnet_transpose.h"

namespace nnet {

// Defaults of a contraction of two tensors. A project sets what its layer needs, and besides these the transpositions `tpose_inp0_config`,
// `tpose_inp1_config` and `tpose_out_conf`.
struct config_einsum {
    typedef float accum_t;

    // Elements along the axes of one tensor alone, of both that are summed over, and of both that stay.
    static const unsigned n_free0 = 1;
    static const unsigned n_free1 = 1;
    static const unsigned n_contract = 1;
    static const unsigned n_inplace = 1;

    static const unsigned io_type = io_parallel;
    static const unsigned strategy = latency;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = 1;

    template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

// Scalar products of all pairs of vectors of the two tensors, once their axes are in the order in place, free, contracted.
template <typename data0_T, typename data1_T, typename res_T, typename CONFIG_T>
void einsum(const data0_T data0[CONFIG_T::tpose_inp0_config::N], const data1_T data1[CONFIG_T::tpose_inp1_config::N],
            res_T res[CONFIG_T::tpose_out_conf::N]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit

    typedef typename CONFIG_T::accum_t accum_t;
    static const unsigned n_in = CONFIG_T::n_contract;

    data0_T vectors0[CONFIG_T::tpose_inp0_config::N];
    #pragma HLS ARRAY_PARTITION variable=vectors0 complete
    data1_T vectors1[CONFIG_T::tpose_inp1_config::N];
    #pragma HLS ARRAY_PARTITION variable=vectors1 complete
    res_T results[CONFIG_T::tpose_out_conf::N];
    #pragma HLS ARRAY_PARTITION variable=results complete

    nnet::transpose<data0_T, data0_T, typename CONFIG_T::tpose_inp0_config>(data0, vectors0);
    nnet::transpose<data1_T, data1_T, typename CONFIG_T::tpose_inp1_config>(data1, vectors1);
    for (unsigned place = 0; place < CONFIG_T::n_inplace; place++) {
        #pragma HLS UNROLL
        for (unsigned i = 0; i < CONFIG_T::n_free0; i++) {
            #pragma HLS UNROLL
            const unsigned vector0 = place * CONFIG_T::n_free0 + i;
            for (unsigned j = 0; j < CONFIG_T::n_free1; j++) {
                #pragma HLS UNROLL
                const unsigned vector1 = place * CONFIG_T::n_free1 + j;
                accum_t acc = 0;
                for (unsigned k = 0; k < n_in; k++) {
                    #pragma HLS UNROLL
                    const data0_T x = vectors0[vector0 * n_in + k];
                    const data1_T y = vectors1[vector1 * n_in + k];
                    acc += CONFIG_T::template product<data0_T, data1_T>::product(x, y);
                }
                results[vector0 * CONFIG_T::n_free1 + j] = static_cast<res_T>(acc);
            }
        }
    }
    nnet::transpose<res_T, res_T, typename CONFIG_T::tpose_out_conf>(results, res);
}

} // namespace nnet

#endif
