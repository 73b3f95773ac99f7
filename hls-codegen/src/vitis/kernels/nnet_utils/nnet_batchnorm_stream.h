#ifndef NNET_BATCHNORM_STREAM_H_
#define NNET_BATCHNORM_STREAM_H_

#include "nnet_batchnorm.h"
#include "nnet_stream.h"

namespace nnet {

namespace detail {

// Which scale, bias or threshold belongs to value j of pack i. Where channels share them a pack holds all channels.
template <class CONFIG_T> inline unsigned norm_index_in_pack(unsigned i, unsigned j, unsigned pack_size) {
    #pragma HLS INLINE
    return CONFIG_T::n_filt == static_cast<unsigned>(-1) ? i * pack_size + j : j % CONFIG_T::n_filt;
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void normalize(hls::stream<data_T> &data, hls::stream<res_T> &res,
               typename CONFIG_T::scale_t scale[CONFIG_T::n_scale_bias],
               typename CONFIG_T::bias_t bias[CONFIG_T::n_scale_bias]) {
    #pragma HLS ARRAY_PARTITION variable=scale complete
    #pragma HLS ARRAY_PARTITION variable=bias complete
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit
    typedef typename CONFIG_T::template product<typename data_T::value_type, typename CONFIG_T::scale_t> product_t;
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
        const data_T in = data.read();
        res_T out;
        for (unsigned j = 0; j < data_T::size; j++) {
            #pragma HLS UNROLL
            const unsigned i_norm = detail::norm_index_in_pack<CONFIG_T>(i, j, data_T::size);
            out[j] = product_t::product(in[j], scale[i_norm]) + bias[i_norm];
        }
        res.write(out);
    }
}

template <class data_T, typename CONFIG_T>
void normalize_binary_tanh(hls::stream<data_T> &data, hls::stream<nnet::array<ap_uint<1>, CONFIG_T::n_scale_bias>> &res,
                           typename data_T::value_type threshold[CONFIG_T::n_scale_bias]) {
    typedef nnet::array<ap_uint<1>, CONFIG_T::n_scale_bias> res_T;
    #pragma HLS ARRAY_PARTITION variable=threshold complete
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE
        const data_T in = data.read();
        res_T out;
        for (unsigned j = 0; j < data_T::size; j++) {
            #pragma HLS UNROLL
            const unsigned i_norm = detail::norm_index_in_pack<CONFIG_T>(i, j, data_T::size);
            out[j] = detail::binary_level(in[j] >= threshold[i_norm]);
        }
        res.write(out);
    }
}

template <class data_T, typename CONFIG_T>
void normalize_ternary_tanh(hls::stream<data_T> &data, hls::stream<nnet::array<ap_int<2>, CONFIG_T::n_scale_bias>> &res,
                            typename data_T::value_type threshold_hi[CONFIG_T::n_scale_bias],
                            typename data_T::value_type threshold_lo[CONFIG_T::n_scale_bias]) {
    typedef nnet::array<ap_int<2>, CONFIG_T::n_scale_bias> res_T;
    #pragma HLS ARRAY_PARTITION variable=threshold_hi complete
    #pragma HLS ARRAY_PARTITION variable=threshold_lo complete
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE
        const data_T in = data.read();
        res_T out;
        for (unsigned j = 0; j < data_T::size; j++) {
            #pragma HLS UNROLL
            const unsigned i_norm = detail::norm_index_in_pack<CONFIG_T>(i, j, data_T::size);
            out[j] = detail::ternary_level(in[j], threshold_hi[i_norm], threshold_lo[i_norm]);
        }
        res.write(out);
    }
}

} // namespace nnet

#endif
