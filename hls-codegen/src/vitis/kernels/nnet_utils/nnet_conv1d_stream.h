#ifndef NNET_CONV1D_STREAM_H_
#define NNET_CONV1D_STREAM_H_

#include "nnet_conv1d.h"
#include "nnet_conv_stream.h"

namespace nnet {

// Weights are (filter, channels, filters), with the Resource strategy the filters first.
template <class data_T, class res_T, typename CONFIG_T>
void conv_1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res,
                typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
                typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    detail::conv_stream<detail::full_product, detail::conv_windows_of_one_row<CONFIG_T>, CONFIG_T>(data, res, weights, biases);
}

} // namespace nnet

#endif
