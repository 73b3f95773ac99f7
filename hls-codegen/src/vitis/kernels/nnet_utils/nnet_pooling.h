#ifndef NNET_POOLING_H_
#define NNET_POOLING_H_

#include "nnet_common.h"

// Pooling over (height, width, channels); one dimension is a height of one.
namespace nnet {

enum Pool_Op { Max, Average };

struct pooling1d_config {
    static const unsigned n_in = 10;
    static const unsigned n_filt = 4;
    static const unsigned pool_width = 2;
    static const unsigned stride_width = 2;
    static const unsigned n_out = (n_in - pool_width) / stride_width + 1;
    static const unsigned pad_left = 0;
    static const unsigned pad_right = 0;
    static const bool count_pad = false;
    static const Pool_Op pool_op = Max;
    static const unsigned reuse_factor = 1;
    typedef float accum_t;
};

struct pooling2d_config {
    static const unsigned in_height = 10;
    static const unsigned in_width = 10;
    static const unsigned n_filt = 4;
    static const unsigned stride_height = 2;
    static const unsigned stride_width = 2;
    static const unsigned pool_height = 2;
    static const unsigned pool_width = 2;
    static const unsigned out_height = (in_height - pool_height) / stride_height + 1;
    static const unsigned out_width = (in_width - pool_width) / stride_width + 1;
    static const unsigned pad_top = 0;
    static const unsigned pad_bottom = 0;
    static const unsigned pad_left = 0;
    static const unsigned pad_right = 0;
    static const bool count_pad = false;
    static const Pool_Op pool_op = Max;
    static const unsigned reuse_factor = 1;
    typedef float accum_t;
};

namespace detail {

// What a pooling does with the cells of a window; padding is what the cells beyond the edge hold.
template <Pool_Op op> struct pooling;

template <> struct pooling<Max> {
    // Only the top bit: the most negative value of a signed type. For an unsigned type it is *not* the least, and hides
    // smaller values along padded edges; hls4ml's results are so, and so are these.
    template <class T> static T padding() {
        T x = 0;
        x[T::width - 1] = 1;
        return x;
    }

    template <class accum_T, unsigned N, class T> static accum_T apply(const T window[N], unsigned) {
        #pragma HLS INLINE
        T maximum = window[0];
        for (unsigned i = 1; i < N; i++) {
            #pragma HLS UNROLL
            if (window[i] > maximum) {
                maximum = window[i];
            }
        }
        return maximum;
    }
};

template <> struct pooling<Average> {
    template <class T> static T padding() { return 0; }

    template <class accum_T, unsigned N, class T> static accum_T apply(const T window[N], unsigned n_cells) {
        #pragma HLS INLINE
        accum_T sum = 0;
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            sum += window[i];
        }
        sum /= n_cells;
        return sum;
    }
};

// A one-dimensional configuration in terms of the two-dimensional one.
template <class CONFIG_T> struct pooling_of_one_row {
    static const unsigned in_height = 1;
    static const unsigned in_width = CONFIG_T::n_in;
    static const unsigned n_filt = CONFIG_T::n_filt;
    static const unsigned stride_height = 1;
    static const unsigned stride_width = CONFIG_T::stride_width;
    static const unsigned pool_height = 1;
    static const unsigned pool_width = CONFIG_T::pool_width;
    static const unsigned out_height = 1;
    static const unsigned out_width = CONFIG_T::n_out;
    static const unsigned pad_top = 0;
    static const unsigned pad_left = CONFIG_T::pad_left;
    static const bool count_pad = CONFIG_T::count_pad;
    static const Pool_Op pool_op = CONFIG_T::pool_op;
    typedef typename CONFIG_T::accum_t accum_t;
};

// One output value: the window at (i_row, i_col) of channel i_filt.
template <class CONFIG_T, class data_T>
typename CONFIG_T::accum_t pool_window(data_T *data, unsigned i_row, unsigned i_col, unsigned i_filt) {
    #pragma HLS INLINE
    const unsigned n_window = CONFIG_T::pool_height * CONFIG_T::pool_width;
    typedef pooling<CONFIG_T::pool_op> op_T;

    data_T window[n_window];
    #pragma HLS ARRAY_PARTITION variable=window complete
    unsigned n_inside = 0;
    for (unsigned i = 0; i < CONFIG_T::pool_height; i++) {
        #pragma HLS UNROLL
        for (unsigned j = 0; j < CONFIG_T::pool_width; j++) {
            #pragma HLS UNROLL
            // Before the first row or column these wrap around, and are larger than any size.
            const unsigned row = i_row * CONFIG_T::stride_height + i - CONFIG_T::pad_top;
            const unsigned col = i_col * CONFIG_T::stride_width + j - CONFIG_T::pad_left;
            data_T &cell = window[i * CONFIG_T::pool_width + j];
            if (row < CONFIG_T::in_height && col < CONFIG_T::in_width) {
                cell = data[(row * CONFIG_T::in_width + col) * CONFIG_T::n_filt + i_filt];
                n_inside++;
            } else {
                cell = op_T::template padding<data_T>();
            }
        }
    }
    return op_T::template apply<typename CONFIG_T::accum_t, n_window>(window, CONFIG_T::count_pad ? n_window : n_inside);
}

template <class CONFIG_T, class data_T, class res_T> void pool(data_T *data, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i_row = 0; i_row < CONFIG_T::out_height; i_row++) {
        for (unsigned i_col = 0; i_col < CONFIG_T::out_width; i_col++) {
            for (unsigned i_filt = 0; i_filt < CONFIG_T::n_filt; i_filt++) {
                res[(i_row * CONFIG_T::out_width + i_col) * CONFIG_T::n_filt + i_filt] =
                    pool_window<CONFIG_T>(data, i_row, i_col, i_filt);
            }
        }
    }
}

// N_CELLS pixels of each channel become one.
template <unsigned N_CELLS, class CONFIG_T, class data_T, class res_T> void pool_all(data_T *data, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i_filt = 0; i_filt < CONFIG_T::n_filt; i_filt++) {
        data_T window[N_CELLS];
        #pragma HLS ARRAY_PARTITION variable=window complete
        for (unsigned i = 0; i < N_CELLS; i++) {
            #pragma HLS UNROLL
            window[i] = data[i * CONFIG_T::n_filt + i_filt];
        }
        res[i_filt] = pooling<CONFIG_T::pool_op>::template apply<typename CONFIG_T::accum_t, N_CELLS>(window, N_CELLS);
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void pooling1d_cl(data_T data[CONFIG_T::n_in * CONFIG_T::n_filt], res_T res[CONFIG_T::n_out * CONFIG_T::n_filt]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    detail::pool<detail::pooling_of_one_row<CONFIG_T>>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void pooling2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
                  res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    detail::pool<CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling1d_cl(data_T data[CONFIG_T::n_in * CONFIG_T::n_filt], res_T res[CONFIG_T::n_filt]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    detail::pool_all<CONFIG_T::n_in, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_filt],
                         res_T res[CONFIG_T::n_filt]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    detail::pool_all<CONFIG_T::in_height * CONFIG_T::in_width, CONFIG_T>(data, res);
}

} // namespace nnet

#endif
