#ifndef NNET_CROPPING_STREAM_H_
#define NNET_CROPPING_STREAM_H_

#include "nnet_cropping.h"
#include "nnet_stream.h"

namespace nnet {

namespace detail {

// Every pixel of a row is read, and written if it is in the part that is kept; of some rows nothing is.
template <class CONFIG_T, class data_T, class res_T>
void crop_row_of_stream(bool keep, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_chan, "a pack is a pixel");
    static_assert(CONFIG_T::in_width == CONFIG_T::crop_left + CONFIG_T::out_width + CONFIG_T::crop_right, "widths do not fit");
    for (unsigned i_col = 0; i_col < CONFIG_T::in_width; i_col++) {
        #pragma HLS PIPELINE II=1
        const data_T pixel = data.read();
        // Left of what is kept this has wrapped around, and is larger than any width.
        const unsigned col = i_col - CONFIG_T::crop_left;
        if (keep && col < CONFIG_T::out_width) {
            res.write(convert_pack<data_T, res_T>(pixel));
        }
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void cropping1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    detail::crop_row_of_stream<CONFIG_T>(true, data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void cropping2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    static_assert(CONFIG_T::in_height == CONFIG_T::crop_top + CONFIG_T::out_height + CONFIG_T::crop_bottom,
                  "heights do not fit");
    for (unsigned i_row = 0; i_row < CONFIG_T::in_height; i_row++) {
        const unsigned row = i_row - CONFIG_T::crop_top;
        detail::crop_row_of_stream<CONFIG_T>(row < CONFIG_T::out_height, data, res);
    }
}

} // namespace nnet

#endif
