#ifndef NNET_MISH_H_
#define NNET_MISH_H_

#include "nnet_activation.h"
#include "nnet_common.h"
#include <cmath>

// A table is filled once in C simulation, and becomes a ROM in synthesis.
#if defined(__SYNTHESIS__) || defined(__HLS_SYN__)
#define NNET_MISH_ROM
#else
#define NNET_MISH_ROM static
#endif

// Mish, which hls4ml's library does not have: x * tanh(ln(1 + e^x)). It is a ReLU plus what is tabulated over [-16, 16); beyond, that is nothing.
namespace nnet {

struct mish_config : activ_config {
    // Fractional bits of the input and of an entry.
    static const int data_frac = 10;
    static const int table_frac = 10;
};

namespace mish_table {

static const int span_bits = 5;

// With n = e^x * (e^x + 2), the hyperbolic tangent is n / (n + 2).
inline double less_relu(double x) {
    const double e = std::exp(x);
    const double n = e * (e + 2.);
    return x > 0 ? -2. * x / (n + 2.) : x * n / (n + 2.);
}

// An entry stands for the middle of the inputs that share it, and is the number of its type that is nearest.
template <class CONFIG_T> void init(typename CONFIG_T::table_t table[CONFIG_T::table_size]) {
    const int N = CONFIG_T::table_size;
    const int lowest = -(N / 2);
    const double span = std::ldexp(1., span_bits) / N;
    const double above = (span - std::ldexp(1., -CONFIG_T::data_frac)) / 2.;
    const double middle = above > 0. ? above : 0.;
    const double unit = std::ldexp(1., CONFIG_T::table_frac);
    for (int i = 0; i < N; i++) {
        table[i] = std::floor(less_relu((lowest + i) * span + middle) * unit + 0.5) / unit;
    }
}

template <unsigned N, class data_T> unsigned index_of(data_T x) {
    #pragma HLS INLINE
    const ap_ufixed<32, 32 - span_bits> scale = N / 32.;
    const ap_fixed<32, 32, AP_TRN, AP_SAT> cell = x * scale;
    const ap_int<34> index = ap_int<34>(cell) + static_cast<int>(N / 2);
    const int last = N - 1;
    return index < 0 ? 0 : (index > last ? last : index.to_int());
}

} // namespace mish_table

template <class data_T, class res_T, typename CONFIG_T>
void mish(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    NNET_MISH_ROM bool filled = false;
    NNET_MISH_ROM typename CONFIG_T::table_t table[CONFIG_T::table_size];
    if (!filled) {
        mish_table::init<CONFIG_T>(table);
        filled = true;
    }
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        data_T positive = 0;
        if (data[i] > 0) {
            positive = data[i];
        }
        res[i] = positive + table[mish_table::index_of<CONFIG_T::table_size>(data[i])];
    }
}

} // namespace nnet

#endif
