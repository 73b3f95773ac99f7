// Arbitrary-precision fixed-point numbers: construction, conversion and members.
#ifndef HLS_AP_FIXED_BASE_H
#define HLS_AP_FIXED_BASE_H

#include "ap_int_ops.h"

#include <cmath>

namespace ap_impl {

template <int W, int I, bool S> struct fixed_type { typedef ap_ufixed<W, I> type; };
template <int W, int I> struct fixed_type<W, I, true> { typedef ap_fixed<W, I> type; };

// Result formats of fixed-point operators (quantization and overflow are the defaults).
template <int W, int I, bool S, int W2, int I2, bool S2> struct fixed_results {
    static const int F = W - I, F2 = W2 - I2;
    static const bool either = S || S2;
    static const int common = max_of(I + (S2 && !S), I2 + (S && !S2));
    static const int fraction = max_of(F, F2);
    typedef typename fixed_type<W + W2, I + I2, either>::type mult;
    typedef typename fixed_type<common + 1 + fraction, common + 1, either>::type plus;
    typedef typename fixed_type<common + 1 + fraction, common + 1, true>::type minus;
    typedef typename fixed_type<common + fraction, common, either>::type logic;
    typedef typename fixed_type<S2 + W + max_of(F2, 0), S2 + I + F2, either>::type div;
};

template <class F, class C> inline F scaled(const C &x, int exponent, std::false_type) {
    return std::ldexp(static_cast<F>(x), exponent);
}
// Above 128 bits: the top 64 bits with what is below folded into the last one round
// to the same float or double as the whole number.
template <class F, class C> inline F scaled(const C &x, int exponent, std::true_type) {
    const C size = x.negative() ? negate(x) : x;
    int used = bits_of<C>::value;
    while (used > 64 && !ap_impl::get_bit(size, used - 1))
        used--;
    uint64_t top = cast_to<uint64_t>(sar(size, used - 64));
    if (any_low_bit(size, used - 64))
        top |= 1;
    const F r = std::ldexp(static_cast<F>(top), exponent + used - 64);
    return x.negative() ? -r : r;
}

// The number x * 2^-FRACTION, rounded to nearest even.
template <class F, int FRACTION, class C> inline F to_floating(const C &x) {
    if (!is_wide<C>::value && FRACTION >= 0 && FRACTION < 63)
        return cast_to<F>(cast_to<typename std::conditional<is_wide<C>::value, int, C>::type>(x)) /
               static_cast<F>(uint64_t(1) << (FRACTION >= 0 && FRACTION < 63 ? FRACTION : 0));
    return scaled<F>(x, -FRACTION, std::integral_constant<bool, is_wide<C>::value>());
}

} // namespace ap_impl

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> struct ap_fixed_base {
    static_assert(S || O != AP_WRAP_SM, "AP_WRAP_SM needs a signed type");
    static const int width = W;
    static const int iwidth = I;
    static const bool sign_flag = S;
    static const ap_q_mode qmode = Q;
    static const ap_o_mode omode = O;
    template <int W2, int I2, bool S2> struct RType : ap_impl::fixed_results<W, I, S, W2, I2, S2> {};

    ap_raw<W, S> V;

    ap_fixed_base() {}
    template <int W2, int I2, bool S2, ap_q_mode Q2, ap_o_mode O2, int N2>
    ap_fixed_base(const ap_fixed_base<W2, I2, S2, Q2, O2, N2> &x) {
        ap_impl::converter<W, W - I, S, Q, O, N, W2, W2 - I2, S2>::run(V, x.V);
    }
    template <int W2, bool S2> ap_fixed_base(const ap_int_base<W2, S2> &x) { from_int(x.V); }
    template <class T, class = typename std::enable_if<ap_impl::as_native<T>::ok>::type> ap_fixed_base(T x) {
        ap_raw<ap_impl::as_native<T>::width, ap_impl::as_native<T>::sign> raw;
        raw.set(ap_impl::as_native<T>::get(x));
        from_int(raw);
    }
    ap_fixed_base(float x) { ap_impl::double_converter<W, W - I, S, Q, O, N>::run(V, x); }
    ap_fixed_base(double x) { ap_impl::double_converter<W, W - I, S, Q, O, N>::run(V, x); }
    template <int W2, bool S2> ap_fixed_base(const ap_range_ref<W2, S2> &x) { from_int(x.bits()); }
    template <class A, class B> ap_fixed_base(const ap_concat_ref<A, B> &x) { from_int(x.get().V); }
    // Decimal text such as "-1.25" or "3e-2", through double.
    explicit ap_fixed_base(const char *text) {
        ap_impl::double_converter<W, W - I, S, Q, O, N>::run(V, std::strtod(text, nullptr));
    }

    // Integer bits, dropping the fraction toward zero. Without integer bits Xilinx's
    // give a one-bit number, which is -1 for every negative value.
    ap_int_base<(I > 1 ? I : 1), S> to_ap_int_base() const {
        typedef typename ap_impl::container<ap_impl::max_of(W, I) + 2>::type C;
        const int fraction = W - I;
        const C x = V.template as<C>();
        ap_int_base<(I > 1 ? I : 1), S> r;
        const C floored = fraction > 0 ? I <= 0 ? ap_impl::cast_to<C>(0) : ap_impl::sar(x, fraction > 0 ? fraction : 0)
                                       : ap_impl::shl(x, fraction > 0 ? 0 : -fraction);
        const bool up = V.negative() && ap_impl::any_low_bit(x, fraction < W ? fraction : W);
        r.V.wrap(ap_impl::add(floored, ap_impl::cast_to<C>(up ? 1 : 0)));
        return r;
    }
    char to_char() const { return to_ap_int_base().to_char(); }
    int to_int() const { return to_ap_int_base().to_int(); }
    unsigned to_uint() const { return to_ap_int_base().to_uint(); }
    ap_slong to_int64() const { return to_ap_int_base().to_int64(); }
    ap_ulong to_uint64() const { return to_ap_int_base().to_uint64(); }
    double to_double() const { return ap_impl::to_floating<double, W - I>(V.exact()); }
    float to_float() const { return ap_impl::to_floating<float, W - I>(V.exact()); }

    // Above 64 bits only the low 64 count, as Xilinx's do; operator! sees them all.
    operator bool() const { return V.low64() != 0; }
    operator char() const { return static_cast<char>(to_int()); }
    operator signed char() const { return static_cast<signed char>(to_int()); }
    operator unsigned char() const { return static_cast<unsigned char>(to_uint()); }
    operator short() const { return static_cast<short>(to_int()); }
    operator unsigned short() const { return static_cast<unsigned short>(to_uint()); }
    operator int() const { return to_int(); }
    operator unsigned() const { return to_uint(); }
    operator long() const { return static_cast<long>(to_int64()); }
    operator unsigned long() const { return static_cast<unsigned long>(to_uint64()); }
    operator ap_slong() const { return to_int64(); }
    operator ap_ulong() const { return to_uint64(); }
    operator float() const { return to_float(); }
    operator double() const { return to_double(); }
    operator long double() const { return to_double(); }
    bool operator!() const { return V.zero(); }

    int length() const { return W; }
    int wl() const { return W; }
    int iwl() const { return I; }
    ap_q_mode q_mode() const { return Q; }
    ap_o_mode o_mode() const { return O; }
    int n_bits() const { return N; }
    bool is_zero() const { return V.zero(); }
    bool is_neg() const { return V.negative(); }
    int countLeadingZeros() const {
        int n = 0;
        while (n < W && !V.bit(W - 1 - n))
            n++;
        return n;
    }
    ap_fixed_base &setBits(ap_ulong bits) {
        V.wrap(static_cast<ap_slong>(bits));
        return *this;
    }
    static ap_fixed_base bitsToFixed(ap_ulong bits) { return ap_fixed_base().setBits(bits); }
    ap_ulong bits_to_uint64() const { return V.low64(); }

    // The exact number in radix 10; otherwise the bits, with a point, in radix 2, 8 or 16.
    std::string to_string(unsigned char radix = 2, bool signed_text = S) const {
        return ap_impl::fixed_text<W, I>(V, radix, signed_text && radix != 2);
    }

    ap_range_ref<W, S> range(int hi, int lo) const { return ap_range_ref<W, S>(V, hi, lo); }
    ap_range_ref<W, S> range() const { return range(W - 1, 0); }
    ap_range_ref<W, S> operator()(int hi, int lo) const { return range(hi, lo); }
    ap_bit_ref<W, S> operator[](unsigned i) { return ap_bit_ref<W, S>(V, static_cast<int>(i)); }
    bool operator[](unsigned i) const { return V.bit(static_cast<int>(i)); }
    ap_bit_ref<W, S> bit(unsigned i) { return ap_bit_ref<W, S>(V, static_cast<int>(i)); }
    bool bit(unsigned i) const { return V.bit(static_cast<int>(i)); }
    // The bit of weight 2^i.
    bool get_bit(int i) const { return V.bit(i + W - I); }

    ap_fixed_base operator+() const { return *this; }
    ap_fixed<W + 1, I + 1> operator-() const {
        typedef typename ap_raw<W + 1, true>::layout::modular C;
        ap_fixed<W + 1, I + 1> r;
        r.V.set(ap_impl::negate(V.template as<C>()));
        return r;
    }
    typename ap_impl::fixed_type<W, I, S>::type operator~() const {
        typename ap_impl::fixed_type<W, I, S>::type r;
        r.V.wrap(ap_impl::bit_not(V.template as<typename ap_raw<W, S>::layout::modular>()));
        return r;
    }
    ap_fixed_base &operator++() { return *this += one(); }
    ap_fixed_base &operator--() { return *this -= one(); }
    ap_fixed_base operator++(int) {
        const ap_fixed_base old = *this;
        ++*this;
        return old;
    }
    ap_fixed_base operator--(int) {
        const ap_fixed_base old = *this;
        --*this;
        return old;
    }

  private:
    typedef ap_fixed_base<(W > I ? W - I : 0) + 1, 1, false> unit;
    static unit one() { return unit(1); }
    template <int W2, bool S2> void from_int(const ap_raw<W2, S2> &x) {
        ap_impl::converter<W, W - I, S, Q, O, N, W2, 0, S2>::run(V, x);
    }
};
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> const int ap_fixed_base<W, I, S, Q, O, N>::width;
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> const int ap_fixed_base<W, I, S, Q, O, N>::iwidth;

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct ap_fixed : ap_fixed_base<W, I, true, Q, O, N> {
    typedef ap_fixed_base<W, I, true, Q, O, N> Base;
    using Base::Base;
    ap_fixed() {}
    ap_fixed(const Base &x) : Base(x) {}
    ap_fixed(const char *text) : Base(text) {}
};

template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct ap_ufixed : ap_fixed_base<W, I, false, Q, O, N> {
    typedef ap_fixed_base<W, I, false, Q, O, N> Base;
    using Base::Base;
    ap_ufixed() {}
    ap_ufixed(const Base &x) : Base(x) {}
    ap_ufixed(const char *text) : Base(text) {}
};

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
std::ostream &operator<<(std::ostream &out, const ap_fixed_base<W, I, S, Q, O, N> &x) {
    return out << ap_impl::rounded_text(x.to_string(10, S), static_cast<size_t>(out.precision()));
}
template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
std::istream &operator>>(std::istream &in, ap_fixed_base<W, I, S, Q, O, N> &x) {
    double d = 0;
    in >> d;
    x = ap_fixed_base<W, I, S, Q, O, N>(d);
    return in;
}

#endif
