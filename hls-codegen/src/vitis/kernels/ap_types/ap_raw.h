// The bits of one arbitrary-precision number, and the enumerations and forward
// declarations that all the types share.
#ifndef HLS_AP_RAW_H
#define HLS_AP_RAW_H

#include "ap_wide.h"

#include <cstdio>
#include <cstdlib>

// What to do with the bits below the last one that is kept.
enum ap_q_mode { AP_RND, AP_RND_ZERO, AP_RND_MIN_INF, AP_RND_INF, AP_RND_CONV, AP_TRN, AP_TRN_ZERO };
// What to do with a value that the type cannot hold.
enum ap_o_mode { AP_SAT, AP_SAT_ZERO, AP_SAT_SYM, AP_WRAP, AP_WRAP_SM };

enum BaseMode { AP_BIN = 2, AP_OCT = 8, AP_DEC = 10, AP_HEX = 16 };

#define SC_RND AP_RND
#define SC_RND_ZERO AP_RND_ZERO
#define SC_RND_MIN_INF AP_RND_MIN_INF
#define SC_RND_INF AP_RND_INF
#define SC_RND_CONV AP_RND_CONV
#define SC_TRN AP_TRN
#define SC_TRN_ZERO AP_TRN_ZERO
#define SC_SAT AP_SAT
#define SC_SAT_ZERO AP_SAT_ZERO
#define SC_SAT_SYM AP_SAT_SYM
#define SC_WRAP AP_WRAP
#define SC_WRAP_SM AP_WRAP_SM

#define AP_MAX(a, b) ((a) > (b) ? (a) : (b))
#define AP_MIN(a, b) ((a) < (b) ? (a) : (b))
#define AP_ABS(a) ((a) >= 0 ? (a) : -(a))

typedef long long ap_slong;
typedef unsigned long long ap_ulong;

template <int W> struct ap_int;
template <int W> struct ap_uint;
template <int W, bool S> struct ap_int_base;
template <int W, int I, bool S, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0> struct ap_fixed_base;
template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0> struct ap_fixed;
template <int W, int I, ap_q_mode Q = AP_TRN, ap_o_mode O = AP_WRAP, int N = 0> struct ap_ufixed;
template <int W, bool S> struct ap_bit_ref;
template <int W, bool S> struct ap_range_ref;
template <class A, class B> struct ap_concat_ref;

