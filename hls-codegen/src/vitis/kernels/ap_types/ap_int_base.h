// Arbitrary-precision integers: construction, conversion and members.
#ifndef HLS_AP_INT_BASE_H
#define HLS_AP_INT_BASE_H

#include "ap_convert.h"
#include "ap_text.h"

#include <iostream>
#include <sstream>
#include <string>

namespace ap_impl {

template <int W, bool S> struct int_type { typedef ap_uint<W> type; };
template <int W> struct int_type<W, true> { typedef ap_int<W> type; };

// Result widths and signs of integer operators.
template <int W, bool S, int W2, bool S2> struct int_results {
    static const bool either = S || S2;
    static const int common = max_of(W + (S2 && !S), W2 + (S && !S2));
    typedef typename int_type<W + W2, either>::type mult;
    typedef typename int_type<common + 1, either>::type plus;
    typedef typename int_type<common + 1, true>::type minus;
    typedef typename int_type<common, either>::type logic;
    typedef typename int_type<W + S2, either>::type div;
    typedef typename int_type<min_of(W, W2 + (!S2 && S)), S>::type mod;
    typedef typename int_type<W, S>::type arg1;
};

// Conversion of a float or double, which drops the fraction. Numbers below one
// half in magnitude give 1 when negative: Xilinx's shift the sign in and negate.
template <int W, bool S> inline void int_from_double(ap_raw<W, S> &r, double d) {
    typedef typename ap_raw<W, S>::layout::modular C;
    const double_parts p(d);
    const int64_t magnitude = p.negative ? -p.mantissa : p.mantissa;
    const int right = 52 - p.exponent;
    C x = cast_to<C>(0);
    if (right >= 54)
        x = cast_to<C>(p.negative && magnitude != 0 ? -1 : 0);
    else if (right >= 0)
        x = cast_to<C>(magnitude >> right);
    else if (-right < W)
        x = cast_to<C>(shl(cast_to<typename container<max_of(W, 64)>::type>(magnitude), -right));
    r.wrap(p.negative ? negate(x) : x);
}

} // namespace ap_impl

