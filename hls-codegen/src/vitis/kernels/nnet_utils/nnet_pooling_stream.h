#ifndef NNET_POOLING_STREAM_H_
#define NNET_POOLING_STREAM_H_

#include "nnet_conv_stream.h"
#include "nnet_pooling.h"
#include "utils/x_hls_utils.h"

// Pooling over streams of pixels. Values are cast to the accumulator's type before they are compared or added, and meet in a
// balanced tree; both decide bits where that type rounds or saturates.
namespace nnet {

namespace detail {

// The windows of a pooling, in the words of a convolution's.
template <class CONFIG_T> struct pooling_windows {
    static const unsigned in_height = CONFIG_T::in_height;
    static const unsigned in_width = CONFIG_T::in_width;
    static const unsigned out_height = CONFIG_T::out_height;
    static const unsigned out_width = CONFIG_T::out_width;
    static const unsigned filt_height = CONFIG_T::pool_height;
    static const unsigned filt_width = CONFIG_T::pool_width;
    static const unsigned stride_height = CONFIG_T::stride_height;
    static const unsigned stride_width = CONFIG_T::stride_width;
    static const unsigned n_chan = CONFIG_T::n_filt;
    static const bool padded =
        CONFIG_T::pad_top + CONFIG_T::pad_bottom + CONFIG_T::pad_left + CONFIG_T::pad_right != 0;
};

template <class CONFIG_T> struct pooling_windows_of_one_row {
    static const unsigned in_height = 1;
    static const unsigned in_width = CONFIG_T::n_in;
    static const unsigned out_height = 1;
    static const unsigned out_width = CONFIG_T::n_out;
    static const unsigned filt_height = 1;
    static const unsigned filt_width = CONFIG_T::pool_width;
    static const unsigned stride_height = 1;
    static const unsigned stride_width = CONFIG_T::stride_width;
    static const unsigned n_chan = CONFIG_T::n_filt;
    static const bool padded = CONFIG_T::pad_left + CONFIG_T::pad_right != 0;
};

// How values become one: the identity, the operation of two, and what is done to the total of N.
template <Pool_Op op> struct pooling_reduction;

template <> struct pooling_reduction<Max> {
    template <class T> static T identity() { return hls::numeric_limits<T>::min(); }
    template <class T> using operation = Op_max<T>;
    template <class res_T, unsigned N, class T> static res_T result(T maximum) {
        #pragma HLS INLINE
        return maximum;
    }
};

template <> struct pooling_reduction<Average> {
    template <class T> static T identity() { return 0; }
    template <class T> using operation = Op_add<T>;
    template <class res_T, unsigned N, class T> static res_T result(T sum) {
        #pragma HLS INLINE
        sum /= N;
        return sum;
    }
};

// A window of N_CELLS pixels becomes one.
template <unsigned N_CELLS, class CONFIG_T, class value_T, class res_T>
void pool_cells(const value_T *window, res_T &out) {
    #pragma HLS INLINE
    typedef typename CONFIG_T::accum_t accum_t;
    typedef pooling_reduction<CONFIG_T::pool_op> reduction_T;
    typedef typename reduction_T::template operation<accum_t> operation_T;
    for (unsigned i_filt = 0; i_filt < CONFIG_T::n_filt; i_filt++) {
        #pragma HLS UNROLL
        accum_t cells[N_CELLS];
        #pragma HLS ARRAY_PARTITION variable=cells complete
        for (unsigned i = 0; i < N_CELLS; i++) {
            #pragma HLS UNROLL
            cells[i] = static_cast<accum_t>(window[i * CONFIG_T::n_filt + i_filt]);
        }
        const accum_t total = reduce<accum_t, N_CELLS, operation_T>(cells, operation_T());
        out[i_filt] = reduction_T::template result<typename res_T::value_type, N_CELLS>(total);
    }
}

template <class windows_T, class CONFIG_T, class data_T, class res_T>
void pool_stream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    static_assert(res_T::size == CONFIG_T::n_filt, "a pack is a pixel");
    static ap_shift_reg<typename data_T::value_type, windows_T::in_width> lines[window_sizes<windows_T>::n_lines]
                                                                               [windows_T::n_chan];
    #pragma HLS ARRAY_PARTITION variable=lines complete dim=0
    static typename data_T::value_type window[window_sizes<windows_T>::window];
    #pragma HLS ARRAY_PARTITION variable=window complete
    window_position<windows_T> position;

    for (unsigned i = 0; i < windows_T::in_height * windows_T::in_width; i++) {
        #pragma HLS PIPELINE
        next_window<windows_T>(data.read(), lines, window);
        if (position.complete()) {
            res_T out;
            pool_cells<windows_T::filt_height * windows_T::filt_width, CONFIG_T>(window, out);
            res.write(out);
        }
        position.advance();
    }
}

// N_CELLS pixels become one, as they come.
template <unsigned N_CELLS, class CONFIG_T, class data_T, class res_T>
void pool_all_of_stream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    static_assert(data_T::size == CONFIG_T::n_filt && res_T::size == CONFIG_T::n_filt, "a pack is a pixel");
    typedef typename CONFIG_T::accum_t accum_t;
    typedef pooling_reduction<CONFIG_T::pool_op> reduction_T;
    accum_t totals[CONFIG_T::n_filt];
    #pragma HLS ARRAY_PARTITION variable=totals complete
    for (unsigned i_filt = 0; i_filt < CONFIG_T::n_filt; i_filt++) {
        #pragma HLS UNROLL
        totals[i_filt] = reduction_T::template identity<accum_t>();
    }
    for (unsigned i = 0; i < N_CELLS; i++) {
        #pragma HLS PIPELINE
        const data_T pixel = data.read();
        for (unsigned i_filt = 0; i_filt < CONFIG_T::n_filt; i_filt++) {
            #pragma HLS UNROLL
            typename reduction_T::template operation<accum_t> combine;
            totals[i_filt] = combine(totals[i_filt], static_cast<accum_t>(pixel[i_filt]));
        }
    }
    res_T out;
    for (unsigned i_filt = 0; i_filt < CONFIG_T::n_filt; i_filt++) {
        #pragma HLS UNROLL
        out[i_filt] = reduction_T::template result<typename res_T::value_type, N_CELLS>(totals[i_filt]);
    }
    res.write(out);
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void pooling1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::pool_stream<detail::pooling_windows_of_one_row<CONFIG_T>, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void pooling2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::pool_stream<detail::pooling_windows<CONFIG_T>, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling1d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::pool_all_of_stream<CONFIG_T::n_in, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void global_pooling2d_cl(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::pool_all_of_stream<CONFIG_T::in_height * CONFIG_T::in_width, CONFIG_T>(data, res);
}

} // namespace nnet

#endif
