#ifndef NNET_LAYERNORM_STREAM_H_
#define NNET_LAYERNORM_STREAM_H_

#include "nnet_layernorm.h"
#include "nnet_stream.h"

// hls4ml's library has no such kernel.
namespace nnet {

// A pack is a vector.
template <class data_T, class res_T, typename CONFIG_T>
void layernormalize(hls::stream<data_T> &data, hls::stream<res_T> &res,
                    typename CONFIG_T::scale_t scale[CONFIG_T::n_in / CONFIG_T::seq_len],
                    typename CONFIG_T::bias_t bias[CONFIG_T::n_in / CONFIG_T::seq_len]) {
    #pragma HLS ARRAY_PARTITION variable=scale complete
    #pragma HLS ARRAY_PARTITION variable=bias complete
    static_assert(data_T::size == detail::layernorm_sizes<CONFIG_T>::dim && res_T::size == data_T::size, "a pack is a vector");
    for (unsigned i_vector = 0; i_vector < CONFIG_T::seq_len; i_vector++) {
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
        const data_T in = data.read();
        res_T out;
        detail::layernorm_vector<typename data_T::value_type, typename res_T::value_type, CONFIG_T>(in.data, out.data, scale,
                                                                                                    bias);
        res.write(out);
    }
}

} // namespace nnet

#endif
