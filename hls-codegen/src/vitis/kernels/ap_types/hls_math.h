// hls:: mathematics for C simulation: computed in double, converted to the argument's
// type by that type's own rounding and overflow.
#ifndef HLS_MATH_H
#define HLS_MATH_H

#include "ap_fixed.h"

#include <cmath>

namespace hls {

#define HLS_MATH_UNARY(NAME)                                                                                           \
    template <class T> inline T NAME(T x) { return T(std::NAME(static_cast<double>(x))); }
HLS_MATH_UNARY(exp)
HLS_MATH_UNARY(log)
HLS_MATH_UNARY(log2)
HLS_MATH_UNARY(log10)
HLS_MATH_UNARY(sqrt)
HLS_MATH_UNARY(sin)
HLS_MATH_UNARY(cos)
HLS_MATH_UNARY(tan)
HLS_MATH_UNARY(asin)
HLS_MATH_UNARY(acos)
HLS_MATH_UNARY(atan)
HLS_MATH_UNARY(sinh)
HLS_MATH_UNARY(cosh)
HLS_MATH_UNARY(tanh)
HLS_MATH_UNARY(floor)
HLS_MATH_UNARY(ceil)
HLS_MATH_UNARY(round)
#undef HLS_MATH_UNARY

template <class T> inline T atan2(T y, T x) { return T(std::atan2(static_cast<double>(y), static_cast<double>(x))); }
template <class T> inline T pow(T x, T y) { return T(std::pow(static_cast<double>(x), static_cast<double>(y))); }
template <class T> inline T abs(T x) { return x < 0 ? T(-x) : x; }
template <class T> inline T max(T x, T y) { return x > y ? x : y; }
template <class T> inline T min(T x, T y) { return x < y ? x : y; }

} // namespace hls

#endif
