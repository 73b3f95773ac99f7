// Operators of the fixed-point numbers, among themselves, with integers and C types.
#ifndef HLS_AP_FIXED_OPS_H
#define HLS_AP_FIXED_OPS_H

#include "ap_fixed_base.h"

namespace ap_impl {

// The raw number of `x` with FRACTION fraction bits, in container C (exact or modular).
template <class C, int FRACTION, int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
inline C at_fraction(const ap_fixed_base<W, I, S, Q, O, N> &x) {
    return shl(x.V.template as<C>(), FRACTION - (W - I));
}

// Comparison at a common binary point; the operand with fewer fraction bits is
// converted to a wider type of its own modes first, as Xilinx's do.
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N, int F2, int EXTRA, bool SAME = W - I == F2> struct widened {
    typedef ap_fixed_base<max_of(W + F2 - (W - I) + EXTRA, 1), I + EXTRA, S, Q, O, N> type;
    static type get(const ap_fixed_base<W, I, S, Q, O, N> &x) { return x; }
};
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N, int F2, int EXTRA>
struct widened<W, I, S, Q, O, N, F2, EXTRA, true> {
    static const ap_fixed_base<W, I, S, Q, O, N> &get(const ap_fixed_base<W, I, S, Q, O, N> &x) { return x; }
};

} // namespace ap_impl

#define HLS_AP_FIXED_PARAMS int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N
#define HLS_AP_FIXED_PARAMS2 int W2, int I2, bool S2, ap_q_mode Q2, ap_o_mode O2, int N2
#define HLS_AP_FIXED ap_fixed_base<W, I, S, Q, O, N>
#define HLS_AP_FIXED2 ap_fixed_base<W2, I2, S2, Q2, O2, N2>

#define HLS_AP_ALIGNED(OP, RESULT, FUNCTION)                                                                           \
    template <HLS_AP_FIXED_PARAMS, HLS_AP_FIXED_PARAMS2>                                                               \
    inline typename ap_impl::fixed_results<W, I, S, W2, I2, S2>::RESULT operator OP(const HLS_AP_FIXED &a,             \
                                                                                    const HLS_AP_FIXED2 &b) {         \
        typedef typename ap_impl::fixed_results<W, I, S, W2, I2, S2>::RESULT R;                                        \
        typedef typename decltype(R::V)::layout::modular C;                                                            \
        const int fraction = ap_impl::max_of(W - I, W2 - I2);                                                          \
        R r;                                                                                                           \
        r.V.set(ap_impl::FUNCTION(ap_impl::at_fraction<C, fraction>(a), ap_impl::at_fraction<C, fraction>(b)));        \
        return r;                                                                                                      \
    }
HLS_AP_ALIGNED(+, plus, add)
HLS_AP_ALIGNED(-, minus, sub)
HLS_AP_ALIGNED(&, logic, bit_and)
HLS_AP_ALIGNED(|, logic, bit_or)
HLS_AP_ALIGNED(^, logic, bit_xor)
#undef HLS_AP_ALIGNED

template <HLS_AP_FIXED_PARAMS, HLS_AP_FIXED_PARAMS2>
inline typename ap_impl::fixed_results<W, I, S, W2, I2, S2>::mult operator*(const HLS_AP_FIXED &a, const HLS_AP_FIXED2 &b) {
    typedef typename ap_impl::fixed_results<W, I, S, W2, I2, S2>::mult R;
    typedef typename decltype(R::V)::layout::modular C;
    R r;
    r.V.set(ap_impl::mul(a.V.template as<C>(), b.V.template as<C>()));
    return r;
}

// Quotient toward zero with the dividend's fraction bits (more if the divisor has a
// negative number of them).
template <HLS_AP_FIXED_PARAMS, HLS_AP_FIXED_PARAMS2>
inline typename ap_impl::fixed_results<W, I, S, W2, I2, S2>::div operator/(const HLS_AP_FIXED &a, const HLS_AP_FIXED2 &b) {
    const int left = ap_impl::max_of(W2 - I2, 0);
    const int bits = ap_impl::max_of(W + left + (S2 && !S), W2 + (S && !S2));
    typedef typename ap_impl::container<bits + 2>::type C;
    ap_impl::check_divisor(b.V.zero());
    ap_raw<bits, S || S2> quotient;
    quotient.wrap(ap_impl::divide(ap_impl::shl(a.V.template as<C>(), left), b.V.template as<C>()));
    typename ap_impl::fixed_results<W, I, S, W2, I2, S2>::div r;
    r.V.wrap(quotient.v);
    return r;
}

