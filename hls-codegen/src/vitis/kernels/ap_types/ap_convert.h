// Bringing a number to the binary point, width and range of another type: the
// one place that knows the quantization and overflow modes.
#ifndef HLS_AP_CONVERT_H
#define HLS_AP_CONVERT_H

#include "ap_raw.h"

#include <cstring>

namespace ap_impl {

// Whether dropping bits rounds the floored number up. `half` is the first dropped
// bit, `rest` whether any below it is set, `odd` the last kept bit.
template <ap_q_mode Q> inline bool rounds_up(bool half, bool rest, bool negative, bool odd) {
    return Q == AP_TRN           ? false
           : Q == AP_TRN_ZERO    ? negative && (half || rest)
           : Q == AP_RND         ? half
           : Q == AP_RND_ZERO    ? half && (negative || rest)
           : Q == AP_RND_MIN_INF ? half && rest
           : Q == AP_RND_INF     ? half && (!negative || rest)
                                 : half && (odd || rest);
}

// What the overflow handling needs to know about the number being stored.
struct range_facts {
    bool negative;     // after rounding
    bool above, below; // outside the range of the type
    bool last_deleted; // lowest deleted integer bit, before rounding (AP_WRAP_SM)
};

// Overflow handling of a W-bit type: takes the wrapped bits and repairs them.
template <int W, bool S, ap_o_mode O, int N> struct overflow {
    typedef ap_raw<W, S> raw;
    typedef typename raw::layout::modular C;

    static void repair(raw &x, const range_facts &f) {
        if (!f.above && !f.below)
            return;
        if (O == AP_SAT_ZERO)
            x.v = typename raw::store();
        else if (O == AP_WRAP)
            wrap_keeping_sign(x, f);
        else if (O == AP_WRAP_SM && S)
            sign_magnitude(x, f);
        else
            saturate(x, f.above);
    }

  private:
    static void saturate(raw &x, bool above) {
        const C highest = W - S > 0 ? sub(shl(cast_to<C>(1), W - S), cast_to<C>(1)) : cast_to<C>(0);
        if (above)
            x.wrap(highest);
        else if (!S)
            x.wrap(cast_to<C>(0));
        else
            x.wrap(O == AP_SAT_SYM ? bit_or(bit_not(highest), cast_to<C>(1)) : bit_not(highest));
    }
    // The N highest bits are saturated, the others wrap.
    static void wrap_keeping_sign(raw &x, const range_facts &f) {
        if (N <= 0)
            return;
        if (S)
            x.set_bit(W - 1, f.negative);
        fill_top(x, !S || !f.negative);
    }
    static void fill_top(raw &x, bool ones) {
        for (int i = W - 1 - S; i >= W - N && i >= 0; i--)
            x.set_bit(i, ones);
    }
    static void invert(raw &x) { x.wrap(bit_not(x.template as<C>())); }
    static void sign_magnitude(raw &x, const range_facts &f) {
        const bool sign = x.bit(W - 1);
        if (N == 0) {
            if (f.last_deleted != sign) {
                invert(x);
                x.set_bit(W - 1, f.last_deleted);
            }
            return;
        }
        if (N == 1 && f.negative != sign)
            invert(x);
        if (N > 1) {
            if (x.bit(W > N ? W - N : 0) == f.negative)
                invert(x);
            fill_top(x, !f.negative);
        }
        x.set_bit(W - 1, f.negative);
    }
};

// Highest and lowest number of a W-bit type in container C, which must be wider.
template <int W, bool S, ap_o_mode O, class C> inline bool above_range(const C &x) {
    return ap_impl::less(low_ones<C>(W - S), x);
}
template <int W, bool S, ap_o_mode O, class C> inline bool below_range(const C &x) {
    return S ? ap_impl::less(x, O == AP_SAT_SYM ? negate(low_ones<C>(W - S)) : bit_not(low_ones<C>(W - S))) : is_negative(x);
}

// Conversion of W2 bits with F2 fraction bits into W bits with F.
template <int W, int F, bool S, ap_q_mode Q, ap_o_mode O, int N, int W2, int F2, bool S2> struct converter {
    static const int right = F2 - F;
    static const bool rounds = right > 0 && Q != AP_TRN && !(Q == AP_TRN_ZERO && !S2);
    // Integer bits without the sign decide whether the target may overflow.
    static const bool may_overflow =
        (O != AP_WRAP || N != 0) && ((!S && S2) || W - F - S < W2 - F2 - S2 + (rounds || (S2 && O == AP_SAT_SYM) ? 1 : 0));

    typedef ap_raw<W, S> to;
    typedef ap_raw<W2, S2> from;

    static bool half(const from &x) { return right > W2 ? x.negative() : x.bit(right > 0 ? right - 1 : 0); }

    // The rounded number in container C, exact if C is wide enough.
    template <class C> static C aligned(const from &x) {
        if (right <= 0)
            return shl(x.template as<C>(), -(right < 0 ? right : 0));
        const C floored = cast_to<C>(sar(x.v, right > 0 ? right : 0));
        if (!rounds)
            return floored;
        const bool up =
            rounds_up<Q>(half(x), any_low_bit(x.exact(), right - 1), x.negative(), ap_impl::get_bit(floored, 0));
        return add(floored, cast_to<C>(up ? 1 : 0));
    }

    static void run(to &r, const from &x) { run(r, x, std::integral_constant<bool, may_overflow>()); }

  private:
    static void run(to &r, const from &x, std::false_type) { r.wrap(aligned<typename to::layout::modular>(x)); }
    static void run(to &r, const from &x, std::true_type) {
        typedef typename container<max_of(W2 - right + !S2 + 1, W + 2)>::type C;
        const C exact = aligned<C>(x);
        range_facts f;
        f.above = above_range<W, S, O>(exact);
        f.below = below_range<W, S, O>(exact);
        f.negative = is_negative(exact);
        f.last_deleted = W + right >= 0 && W + right < W2 && x.bit(W + right > 0 ? W + right : 0);
        r.wrap(exact);
        overflow<W, S, O, N>::repair(r, f);
    }
};

// An IEEE double taken apart: +-mantissa * 2^(exponent - 52). The hidden one is set
// for every nonzero number, so subnormals, infinities and NaNs read as numbers of
// their exponent field (as Xilinx's do).
struct double_parts {
    int64_t mantissa; // signed
    int exponent;
    bool negative;
    explicit double_parts(double d) {
        uint64_t u;
        std::memcpy(&u, &d, sizeof u);
        // Minus zero is zero: its sign must not count as a dropped bit.
        negative = (u >> 63) != 0 && (u << 1) != 0;
        exponent = static_cast<int>((u >> 52) & 0x7ff) - 1023;
        const int64_t magnitude = static_cast<int64_t>((u & ((uint64_t(1) << 52) - 1)) | (uint64_t(1) << 52));
        mantissa = (u << 1) == 0 ? 0 : negative ? -magnitude : magnitude;
    }
};

template <int W, int F, bool S, ap_q_mode Q, ap_o_mode O, int N> struct double_converter {
    typedef ap_raw<W, S> to;
    typedef typename container<max_of(W + 2, 64)>::type C;

    static void run(to &r, double d) {
        const double_parts p(d);
        const int right = 52 - p.exponent - F;
        const bool checked = O != AP_WRAP || N != 0;
        if (right > 0) {
            const int64_t rounded = round(p, right);
            r.wrap(rounded);
            if (checked)
                repair(r, p, right, cast_to<C>(rounded), 0);
        } else {
            r.wrap(-right < W ? shl(cast_to<C>(p.mantissa), -right) : cast_to<C>(0));
            if (checked)
                repair(r, p, right, cast_to<C>(p.mantissa), -right);
        }
    }

  private:
    static int64_t round(const double_parts &p, int right) {
        const int64_t floored = sar(p.mantissa, right);
        if (Q == AP_TRN)
            return floored;
        const bool half = right > 54 ? p.negative : ap_impl::get_bit(p.mantissa, right - 1);
        return floored + (rounds_up<Q>(half, any_low_bit(p.mantissa, right - 1), p.negative, floored & 1) ? 1 : 0);
    }
    // The exact number is x * 2^left; its bounds are compared before that shift.
    static void repair(to &r, const double_parts &p, int right, const C &x, int left) {
        range_facts f;
        f.negative = is_negative(x);
        if (left >= W) {
            f.above = !f.negative && !is_zero(x);
            f.below = f.negative;
        } else {
            // Shifting the bounds down floors them: right for the upper one, and the
            // lower one is a power of two (its symmetric twin is minus the upper).
            const C high = sar(low_ones<C>(W - S), left), lowest = sar(bit_not(low_ones<C>(W - S)), left);
            f.above = ap_impl::less(high, x);
            f.below = ap_impl::less(x, !S ? cast_to<C>(0) : O == AP_SAT_SYM ? negate(high) : lowest);
        }
        const int deleted = W + right;
        f.last_deleted = deleted >= 0 && deleted < 54 && ap_impl::get_bit(p.mantissa, deleted);
        overflow<W, S, O, N>::repair(r, f);
    }
};

} // namespace ap_impl

#endif
