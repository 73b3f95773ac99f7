// Operators of the arbitrary-precision integers, among themselves and with C types.
#ifndef HLS_AP_INT_OPS_H
#define HLS_AP_INT_OPS_H

#include "ap_ref.h"

namespace ap_impl {

// Division brings both operands to one type first. That type is unsigned when the
// wider operand is, so a negative narrower one reads as a huge number there.
template <int W, bool S, int W2, bool S2> struct int_divider {
    static const bool sign = W > W2 ? S : W2 > W ? S2 : S || S2;
    static const int width = max_of(W, W2) + (S || S2);
    typedef ap_raw<width, sign> operand;
    typedef typename container<width + !sign + 1>::type C;
    static C read(const ap_raw<W, S> &x) {
        operand r;
        r.wrap(x.exact());
        return r.template as<C>();
    }
    static C read2(const ap_raw<W2, S2> &x) {
        operand r;
        r.wrap(x.exact());
        check_divisor(r.zero());
        return r.template as<C>();
    }
    static C quotient(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) { return divide(read(a), read2(b)); }
    static C rest(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) {
        const C d = read2(b);
        // An unsigned dividend has no business with a signed remainder.
        return !S && is_negative(d) ? read(a) : remainder(read(a), d);
    }
};

// Shifts in both directions; counts past the width leave zeros or signs.
template <int W, bool S> inline void shift_left(ap_raw<W, S> &x, unsigned n) {
    typedef typename ap_raw<W, S>::layout::modular C;
    if (n >= static_cast<unsigned>(W))
        x.wrap(cast_to<C>(0));
    else
        x.wrap(shl(x.template as<C>(), static_cast<int>(n)));
}
template <int W, bool S> inline void shift_right(ap_raw<W, S> &x, unsigned n) {
    x.v = sar(x.v, n >= static_cast<unsigned>(W) ? W : static_cast<int>(n));
}
struct shift_count {
    bool back; // against the operator's direction
    unsigned n;
};
template <class T> inline shift_count native_count(T n) {
    const ap_slong wide_n = static_cast<ap_slong>(n);
    shift_count c = {std::is_signed<T>::value && wide_n < 0, 0};
    const ap_ulong size = c.back ? ap_ulong(0) - static_cast<ap_ulong>(wide_n) : static_cast<ap_ulong>(wide_n);
    c.n = size > 0x7fffffffu ? 0x7fffffffu : static_cast<unsigned>(size);
    return c;
}
template <int W, bool S> inline shift_count int_count(const ap_int_base<W, S> &n) {
    ap_raw<W, false> size;
    size.wrap(n.V.negative() ? negate(n.V.exact()) : n.V.exact());
    shift_count c = {n.V.negative(), size.template as<unsigned>()};
    return c;
}
template <class X> inline void shift_by(X &x, shift_count c, bool left) {
    if (left != c.back)
        shift_left(x.V, c.n);
    else
        shift_right(x.V, c.n);
}
template <class T> struct int_of { typedef ap_int_base<as_native<T>::width, as_native<T>::sign> type; };

} // namespace ap_impl

// Exact operators: computed modulo the result's width, which they fit.
#define HLS_AP_EXACT(OP, RESULT, FUNCTION)                                                                             \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline typename ap_impl::int_results<W, S, W2, S2>::RESULT operator OP(const ap_int_base<W, S> &a,                 \
                                                                           const ap_int_base<W2, S2> &b) {            \
        typedef typename ap_impl::int_results<W, S, W2, S2>::RESULT R;                                                 \
        typedef typename decltype(R::V)::layout::modular C;                                                            \
        R r;                                                                                                           \
        r.V.set(ap_impl::FUNCTION(a.V.template as<C>(), b.V.template as<C>()));                                        \
        return r;                                                                                                      \
    }
HLS_AP_EXACT(+, plus, add)
HLS_AP_EXACT(-, minus, sub)
HLS_AP_EXACT(*, mult, mul)
HLS_AP_EXACT(&, logic, bit_and)
HLS_AP_EXACT(|, logic, bit_or)
HLS_AP_EXACT(^, logic, bit_xor)
#undef HLS_AP_EXACT

#define HLS_AP_DIVIDE(OP, RESULT, FUNCTION)                                                                            \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline typename ap_impl::int_results<W, S, W2, S2>::RESULT operator OP(const ap_int_base<W, S> &a,                 \
                                                                           const ap_int_base<W2, S2> &b) {            \
        typename ap_impl::int_results<W, S, W2, S2>::RESULT r;                                                         \
        r.V.wrap(ap_impl::int_divider<W, S, W2, S2>::FUNCTION(a.V, b.V));                                              \
        return r;                                                                                                      \
    }
HLS_AP_DIVIDE(/, div, quotient)
HLS_AP_DIVIDE(%, mod, rest)
#undef HLS_AP_DIVIDE

