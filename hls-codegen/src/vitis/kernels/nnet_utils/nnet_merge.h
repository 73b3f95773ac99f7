#ifndef NNET_MERGE_H_
#define NNET_MERGE_H_

#include "nnet_common.h"
#include "nnet_mult.h"

// Layers of two inputs. Every element is computed in full precision and cast once, to the result type.
namespace nnet {

struct merge_config {
    static const unsigned n_elem = 10;
    static const unsigned n_elem1 = 10;
    static const unsigned n_elem2 = 10;
    static const unsigned reuse_factor = 1;
};

struct dot_config {
    static const unsigned n_in = 10;
    static const unsigned n_out = 1;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = 10;
    typedef float accum_t;
    template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

// n_elemX_D: size of input X along dimension D. The axis counts the batch dimension as 0, or from the end.
struct concat_config {
    static const unsigned n_elem1_0 = 10;
    static const unsigned n_elem1_1 = 10;
    static const unsigned n_elem1_2 = 10;
    static const unsigned n_elem2_0 = 10;
    static const unsigned n_elem2_1 = 10;
    static const unsigned n_elem2_2 = 10;
    static const int axis = -1;
};

namespace detail {

struct add_op {
    template <class res_T, class a_T, class b_T> static res_T apply(a_T a, b_T b) { return a + b; }
};

struct subtract_op {
    template <class res_T, class a_T, class b_T> static res_T apply(a_T a, b_T b) { return a - b; }
};

struct multiply_op {
    template <class res_T, class a_T, class b_T> static res_T apply(a_T a, b_T b) { return a * b; }
};

struct average_op {
    template <class res_T, class a_T, class b_T> static res_T apply(a_T a, b_T b) {
        return (a + b) * ap_ufixed<1, 0>(0.5);
    }
};

struct maximum_op {
    template <class res_T, class a_T, class b_T> static res_T apply(a_T a, b_T b) {
        return a > b ? static_cast<res_T>(a) : static_cast<res_T>(b);
    }
};

struct minimum_op {
    template <class res_T, class a_T, class b_T> static res_T apply(a_T a, b_T b) {
        return a < b ? static_cast<res_T>(a) : static_cast<res_T>(b);
    }
};

// The smaller input is repeated to the size of the larger one.
template <class op_T, class input1_T, class input2_T, class res_T, class CONFIG_T>
void merge(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < CONFIG_T::n_elem; i++) {
        #pragma HLS UNROLL
        res[i] = op_T::template apply<res_T>(data1[i % CONFIG_T::n_elem1], data2[i % CONFIG_T::n_elem2]);
    }
}

// Concatenation along any axis: the dimensions before it repeat, those from it on are one run of each input.
template <unsigned N_REPEAT, unsigned N_RUN1, unsigned N_RUN2, class input1_T, class input2_T, class res_T>
void concatenate_runs(input1_T *data1, input2_T *data2, res_T *res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N_REPEAT; i++) {
        #pragma HLS UNROLL
        for (unsigned j = 0; j < N_RUN1; j++) {
            #pragma HLS UNROLL
            res[i * (N_RUN1 + N_RUN2) + j] = data1[i * N_RUN1 + j];
        }
        for (unsigned j = 0; j < N_RUN2; j++) {
            #pragma HLS UNROLL
            res[i * (N_RUN1 + N_RUN2) + N_RUN1 + j] = data2[i * N_RUN2 + j];
        }
    }
}

// Axis of the configuration to the index of a dimension, batch not counted.
constexpr int concat_dim(int axis, int rank) { return axis < 0 ? axis + rank : axis - 1; }

template <class CONFIG_T> struct concat_shape2d {
    static const bool inner = concat_dim(CONFIG_T::axis, 2) == 1;
    static const unsigned repeat = inner ? CONFIG_T::n_elem1_0 : 1;
    static const unsigned run1 = CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 / repeat;
    static const unsigned run2 = CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1 / repeat;
};

template <class CONFIG_T> struct concat_shape3d {
    static const int dim = concat_dim(CONFIG_T::axis, 3);
    static const unsigned repeat =
        dim == 2 ? CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 : (dim == 1 ? CONFIG_T::n_elem1_0 : 1);
    static const unsigned run1 = CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 * CONFIG_T::n_elem1_2 / repeat;
    static const unsigned run2 = CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1 * CONFIG_T::n_elem2_2 / repeat;
};

} // namespace detail

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void add(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS PIPELINE
    detail::merge<detail::add_op, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void subtract(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS PIPELINE
    detail::merge<detail::subtract_op, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void multiply(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS PIPELINE
    detail::merge<detail::multiply_op, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void average(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS PIPELINE
    detail::merge<detail::average_op, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void maximum(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS PIPELINE
    detail::merge<detail::maximum_op, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void minimum(input1_T data1[CONFIG_T::n_elem1], input2_T data2[CONFIG_T::n_elem2], res_T res[CONFIG_T::n_elem]) {
    #pragma HLS PIPELINE
    detail::merge<detail::minimum_op, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

// Scalar product of two vectors.
template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void dot1d(input1_T data1[CONFIG_T::n_in], input2_T data2[CONFIG_T::n_in], res_T res[CONFIG_T::n_out]) {
    #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit

    typedef typename CONFIG_T::accum_t accum_t;
    accum_t acc = 0;
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        #pragma HLS UNROLL
        acc += static_cast<accum_t>(CONFIG_T::template product<input1_T, input2_T>::product(data1[i], data2[i]));
    }
    res[0] = static_cast<res_T>(acc);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate1d(input1_T data1[CONFIG_T::n_elem1_0], input2_T data2[CONFIG_T::n_elem2_0],
                   res_T res[CONFIG_T::n_elem1_0 + CONFIG_T::n_elem2_0]) {
    #pragma HLS PIPELINE
    detail::concatenate_runs<1, CONFIG_T::n_elem1_0, CONFIG_T::n_elem2_0>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate2d(input1_T data1[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1],
                   input2_T data2[CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1],
                   res_T res[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 + CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1]) {
    #pragma HLS PIPELINE
    typedef detail::concat_shape2d<CONFIG_T> shape;
    detail::concatenate_runs<shape::repeat, shape::run1, shape::run2>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate3d(input1_T data1[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 * CONFIG_T::n_elem1_2],
                   input2_T data2[CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1 * CONFIG_T::n_elem2_2],
                   res_T res[CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1 * CONFIG_T::n_elem1_2 +
                             CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1 * CONFIG_T::n_elem2_2]) {
    #pragma HLS PIPELINE
    typedef detail::concat_shape3d<CONFIG_T> shape;
    detail::concatenate_runs<shape::repeat, shape::run1, shape::run2>(data1, data2, res);
}

} // namespace nnet

#endif
