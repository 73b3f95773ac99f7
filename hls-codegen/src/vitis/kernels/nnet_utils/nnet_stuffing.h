#ifndef NNET_STUFFING_H_
#define NNET_STUFFING_H_

#include "nnet_padding.h"

// Zeros around an image and between its pixels, which turn a transposed convolution into an ordinary one. Tensors have their channels
// last. hls4ml has no such layer.
namespace nnet {

// `spacing_width` is the distance of neighbouring pixels of the input in the result.
struct stuffing1d_config : padding1d_config {
    static const unsigned spacing_width = 1;
};

struct stuffing2d_config : padding2d_config {
    static const unsigned spacing_height = 1;
    static const unsigned spacing_width = 1;
};

namespace detail {

template <class CONFIG_T> struct stuffed_width {
    static const unsigned pixels = (CONFIG_T::in_width - 1) * CONFIG_T::spacing_width + 1;
    static_assert(CONFIG_T::out_width == CONFIG_T::pad_left + pixels + CONFIG_T::pad_right, "widths do not fit");
};

template <class CONFIG_T> struct stuffed_height {
    static const unsigned pixels = (CONFIG_T::in_height - 1) * CONFIG_T::spacing_height + 1;
    static_assert(CONFIG_T::out_height == CONFIG_T::pad_top + pixels + CONFIG_T::pad_bottom, "heights do not fit");
};

// The pixels of a row go to their places in a row of zeros.
template <class data_T, class res_T, class CONFIG_T> void spread_row(const data_T *row, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i_col = 0; i_col < CONFIG_T::in_width; i_col++) {
        for (unsigned i_chan = 0; i_chan < CONFIG_T::n_chan; i_chan++) {
            res[(CONFIG_T::pad_left + i_col * CONFIG_T::spacing_width) * CONFIG_T::n_chan + i_chan] =
                static_cast<res_T>(row[i_col * CONFIG_T::n_chan + i_chan]);
        }
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void zerostuff1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_chan]) {
    #pragma HLS PIPELINE
    static_assert(detail::stuffed_width<CONFIG_T>::pixels > 0, "an image has pixels");
    for (unsigned i = 0; i < CONFIG_T::out_width * CONFIG_T::n_chan; i++) {
        res[i] = 0;
    }
    detail::spread_row<data_T, res_T, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void zerostuff2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                    res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_chan]) {
    #pragma HLS PIPELINE
    static_assert(detail::stuffed_width<CONFIG_T>::pixels > 0, "an image has columns");
    static_assert(detail::stuffed_height<CONFIG_T>::pixels > 0, "an image has rows");
    for (unsigned i = 0; i < CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_chan; i++) {
        res[i] = 0;
    }
    for (unsigned i_row = 0; i_row < CONFIG_T::in_height; i_row++) {
        const unsigned row = CONFIG_T::pad_top + i_row * CONFIG_T::spacing_height;
        detail::spread_row<data_T, res_T, CONFIG_T>(data + i_row * CONFIG_T::in_width * CONFIG_T::n_chan,
                                                    res + row * CONFIG_T::out_width * CONFIG_T::n_chan);
    }
}

} // namespace nnet

#endif
