#ifndef NNET_ACTIVATION_STREAM_H_
#define NNET_ACTIVATION_STREAM_H_

#include "nnet_activation.h"
#include "nnet_stream.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T> void linear(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      linear<typename data_T::value_type, typename res_T::value_type,
                             detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void relu(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      relu<typename data_T::value_type, typename res_T::value_type,
                           detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void relu1(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      relu1<typename data_T::value_type, typename res_T::value_type,
                            detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void relu6(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      relu6<typename data_T::value_type, typename res_T::value_type,
                            detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void hard_sigmoid(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      hard_sigmoid<typename data_T::value_type, typename res_T::value_type,
                                   detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void hard_tanh(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      hard_tanh<typename data_T::value_type, typename res_T::value_type,
                                detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void binary_tanh(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      binary_tanh<typename data_T::value_type, typename res_T::value_type,
                                  detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void ternary_tanh(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, 1,
                      ternary_tanh<typename data_T::value_type, typename res_T::value_type,
                                   detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void sigmoid(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      sigmoid<typename data_T::value_type, typename res_T::value_type,
                              detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void tanh(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      tanh<typename data_T::value_type, typename res_T::value_type,
                           detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void softplus(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      softplus<typename data_T::value_type, typename res_T::value_type,
                               detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void softsign(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      softsign<typename data_T::value_type, typename res_T::value_type,
                               detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T> void elu(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      elu<typename data_T::value_type, typename res_T::value_type,
                          detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

namespace detail {

// As over arrays, but the factor of positive values is in *their* type: so are hls4ml's results over streams.
template <class data_T, class res_T, class CONFIG_T> void selu_of_pack(data_T *data, res_T *res) {
    #pragma HLS INLINE
    selu<data_T, res_T, CONFIG_T>(data, res);
    const data_T lambda = 1.0507009873554805;
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        #pragma HLS UNROLL
        if (data[i] >= 0) {
            res[i] = lambda * data[i];
        }
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T> void selu(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      detail::selu_of_pack<typename data_T::value_type, typename res_T::value_type,
                                           detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

namespace detail {

// One pack is one slice. The stream version of legacy has always had both tables at table_size.
template <class CONFIG_T, unsigned N> struct softmax_pack_config : CONFIG_T {
    static const bool is_legacy = CONFIG_T::implementation == softmax_implementation::legacy;
    static const unsigned n_in = N;
    static const unsigned n_slice = N;
    static const unsigned exp_table_size = is_legacy ? CONFIG_T::table_size : CONFIG_T::exp_table_size;
    static const unsigned inv_table_size = is_legacy ? CONFIG_T::table_size : CONFIG_T::inv_table_size;
};

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T> void softmax(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      softmax<typename data_T::value_type, typename res_T::value_type,
                              detail::softmax_pack_config<CONFIG_T, data_T::size>>>(data, res);
}

template <class data_T, class param_T, class res_T, typename CONFIG_T>
void leaky_relu(hls::stream<data_T> &data, param_T alpha, hls::stream<res_T> &res) {
    typedef detail::pack_config<CONFIG_T, data_T::size> config_T;
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE
        data_T in = data.read();
        res_T out;
        leaky_relu<typename data_T::value_type, param_T, typename res_T::value_type, config_T>(in.data, alpha, out.data);
        res.write(out);
    }
}

template <class data_T, class param_T, class res_T, typename CONFIG_T>
void thresholded_relu(hls::stream<data_T> &data, param_T theta, hls::stream<res_T> &res) {
    typedef detail::pack_config<CONFIG_T, data_T::size> config_T;
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE
        data_T in = data.read();
        res_T out;
        thresholded_relu<typename data_T::value_type, param_T, typename res_T::value_type, config_T>(in.data, theta, out.data);
        res.write(out);
    }
}

template <class data_T, class param_T, class res_T, typename CONFIG_T>
void elu(hls::stream<data_T> &data, param_T alpha, hls::stream<res_T> &res) {
    typedef detail::pack_config<CONFIG_T, data_T::size> config_T;
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE
        data_T in = data.read();
        res_T out;
        elu<typename data_T::value_type, param_T, typename res_T::value_type, config_T>(in.data, alpha, out.data);
        res.write(out);
    }
}

template <class data_T, class param_T, class res_T, typename CONFIG_T>
void prelu(hls::stream<data_T> &data, param_T alpha[CONFIG_T::n_in], hls::stream<res_T> &res) {
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE
        const data_T in = data.read();
        res_T out;
        for (unsigned j = 0; j < data_T::size; j++) {
            #pragma HLS UNROLL
            out[j] = detail::leaky<typename res_T::value_type>(in[j], alpha[i * data_T::size + j]);
        }
        res.write(out);
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void unary_lut(hls::stream<data_T> &data, hls::stream<res_T> &res,
               typename CONFIG_T::table_t table[CONFIG_T::table_size]) {
    typedef detail::pack_config<CONFIG_T, data_T::size> config_T;
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
        data_T in = data.read();
        res_T out;
        unary_lut<typename data_T::value_type, typename res_T::value_type, config_T>(in.data, out.data, table);
        res.write(out);
    }
}

} // namespace nnet

#endif
