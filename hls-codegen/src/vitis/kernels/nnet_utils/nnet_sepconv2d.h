#ifndef NNET_SEPCONV2D_H_
#define NNET_SEPCONV2D_H_

#include "nnet_common.h"
#include "nnet_conv2d.h"
#include "nnet_depthwise_conv.h"

namespace nnet {

// Tensors are (height, width, channels); weights (filter, channels, n_filt / n_chan), with the Resource strategy the last
// axis first.
template <class data_T, class res_T, typename CONFIG_T>
void depthwise_conv_2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                          res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt],
                          typename CONFIG_T::weight_t weights[CONFIG_T::kernel_size * CONFIG_T::n_filt],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    detail::depthwise_conv<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

} // namespace nnet

#endif
