#ifndef NNET_TIME_DISTRIBUTED_STREAM_H_
#define NNET_TIME_DISTRIBUTED_STREAM_H_

#include "nnet_stream.h"
#include "nnet_time_distributed.h"

// The packs of one time step, from the stream of all to that of the layers inside the loop, and back. hls4ml's library has
// no such kernels.
namespace nnet {

template <class data_T, typename CONFIG_T, class res_T>
void read_time_step_2d(unsigned, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::forward_packs<CONFIG_T::n_chan / data_T::size>(data, res);
}

template <class data_T, typename CONFIG_T, class res_T>
void read_time_step_3d(unsigned, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::forward_packs<detail::time_step<CONFIG_T>::size / data_T::size>(data, res);
}

template <class data_T, typename CONFIG_T, class res_T>
void read_time_step_4d(unsigned, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::forward_packs<detail::time_step<CONFIG_T>::size / data_T::size>(data, res);
}

template <class res_T, typename CONFIG_T, class data_T>
void write_time_step_2d(unsigned, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::forward_packs<CONFIG_T::n_chan / res_T::size>(data, res);
}

template <class res_T, typename CONFIG_T, class data_T>
void write_time_step_3d(unsigned, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::forward_packs<detail::time_step<CONFIG_T>::size / res_T::size>(data, res);
}

template <class res_T, typename CONFIG_T, class data_T>
void write_time_step_4d(unsigned, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::forward_packs<detail::time_step<CONFIG_T>::size / res_T::size>(data, res);
}

} // namespace nnet

#endif
