#ifndef NNET_CONV_STREAM_H_
#define NNET_CONV_STREAM_H_

#include "ap_shift_reg.h"
#include "nnet_common.h"
#include "nnet_conv_common.h"
#include "nnet_stream.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-label"

// Windows over a stream of pixels, for convolutions and poolings. Pixels arrive row by row, each with all its channels. Line
// buffers keep the rows above the current one, so that with each pixel the column of pixels that it completes is known; a
// window is as many of the latest columns as the filter is wide.
namespace nnet {

namespace detail {

// Where a window is complete along an axis: at the last of its FILTER pixels, and then every STRIDE pixels. Counting down needs
// no division.
template <unsigned FILTER, unsigned STRIDE> class window_steps {
  public:
    window_steps() : missing(FILTER - 1) {}

    bool complete() const { return missing == 0; }
    void advance() { missing = (missing == 0 ? STRIDE : missing) - 1; }
    void restart() { missing = FILTER - 1; }

  private:
    unsigned missing;
};

// The pixel that comes next, and whether it completes a window.
template <class windows_T> class window_position {
  public:
    window_position() : i_col(0) {}

    bool complete() const { return rows.complete() && columns.complete(); }
    void advance() {
        #pragma HLS INLINE
        columns.advance();
        i_col++;
        if (i_col == windows_T::in_width) {
            i_col = 0;
            columns.restart();
            rows.advance();
        }
    }

  private:
    unsigned i_col;
    window_steps<windows_T::filt_height, windows_T::stride_height> rows;
    window_steps<windows_T::filt_width, windows_T::stride_width> columns;
};

// The sizes of windows: CONFIG_T of a layer over images has them all; a layer over sequences is one over images of one row.
template <class CONFIG_T> struct conv_windows {
    static const unsigned in_height = CONFIG_T::in_height;
    static const unsigned in_width = CONFIG_T::in_width;
    static const unsigned out_height = CONFIG_T::out_height;
    static const unsigned out_width = CONFIG_T::out_width;
    static const unsigned filt_height = CONFIG_T::filt_height;
    static const unsigned filt_width = CONFIG_T::filt_width;
    static const unsigned stride_height = CONFIG_T::stride_height;
    static const unsigned stride_width = CONFIG_T::stride_width;
    static const unsigned n_chan = CONFIG_T::n_chan;
    static const bool padded =
        CONFIG_T::pad_top + CONFIG_T::pad_bottom + CONFIG_T::pad_left + CONFIG_T::pad_right != 0;
};

template <class CONFIG_T> struct conv_windows_of_one_row {
    static const unsigned in_height = 1;
    static const unsigned in_width = CONFIG_T::in_width;
    static const unsigned out_height = 1;
    static const unsigned out_width = CONFIG_T::out_width;
    static const unsigned filt_height = 1;
    static const unsigned filt_width = CONFIG_T::filt_width;
    static const unsigned stride_height = 1;
    static const unsigned stride_width = CONFIG_T::stride_width;
    static const unsigned n_chan = CONFIG_T::n_chan;
    static const bool padded = CONFIG_T::pad_left + CONFIG_T::pad_right != 0;
};

// What follows from the sizes, and what must hold so that exactly the output is written.
template <class windows_T> struct window_sizes {
    static const unsigned n_lines = windows_T::filt_height > 1 ? windows_T::filt_height - 1 : 1;
    static const unsigned column = windows_T::filt_height * windows_T::n_chan;
    static const unsigned row = windows_T::filt_width * windows_T::n_chan;
    static const unsigned window = windows_T::filt_height * row;

    static_assert(!windows_T::padded, "a stream has no padding; a layer of its own puts it around the image");
    static_assert((windows_T::in_height - windows_T::filt_height) / windows_T::stride_height + 1 == windows_T::out_height,
                  "heights do not fit");
    static_assert((windows_T::in_width - windows_T::filt_width) / windows_T::stride_width + 1 == windows_T::out_width,
                  "widths do not fit");
};

// The column of pixels that ends with `pixel`: those above it fall out of the line buffers, which are a row long.
template <class windows_T, class data_T>
void complete_column(const data_T &pixel,
                     ap_shift_reg<typename data_T::value_type, windows_T::in_width>
                         lines[window_sizes<windows_T>::n_lines][windows_T::n_chan],
                     typename data_T::value_type column[window_sizes<windows_T>::column]) {
    #pragma HLS INLINE
    for (unsigned i_chan = 0; i_chan < windows_T::n_chan; i_chan++) {
        #pragma HLS UNROLL
        typename data_T::value_type value = pixel[i_chan];
        column[(windows_T::filt_height - 1) * windows_T::n_chan + i_chan] = value;
        for (unsigned i_above = 1; i_above < windows_T::filt_height; i_above++) {
            #pragma HLS UNROLL
            value = lines[i_above - 1][i_chan].shift(value);
            column[(windows_T::filt_height - 1 - i_above) * windows_T::n_chan + i_chan] = value;
        }
    }
}

// The window moves one pixel to the right. It is (height, width, channels), as a filter's weights are.
template <class windows_T, class value_T>
void shift_window(const value_T column[window_sizes<windows_T>::column], value_T window[window_sizes<windows_T>::window]) {
    #pragma HLS INLINE
    const unsigned n_chan = windows_T::n_chan;
    const unsigned row = window_sizes<windows_T>::row;
    for (unsigned i_row = 0; i_row < windows_T::filt_height; i_row++) {
        #pragma HLS UNROLL
        for (unsigned i = n_chan; i < row; i++) {
            #pragma HLS UNROLL
            window[i_row * row + i - n_chan] = window[i_row * row + i];
        }
        for (unsigned i_chan = 0; i_chan < n_chan; i_chan++) {
            #pragma HLS UNROLL
            window[(i_row + 1) * row - n_chan + i_chan] = column[i_row * n_chan + i_chan];
        }
    }
}

// The next pixel has arrived: the window that ends with it.
template <class windows_T, class data_T>
void next_window(const data_T &pixel,
                 ap_shift_reg<typename data_T::value_type, windows_T::in_width>
                     lines[window_sizes<windows_T>::n_lines][windows_T::n_chan],
                 typename data_T::value_type window[window_sizes<windows_T>::window]) {
    #pragma HLS INLINE
    static_assert(data_T::size == windows_T::n_chan, "a pack is a pixel");
    typename data_T::value_type column[window_sizes<windows_T>::column];
    #pragma HLS ARRAY_PARTITION variable=column complete
    complete_column<windows_T>(pixel, lines, column);
    shift_window<windows_T>(column, window);
}

// What a convolution makes of a window: the matrix product that its configuration names.
struct full_product {
    template <class CONFIG_T, class data_T, class res_T>
    static void apply(data_T *window, res_T *res, typename CONFIG_T::weight_t *weights, typename CONFIG_T::bias_t *biases) {
        #pragma HLS INLINE
        typedef typename CONFIG_T::mult_config mult_T;
        CONFIG_T::mult_config::template kernel<data_T, res_T, mult_T>::dense(window, res, weights, biases);
    }
};

template <class product_T, class windows_T, class CONFIG_T, class data_T, class res_T>
void conv_pixel(const data_T &pixel, window_position<windows_T> &position,
                ap_shift_reg<typename data_T::value_type, windows_T::in_width>
                    lines[window_sizes<windows_T>::n_lines][windows_T::n_chan],
                typename data_T::value_type window[window_sizes<windows_T>::window], hls::stream<res_T> &res,
                typename CONFIG_T::weight_t *weights, typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    next_window<windows_T>(pixel, lines, window);
    if (position.complete()) {
        res_T out;
        product_T::template apply<CONFIG_T>(window, out.data, weights, biases);
        res.write(out);
    }
    position.advance();
}

// A convolution of any kind. Latency: a pixel every reuse_factor cycles. Resource: a pixel whenever the product, which has a loop
// of its own, is ready for the next.
template <class product_T, class windows_T, class CONFIG_T, class data_T, class res_T>
void conv_stream(hls::stream<data_T> &data, hls::stream<res_T> &res, typename CONFIG_T::weight_t *weights,
                 typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    static_assert(res_T::size == CONFIG_T::n_filt, "a pack is a pixel");
    static_assert(CONFIG_T::implementation == conv_implementation::linebuffer, "only line buffers are implemented");
    const unsigned n_pixels = windows_T::in_height * windows_T::in_width;

    static ap_shift_reg<typename data_T::value_type, windows_T::in_width> lines[window_sizes<windows_T>::n_lines]
                                                                               [windows_T::n_chan];
    #pragma HLS ARRAY_PARTITION variable=lines complete dim=0
    static typename data_T::value_type window[window_sizes<windows_T>::window];
    #pragma HLS ARRAY_PARTITION variable=window complete
    window_position<windows_T> position;

    if (CONFIG_T::strategy == nnet::latency || CONFIG_T::strategy == nnet::distributed_arithmetic) {
    PixelLoop:
        for (unsigned i = 0; i < n_pixels; i++) {
            #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
            conv_pixel<product_T, windows_T, CONFIG_T>(data.read(), position, lines, window, res, weights, biases);
        }
    } else {
    SerialPixelLoop:
        for (unsigned i = 0; i < n_pixels; i++) {
            conv_pixel<product_T, windows_T, CONFIG_T>(data.read(), position, lines, window, res, weights, biases);
        }
    }
}

} // namespace detail

} // namespace nnet

#pragma GCC diagnostic pop

#endif
