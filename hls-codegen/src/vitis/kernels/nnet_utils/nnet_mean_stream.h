#ifndef NNET_MEAN_STREAM_H_
#define NNET_MEAN_STREAM_H_

#include "nnet_mean.h"
#include "nnet_merge_stream.h"

namespace nnet {

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void mean(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::merge_packs<detail::mean_op<CONFIG_T>, CONFIG_T::reuse_factor, input1_T, input2_T, res_T, CONFIG_T>(data1, data2,
                                                                                                               res);
}

} // namespace nnet

#endif
