#ifndef NNET_TABLES_H_
#define NNET_TABLES_H_

#include "nnet_common.h"
#include <cmath>

// Activations read from a table. Entries are computed in float32 and cast to the table's type once; that, and the
// arithmetic that turns a value into an index, decides every bit of the result.
namespace nnet {

namespace detail {

// Odd or sigmoid-like curves, tabulated over [-range, range).
struct sigmoid_curve {
    static const int range = 8;
    static float at(float x) { return 1.0 / (1 + std::exp(-x)); }
};

struct tanh_curve {
    static const int range = 4;
    static float at(float x) { return std::tanh(x); }
};

struct softplus_curve {
    static const int range = 8;
    static float at(float x) { return std::log(std::exp(x) + 1.); }
};

struct softsign_curve {
    static const int range = 8;
    static float at(float x) { return x / (std::abs(x) + 1.); }
};

struct exp_curve {
    static const int range = 8;
    static float at(float x) { return std::exp(x); }
};

// Curves whose positive half is linear, tabulated over (-range, 0].
struct elu_curve {
    static const int range = 8;
    static float at(float x) { return std::exp(x) - 1.; }
};

struct selu_curve {
    static const int range = 8;
    // lambda and alpha of Klambauer et al. 2017, "Self-Normalizing Neural Networks".
    static float at(float x) { return 1.0507009873554804934193349852946 * (1.6732632423543772848170429916717 * (std::exp(x) - 1.)); }
};

template <class curve_T, unsigned N, class table_t> void init_centred_table(table_t table[N]) {
    for (unsigned i = 0; i < N; i++) {
        const float x = 2.0 * curve_T::range * (i - N / 2.0) / N;
        table[i] = curve_T::at(x);
    }
}

template <class curve_T, unsigned N, class table_t> void init_negative_table(table_t table[N]) {
    for (unsigned i = 0; i < N; i++) {
        const float x = -1.0 * curve_T::range * i / N;
        table[i] = curve_T::at(x);
    }
}

template <unsigned N> unsigned clamp_index(int index) {
    #pragma HLS INLINE
    if (index < 0) {
        return 0;
    }
    return static_cast<unsigned>(index) > N - 1 ? N - 1 : static_cast<unsigned>(index);
}

// The product x * N is exact; the division by a power of two keeps x's fractional bits only, and the conversion to int
// truncates toward zero.
template <class curve_T, unsigned N, class data_T> unsigned centred_index(data_T x) {
    #pragma HLS INLINE
    const int offset = x * N / (2 * curve_T::range);
    return clamp_index<N>(offset + static_cast<int>(N / 2));
}

template <class curve_T, unsigned N, class data_T> unsigned negative_index(data_T x) {
    #pragma HLS INLINE
    const int index = x * N / (-curve_T::range);
    return clamp_index<N>(index);
}

template <class curve_T, class data_T, class res_T, class CONFIG_T>
void centred_table_activation(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    NNET_ROM bool filled = false;
    NNET_ROM typename CONFIG_T::table_t table[CONFIG_T::table_size];
    if (!filled) {
        init_centred_table<curve_T, CONFIG_T::table_size>(table);
        filled = true;
    }
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        res[i] = static_cast<res_T>(table[centred_index<curve_T, CONFIG_T::table_size>(data[i])]);
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void sigmoid(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    detail::centred_table_activation<detail::sigmoid_curve, data_T, res_T, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void tanh(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    detail::centred_table_activation<detail::tanh_curve, data_T, res_T, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void softplus(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    detail::centred_table_activation<detail::softplus_curve, data_T, res_T, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void softsign(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    detail::centred_table_activation<detail::softsign_curve, data_T, res_T, CONFIG_T>(data, res);
}

// x where x >= 0, else alpha * (exp(x) - 1).
template <class data_T, class param_T, class res_T, typename CONFIG_T>
void elu(data_T data[CONFIG_T::n_in], const param_T alpha, res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    NNET_ROM bool filled = false;
    NNET_ROM typename CONFIG_T::table_t table[CONFIG_T::table_size];
    if (!filled) {
        detail::init_negative_table<detail::elu_curve, CONFIG_T::table_size>(table);
        filled = true;
    }
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        const data_T x = data[i];
        if (x >= 0) {
            res[i] = x;
        } else {
            res[i] = alpha * table[detail::negative_index<detail::elu_curve, CONFIG_T::table_size>(x)];
        }
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void elu(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    elu<data_T, ap_uint<1>, res_T, CONFIG_T>(data, 1.0, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void selu(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    NNET_ROM bool filled = false;
    NNET_ROM typename CONFIG_T::table_t table[CONFIG_T::table_size];
    if (!filled) {
        detail::init_negative_table<detail::selu_curve, CONFIG_T::table_size>(table);
        filled = true;
    }
    const ap_ufixed<16, 1> lambda = 1.0507009873554805;
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        const data_T x = data[i];
        if (x >= 0) {
            res[i] = lambda * x;
        } else {
            res[i] = table[detail::negative_index<detail::selu_curve, CONFIG_T::table_size>(x)];
        }
    }
}

// A table with one entry for every value of the input type, which the project brings along.
template <class data_T, class res_T, typename CONFIG_T>
void unary_lut(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in],
               typename CONFIG_T::table_t table[CONFIG_T::table_size]) {
    #pragma HLS FUNCTION_INSTANTIATE variable=table
    #pragma HLS ARRAY_PARTITION variable=table complete
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        #pragma HLS UNROLL
        const ap_uint<data_T::width> pattern = data[i](data_T::width - 1, 0);
        res[i] = static_cast<res_T>(table[static_cast<unsigned>(pattern)]);
    }
}

} // namespace nnet

#endif
