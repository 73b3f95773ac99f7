#ifndef NNET_PADDING_STREAM_H_
#define NNET_PADDING_STREAM_H_

#include "nnet_padding.h"
#include "nnet_stream.h"

namespace nnet {

namespace detail {

template <unsigned N, class res_T> void write_zeros(hls::stream<res_T> &res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N; i++) {
        #pragma HLS PIPELINE II=1
        res_T pixel;
        for (unsigned i_chan = 0; i_chan < res_T::size; i_chan++) {
            #pragma HLS UNROLL
            pixel[i_chan] = 0;
        }
        res.write(pixel);
    }
}

template <class CONFIG_T, class data_T, class res_T>
void pad_row_of_stream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_chan, "a pack is a pixel");
    static_assert(CONFIG_T::out_width == CONFIG_T::pad_left + CONFIG_T::in_width + CONFIG_T::pad_right, "widths do not fit");
    write_zeros<CONFIG_T::pad_left>(res);
    forward_packs<CONFIG_T::in_width>(data, res);
    write_zeros<CONFIG_T::pad_right>(res);
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void zeropad1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    detail::pad_row_of_stream<CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void zeropad2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    static_assert(CONFIG_T::out_height == CONFIG_T::pad_top + CONFIG_T::in_height + CONFIG_T::pad_bottom, "heights do not fit");
    detail::write_zeros<CONFIG_T::pad_top * CONFIG_T::out_width>(res);
    for (unsigned i_row = 0; i_row < CONFIG_T::in_height; i_row++) {
        detail::pad_row_of_stream<CONFIG_T>(data, res);
    }
    detail::write_zeros<CONFIG_T::pad_bottom * CONFIG_T::out_width>(res);
}

} // namespace nnet

#endif