namespace ap_impl {

// How W bits are stored: always extended to the whole of `type` by their sign.
template <int W, bool S> struct storage {
    typedef typename std::conditional<
        (W <= 8), int8_t,
        typename std::conditional<(W <= 16), int16_t, typename container<W>::type>::type>::type signed_type;
    typedef typename std::conditional<
        (W <= 8), uint8_t,
        typename std::conditional<
            (W <= 16), uint16_t,
            typename std::conditional<
                (W <= 32), uint32_t,
                typename std::conditional<(W <= 64), uint64_t,
                                          typename std::conditional<(W <= 128), u128, typename container<W + 1>::type>::type>::
                    type>::type>::type>::type unsigned_type;
    typedef typename std::conditional<S, signed_type, unsigned_type>::type type;
    // Container for any value of the type, sign included.
    typedef typename container<W + !S>::type exact;
    // Cheapest container whose low W bits survive modular arithmetic.
    typedef typename container<(W > 128 && !S) ? W + 1 : W>::type modular;
};

template <int W, bool S, bool WIDE> struct normalizer;
template <int W, bool S> struct normalizer<W, S, false> {
    typedef typename storage<W, S>::type store;
    typedef typename container<W>::type native;
    typedef typename unsigned_of<native>::type unative;
    static const int spare = bits_of<native>::value - W;
    static store run(native x) {
        if (W == bits_of<store>::value)
            return static_cast<store>(x);
        if (S)
            return static_cast<store>(sar(shl(x, spare), spare));
        return static_cast<store>(static_cast<unative>(x) & (~unative(0) >> spare));
    }
};
template <int W, bool S> struct normalizer<W, S, true> {
    typedef typename storage<W, S>::type native;
    static native run(native x) {
        const int words = static_cast<int>(sizeof(native) / 8), top = (W - 1) / 64, used = W - 64 * top;
        const bool ones = S && ((x.w[top] >> (used - 1)) & 1) != 0;
        const uint64_t keep = ~uint64_t(0) >> (64 - used);
        x.w[top] = ones ? x.w[top] | ~keep : x.w[top] & keep;
        for (int i = top + 1; i < words; i++)
            x.w[i] = ones ? ~uint64_t(0) : 0;
        return x;
    }
};

// Width and signedness of everything that acts as a C integer.
template <class T, bool OK = std::is_integral<T>::value> struct native {
    static const bool ok = false;
    static const int width = 1;
    static const bool sign = false;
};
template <class T> struct native<T, true> {
    static const bool ok = true;
    static const int width = std::is_same<T, bool>::value ? 1 : bits_of<T>::value;
    static const bool sign = std::is_signed<T>::value;
    static T get(T x) { return x; }
};
template <bool ENUM, class T> struct enumerator : native<T, false> {};
template <class T> struct enumerator<true, T> {
    typedef typename std::underlying_type<T>::type underlying;
    typedef decltype(+underlying()) promoted;
    static const bool ok = std::is_convertible<T, promoted>::value;
    static const int width = native<promoted>::width;
    static const bool sign = native<promoted>::sign;
    static promoted get(T x) { return static_cast<promoted>(x); }
};
template <class T> struct as_native : std::conditional<std::is_enum<T>::value, enumerator<std::is_enum<T>::value, T>, native<T>>::type {};
template <int W, bool S> struct as_native<ap_bit_ref<W, S>> {
    static const bool ok = true;
    static const int width = 1;
    static const bool sign = false;
    static bool get(const ap_bit_ref<W, S> &x) { return x; }
};

inline void check_divisor(bool zero) {
    if (zero) {
        std::fprintf(stderr, "ERROR: division of an arbitrary-precision number by zero\n");
        std::abort();
    }
}

} // namespace ap_impl

