#ifndef NNET_TRANSPOSE_STREAM_H_
#define NNET_TRANSPOSE_STREAM_H_

#include "nnet_stream.h"
#include "nnet_transpose.h"

namespace nnet {

// The first element of the result may be the last that arrives, so the whole tensor is kept.
template <typename data_T, typename res_T, typename CONFIG_T>
void transpose(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    typename data_T::value_type values[CONFIG_T::N];
    #pragma HLS ARRAY_PARTITION variable=values complete
    detail::read_packs<CONFIG_T::N>(data, values);
    for (unsigned i = 0; i < CONFIG_T::N / res_T::size; i++) {
        #pragma HLS PIPELINE
        res_T out;
        for (unsigned j = 0; j < res_T::size; j++) {
            #pragma HLS UNROLL
            out[j] = values[detail::transpose_source<CONFIG_T>(i * res_T::size + j)];
        }
        res.write(out);
    }
}

} // namespace nnet

#endif