// Compound assignment of the modular operators needs only the target's bits.
#define HLS_AP_ASSIGN(OP, FUNCTION)                                                                                    \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline ap_int_base<W, S> &operator OP(ap_int_base<W, S> &a, const ap_int_base<W2, S2> &b) {                        \
        typedef typename ap_raw<W, S>::layout::modular C;                                                              \
        a.V.wrap(ap_impl::FUNCTION(a.V.template as<C>(), b.V.template as<C>()));                                       \
        return a;                                                                                                      \
    }
HLS_AP_ASSIGN(+=, add)
HLS_AP_ASSIGN(-=, sub)
HLS_AP_ASSIGN(*=, mul)
HLS_AP_ASSIGN(&=, bit_and)
HLS_AP_ASSIGN(|=, bit_or)
HLS_AP_ASSIGN(^=, bit_xor)
#undef HLS_AP_ASSIGN

template <int W, bool S, int W2, bool S2>
inline ap_int_base<W, S> &operator/=(ap_int_base<W, S> &a, const ap_int_base<W2, S2> &b) {
    return a = ap_int_base<W, S>(a / b);
}
template <int W, bool S, int W2, bool S2>
inline ap_int_base<W, S> &operator%=(ap_int_base<W, S> &a, const ap_int_base<W2, S2> &b) {
    return a = ap_int_base<W, S>(a % b);
}

#define HLS_AP_SHIFT(OP, LEFT)                                                                                         \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline ap_int_base<W, S> &operator OP##=(ap_int_base<W, S> &a, const ap_int_base<W2, S2> &n) {                     \
        ap_impl::shift_by(a, ap_impl::int_count(n), LEFT);                                                             \
        return a;                                                                                                      \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, ap_int_base<W, S> &>::type operator OP##=(               \
        ap_int_base<W, S> &a, T n) {                                                                                   \
        ap_impl::shift_by(a, ap_impl::int_count(typename ap_impl::int_of<T>::type(n)), LEFT);                          \
        return a;                                                                                                      \
    }                                                                                                                  \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline typename ap_impl::int_type<W, S>::type operator OP(const ap_int_base<W, S> &a,                              \
                                                              const ap_int_base<W2, S2> &n) {                         \
        typename ap_impl::int_type<W, S>::type r(a);                                                                   \
        ap_impl::shift_by(r, ap_impl::int_count(n), LEFT);                                                             \
        return r;                                                                                                      \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, typename ap_impl::int_type<W, S>::type>::type            \
    operator OP(const ap_int_base<W, S> &a, T n) {                                                                     \
        typename ap_impl::int_type<W, S>::type r(a);                                                                   \
        ap_impl::shift_by(r, ap_impl::native_count(ap_impl::as_native<T>::get(n)), LEFT);                              \
        return r;                                                                                                      \
    }
HLS_AP_SHIFT(<<, true)
HLS_AP_SHIFT(>>, false)
#undef HLS_AP_SHIFT

#define HLS_AP_COMPARE(OP, EXPRESSION)                                                                                 \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline bool operator OP(const ap_int_base<W, S> &a, const ap_int_base<W2, S2> &b) {                                \
        return EXPRESSION;                                                                                             \
    }
HLS_AP_COMPARE(==, ap_impl::raw_eq(a.V, b.V))
HLS_AP_COMPARE(!=, !ap_impl::raw_eq(a.V, b.V))
HLS_AP_COMPARE(<, ap_impl::raw_lt(a.V, b.V))
HLS_AP_COMPARE(>, ap_impl::raw_lt(b.V, a.V))
HLS_AP_COMPARE(<=, !ap_impl::raw_lt(b.V, a.V))
HLS_AP_COMPARE(>=, !ap_impl::raw_lt(a.V, b.V))
#undef HLS_AP_COMPARE

// --- with C integers: as if they were numbers of their own width ----------------------

