#ifndef NNET_BATCHNORM_H_
#define NNET_BATCHNORM_H_

#include "nnet_common.h"
#include "nnet_mult.h"

namespace nnet {

// Defaults of BatchNormalization and ApplyAlpha. n_filt is the number of channels that share a scale and a bias, or -1
// where each of the n_in values has its own.
struct batchnorm_config {
    typedef float bias_t;
    typedef float scale_t;

    static const unsigned n_in = 10;
    static const unsigned n_filt = -1;
    static const unsigned n_scale_bias = 10;

    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = 10;
    static const bool store_weights_in_bram = false;
    static const unsigned n_zeros = 0;

    template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

// Defaults of a BatchNormalization merged with the binary or ternary activation behind it: comparisons are all that
// is left of both.
struct batchnorm_quantized_tanh_config {
    static const unsigned n_in = 10;
    static const unsigned n_filt = -1;
    static const unsigned n_scale_bias = 10;

    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    static const unsigned n_zeros = 0;
};

namespace detail {

// Which scale, bias or threshold belongs to value i.
template <class CONFIG_T> inline unsigned norm_index(unsigned i) {
    #pragma HLS INLINE
    return CONFIG_T::n_filt == static_cast<unsigned>(-1) ? i : i % CONFIG_T::n_filt;
}

inline ap_uint<1> binary_level(bool at_threshold) {
    #pragma HLS INLINE
    return at_threshold ? 1 : 0;
}

template <class data_T> ap_int<2> ternary_level(data_T x, data_T threshold_hi, data_T threshold_lo) {
    #pragma HLS INLINE
    ap_int<2> level = 0;
    if (x > threshold_hi) {
        level = 1;
    } else if (x <= threshold_lo) {
        level = -1;
    }
    return level;
}

} // namespace detail

// res = data * scale + bias, in full precision up to the result type.
template <class data_T, class res_T, typename CONFIG_T>
void normalize(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in],
               typename CONFIG_T::scale_t scale[CONFIG_T::n_scale_bias],
               typename CONFIG_T::bias_t bias[CONFIG_T::n_scale_bias]) {
    #pragma HLS FUNCTION_INSTANTIATE variable=scale
    #pragma HLS FUNCTION_INSTANTIATE variable=bias
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ARRAY_PARTITION variable=scale complete
    #pragma HLS ARRAY_PARTITION variable=bias complete
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit

    typedef typename CONFIG_T::template product<data_T, typename CONFIG_T::scale_t> product_t;
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        #pragma HLS UNROLL
        const unsigned i_norm = detail::norm_index<CONFIG_T>(i);
        res[i] = product_t::product(data[i], scale[i_norm]) + bias[i_norm];
    }
}

// res = data >= threshold, where 1 stands for +1 and 0 for -1.
template <class data_T, typename CONFIG_T>
void normalize_binary_tanh(data_T data[CONFIG_T::n_in], ap_uint<1> res[CONFIG_T::n_in],
                           data_T threshold[CONFIG_T::n_scale_bias]) {
    #pragma HLS PIPELINE
    #pragma HLS ARRAY_PARTITION variable=res complete
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        #pragma HLS UNROLL
        const unsigned i_norm = detail::norm_index<CONFIG_T>(i);
        res[i] = detail::binary_level(data[i] >= threshold[i_norm]);
    }
}

// +1 above threshold_hi, -1 at or below threshold_lo, else 0.
template <class data_T, typename CONFIG_T>
void normalize_ternary_tanh(data_T data[CONFIG_T::n_in], ap_int<2> res[CONFIG_T::n_in],
                            data_T threshold_hi[CONFIG_T::n_scale_bias], data_T threshold_lo[CONFIG_T::n_scale_bias]) {
    #pragma HLS PIPELINE
    #pragma HLS ARRAY_PARTITION variable=res complete
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        #pragma HLS UNROLL
        const unsigned i_norm = detail::norm_index<CONFIG_T>(i);
        res[i] = detail::ternary_level(data[i], threshold_hi[i_norm], threshold_lo[i_norm]);
    }
}

} // namespace nnet

#endif
