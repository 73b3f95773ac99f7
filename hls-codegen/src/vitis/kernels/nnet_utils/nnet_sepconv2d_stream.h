#ifndef NNET_SEPCONV2D_STREAM_H_
#define NNET_SEPCONV2D_STREAM_H_

#include "nnet_conv2d_stream.h"
#include "nnet_sepconv2d.h"
#include "nnet_sepconv_stream.h"

namespace nnet {

// Weights are (filter height, filter width, channels, n_filt / n_chan), with the Resource strategy the last axis first.
template <class data_T, class res_T, typename CONFIG_T>
void depthwise_conv_2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res,
                          typename CONFIG_T::weight_t weights[CONFIG_T::kernel_size * CONFIG_T::n_filt],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    detail::depthwise_stream<detail::conv_windows<CONFIG_T>, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
void pointwise_conv_2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res,
                          typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    static_assert(detail::conv_windows<CONFIG_T>::filt_height * CONFIG_T::filt_width == 1,
                  "a pointwise convolution has a kernel of one pixel");
    detail::conv_stream<detail::full_product, detail::conv_windows<CONFIG_T>, CONFIG_T>(data, res, weights, biases);
}

} // namespace nnet

#endif
