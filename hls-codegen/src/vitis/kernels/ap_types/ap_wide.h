// Integer containers the arbitrary-precision types compute in: the native
// integer that is just wide enough, or a fixed array of words above 128 bits.
#ifndef HLS_AP_WIDE_H
#define HLS_AP_WIDE_H

#include <cstdint>
#include <type_traits>

namespace ap_impl {

__extension__ typedef __int128 i128;
__extension__ typedef unsigned __int128 u128;

constexpr int max_of(int a, int b) { return a > b ? a : b; }
constexpr int min_of(int a, int b) { return a < b ? a : b; }

// Two's complement number of N 64-bit words, least significant word first.
template <int N> struct wide {
    uint64_t w[N];
    wide() : w() {}
    bool negative() const { return (w[N - 1] >> 63) != 0; }
};

template <class T> struct is_wide : std::false_type {};
template <int N> struct is_wide<wide<N>> : std::true_type {};

// The signed container for numbers of B bits, sign included.
template <int B> struct container {
    typedef typename std::conditional<
        (B <= 32), int32_t,
        typename std::conditional<(B <= 64), int64_t,
                                  typename std::conditional<(B <= 128), i128, wide<(B + 63) / 64>>::type>::type>::type type;
};

template <class T> struct unsigned_of { typedef typename std::make_unsigned<T>::type type; };
template <> struct unsigned_of<i128> { typedef u128 type; };
template <> struct unsigned_of<u128> { typedef u128 type; };

template <class T> struct bits_of { static const int value = 8 * static_cast<int>(sizeof(T)); };

// --- conversion between containers: keeps the value, or its low bits ----------

template <class To, class From> struct caster {
    static To cast(const From &x) { return static_cast<To>(x); }
};
template <int N, class From> struct caster<wide<N>, From> {
    static wide<N> cast(const From &x) {
        wide<N> r;
        const uint64_t fill = x < From(0) ? ~uint64_t(0) : 0;
        r.w[0] = static_cast<uint64_t>(x);
        if (N > 1)
            r.w[N > 1 ? 1 : 0] = sizeof(From) > 8 ? static_cast<uint64_t>(static_cast<u128>(x) >> 64) : fill;
        for (int i = 2; i < N; i++)
            r.w[i] = fill;
        return r;
    }
};
template <class To, int M> struct caster<To, wide<M>> {
    static To cast(const wide<M> &x) {
        return static_cast<To>(sizeof(To) > 8 && M > 1 ? (static_cast<u128>(x.w[M > 1 ? 1 : 0]) << 64) | x.w[0]
                                                       : static_cast<u128>(x.w[0]));
    }
};
template <int N, int M> struct caster<wide<N>, wide<M>> {
    static wide<N> cast(const wide<M> &x) {
        wide<N> r;
        const uint64_t fill = x.negative() ? ~uint64_t(0) : 0;
        for (int i = 0; i < N; i++)
            r.w[i] = i < M ? x.w[i < M ? i : 0] : fill;
        return r;
    }
};
template <class To, class From> inline To cast_to(const From &x) { return caster<To, From>::cast(x); }

// --- modular arithmetic; native overloads go through unsigned to stay defined -----

template <class T> inline T add(T a, T b) {
    typedef typename unsigned_of<T>::type U;
    return static_cast<T>(static_cast<U>(a) + static_cast<U>(b));
}
template <class T> inline T sub(T a, T b) {
    typedef typename unsigned_of<T>::type U;
    return static_cast<T>(static_cast<U>(a) - static_cast<U>(b));
}
template <class T> inline T mul(T a, T b) {
    typedef typename unsigned_of<T>::type U;
    return static_cast<T>(static_cast<U>(a) * static_cast<U>(b));
}
template <class T> inline T bit_and(T a, T b) { return a & b; }
template <class T> inline T bit_or(T a, T b) { return a | b; }
template <class T> inline T bit_xor(T a, T b) { return a ^ b; }
template <class T> inline T bit_not(T a) { return ~a; }
// Shift counts from 0 to any size: past the end only zeros (or signs) are left.
template <class T> inline T shl(T a, int n) {
    typedef typename unsigned_of<T>::type U;
    return n < bits_of<T>::value ? static_cast<T>(static_cast<U>(a) << n) : T(0);
}
template <class T> inline T sar(T a, int n) {
    return static_cast<T>(n < bits_of<T>::value ? a >> n : a < T(0) ? ~T(0) : T(0));
}
template <class T> inline bool less(T a, T b) { return a < b; }
template <class T> inline bool is_zero(T a) { return a == 0; }
template <class T> inline bool is_negative(T a) { return a < 0; }
template <class T> inline bool get_bit(T a, int i) {
    return i < bits_of<T>::value ? ((a >> i) & 1) != 0 : a < 0;
}
template <class T> inline T divide(T a, T b) { return a / b; }
template <class T> inline T remainder(T a, T b) { return a % b; }

template <int N> inline wide<N> add(const wide<N> &a, const wide<N> &b) {
    wide<N> r;
    uint64_t carry = 0;
    for (int i = 0; i < N; i++) {
        const u128 s = static_cast<u128>(a.w[i]) + b.w[i] + carry;
        r.w[i] = static_cast<uint64_t>(s);
        carry = static_cast<uint64_t>(s >> 64);
    }
    return r;
}
template <int N> inline wide<N> bit_not(const wide<N> &a) {
    wide<N> r;
    for (int i = 0; i < N; i++)
        r.w[i] = ~a.w[i];
    return r;
}
template <int N> inline wide<N> negate(const wide<N> &a) {
    wide<N> one;
    one.w[0] = 1;
    return add(bit_not(a), one);
}
template <class T> inline T negate(T a) { return sub(T(0), a); }
template <int N> inline wide<N> sub(const wide<N> &a, const wide<N> &b) { return add(a, negate(b)); }
template <int N> inline wide<N> mul(const wide<N> &a, const wide<N> &b) {
    wide<N> r;
    for (int i = 0; i < N; i++) {
        uint64_t carry = 0;
        for (int j = 0; i + j < N; j++) {
            const u128 p = static_cast<u128>(a.w[i]) * b.w[j] + r.w[i + j] + carry;
            r.w[i + j] = static_cast<uint64_t>(p);
            carry = static_cast<uint64_t>(p >> 64);
        }
    }
    return r;
}
template <int N> inline wide<N> bit_and(const wide<N> &a, const wide<N> &b) {
    wide<N> r;
    for (int i = 0; i < N; i++)
        r.w[i] = a.w[i] & b.w[i];
    return r;
}
template <int N> inline wide<N> bit_or(const wide<N> &a, const wide<N> &b) {
    wide<N> r;
    for (int i = 0; i < N; i++)
        r.w[i] = a.w[i] | b.w[i];
    return r;
}
template <int N> inline wide<N> bit_xor(const wide<N> &a, const wide<N> &b) {
    wide<N> r;
    for (int i = 0; i < N; i++)
        r.w[i] = a.w[i] ^ b.w[i];
    return r;
}
template <int N> inline wide<N> shl(const wide<N> &a, int n) {
    wide<N> r;
    const int words = n / 64, rest = n % 64;
    for (int i = words; i < N; i++) {
        r.w[i] = a.w[i - words] << rest;
        if (rest != 0 && i > words)
            r.w[i] |= a.w[i - words - 1] >> (64 - rest);
    }
    return r;
}
template <int N> inline wide<N> sar(const wide<N> &a, int n) {
    wide<N> r;
    const int words = n / 64, rest = n % 64;
    const uint64_t fill = a.negative() ? ~uint64_t(0) : 0;
    for (int i = 0; i < N; i++) {
        const uint64_t low = i + words < N ? a.w[i + words < N ? i + words : 0] : fill;
        const uint64_t high = i + words + 1 < N ? a.w[i + words + 1 < N ? i + words + 1 : 0] : fill;
        r.w[i] = rest == 0 ? low : (low >> rest) | (high << (64 - rest));
    }
    return r;
}
template <int N> inline bool less(const wide<N> &a, const wide<N> &b) {
    if (a.negative() != b.negative())
        return a.negative();
    for (int i = N - 1; i >= 0; i--)
        if (a.w[i] != b.w[i])
            return a.w[i] < b.w[i];
    return false;
}
template <int N> inline bool is_zero(const wide<N> &a) {
    uint64_t any = 0;
    for (int i = 0; i < N; i++)
        any |= a.w[i];
    return any == 0;
}
template <int N> inline bool is_negative(const wide<N> &a) { return a.negative(); }
template <int N> inline bool get_bit(const wide<N> &a, int i) {
    return i < 64 * N ? ((a.w[i < 64 * N ? i / 64 : 0] >> (i % 64)) & 1) != 0 : a.negative();
}
template <class T> inline bool equal(const T &a, const T &b) { return is_zero(bit_xor(a, b)); }

// Schoolbook binary division of magnitudes: wide divisions are rare.
template <int N> inline void divide_magnitudes(const wide<N> &a, const wide<N> &b, wide<N> &quotient, wide<N> &rest) {
    for (int i = 64 * N - 1; i >= 0; i--) {
        rest = shl(rest, 1);
        rest.w[0] |= (a.w[i / 64] >> (i % 64)) & 1;
        if (!less(rest, b)) {
            rest = sub(rest, b);
            quotient.w[i / 64] |= uint64_t(1) << (i % 64);
        }
    }
}
template <int N> inline wide<N> divide(const wide<N> &a, const wide<N> &b) {
    wide<N> q, r;
    divide_magnitudes(a.negative() ? negate(a) : a, b.negative() ? negate(b) : b, q, r);
    return a.negative() != b.negative() ? negate(q) : q;
}
template <int N> inline wide<N> remainder(const wide<N> &a, const wide<N> &b) {
    wide<N> q, r;
    divide_magnitudes(a.negative() ? negate(a) : a, b.negative() ? negate(b) : b, q, r);
    return a.negative() ? negate(r) : r;
}

// The number 2^n - 1, for n below the container's width.
template <class T> inline T low_ones(int n) { return sub(shl(cast_to<T>(1), n), cast_to<T>(1)); }

// Whether any of the lowest n bits is set.
template <class T> inline bool any_low_bit(const T &a, int n) {
    return n > 0 && !is_zero(shl(a, n < bits_of<T>::value ? bits_of<T>::value - n : 0));
}

} // namespace ap_impl

#endif
