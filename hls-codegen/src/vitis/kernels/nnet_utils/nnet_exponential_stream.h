#ifndef NNET_EXPONENTIAL_STREAM_H_
#define NNET_EXPONENTIAL_STREAM_H_

#include "nnet_exponential.h"
#include "nnet_stream.h"

namespace nnet {

template <class data_T, class res_T, typename CONFIG_T>
void exponential(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::map_packs<data_T, res_T, CONFIG_T::n_in, CONFIG_T::reuse_factor,
                      exponential<typename data_T::value_type, typename res_T::value_type,
                                  detail::pack_config<CONFIG_T, data_T::size>>>(data, res);
}

} // namespace nnet

#endif
