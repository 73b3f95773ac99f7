// References to single bits, ranges and concatenations of numbers. They work on
// the raw bits, so integers and fixed-point numbers share them.
#ifndef HLS_AP_REF_H
#define HLS_AP_REF_H

#include "ap_int_base.h"

template <int W, bool S> struct ap_bit_ref {
    ap_raw<W, S> &raw;
    int index;

    ap_bit_ref(const ap_raw<W, S> &r, int i) : raw(const_cast<ap_raw<W, S> &>(r)), index(i) {}
    ap_bit_ref(const ap_bit_ref &) = default;

    operator bool() const { return raw.bit(index); }
    bool to_bool() const { return raw.bit(index); }
    bool get() const { return raw.bit(index); }
    template <int W2> void set(const ap_int_base<W2, false> &x) { *this = x != 0; }
    int length() const { return 1; }
    std::string to_string() const { return get() ? "1" : "0"; }
    bool operator~() const { return !get(); }

    ap_bit_ref &operator=(bool on) {
        raw.set_bit(index, on);
        return *this;
    }
    ap_bit_ref &operator=(const ap_bit_ref &x) { return *this = x.get(); }
    template <int W2, bool S2> ap_bit_ref &operator=(const ap_bit_ref<W2, S2> &x) { return *this = x.get(); }
    template <int W2, bool S2> ap_bit_ref &operator=(const ap_int_base<W2, S2> &x) { return *this = !x.V.zero(); }
    template <int W2, bool S2> ap_bit_ref &operator=(const ap_range_ref<W2, S2> &x) { return *this = !x.bits().zero(); }
};

template <int W, bool S> struct ap_range_ref {
    ap_raw<W, S> &raw;
    int hi, lo;

    ap_range_ref(const ap_raw<W, S> &r, int h, int l) : raw(const_cast<ap_raw<W, S> &>(r)), hi(h), lo(l) {}
    ap_range_ref(const ap_range_ref &) = default;

    ap_raw<W, false> bits() const { return raw.range(hi, lo); }
    ap_int_base<W, false> get() const {
        ap_int_base<W, false> r;
        r.V = bits();
        return r;
    }
    template <int W2> void set(const ap_int_base<W2, false> &x) { raw.set_range(hi, lo, x.V); }
    operator ap_int_base<W, false>() const { return get(); }
    operator ap_ulong() const { return to_uint64(); }

    int length() const { return hi >= lo ? hi - lo + 1 : lo - hi + 1; }
    char to_char() const { return get().to_char(); }
    int to_int() const { return get().to_int(); }
    unsigned to_uint() const { return get().to_uint(); }
    long to_long() const { return get().to_long(); }
    unsigned long to_ulong() const { return get().to_ulong(); }
    ap_slong to_int64() const { return get().to_int64(); }
    ap_ulong to_uint64() const { return get().to_uint64(); }
    std::string to_string(signed char radix = 2) const { return get().to_string(radix); }
    bool and_reduce() const {
        bool all = true;
        for (int i = 0; i < length(); i++)
            all = all && bits().bit(i);
        return all;
    }
    bool or_reduce() const { return !bits().zero(); }
    bool xor_reduce() const { return get().xor_reduce(); }

    template <class T, class = typename std::enable_if<std::is_arithmetic<T>::value || std::is_enum<T>::value>::type>
    ap_range_ref &operator=(T x) {
        return *this = ap_int_base<W, false>(x);
    }
    ap_range_ref &operator=(const char *text) { return *this = ap_int_base<W, false>(text); }
    template <int W2, bool S2> ap_range_ref &operator=(const ap_int_base<W2, S2> &x) {
        raw.set_range(hi, lo, x.V);
        return *this;
    }
    // The raw bits, not the value, of a fixed-point number.
    template <int W2, int I2, bool S2, ap_q_mode Q, ap_o_mode O, int N>
    ap_range_ref &operator=(const ap_fixed_base<W2, I2, S2, Q, O, N> &x) {
        raw.set_range(hi, lo, x.V);
        return *this;
    }
    ap_range_ref &operator=(const ap_range_ref &x) { return *this = x.get(); }
    template <int W2, bool S2> ap_range_ref &operator=(const ap_range_ref<W2, S2> &x) { return *this = x.get(); }
    template <int W2, bool S2> ap_range_ref &operator=(const ap_bit_ref<W2, S2> &x) { return *this = x.get(); }
    template <class A, class B> ap_range_ref &operator=(const ap_concat_ref<A, B> &x) { return *this = x.get(); }
};

