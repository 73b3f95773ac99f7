#ifndef NNET_PADDING_H_
#define NNET_PADDING_H_

// Zeros around an image, or at both ends of a sequence. Tensors have their channels last.
namespace nnet {

struct padding1d_config {
    static const unsigned n_chan = 10;
    static const unsigned in_width = 10;
    static const unsigned out_width = 10;
    static const unsigned pad_left = 0;
    static const unsigned pad_right = 0;
};

struct padding2d_config {
    static const unsigned n_chan = 10;
    static const unsigned in_height = 10;
    static const unsigned in_width = 10;
    static const unsigned out_height = 10;
    static const unsigned out_width = 10;
    static const unsigned pad_top = 0;
    static const unsigned pad_bottom = 0;
    static const unsigned pad_left = 0;
    static const unsigned pad_right = 0;
};

namespace detail {

// A row of the result, all zeros where there is no row of the input.
template <class data_T, class res_T, class CONFIG_T> void pad_row(const data_T *row, bool inside, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i_col = 0; i_col < CONFIG_T::out_width; i_col++) {
        // Left of the input this has wrapped around and is larger than any width.
        const unsigned col = i_col - CONFIG_T::pad_left;
        for (unsigned i_chan = 0; i_chan < CONFIG_T::n_chan; i_chan++) {
            res_T &pixel = res[i_col * CONFIG_T::n_chan + i_chan];
            pixel = 0;
            if (inside && col < CONFIG_T::in_width) {
                pixel = static_cast<res_T>(row[col * CONFIG_T::n_chan + i_chan]);
            }
        }
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void zeropad1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_chan]) {
    #pragma HLS PIPELINE
    static_assert(CONFIG_T::out_width == CONFIG_T::pad_left + CONFIG_T::in_width + CONFIG_T::pad_right, "widths do not fit");
    detail::pad_row<data_T, res_T, CONFIG_T>(data, true, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void zeropad2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                  res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_chan]) {
    #pragma HLS PIPELINE
    static_assert(CONFIG_T::out_width == CONFIG_T::pad_left + CONFIG_T::in_width + CONFIG_T::pad_right, "widths do not fit");
    static_assert(CONFIG_T::out_height == CONFIG_T::pad_top + CONFIG_T::in_height + CONFIG_T::pad_bottom, "heights do not fit");
    for (unsigned i_row = 0; i_row < CONFIG_T::out_height; i_row++) {
        const unsigned row = i_row - CONFIG_T::pad_top;
        const bool inside = row < CONFIG_T::in_height;
        detail::pad_row<data_T, res_T, CONFIG_T>(data + (inside ? row : 0) * CONFIG_T::in_width * CONFIG_T::n_chan, inside,
                                                 res + i_row * CONFIG_T::out_width * CONFIG_T::n_chan);
    }
}

} // namespace nnet

#endif
