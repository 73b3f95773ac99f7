#ifndef NNET_COMMON_H_
#define NNET_COMMON_H_

#include "ap_fixed.h"
#include "nnet_helpers.h"

// Integer arithmetic for the constants of configuration structs, where C++11 has no library function to offer.
#define DIV_ROUNDUP(n, d) (((n) + (d) - 1) / (d))
#define MIN(n, d) ((n) > (d) ? (d) : (n))
#define MAX(n, d) ((n) > (d) ? (n) : (d))

// A lookup table lives in a local array that an init function fills. Synthesis folds that into a ROM; C simulation
// keeps the array between calls, because filling it costs far more than reading it.
#if defined(__SYNTHESIS__) || defined(__HLS_SYN__)
#define NNET_ROM
#else
#define NNET_ROM static
#endif

namespace nnet {

enum io_type { io_parallel = 0, io_stream };
enum strategy { latency, resource, resource_unrolled, distributed_arithmetic };

// How a stream of pixels is gathered into windows; the configurations of convolutions and poolings name one in any case.
enum class conv_implementation { linebuffer = 0, encoded = 1 };

// The scalar operators that `reduce` takes. Each result is cast back to T, so a saturating T saturates at every node.
template <class T> struct Op_add {
    T operator()(T a, T b) { return a + b; }
};

template <class T> struct Op_and {
    T operator()(T a, T b) { return a && b; }
};

template <class T> struct Op_or {
    T operator()(T a, T b) { return a || b; }
};

template <class T> struct Op_max {
    T operator()(T a, T b) { return a >= b ? a : b; }
};

template <class T> struct Op_min {
    T operator()(T a, T b) { return a <= b ? a : b; }
};

namespace detail {

// One node of the reduction tree. The left branch takes the largest power of two below N: which values meet at which
// node decides the bits when T rounds or saturates, so this shape is part of the interface.
template <class T, int N, class Op> struct reduce_node {
    static const int n_left = pow2(floorlog2(N - 1));

    static T apply(const T *x, Op op) {
        #pragma HLS INLINE
        return op(reduce_node<T, n_left, Op>::apply(x, op), reduce_node<T, N - n_left, Op>::apply(x + n_left, op));
    }
};

template <class T, class Op> struct reduce_node<T, 1, Op> {
    static T apply(const T *x, Op) {
        #pragma HLS INLINE
        return x[0];
    }
};

} // namespace detail

// Reduces x[N] with a binary operator in a balanced tree of depth ceil(log2 N). HLS balances plain sums by itself, but
// not those of rounding or saturating types.
template <class T, int N, class Op> T reduce(const T *x, Op op) {
    #pragma HLS INLINE
    return detail::reduce_node<T, N, Op>::apply(x, op);
}

} // namespace nnet

#endif