// With a C integer on the left, Xilinx's declare the result type as if the operands
// were exchanged; for / and % that can cut the result.
#define HLS_AP_NATIVE(OP, RESULT)                                                                                      \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<                                                                                    \
        ap_impl::as_native<T>::ok,                                                                                     \
        ap_impl::int_results<W, S, ap_impl::as_native<T>::width, ap_impl::as_native<T>::sign>>::type::RESULT           \
    operator OP(const ap_int_base<W, S> &a, T b) {                                                                     \
        return a OP typename ap_impl::int_of<T>::type(b);                                                              \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<                                                                                    \
        ap_impl::as_native<T>::ok,                                                                                     \
        ap_impl::int_results<W, S, ap_impl::as_native<T>::width, ap_impl::as_native<T>::sign>>::type::RESULT           \
    operator OP(T a, const ap_int_base<W, S> &b) {                                                                     \
        return typename ap_impl::int_of<T>::type(a) OP b;                                                              \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, ap_int_base<W, S> &>::type operator OP##=(               \
        ap_int_base<W, S> &a, T b) {                                                                                   \
        return a OP##= typename ap_impl::int_of<T>::type(b);                                                           \
    }
HLS_AP_NATIVE(+, plus)
HLS_AP_NATIVE(-, minus)
HLS_AP_NATIVE(*, mult)
HLS_AP_NATIVE(/, div)
HLS_AP_NATIVE(%, mod)
HLS_AP_NATIVE(&, logic)
HLS_AP_NATIVE(|, logic)
HLS_AP_NATIVE(^, logic)
#undef HLS_AP_NATIVE

#define HLS_AP_NATIVE(OP)                                                                                              \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, bool>::type operator OP(const ap_int_base<W, S> &a, T b) { \
        return a OP typename ap_impl::int_of<T>::type(b);                                                              \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, bool>::type operator OP(T a, const ap_int_base<W, S> &b) { \
        return typename ap_impl::int_of<T>::type(a) OP b;                                                              \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<std::is_floating_point<T>::value, bool>::type operator OP(                          \
        const ap_int_base<W, S> &a, T b) {                                                                             \
        return a.to_double() OP b;                                                                                     \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<std::is_floating_point<T>::value, bool>::type operator OP(                          \
        T a, const ap_int_base<W, S> &b) {                                                                             \
        return a OP b.to_double();                                                                                     \
    }
HLS_AP_NATIVE(==)
HLS_AP_NATIVE(!=)
HLS_AP_NATIVE(<)
HLS_AP_NATIVE(>)
HLS_AP_NATIVE(<=)
HLS_AP_NATIVE(>=)
#undef HLS_AP_NATIVE

// --- with C floating point: a floating-point result ------------------------------------

#define HLS_AP_FLOAT(OP)                                                                                               \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<std::is_floating_point<T>::value, T>::type operator OP(const ap_int_base<W, S> &a, T b) { \
        return static_cast<typename ap_int_base<W, S>::RetType>(a) OP b;                                                                            \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<std::is_floating_point<T>::value, T>::type operator OP(T a, const ap_int_base<W, S> &b) { \
        return a OP static_cast<typename ap_int_base<W, S>::RetType>(b);                                                                            \
    }
HLS_AP_FLOAT(+)
HLS_AP_FLOAT(-)
HLS_AP_FLOAT(*)
HLS_AP_FLOAT(/)
#undef HLS_AP_FLOAT

// --- with ranges, which stand for unsigned numbers ---------------------------------------

#define HLS_AP_RANGE(OP, RESULT)                                                                                       \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline typename ap_impl::int_results<W, S, W2, S2>::RESULT operator OP(const ap_range_ref<W, S> &a,                \
                                                                           const ap_int_base<W2, S2> &b) {            \
        return a.get() OP b;                                                                                           \
    }                                                                                                                  \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline typename ap_impl::int_results<W, S, W2, S2>::RESULT operator OP(const ap_int_base<W, S> &a,                 \
                                                                           const ap_range_ref<W2, S2> &b) {           \
        return a OP b.get();                                                                                           \
    }
HLS_AP_RANGE(+, plus)
HLS_AP_RANGE(-, minus)
HLS_AP_RANGE(*, mult)
HLS_AP_RANGE(/, div)
HLS_AP_RANGE(%, mod)
HLS_AP_RANGE(&, logic)
HLS_AP_RANGE(|, logic)
HLS_AP_RANGE(^, logic)
#undef HLS_AP_RANGE

#define HLS_AP_RANGE(OP)                                                                                               \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline bool operator OP(const ap_range_ref<W, S> &a, const ap_int_base<W2, S2> &b) {                               \
        return a.get() OP b;                                                                                           \
    }                                                                                                                  \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline bool operator OP(const ap_int_base<W, S> &a, const ap_range_ref<W2, S2> &b) {                               \
        return a OP b.get();                                                                                           \
    }                                                                                                                  \
    template <int W, bool S, int W2, bool S2>                                                                          \
    inline bool operator OP(const ap_range_ref<W, S> &a, const ap_range_ref<W2, S2> &b) {                              \
        return a.get() OP b.get();                                                                                     \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, bool>::type operator OP(const ap_range_ref<W, S> &a, T b) { \
        return a.get() OP b;                                                                                           \
    }                                                                                                                  \
    template <int W, bool S, class T>                                                                                  \
    inline typename std::enable_if<ap_impl::as_native<T>::ok, bool>::type operator OP(T a, const ap_range_ref<W, S> &b) { \
        return a OP b.get();                                                                                           \
    }
HLS_AP_RANGE(==)
HLS_AP_RANGE(!=)
HLS_AP_RANGE(<)
HLS_AP_RANGE(>)
HLS_AP_RANGE(<=)
HLS_AP_RANGE(>=)
#undef HLS_AP_RANGE

// Pointer arithmetic, which the conversions above would make ambiguous.
template <class T, int W, bool S> inline T *operator+(T *p, const ap_int_base<W, S> &n) { return p + n.to_int64(); }
template <class T, int W, bool S> inline T *operator+(const ap_int_base<W, S> &n, T *p) { return p + n.to_int64(); }
template <class T, int W, bool S> inline T *operator-(T *p, const ap_int_base<W, S> &n) { return p - n.to_int64(); }

#endif