#define HLS_AP_COMPARE(OP, EXPRESSION)                                                                                 \
    template <HLS_AP_FIXED_PARAMS, HLS_AP_FIXED_PARAMS2>                                                               \
    inline bool operator OP(const HLS_AP_FIXED &x, const HLS_AP_FIXED2 &y) {                                           \
        const int fraction = ap_impl::max_of(W - I, W2 - I2);                                                          \
        const auto &a = ap_impl::widened<W, I, S, Q, O, N, fraction, 1>::get(x);                                       \
        const auto &b = ap_impl::widened<W2, I2, S2, Q2, O2, N2, fraction, 0>::get(y);                                 \
        return EXPRESSION;                                                                                             \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<std::is_floating_point<T>::value, bool>::type operator OP(const HLS_AP_FIXED &a, T b) { \
        return a.to_double() OP static_cast<double>(b);                                                                \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<std::is_floating_point<T>::value, bool>::type operator OP(T a, const HLS_AP_FIXED &b) { \
        return static_cast<double>(a) OP b.to_double();                                                                \
    }
HLS_AP_COMPARE(==, ap_impl::raw_eq(a.V, b.V))
HLS_AP_COMPARE(!=, !ap_impl::raw_eq(a.V, b.V))
HLS_AP_COMPARE(<, ap_impl::raw_lt(a.V, b.V))
HLS_AP_COMPARE(>, ap_impl::raw_lt(b.V, a.V))
HLS_AP_COMPARE(<=, !ap_impl::raw_lt(b.V, a.V))
HLS_AP_COMPARE(>=, !ap_impl::raw_lt(a.V, b.V))
#undef HLS_AP_COMPARE

// Integers of either kind take part as numbers without fraction bits.
namespace ap_impl {
template <class T, bool NATIVE = as_native<T>::ok> struct as_fixed { static const bool ok = false; };
template <class T> struct as_fixed<T, true> {
    static const bool ok = true;
    static const int width = as_native<T>::width;
    static const bool sign = as_native<T>::sign;
    typedef ap_fixed_base<width, width, sign> type;
};
template <int W, bool S> struct int_as_fixed {
    static const bool ok = true;
    static const int width = W;
    static const bool sign = S;
    typedef ap_fixed_base<W, W, S> type;
};
template <int W, bool S> struct as_fixed<ap_int_base<W, S>, false> : int_as_fixed<W, S> {};
template <int W> struct as_fixed<ap_int<W>, false> : int_as_fixed<W, true> {};
template <int W> struct as_fixed<ap_uint<W>, false> : int_as_fixed<W, false> {};

template <int W, int I, bool S, class T> struct results_with
    : fixed_results<W, I, S, as_fixed<T>::width, as_fixed<T>::width, as_fixed<T>::sign> {};
template <int W, int I, bool S, class T> struct results_after
    : fixed_results<as_fixed<T>::width, as_fixed<T>::width, as_fixed<T>::sign, W, I, S> {};
} // namespace ap_impl

// With a C integer on the left the declared result is that of the exchanged operands,
// which matters for division; so does Xilinx's.
#define HLS_AP_MIXED(OP, RESULT)                                                                                       \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<ap_impl::as_fixed<T>::ok, ap_impl::results_with<W, I, S, T>>::type::RESULT          \
    operator OP(const HLS_AP_FIXED &a, const T &b) {                                                                   \
        return a OP typename ap_impl::as_fixed<T>::type(b);                                                            \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, ap_impl::results_with<W, I, S, T>>::type::RESULT         \
    operator OP(const T &a, const HLS_AP_FIXED &b) {                                                                   \
        return typename ap_impl::as_fixed<T>::type(a) OP b;                                                            \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, int W2, bool S2>                                                                    \
    inline typename ap_impl::fixed_results<W2, W2, S2, W, I, S>::RESULT operator OP(const ap_int_base<W2, S2> &a,      \
                                                                                    const HLS_AP_FIXED &b) {          \
        return ap_fixed_base<W2, W2, S2>(a) OP b;                                                                      \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, HLS_AP_FIXED_PARAMS2>                                                               \
    inline HLS_AP_FIXED &operator OP##=(HLS_AP_FIXED &a, const HLS_AP_FIXED2 &b) {                                     \
        return a = HLS_AP_FIXED(a OP b);                                                                               \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<ap_impl::as_fixed<T>::ok, HLS_AP_FIXED &>::type operator OP##=(HLS_AP_FIXED &a,     \
                                                                                                  const T &b) {       \
        return a = HLS_AP_FIXED(a OP typename ap_impl::as_fixed<T>::type(b));                                          \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, int W2, bool S2>                                                                    \
    inline ap_int_base<W2, S2> &operator OP##=(ap_int_base<W2, S2> &a, const HLS_AP_FIXED &b) {                        \
        return a OP##= b.to_ap_int_base();                                                                             \
    }
HLS_AP_MIXED(+, plus)
HLS_AP_MIXED(-, minus)
HLS_AP_MIXED(*, mult)
HLS_AP_MIXED(/, div)
HLS_AP_MIXED(&, logic)
HLS_AP_MIXED(|, logic)
HLS_AP_MIXED(^, logic)
#undef HLS_AP_MIXED

#define HLS_AP_MIXED(OP)                                                                                               \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<ap_impl::as_fixed<T>::ok, bool>::type operator OP(const HLS_AP_FIXED &a, const T &b) { \
        return a OP typename ap_impl::as_fixed<T>::type(b);                                                            \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<ap_impl::as_fixed<T>::ok, bool>::type operator OP(const T &a, const HLS_AP_FIXED &b) { \
        return typename ap_impl::as_fixed<T>::type(a) OP b;                                                            \
    }
HLS_AP_MIXED(==)
HLS_AP_MIXED(!=)
HLS_AP_MIXED(<)
HLS_AP_MIXED(>)
HLS_AP_MIXED(<=)
HLS_AP_MIXED(>=)
#undef HLS_AP_MIXED

// Shifts keep the type: bits that leave it are lost without rounding or saturation.
#define HLS_AP_SHIFT(OP, LEFT)                                                                                         \
    template <HLS_AP_FIXED_PARAMS, int W2, bool S2>                                                                    \
    inline HLS_AP_FIXED operator OP(const HLS_AP_FIXED &a, const ap_int_base<W2, S2> &n) {                             \
        HLS_AP_FIXED r(a);                                                                                             \
        ap_impl::shift_by(r, S2 ? ap_impl::native_count(n.to_int()) : ap_impl::native_count(n.to_uint()), LEFT);       \
        return r;                                                                                                      \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, HLS_AP_FIXED_PARAMS2>                                                               \
    inline HLS_AP_FIXED operator OP(const HLS_AP_FIXED &a, const HLS_AP_FIXED2 &n) {                                   \
        return a OP n.to_ap_int_base();                                                                                \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, HLS_AP_FIXED>::type operator OP(const HLS_AP_FIXED &a, T n) { \
        return a OP typename ap_impl::int_of<T>::type(n);                                                              \
    }                                                                                                                  \
    template <HLS_AP_FIXED_PARAMS, class T>                                                                            \
    inline HLS_AP_FIXED &operator OP##=(HLS_AP_FIXED &a, const T &n) {                                                 \
        return a = a OP n;                                                                                             \
    }
HLS_AP_SHIFT(<<, true)
HLS_AP_SHIFT(>>, false)
#undef HLS_AP_SHIFT

#undef HLS_AP_FIXED_PARAMS
#undef HLS_AP_FIXED_PARAMS2
#undef HLS_AP_FIXED
#undef HLS_AP_FIXED2

#endif
