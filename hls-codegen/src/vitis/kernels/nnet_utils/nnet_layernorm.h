#ifndef NNET_LAYERNORM_H_
#define NNET_LAYERNORM_H_

#include "nnet_common.h"
#include "nnet_mult.h"
#include "nnet_tables.h"
#include <cmath>

namespace nnet {

struct layernorm_config {
    typedef float bias_t;
    typedef float scale_t;
    typedef float accum_t;
    typedef float table_t;

    static const unsigned n_in = 20;
    static const unsigned seq_len = 4;
    static const unsigned axis = 2;
    static const unsigned epsilon_power_of_10 = 3;
    static const unsigned table_range_power2 = 0;
    static const unsigned table_size = 1024;
    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

namespace detail {

template <class CONFIG_T> struct layernorm_sizes {
    static const unsigned dim = CONFIG_T::n_in / CONFIG_T::seq_len;
};

// 1 / sqrt(x + epsilon) for x from 0 to 2^-table_range_power2, computed in float32.
template <class CONFIG_T> void init_inverse_root_table(typename CONFIG_T::table_t table[CONFIG_T::table_size]) {
    const float epsilon = std::pow(10.0, -static_cast<int>(CONFIG_T::epsilon_power_of_10));
    const float range = std::pow(2.0, -static_cast<int>(CONFIG_T::table_range_power2));
    const float step = range / static_cast<float>(CONFIG_T::table_size);
    for (unsigned i = 0; i < CONFIG_T::table_size; i++) {
        const float x = epsilon + step * i;
        table[i] = static_cast<typename CONFIG_T::table_t>(1.0 / std::sqrt(x));
    }
}

// A mean: all of the sum's precision meets the rounded 1 / dim.
template <class CONFIG_T> typename CONFIG_T::accum_t layernorm_mean(typename CONFIG_T::accum_t sum) {
    #pragma HLS INLINE
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned n = layernorm_sizes<CONFIG_T>::dim;
    const accum_t inverse = 1.0 / n;
    return CONFIG_T::template product<accum_t, accum_t>::product(sum, inverse);
}

// One vector.
template <class data_T, class res_T, class CONFIG_T>
void layernorm_vector(const data_T *data, res_T *res, typename CONFIG_T::scale_t *scale, typename CONFIG_T::bias_t *bias) {
    #pragma HLS INLINE
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned dim = layernorm_sizes<CONFIG_T>::dim;

    NNET_ROM typename CONFIG_T::table_t table[CONFIG_T::table_size];
    NNET_ROM bool initialized = false;
    if (!initialized) {
        init_inverse_root_table<CONFIG_T>(table);
        initialized = true;
    }

    accum_t sum = 0;
    for (unsigned i = 0; i < dim; i++) {
        #pragma HLS UNROLL
        sum += static_cast<accum_t>(data[i]);
    }
    const accum_t mean = layernorm_mean<CONFIG_T>(sum);

    accum_t centred[layernorm_sizes<CONFIG_T>::dim];
    #pragma HLS ARRAY_PARTITION variable=centred complete
    accum_t squares = 0;
    for (unsigned i = 0; i < dim; i++) {
        #pragma HLS UNROLL
        centred[i] = static_cast<accum_t>(data[i]) - mean;
        const accum_t square = centred[i] * centred[i];
        squares += square;
    }
    const accum_t variance = layernorm_mean<CONFIG_T>(squares);

    const unsigned n_table = CONFIG_T::table_size;
    const int range_inverse = 1 << CONFIG_T::table_range_power2;
    const int index = static_cast<int>(variance * n_table * range_inverse);
    const typename CONFIG_T::table_t inverse_root = table[clamp_index<CONFIG_T::table_size>(index)];
    for (unsigned i = 0; i < dim; i++) {
        #pragma HLS UNROLL
        res[i] = centred[i] * inverse_root * scale[i] + bias[i];
    }
}

} // namespace detail

// seq_len vectors behind each other.
template <class data_T, class res_T, typename CONFIG_T>
void layernormalize(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in],
                    typename CONFIG_T::scale_t scale[CONFIG_T::n_in / CONFIG_T::seq_len],
                    typename CONFIG_T::bias_t bias[CONFIG_T::n_in / CONFIG_T::seq_len]) {
    #pragma HLS ARRAY_PARTITION variable=scale complete
    #pragma HLS ARRAY_PARTITION variable=bias complete
    const unsigned dim = detail::layernorm_sizes<CONFIG_T>::dim;
    for (unsigned i_vector = 0; i_vector < CONFIG_T::seq_len; i_vector++) {
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
        detail::layernorm_vector<data_T, res_T, CONFIG_T>(data + i_vector * dim, res + i_vector * dim, scale, bias);
    }
}

} // namespace nnet

#endif
