// hls::numeric_limits for C types and the arbitrary-precision ones.
#ifndef HLS_X_HLS_UTILS_H
#define HLS_X_HLS_UTILS_H

#include "../ap_fixed.h"

#include <limits>

namespace hls {

template <class T> struct numeric_limits {
    static T max() { return std::numeric_limits<T>::max(); }
    static T min() { return std::numeric_limits<T>::min(); }
    static T epsilon() { return std::numeric_limits<T>::epsilon(); }
};

// Limits of the raw bits: highest, lowest, and one unit in the last place.
template <class T, bool S> struct raw_limits {
    static T max() {
        T x;
        x.range() = -1;
        if (S)
            x[T::width - 1] = false;
        return x;
    }
    static T min() {
        T x;
        x[T::width - 1] = S;
        return x;
    }
    static T epsilon() {
        T x;
        x[0] = true;
        return x;
    }
};
template <int W> struct numeric_limits<ap_int<W>> : raw_limits<ap_int<W>, true> {};
template <int W> struct numeric_limits<ap_uint<W>> : raw_limits<ap_uint<W>, false> {};
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
struct numeric_limits<ap_fixed<W, I, Q, O, N>> : raw_limits<ap_fixed<W, I, Q, O, N>, true> {};
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N>
struct numeric_limits<ap_ufixed<W, I, Q, O, N>> : raw_limits<ap_ufixed<W, I, Q, O, N>, false> {};

} // namespace hls

#endif
