#ifndef NNET_SMOOTH_RELU_H_
#define NNET_SMOOTH_RELU_H_

#include "nnet_activation.h"
#include "nnet_common.h"
#include <cmath>

// A table is filled once in C simulation, and becomes a ROM in synthesis.
#if defined(__SYNTHESIS__) || defined(__HLS_SYN__)
#define NNET_SMOOTH_RELU_ROM
#else
#define NNET_SMOOTH_RELU_ROM static
#endif

// GELU and swish, which hls4ml's library does not have. Both are a ReLU plus an even function, which their own negative half is:
// f(x) = max(x, 0) + f(-|x|). That half is tabulated over (-8, 0]; beyond, the last entry stands.
namespace nnet {

namespace smooth_relu {

static const int range = 8;

struct gelu_curve {
    static float at(double x) { return 0.5 * x * std::erfc(-x * 0.70710678118654752440); }
};

struct swish_curve {
    static float at(double x) { return x / (1. + std::exp(-x)); }
};

template <class curve_T, unsigned N, class table_t> void init_table(table_t table[N]) {
    for (unsigned i = 0; i < N; i++) {
        const float x = -1.0 * range * i / N;
        table[i] = curve_T::at(x);
    }
}

// The product is exact; the division by a power of two keeps x's fractional bits only, and the conversion to int truncates toward zero.
template <unsigned N, class data_T> unsigned index_of(data_T x) {
    #pragma HLS INLINE
    const int below = x * N / (-range);
    const int above = x * N / range;
    const int index = x < 0 ? below : above;
    const int last = N - 1;
    return static_cast<unsigned>(index < 0 ? 0 : (index > last ? last : index));
}

template <class curve_T, class data_T, class res_T, class CONFIG_T>
void activation(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    NNET_SMOOTH_RELU_ROM bool filled = false;
    NNET_SMOOTH_RELU_ROM typename CONFIG_T::table_t table[CONFIG_T::table_size];
    if (!filled) {
        init_table<curve_T, CONFIG_T::table_size>(table);
        filled = true;
    }
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        data_T positive = 0;
        if (data[i] > 0) {
            positive = data[i];
        }
        res[i] = positive + table[index_of<CONFIG_T::table_size>(data[i])];
    }
}

} // namespace smooth_relu

template <class data_T, class res_T, typename CONFIG_T>
void gelu(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    smooth_relu::activation<smooth_relu::gelu_curve, data_T, res_T, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void swish(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    smooth_relu::activation<smooth_relu::swish_curve, data_T, res_T, CONFIG_T>(data, res);
}

} // namespace nnet

#endif
