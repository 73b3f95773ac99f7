#ifndef NNET_STUFFING_STREAM_H_
#define NNET_STUFFING_STREAM_H_

#include "nnet_stream.h"
#include "nnet_stuffing.h"

namespace nnet {

namespace detail {

// Where the next row or column of the input goes: counted, because a division by the spacing is a circuit of its own.
template <unsigned FIRST, unsigned COUNT, unsigned SPACING> struct stuffing_counter {
    unsigned zeros = FIRST; // Places before the next one.
    unsigned left = COUNT;  // Those of the input that are still to come.

    bool next() {
        #pragma HLS INLINE
        const bool is_input = zeros == 0 && left > 0;
        if (is_input) {
            left--;
            zeros = SPACING - 1;
        } else if (zeros > 0) {
            zeros--;
        }
        return is_input;
    }
};

template <class CONFIG_T, class data_T, class res_T>
void stuff_row_of_stream(bool has_pixels, hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_chan, "a pack is a pixel");
    static_assert(stuffed_width<CONFIG_T>::pixels > 0, "an image has columns");
    stuffing_counter<CONFIG_T::pad_left, CONFIG_T::in_width, CONFIG_T::spacing_width> columns;
    for (unsigned i_col = 0; i_col < CONFIG_T::out_width; i_col++) {
        #pragma HLS PIPELINE II=1
        res_T pixel;
        if (columns.next() && has_pixels) {
            pixel = convert_pack<data_T, res_T>(data.read());
        } else {
            for (unsigned i_chan = 0; i_chan < res_T::size; i_chan++) {
                #pragma HLS UNROLL
                pixel[i_chan] = 0;
            }
        }
        res.write(pixel);
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void zerostuff1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    detail::stuff_row_of_stream<CONFIG_T>(true, data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void zerostuff2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    static_assert(detail::stuffed_height<CONFIG_T>::pixels > 0, "an image has rows");
    detail::stuffing_counter<CONFIG_T::pad_top, CONFIG_T::in_height, CONFIG_T::spacing_height> rows;
    for (unsigned i_row = 0; i_row < CONFIG_T::out_height; i_row++) {
        const bool has_pixels = rows.next();
        detail::stuff_row_of_stream<CONFIG_T>(has_pixels, data, res);
    }
}

} // namespace nnet

#endif
