#ifndef NNET_MULT_H_
#define NNET_MULT_H_

#include "nnet_common.h"
#include <type_traits>

namespace nnet {

// How a weight meets its input. A layer's configuration picks the cheapest circuit that its two types allow. Results
// keep full precision; the caller casts them to its accumulator type.
namespace product {

// 1-bit input, 1-bit weight, both standing for -1 and +1: XNOR. The sum of N of these is turned back by `cast`.
template <class x_T, class w_T> struct both_binary {
    static x_T product(x_T a, w_T w) {
        #pragma HLS INLINE
        return a == w;
    }
};

// 1-bit weight standing for -1 and +1.
template <class x_T, class w_T> struct weight_binary {
    static auto product(x_T a, w_T w) -> decltype(-a) {
        #pragma HLS INLINE
        const decltype(-a) same = a;
        const decltype(-a) opposite = -a;
        return w == 0 ? opposite : same;
    }
};

// 1-bit input standing for -1 and +1.
template <class x_T, class w_T> struct data_binary {
    static auto product(x_T a, w_T w) -> decltype(-w) {
        #pragma HLS INLINE
        const decltype(-w) same = w;
        const decltype(-w) opposite = -w;
        return a == 0 ? opposite : same;
    }
};

// 2-bit weight of value -1, 0 or +1.
template <class x_T, class w_T> struct weight_ternary {
    static auto product(x_T a, w_T w) -> decltype(-a) {
        #pragma HLS INLINE
        decltype(-a) r = 0;
        if (w == -1) {
            r = -a;
        } else if (w != 0) {
            r = a;
        }
        return r;
    }
};

// The general case: a multiplier.
template <class x_T, class w_T> struct mult {
    static auto product(x_T a, w_T w) -> decltype(a * w) {
        #pragma HLS INLINE
        return a * w;
    }
};

// Power-of-two weight, stored as sign and exponent: a shift, left or right.
template <class x_T, class w_T> struct weight_exponential {
    static const int half_width = decltype(w_T::weight)::width + x_T::width;
    typedef ap_fixed<2 * half_width, half_width> r_T;

    static r_T product(x_T a, w_T w) {
        #pragma HLS INLINE
        const r_T magnitude = static_cast<r_T>(a) << w.weight;
        const r_T negated = -magnitude;
        return w.sign == 1 ? magnitude : negated;
    }
};

} // namespace product

namespace detail {

template <class T> struct is_binary : std::is_same<T, ap_uint<1>> {};

// Accumulator to result, by the type of the input.
template <class data_T, class res_T, class CONFIG_T, bool data_is_binary> struct accum_cast {
    typedef res_T type;
    static type apply(typename CONFIG_T::accum_t x) { return static_cast<res_T>(x); }
};

// XNOR products count agreements; twice that, less the number of inputs, is the sum of the +1 and -1 they stand for.
template <class CONFIG_T> struct agreements_to_sum {
    typedef ap_int<ceillog2(CONFIG_T::n_in) + 2> type;
    static type apply(typename CONFIG_T::accum_t x) {
        const unsigned n = CONFIG_T::n_in; // a value: an operator that takes references would need the member defined
        return static_cast<type>(x * 2 - n);
    }
};

template <class data_T, class res_T, class CONFIG_T>
struct accum_cast<data_T, res_T, CONFIG_T, true>
    : std::conditional<is_binary<typename CONFIG_T::weight_t>::value, agreements_to_sum<CONFIG_T>,
                       accum_cast<data_T, res_T, CONFIG_T, false>>::type {};

} // namespace detail

// The last step of every layer that accumulates products.
template <class data_T, class res_T, typename CONFIG_T>
typename detail::accum_cast<data_T, res_T, CONFIG_T, detail::is_binary<data_T>::value>::type
cast(typename CONFIG_T::accum_t x) {
    #pragma HLS INLINE
    return detail::accum_cast<data_T, res_T, CONFIG_T, detail::is_binary<data_T>::value>::apply(x);
}

} // namespace nnet

#endif