// W bits with a sign interpretation. Kernels reach it as the member V of every
// number; `V(hi, lo)` reads bits, `V.v` is the extended integer itself.
template <int W, bool S> struct ap_raw {
    static_assert(W >= 1, "an arbitrary-precision number needs at least one bit");
    typedef ap_impl::storage<W, S> layout;
    typedef typename layout::type store;
    static const int width = W;

    store v;

    ap_raw() : v() {}

    // The value (or its low bits) in container C.
    template <class C> C as() const { return ap_impl::cast_to<C>(v); }
    typename layout::exact exact() const { return as<typename layout::exact>(); }

    // Keep the low W bits of x.
    template <class C> void wrap(const C &x) {
        typedef ap_impl::normalizer<W, S, ap_impl::is_wide<store>::value> norm;
        v = norm::run(ap_impl::cast_to<typename std::conditional<ap_impl::is_wide<store>::value, store,
                                                                 typename ap_impl::container<W>::type>::type>(x));
    }
    // Store x, known to be in range (or, unsigned, to be right in its low W bits
    // with W filling the container).
    template <class C> void set(const C &x) { v = ap_impl::cast_to<store>(x); }

    bool negative() const { return S && ap_impl::is_negative(v); }
    bool zero() const { return ap_impl::is_zero(v); }
    bool bit(int i) const { return ap_impl::get_bit(v, i); }
    uint64_t low64() const { return as<uint64_t>(); }

    void set_bit(int i, bool on) {
        typedef typename layout::modular C;
        const C one = ap_impl::shl(ap_impl::cast_to<C>(1), i), x = as<C>();
        wrap(on ? ap_impl::bit_or(x, one) : ap_impl::bit_and(x, ap_impl::bit_not(one)));
    }

    // Bits hi..lo as an unsigned number; with hi < lo, in reverse order.
    ap_raw<W, false> range(int hi, int lo) const {
        typedef typename ap_raw<W, false>::layout::modular C;
        ap_raw<W, false> bits, r;
        bits.wrap(as<C>());
        if (hi < lo) {
            for (int i = 0; i <= lo - hi; i++)
                if (bit(lo - i))
                    r.set_bit(i, true);
            return r;
        }
        r.v = ap_impl::sar(bits.v, lo);
        if (hi - lo + 1 < W)
            r.wrap(ap_impl::bit_and(r.template as<C>(), ap_impl::low_ones<C>(hi - lo + 1)));
        return r;
    }
    uint64_t operator()(int hi, int lo) const { return range(hi, lo).low64(); }

    // Replace bits hi..lo by the low bits of x; with hi < lo, in reverse order.
    template <int W2, bool S2> void set_range(int hi, int lo, const ap_raw<W2, S2> &x) {
        if (hi < lo) {
            for (int i = 0; i <= lo - hi; i++)
                set_bit(lo - i, x.bit(i));
            return;
        }
        typedef typename layout::modular C;
        const int n = hi - lo + 1;
        const C mask = ap_impl::shl(n < W ? ap_impl::low_ones<C>(n) : ap_impl::bit_not(ap_impl::cast_to<C>(0)), lo);
        const C put = ap_impl::bit_and(ap_impl::shl(x.template as<C>(), lo), mask);
        wrap(ap_impl::bit_or(ap_impl::bit_and(as<C>(), ap_impl::bit_not(mask)), put));
    }

    template <class T, class = typename std::enable_if<std::is_integral<T>::value>::type> ap_raw &operator=(T x) {
        wrap(x);
        return *this;
    }
    template <class T, class = typename std::enable_if<std::is_integral<T>::value>::type> explicit operator T() const {
        return as<T>();
    }
};

namespace ap_impl {

// Comparisons follow C's rule for mixed signs, as Xilinx's do: once the unsigned
// operand is at least as wide as the signed one (and not both are below 32 bits),
// a negative number counts as larger than any unsigned one.
template <int W, bool S, int W2, bool S2, bool PLAIN = S == S2> struct comparer {
    typedef typename container<max_of(W + !S, W2 + !S2)>::type C;
    static bool lt(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) {
        return ap_impl::less(a.template as<C>(), b.template as<C>());
    }
    static bool eq(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) {
        return equal(a.template as<C>(), b.template as<C>());
    }
};
template <int W, bool S, int W2, bool S2> struct comparer<W, S, W2, S2, false> {
    typedef typename container<max_of(W + !S, W2 + !S2)>::type C;
    static const bool as_unsigned = !(W < 32 && W2 < 32) && (S ? W2 >= W : W >= W2);
    // Equality compares the bits of the wider operand (32 at least, and a whole
    // word when both have the same width).
    static const int equal_bits = W == W2 && W <= 64 ? 64 : max_of(max_of(W, W2), 32);
    static bool lt(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) {
        if (as_unsigned && (a.negative() || b.negative()))
            return b.negative();
        return ap_impl::less(a.template as<C>(), b.template as<C>());
    }
    static bool eq(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) {
        ap_raw<equal_bits, false> x, y;
        x.wrap(a.exact());
        y.wrap(b.exact());
        return equal(x.v, y.v);
    }
};
template <int W, bool S, int W2, bool S2> inline bool raw_lt(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) {
    return comparer<W, S, W2, S2>::lt(a, b);
}
template <int W, bool S, int W2, bool S2> inline bool raw_eq(const ap_raw<W, S> &a, const ap_raw<W2, S2> &b) {
    return comparer<W, S, W2, S2>::eq(a, b);
}

} // namespace ap_impl

#endif