template <int W, bool S> struct ap_int_base {
    static const int width = W;
    static const bool sign_flag = S;
    template <int W2, bool S2> struct RType : ap_impl::int_results<W, S, W2, S2> {};
    typedef typename std::conditional<S, ap_slong, ap_ulong>::type RetType;

    ap_raw<W, S> V;

    ap_int_base() {}
    template <int W2, bool S2> ap_int_base(const ap_int_base<W2, S2> &x) { V.wrap(x.V.v); }
    template <class T, class = typename std::enable_if<ap_impl::as_native<T>::ok>::type> ap_int_base(T x) {
        V.wrap(ap_impl::as_native<T>::get(x));
    }
    ap_int_base(float x) { ap_impl::int_from_double(V, x); }
    ap_int_base(double x) { ap_impl::int_from_double(V, x); }
    // Drops the fraction, toward zero.
    template <int W2, int I2, bool S2, ap_q_mode Q, ap_o_mode O, int N>
    ap_int_base(const ap_fixed_base<W2, I2, S2, Q, O, N> &x) {
        V.wrap(x.to_ap_int_base().V.v);
    }
    template <int W2, bool S2> ap_int_base(const ap_range_ref<W2, S2> &x) { V.wrap(x.bits().v); }
    template <class A, class B> ap_int_base(const ap_concat_ref<A, B> &x) { V.wrap(x.get().V.v); }
    // Digits with an optional sign and 0b, 0o, 0d or 0x prefix; radix 0 goes by the prefix.
    ap_int_base(const char *text, signed char radix = 0) { V.wrap(ap_impl::parse_int<typename ap_raw<W, S>::layout::modular>(text, radix)); }

    operator RetType() const { return V.template as<RetType>(); }
    bool to_bool() const { return V.low64() != 0; }
    char to_char() const { return V.template as<char>(); }
    signed char to_schar() const { return V.template as<signed char>(); }
    unsigned char to_uchar() const { return V.template as<unsigned char>(); }
    short to_short() const { return V.template as<short>(); }
    unsigned short to_ushort() const { return V.template as<unsigned short>(); }
    int to_int() const { return V.template as<int>(); }
    unsigned to_uint() const { return V.template as<unsigned>(); }
    long to_long() const { return V.template as<long>(); }
    unsigned long to_ulong() const { return V.template as<unsigned long>(); }
    ap_slong to_int64() const { return V.template as<ap_slong>(); }
    ap_ulong to_uint64() const { return V.template as<ap_ulong>(); }
    // Above 64 bits these see the low 64 bits only, as Xilinx's do.
    double to_double() const { return static_cast<double>(V.template as<RetType>()); }
    float to_float() const { return static_cast<float>(V.template as<RetType>()); }
    // Radix 2, 8, 10 or 16; a sign is printed for radix 10, or 8 and 16 on request.
    std::string to_string(signed char radix = 2, bool signed_text = S) const {
        return ap_impl::int_text(V, radix, signed_text && radix != 2);
    }

    int length() const { return W; }
    bool iszero() const { return V.zero(); }
    bool is_zero() const { return V.zero(); }
    bool sign() const { return V.negative(); }
    bool operator!() const { return V.zero(); }

    void clear(int i) { V.set_bit(i, false); }
    void set(int i) { V.set_bit(i, true); }
    void set(int i, bool on) { V.set_bit(i, on); }
    template <int W2> void set(const ap_int_base<W2, false> &x) { V.wrap(x.V.v); }
    void invert(int i) { V.set_bit(i, !V.bit(i)); }
    bool test(int i) const { return V.bit(i); }
    void set_bit(int i, bool on) { V.set_bit(i, on); }
    bool get_bit(int i) const { return V.bit(i); }
    ap_int_base<W, false> get() const { return *this; }
    void b_not() { V.wrap(ap_impl::bit_not(V.template as<typename ap_raw<W, S>::layout::modular>())); }
    ap_int_base &reverse() {
        V.wrap(V.range(0, W - 1).v);
        return *this;
    }
    ap_int_base &lrotate(int n) {
        const ap_int_base<W, false> x(*this);
        return *this = ap_int_base((x << n) | (x >> (W - n)));
    }
    ap_int_base &rrotate(int n) {
        const ap_int_base<W, false> x(*this);
        return *this = ap_int_base((x >> n) | (x << (W - n)));
    }
    int countLeadingZeros() const {
        int n = 0;
        while (n < W && !V.bit(W - 1 - n))
            n++;
        return n;
    }
    bool and_reduce() const {
        bool all = true;
        for (int i = 0; i < W; i++)
            all = all && V.bit(i);
        return all;
    }
    bool or_reduce() const { return !V.zero(); }
    // Parity of the whole word a number of up to 64 bits is extended to, as Xilinx's.
    bool xor_reduce() const {
        bool odd = false;
        for (int i = 0; i < (W > 64 || !S ? W : 64); i++)
            odd ^= V.bit(i);
        return odd;
    }
    bool nand_reduce() const { return !and_reduce(); }
    bool nor_reduce() const { return !or_reduce(); }
    bool xnor_reduce() const { return !xor_reduce(); }

    ap_range_ref<W, S> range(int hi, int lo) const { return ap_range_ref<W, S>(V, hi, lo); }
    ap_range_ref<W, S> range() const { return range(W - 1, 0); }
    ap_range_ref<W, S> operator()(int hi, int lo) const { return range(hi, lo); }
    ap_bit_ref<W, S> operator[](int i) { return ap_bit_ref<W, S>(V, i); }
    bool operator[](int i) const { return V.bit(i); }
    ap_bit_ref<W, S> bit(int i) { return ap_bit_ref<W, S>(V, i); }
    bool bit(int i) const { return V.bit(i); }
    template <class B> ap_concat_ref<ap_int_base, B> concat(const B &low) const { return ap_concat_ref<ap_int_base, B>(*this, low); }

    typename ap_impl::int_type<W, S>::type operator+() const { return *this; }
    typename ap_impl::int_results<1, false, W, S>::minus operator-() const {
        typedef typename ap_impl::int_results<1, false, W, S>::minus R;
        typedef typename ap_raw<R::width, true>::layout::modular C;
        R r;
        r.V.set(ap_impl::negate(V.template as<C>()));
        return r;
    }
    typename ap_impl::int_type<W, S>::type operator~() const {
        typename ap_impl::int_type<W, S>::type r(*this);
        r.b_not();
        return r;
    }
    ap_int_base &operator++() { return *this += ap_int_base<1, false>(1); }
    ap_int_base &operator--() { return *this -= ap_int_base<1, false>(1); }
    typename ap_impl::int_type<W, S>::type operator++(int) {
        const ap_int_base old = *this;
        ++*this;
        return old;
    }
    typename ap_impl::int_type<W, S>::type operator--(int) {
        const ap_int_base old = *this;
        --*this;
        return old;
    }
};
template <int W, bool S> const int ap_int_base<W, S>::width;

template <int W> struct ap_int : ap_int_base<W, true> {
    typedef ap_int_base<W, true> Base;
    using Base::Base;
    ap_int() {}
    ap_int(const Base &x) : Base(x) {}
};

template <int W> struct ap_uint : ap_int_base<W, false> {
    typedef ap_int_base<W, false> Base;
    using Base::Base;
    ap_uint() {}
    ap_uint(const Base &x) : Base(x) {}
};

#define ap_bigint ap_int
#define ap_biguint ap_uint

template <int W, bool S> std::ostream &operator<<(std::ostream &out, const ap_int_base<W, S> &x) {
    // The base of std::cout rules, whatever the stream: kept from Xilinx's.
    const std::ios_base::fmtflags flags = std::cout.flags();
    return out << x.to_string(flags & std::ios_base::hex ? 16 : flags & std::ios_base::oct ? 8 : 10);
}
template <int W, bool S> std::istream &operator>>(std::istream &in, ap_int_base<W, S> &x) {
    std::string text;
    in >> text;
    const std::ios_base::fmtflags base = in.flags() & std::ios_base::basefield;
    x = ap_int_base<W, S>(text.c_str(), base == std::ios_base::oct ? 8 : base == std::ios_base::hex ? 16 : 0);
    return in;
}

#endif
