#ifndef NNET_DA_WRAPPERS_H_
#define NNET_DA_WRAPPERS_H_

#include "nnet_common.h"
#include "nnet_stream.h"

// Layers with distributed arithmetic: their generated kernel, the configuration's dense_da, adds shifted inputs instead of
// multiplying them with weights.
namespace nnet {

namespace detail {

// For each output pixel the sums of what is under the filter; pixels are gathered as in nnet_conv_common.h.
template <class CONFIG_T, unsigned N_IN, class data_T, class res_T> void conv_da(data_T *data, res_T *res) {
    #pragma HLS INLINE
    data_T window[CONFIG_T::n_pixels][N_IN];
    #pragma HLS ARRAY_PARTITION variable=window complete dim=0
    res_T sums[CONFIG_T::n_filt];
    #pragma HLS ARRAY_PARTITION variable=sums complete
    for (unsigned i_part = 0; i_part < CONFIG_T::n_partitions; i_part++) {
        #pragma HLS PIPELINE II=1 rewind
        CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, window, i_part);
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            #pragma HLS UNROLL
            CONFIG_T::dense_da(window[i_pixel], sums);
            for (unsigned i_out = 0; i_out < CONFIG_T::n_filt; i_out++) {
                #pragma HLS UNROLL
                res[(i_part * CONFIG_T::n_pixels + i_pixel) * CONFIG_T::n_filt + i_out] = sums[i_out];
            }
        }
    }
}

} // namespace detail

template <typename CONFIG_T, class data_T, class res_T>
void conv1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    detail::conv_da<CONFIG_T, CONFIG_T::filt_width * CONFIG_T::n_chan, data_T, res_T>(data, res);
}

template <typename CONFIG_T, class data_T, class res_T>
void conv2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
               res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    detail::conv_da<CONFIG_T, CONFIG_T::filt_height * CONFIG_T::filt_width * CONFIG_T::n_chan, data_T, res_T>(data, res);
}

// The whole vector is collected before it is added up.
template <class data_T, class res_T, typename CONFIG_T>
void dense(hls::stream<data_T> &data_stream, hls::stream<res_T> &res_stream) {
    typename data_T::value_type data[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=data complete
    typename res_T::value_type res[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=res complete

    detail::read_packs<CONFIG_T::n_in>(data_stream, data);
    CONFIG_T::dense_da(data, res);
    detail::write_packs<CONFIG_T::n_out>(res, res_stream);
}

} // namespace nnet

#endif
