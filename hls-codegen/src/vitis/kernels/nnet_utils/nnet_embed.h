#ifndef NNET_EMBED_H_
#define NNET_EMBED_H_

#include "nnet_common.h"

namespace nnet {

struct embed_config {
    typedef float embeddings_t;

    static const unsigned n_in = 10;
    static const unsigned n_out = 16;
    static const unsigned vocab_size = 50;
    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
};

namespace detail {

// Element i_col of the row that a number says: computed in full precision and cut to an integer at the end, so that 1.5 is
// a place in the middle of row 1. Numbers beyond the table mean its ends.
template <class CONFIG_T, class data_T> unsigned embedding_element(data_T token, unsigned i_col) {
    #pragma HLS INLINE
    const unsigned n_out = CONFIG_T::n_out;
    const int last = CONFIG_T::vocab_size * n_out - 1;
    const int element = static_cast<int>(token * n_out + i_col);
    return element < 0 ? 0 : MIN(element, last);
}

} // namespace detail

// The table is (vocab_size, n_out). It is not partitioned: which element is read is not known, and a multiplexer over all of them
// would cost more than the cycles that it saves.
template <class data_T, class res_T, typename CONFIG_T>
void embedding(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in * CONFIG_T::n_out],
               typename CONFIG_T::embeddings_t embeddings[CONFIG_T::vocab_size * CONFIG_T::n_out]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    for (unsigned i_in = 0; i_in < CONFIG_T::n_in; i_in++) {
        #pragma HLS UNROLL
        for (unsigned i_col = 0; i_col < CONFIG_T::n_out; i_col++) {
            #pragma HLS UNROLL
            res[i_in * CONFIG_T::n_out + i_col] = embeddings[detail::embedding_element<CONFIG_T>(data[i_in], i_col)];
        }
    }
}

} // namespace nnet

#endif
