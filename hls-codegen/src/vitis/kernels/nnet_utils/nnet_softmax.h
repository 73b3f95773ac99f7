#ifndef NNET_SOFTMAX_H_
#define NNET_SOFTMAX_H_

#include "nnet_common.h"
#include "nnet_tables.h"
#include <cmath>

// Softmax over n_slice values, in four implementations:
//   stable   exponentials of (value - maximum), then a table of 1/x: never overflows
//   latency  exponentials of the values themselves: shorter, for inputs of known range
//   legacy   1 / sum of exp(difference) for each output: n_slice^2 look-ups, no multiplier
//   argmax   1 for the first largest value, else 0
namespace nnet {

enum class softmax_implementation { latency = 0, legacy = 1, stable = 2, argmax = 3 };

namespace detail {

// Tables of N entries are addressed with the top log2(N) bits of a value, whatever its binary point.
template <unsigned N, class data_T> unsigned top_bits(data_T x) {
    #pragma HLS INLINE
    const ap_uint<ceillog2(N)> index = x(data_T::width - 1, data_T::width - ceillog2(N));
    return static_cast<unsigned>(index);
}

// The value that a table entry stands for: the smallest with those top bits.
template <unsigned N, class data_T> float value_of_top_bits(unsigned index) {
    data_T x(0);
    x(data_T::width - 1, data_T::width - ceillog2(N)) = index;
    return static_cast<float>(x);
}

// exp(SIGN * x * exp_scale).
template <int SIGN, class data_T, class CONFIG_T>
void init_exp_table(typename CONFIG_T::exp_table_t table[CONFIG_T::exp_table_size]) {
    for (unsigned i = 0; i < CONFIG_T::exp_table_size; i++) {
        const float x = value_of_top_bits<CONFIG_T::exp_table_size, data_T>(i) * CONFIG_T::exp_scale;
        table[i] = std::exp(SIGN * x);
    }
}

template <class CONFIG_T> void init_invert_table(typename CONFIG_T::inv_table_t table[CONFIG_T::inv_table_size]) {
    for (unsigned i = 0; i < CONFIG_T::inv_table_size; i++) {
        const float x = value_of_top_bits<CONFIG_T::inv_table_size, typename CONFIG_T::inv_inp_t>(i);
        table[i] = 1 / x;
    }
}

// exps / sum(exps).
template <class res_T, class CONFIG_T>
void normalize_exponentials(typename CONFIG_T::accum_t exps[CONFIG_T::n_slice],
                            typename CONFIG_T::inv_table_t invert_table[CONFIG_T::inv_table_size],
                            res_T res[CONFIG_T::n_slice]) {
    #pragma HLS INLINE
    typedef typename CONFIG_T::accum_t accum_t;
    const typename CONFIG_T::inv_inp_t sum =
        reduce<accum_t, CONFIG_T::n_slice, Op_add<accum_t>>(exps, Op_add<accum_t>());
    const typename CONFIG_T::inv_table_t inverse = invert_table[top_bits<CONFIG_T::inv_table_size>(sum)];
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
        #pragma HLS UNROLL
        res[i] = exps[i] * inverse;
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void softmax_latency(data_T data[CONFIG_T::n_slice], res_T res[CONFIG_T::n_slice]) {
    #pragma HLS PIPELINE
    NNET_ROM bool filled = false;
    NNET_ROM typename CONFIG_T::exp_table_t exp_table[CONFIG_T::exp_table_size];
    NNET_ROM typename CONFIG_T::inv_table_t invert_table[CONFIG_T::inv_table_size];
    if (!filled) {
        detail::init_exp_table<1, data_T, CONFIG_T>(exp_table);
        detail::init_invert_table<CONFIG_T>(invert_table);
        filled = true;
    }

    typename CONFIG_T::accum_t exps[CONFIG_T::n_slice];
    #pragma HLS ARRAY_PARTITION variable=exps complete
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
        #pragma HLS UNROLL
        exps[i] = exp_table[detail::top_bits<CONFIG_T::exp_table_size>(data[i])];
    }
    detail::normalize_exponentials<res_T, CONFIG_T>(exps, invert_table, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void softmax_stable(data_T data[CONFIG_T::n_slice], res_T res[CONFIG_T::n_slice]) {
    #pragma HLS PIPELINE
    typedef typename CONFIG_T::inp_norm_t norm_t;
    NNET_ROM bool filled = false;
    NNET_ROM typename CONFIG_T::exp_table_t exp_table[CONFIG_T::exp_table_size];
    NNET_ROM typename CONFIG_T::inv_table_t invert_table[CONFIG_T::inv_table_size];
    if (!filled) {
        detail::init_exp_table<-1, norm_t, CONFIG_T>(exp_table);
        detail::init_invert_table<CONFIG_T>(invert_table);
        filled = true;
    }

    const data_T maximum = reduce<data_T, CONFIG_T::n_slice, Op_max<data_T>>(data, Op_max<data_T>());

    typename CONFIG_T::accum_t exps[CONFIG_T::n_slice];
    #pragma HLS ARRAY_PARTITION variable=exps complete
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
        #pragma HLS UNROLL
        const norm_t below_maximum = maximum - data[i];
        exps[i] = exp_table[detail::top_bits<CONFIG_T::exp_table_size>(below_maximum)];
    }
    detail::normalize_exponentials<res_T, CONFIG_T>(exps, invert_table, res);
}

namespace detail {

// 1/x over [0, 64); the entry for zero is zero.
template <unsigned N, class table_t> void init_legacy_invert_table(table_t table[N]) {
    for (unsigned i = 0; i < N; i++) {
        const float x = 64.0 * i / N;
        table[i] = x > 0 ? 1.0 / x : 0.0;
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void softmax_legacy(data_T data[CONFIG_T::n_slice], res_T res[CONFIG_T::n_slice]) {
    #pragma HLS PIPELINE
    typedef typename CONFIG_T::table_t table_t;
    NNET_ROM bool filled = false;
    NNET_ROM table_t exp_table[CONFIG_T::exp_table_size];
    NNET_ROM table_t invert_table[CONFIG_T::inv_table_size];
    if (!filled) {
        detail::init_centred_table<detail::exp_curve, CONFIG_T::exp_table_size>(exp_table);
        detail::init_legacy_invert_table<CONFIG_T::inv_table_size>(invert_table);
        filled = true;
    }

    for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
        table_t sum = 0;
        for (unsigned j = 0; j < CONFIG_T::n_slice; j++) {
            table_t term = 1;
            if (j != i) {
                term = exp_table[detail::centred_index<detail::exp_curve, CONFIG_T::exp_table_size>(data[j] - data[i])];
            }
            sum += term;
        }
        const unsigned n = CONFIG_T::inv_table_size; // a value, as in agreements_to_sum
        const int index = sum * n / 64;
        res[i] = static_cast<res_T>(invert_table[detail::clamp_index<CONFIG_T::inv_table_size>(index)]);
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void softmax_argmax(data_T data[CONFIG_T::n_slice], res_T res[CONFIG_T::n_slice]) {
    #pragma HLS PIPELINE
    data_T maximum = data[0];
    unsigned i_maximum = 0;
    for (unsigned i = 1; i < CONFIG_T::n_slice; i++) {
        if (data[i] > maximum) {
            maximum = data[i];
            i_maximum = i;
        }
    }
    for (unsigned i = 0; i < CONFIG_T::n_slice; i++) {
        res[i] = static_cast<res_T>(i == i_maximum ? 1 : 0);
    }
}

namespace detail {

// Chosen by type, not by `switch`, so that only the implementation in use is compiled.
template <softmax_implementation> struct softmax_kernel;

template <> struct softmax_kernel<softmax_implementation::latency> {
    template <class data_T, class res_T, class CONFIG_T> static void apply(data_T *data, res_T *res) {
        #pragma HLS INLINE
        softmax_latency<data_T, res_T, CONFIG_T>(data, res);
    }
};

template <> struct softmax_kernel<softmax_implementation::legacy> {
    template <class data_T, class res_T, class CONFIG_T> static void apply(data_T *data, res_T *res) {
        #pragma HLS INLINE
        softmax_legacy<data_T, res_T, CONFIG_T>(data, res);
    }
};

template <> struct softmax_kernel<softmax_implementation::stable> {
    template <class data_T, class res_T, class CONFIG_T> static void apply(data_T *data, res_T *res) {
        #pragma HLS INLINE
        softmax_stable<data_T, res_T, CONFIG_T>(data, res);
    }
};

template <> struct softmax_kernel<softmax_implementation::argmax> {
    template <class data_T, class res_T, class CONFIG_T> static void apply(data_T *data, res_T *res) {
        #pragma HLS INLINE
        softmax_argmax<data_T, res_T, CONFIG_T>(data, res);
    }
};

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void softmax(data_T data[CONFIG_T::n_slice], res_T res[CONFIG_T::n_slice]) {
    #pragma HLS INLINE
    detail::softmax_kernel<CONFIG_T::implementation>::template apply<data_T, res_T, CONFIG_T>(data, res);
}

// Softmax along the middle one of three dimensions (n_outer, n_slice, n_inner), for every position in the others.
template <class data_T, class res_T, typename CONFIG_T>
void softmax_multidim(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    #pragma HLS ALLOCATION function instances=softmax<data_T, res_T, CONFIG_T> limit=CONFIG_T::parallelization_factor
    data_T slice_in[CONFIG_T::n_slice];
    #pragma HLS ARRAY_PARTITION variable=slice_in complete
    res_T slice_out[CONFIG_T::n_slice];
    #pragma HLS ARRAY_PARTITION variable=slice_out complete

    for (unsigned i = 0; i < CONFIG_T::n_outer; i++) {
        #pragma HLS UNROLL
        for (unsigned k = 0; k < CONFIG_T::n_inner; k++) {
            #pragma HLS UNROLL
            const unsigned first = i * CONFIG_T::n_slice * CONFIG_T::n_inner + k;
            for (unsigned j = 0; j < CONFIG_T::n_slice; j++) {
                #pragma HLS UNROLL
                slice_in[j] = data[first + j * CONFIG_T::n_inner];
            }
            softmax<data_T, res_T, CONFIG_T>(slice_in, slice_out);
            for (unsigned j = 0; j < CONFIG_T::n_slice; j++) {
                #pragma HLS UNROLL
                res[first + j * CONFIG_T::n_inner] = slice_out[j];
            }
        }
    }
}

} // namespace nnet

#endif
