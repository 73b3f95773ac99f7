#ifndef NNET_SEPCONV_STREAM_H_
#define NNET_SEPCONV_STREAM_H_

#include "nnet_conv_stream.h"
#include "nnet_depthwise_product.h"

// The parts of separable convolutions over streams. A pointwise convolution is one whose windows are pixels; a depthwise one
// differs in the product.
namespace nnet {

namespace detail {

// With one filter for each channel, the kernel that the configuration names; with several, which no such kernel can say, the
// product itself.
template <bool one_filter_per_channel, bool unrolled> struct depthwise_product;

template <bool unrolled> struct depthwise_product<true, unrolled> : full_product {};

template <class CONFIG_T>
using depthwise_windows_shape =
    depthwise_shape<CONFIG_T::kernel_size, CONFIG_T::n_chan, CONFIG_T::n_filt, CONFIG_T::reuse_factor>;

template <> struct depthwise_product<false, true> {
    template <class CONFIG_T, class data_T, class res_T>
    static void apply(data_T *window, res_T *res, typename CONFIG_T::weight_t *weights, typename CONFIG_T::bias_t *biases) {
        #pragma HLS INLINE
        #pragma HLS ARRAY_PARTITION variable=weights complete
        #pragma HLS ARRAY_PARTITION variable=biases complete
        depthwise_latency<depthwise_windows_shape<CONFIG_T>, data_T, res_T, typename CONFIG_T::mult_config>(window, res, weights,
                                                                                                           biases);
    }
};

template <> struct depthwise_product<false, false> {
    template <class CONFIG_T, class data_T, class res_T>
    static void apply(data_T *window, res_T *res, typename CONFIG_T::weight_t *weights, typename CONFIG_T::bias_t *biases) {
        typedef depthwise_windows_shape<CONFIG_T> shape;
        depthwise_resource<shape, data_T, res_T, typename CONFIG_T::mult_config>(window, res, weights, biases);
    }
};

template <class windows_T, class CONFIG_T, class data_T, class res_T>
void depthwise_stream(hls::stream<data_T> &data, hls::stream<res_T> &res, typename CONFIG_T::weight_t *weights,
                      typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    static_assert(CONFIG_T::n_filt % CONFIG_T::n_chan == 0, "every channel has as many filters");
    const bool unrolled = CONFIG_T::strategy == nnet::latency || CONFIG_T::strategy == nnet::distributed_arithmetic;
    typedef depthwise_product<CONFIG_T::n_filt == CONFIG_T::n_chan, unrolled> product_T;
    conv_stream<product_T, windows_T, CONFIG_T>(data, res, weights, biases);
}

} // namespace detail

} // namespace nnet

#endif