namespace ap_impl {
// The most bits a part of a concatenation can have.
template <class T> struct part { static const bool ok = false; };
template <int W, bool S> struct part<ap_int_base<W, S>> { static const bool ok = true; static const int width = W; typedef ap_int_base<W, S> type; };
template <int W> struct part<ap_int<W>> : part<ap_int_base<W, true>> {};
template <int W> struct part<ap_uint<W>> : part<ap_int_base<W, false>> {};
template <int W, bool S> struct part<ap_range_ref<W, S>> { static const bool ok = true; static const int width = W; typedef ap_range_ref<W, S> type; };
template <int W, bool S> struct part<ap_bit_ref<W, S>> { static const bool ok = true; static const int width = 1; typedef ap_bit_ref<W, S> type; };
template <class A, class B> struct part<ap_concat_ref<A, B>> {
    static const bool ok = true;
    static const int width = part<A>::width + part<B>::width;
    typedef ap_concat_ref<A, B> type;
};
} // namespace ap_impl

// High and low part side by side, readable and assignable.
template <class A, class B> struct ap_concat_ref {
    static const int width = ap_impl::part<A>::width + ap_impl::part<B>::width;
    A &high;
    B &low;

    ap_concat_ref(const A &h, const B &l) : high(const_cast<A &>(h)), low(const_cast<B &>(l)) {}
    ap_concat_ref(const ap_concat_ref &) = default;

    int length() const { return high.length() + low.length(); }
    ap_int_base<width, false> get() const {
        ap_int_base<width, false> r(0);
        r.range(low.length() - 1, 0) = ap_int_base<width, false>(low.get());
        r.range(length() - 1, low.length()) = ap_int_base<width, false>(high.get());
        return r;
    }
    template <int W2> void set(const ap_int_base<W2, false> &x) {
        const ap_int_base<width, false> bits(x);
        low.set(ap_int_base<width, false>(bits.range(low.length() - 1, 0)));
        high.set(ap_int_base<width, false>(bits.range(length() - 1, low.length())));
    }
    operator ap_int_base<width, false>() const { return get(); }
    operator ap_ulong() const { return get().to_uint64(); }
    ap_concat_ref &operator=(const ap_concat_ref &x) { return assign(x.get()); }
    template <class T> ap_concat_ref &operator=(const T &x) { return assign(ap_int_base<width, false>(x)); }

  private:
    ap_concat_ref &assign(const ap_int_base<width, false> &x) {
        set(x);
        return *this;
    }
};

#define HLS_AP_COMMA(PARAMS, HIGH)                                                                                     \
    template <PARAMS, class B>                                                                                         \
    inline typename std::enable_if<ap_impl::part<B>::ok, ap_concat_ref<HIGH, typename ap_impl::part<B>::type>>::type   \
    operator,(const HIGH &high, const B &low) {                                                                        \
        return ap_concat_ref<HIGH, typename ap_impl::part<B>::type>(high, low);                                        \
    }
#define HLS_AP_2(...) __VA_ARGS__
HLS_AP_COMMA(HLS_AP_2(int W, bool S), HLS_AP_2(ap_int_base<W, S>))
HLS_AP_COMMA(HLS_AP_2(int W, bool S), HLS_AP_2(ap_range_ref<W, S>))
HLS_AP_COMMA(HLS_AP_2(int W, bool S), HLS_AP_2(ap_bit_ref<W, S>))
HLS_AP_COMMA(HLS_AP_2(class A, class C), HLS_AP_2(ap_concat_ref<A, C>))
#undef HLS_AP_COMMA
#undef HLS_AP_2

template <int W, bool S> std::ostream &operator<<(std::ostream &out, const ap_bit_ref<W, S> &x) { return out << x.to_string(); }
template <int W, bool S> std::ostream &operator<<(std::ostream &out, const ap_range_ref<W, S> &x) { return out << x.to_string(); }

#endif
