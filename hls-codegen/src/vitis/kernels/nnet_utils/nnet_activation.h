#ifndef NNET_ACTIVATION_H_
#define NNET_ACTIVATION_H_

#include "nnet_common.h"
#include "nnet_softmax.h"
#include "nnet_tables.h"
#include <type_traits>

// Activations that are computed, element by element; nnet_tables.h and nnet_softmax.h hold those that are looked up.
namespace nnet {

struct activ_config {
    static const unsigned n_in = 10;
    static const unsigned table_size = 1024;
    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    typedef ap_fixed<18, 8> table_t;
};

template <class data_T, class res_T, typename CONFIG_T>
void linear(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        res[i] = data[i];
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void relu(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        if (data[i] > 0) {
            res[i] = data[i];
        } else {
            res[i] = 0;
        }
    }
}

template <class data_T, class res_T, int MAX_INT, typename CONFIG_T>
void relu_max(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        if (data[i] < 0) {
            res[i] = 0;
        } else if (data[i] > MAX_INT) {
            res[i] = MAX_INT;
        } else {
            res[i] = data[i];
        }
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void relu1(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    relu_max<data_T, res_T, 1, CONFIG_T>(data, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void relu6(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS INLINE
    relu_max<data_T, res_T, 6, CONFIG_T>(data, res);
}

namespace detail {

template <class res_T, class data_T, class param_T> res_T leaky(data_T x, param_T slope) {
    #pragma HLS INLINE
    res_T y = x;
    if (!(x > 0)) {
        y = slope * x;
    }
    return y;
}

} // namespace detail

template <class data_T, class param_T, class res_T, typename CONFIG_T>
void leaky_relu(data_T data[CONFIG_T::n_in], param_T alpha, res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        res[i] = detail::leaky<res_T>(data[i], alpha);
    }
}

template <class data_T, class param_T, class res_T, typename CONFIG_T>
void thresholded_relu(data_T data[CONFIG_T::n_in], param_T theta, res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        if (data[i] > theta) {
            res[i] = data[i];
        } else {
            res[i] = 0;
        }
    }
}

// As leaky_relu, with a slope per element.
template <class data_T, class param_T, class res_T, typename CONFIG_T>
void prelu(data_T data[CONFIG_T::n_in], param_T alpha[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        res[i] = detail::leaky<res_T>(data[i], alpha[i]);
    }
}

namespace detail {

// slope * x + shift, clipped to [0, 1], in full precision.
template <class CONFIG_T, class data_T> auto hard_clip(data_T x) -> decltype(CONFIG_T::slope * x + CONFIG_T::shift) {
    #pragma HLS INLINE
    auto y = CONFIG_T::slope * x + CONFIG_T::shift;
    if (y > 1) {
        y = 1;
    } else if (y < 0) {
        y = 0;
    }
    return y;
}

// A sign as a number, or as the 1-bit type in which 0 stands for -1.
template <class res_T> res_T sign_as(bool positive) {
    #pragma HLS INLINE
    const ap_int<2> minus = std::is_same<res_T, ap_uint<1>>::value ? 0 : -1;
    const ap_int<2> plus = 1;
    return static_cast<res_T>(positive ? plus : minus);
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void hard_sigmoid(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        res[i] = detail::hard_clip<CONFIG_T>(data[i]);
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void hard_tanh(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        res[i] = 2 * detail::hard_clip<CONFIG_T>(data[i]) - 1;
    }
}

// +1 from zero on, else -1.
template <class data_T, class res_T, typename CONFIG_T>
void binary_tanh(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        res[i] = detail::sign_as<res_T>(data[i] >= 0);
    }
}

// +1 above 1/2, 0 above -1/2, else -1. The comparison is made on twice the input *in the input's type*, which may wrap.
template <class data_T, class res_T, typename CONFIG_T>
void ternary_tanh(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        const data_T doubled = 2 * data[i];
        if (doubled > 1) {
            res[i] = 1;
        } else if (doubled > -1) {
            res[i] = 0;
        } else {
            res[i] = -1;
        }
    }
}

} // namespace nnet

#endif
