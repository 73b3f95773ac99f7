#ifndef NNET_TIME_DISTRIBUTED_H_
#define NNET_TIME_DISTRIBUTED_H_

#include "nnet_common.h"

// Steps of a tensor whose first axis is time. The loop over the steps stands in the top function, with the layers that are
// repeated between a read and a write. The type of the second array is found out by the compiler; the interface has one for both.
namespace nnet {

struct time_distributed_config {
    static const unsigned dim = 2;
    static const unsigned n_time_steps = 10;
    static const unsigned in_height = 1;
    static const unsigned in_width = 1;
    static const unsigned n_chan = 10;
};

namespace detail {

template <class CONFIG_T> struct time_step {
    static const unsigned size = CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan;
};

template <unsigned N, class from_T, class to_T> void copy_step(const from_T *from, to_T *to) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N; i++) {
        to[i] = static_cast<to_T>(from[i]);
    }
}

} // namespace detail

template <class data_T, typename CONFIG_T, class res_T>
void read_time_step_2d(unsigned step, data_T data[CONFIG_T::n_time_steps * CONFIG_T::n_chan], res_T *res) {
    #pragma HLS PIPELINE
    detail::copy_step<CONFIG_T::n_chan>(data + step * CONFIG_T::n_chan, res);
}

template <class data_T, typename CONFIG_T, class res_T>
void read_time_step_3d(unsigned step, data_T data[CONFIG_T::n_time_steps * detail::time_step<CONFIG_T>::size], res_T *res) {
    #pragma HLS PIPELINE
    detail::copy_step<detail::time_step<CONFIG_T>::size>(data + step * detail::time_step<CONFIG_T>::size, res);
}

template <class data_T, typename CONFIG_T, class res_T>
void read_time_step_4d(unsigned step, data_T data[CONFIG_T::n_time_steps * detail::time_step<CONFIG_T>::size], res_T *res) {
    #pragma HLS PIPELINE
    detail::copy_step<detail::time_step<CONFIG_T>::size>(data + step * detail::time_step<CONFIG_T>::size, res);
}

template <class res_T, typename CONFIG_T, class data_T>
void write_time_step_2d(unsigned step, data_T *data, res_T res[CONFIG_T::n_time_steps * CONFIG_T::n_chan]) {
    #pragma HLS PIPELINE
    detail::copy_step<CONFIG_T::n_chan>(data, res + step * CONFIG_T::n_chan);
}

template <class res_T, typename CONFIG_T, class data_T>
void write_time_step_3d(unsigned step, data_T *data, res_T res[CONFIG_T::n_time_steps * detail::time_step<CONFIG_T>::size]) {
    #pragma HLS PIPELINE
    detail::copy_step<detail::time_step<CONFIG_T>::size>(data, res + step * detail::time_step<CONFIG_T>::size);
}

template <class res_T, typename CONFIG_T, class data_T>
void write_time_step_4d(unsigned step, data_T *data, res_T res[CONFIG_T::n_time_steps * detail::time_step<CONFIG_T>::size]) {
    #pragma HLS PIPELINE
    detail::copy_step<detail::time_step<CONFIG_T>::size>(data, res + step * detail::time_step<CONFIG_T>::size);
}

} // namespace nnet

#endif
