#ifndef NNET_EINSUM_DENSE_H_
#define NNET_EINSUM_DENSE_H_

#include "nnet_common.h"
#include "nnet_dense.h"
#include "nnet_mult.h"
#include "nnet_transpose.h"

namespace nnet {

// Defaults of a contraction with weights. A project sets what its layer needs, and besides these the transpositions `tpose_inp_conf` and
// `tpose_out_conf`, and `dense_conf`, a Dense layer from n_contract to n_free_kernel elements.
struct einsum_dense_config {
    // Elements along the axes of the input alone, of the weights alone, of both that are summed over, and of both that stay.
    static const unsigned n_free_data = 1;
    static const unsigned n_free_kernel = 1;
    static const unsigned n_contract = 1;
    static const unsigned n_inplace = 1;

    static const unsigned io_type = io_parallel;
    static const unsigned strategy = latency;
    static const unsigned reuse_factor = 1;
    // Vectors of the input that are computed at once.
    static const unsigned parallelization_factor = 1000;
};

// With its axes in the order in place, free, contracted, the input is vectors that a Dense layer takes: n_free_data for each of the n_inplace
// matrices of weights. The results' axes are put in order at the end. Biases are those of the results before that.
template <class data_T, class res_T, typename CONFIG_T>
void einsum_dense(
    data_T data[CONFIG_T::n_free_data * CONFIG_T::n_contract * CONFIG_T::n_inplace],
    res_T res[CONFIG_T::n_free_data * CONFIG_T::n_free_kernel * CONFIG_T::n_inplace],
    typename CONFIG_T::dense_conf::weight_t weights[CONFIG_T::n_free_kernel * CONFIG_T::n_contract * CONFIG_T::n_inplace],
    typename CONFIG_T::dense_conf::bias_t biases[CONFIG_T::n_free_data * CONFIG_T::n_free_kernel * CONFIG_T::n_inplace]) {
    static const unsigned n_in = CONFIG_T::n_contract;
    static const unsigned n_out = CONFIG_T::n_free_kernel;
    static const unsigned n_vectors = CONFIG_T::n_inplace * CONFIG_T::n_free_data;

    data_T vectors[n_vectors * n_in];
    #pragma HLS ARRAY_PARTITION variable=vectors complete
    res_T results[n_vectors * n_out];
    #pragma HLS ARRAY_PARTITION variable=results complete

    nnet::transpose<data_T, data_T, typename CONFIG_T::tpose_inp_conf>(data, vectors);
    for (unsigned row = 0; row < CONFIG_T::n_free_data; row++) {
        #pragma HLS UNROLL factor=CONFIG_T::parallelization_factor
        for (unsigned place = 0; place < CONFIG_T::n_inplace; place++) {
            #pragma HLS UNROLL
            const unsigned vector = place * CONFIG_T::n_free_data + row;
            nnet::dense<data_T, res_T, typename CONFIG_T::dense_conf>(&vectors[vector * n_in], &results[vector * n_out],
                                                                      &weights[place * n_in * n_out], &biases[vector * n_out]);
        }
    }
    nnet::transpose<res_T, res_T, typename CONFIG_T::tpose_out_conf>(results, res);
}

} // namespace nnet

#endif
