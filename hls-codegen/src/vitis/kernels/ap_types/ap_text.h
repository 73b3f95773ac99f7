// Text of numbers: exact decimal printing, stream rounding, parsing of integers.
#ifndef HLS_AP_TEXT_H
#define HLS_AP_TEXT_H

#include "ap_raw.h"

#include <string>
#include <vector>

namespace ap_impl {

typedef std::vector<uint32_t> digits32; // magnitude, least significant first

inline bool all_zero(const digits32 &m) {
    for (size_t i = 0; i < m.size(); i++)
        if (m[i] != 0)
            return false;
    return true;
}
inline std::string decimal_text(digits32 m) {
    std::string text;
    while (!all_zero(m)) {
        uint64_t rest = 0;
        for (size_t i = m.size(); i-- > 0;) {
            rest = (rest << 32) | m[i];
            m[i] = static_cast<uint32_t>(rest / 10);
            rest %= 10;
        }
        text.insert(text.begin(), static_cast<char>('0' + rest));
    }
    return text.empty() ? "0" : text;
}
// Decimal digits of m / 2^bits for m below 2^bits: exact, hence finite.
inline std::string fraction_text(digits32 m, int bits) {
    std::string text;
    m.resize(static_cast<size_t>(bits) / 32 + 1);
    while (!all_zero(m)) {
        uint64_t carry = 0;
        for (size_t i = 0; i < m.size(); i++) {
            carry += static_cast<uint64_t>(m[i]) * 10;
            m[i] = static_cast<uint32_t>(carry);
            carry >>= 32;
        }
        // The digit is what now stands above the fraction bits.
        const size_t word = static_cast<size_t>(bits) / 32;
        const int shift = bits % 32;
        const uint64_t top = (carry << 32) | m[word];
        text += static_cast<char>('0' + (top >> shift));
        m[word] = static_cast<uint32_t>(top & ((uint64_t(1) << shift) - 1));
    }
    return text;
}

template <int W, bool S> inline digits32 words_of(const ap_raw<W, S> &x) {
    digits32 m(static_cast<size_t>(W + 31) / 32);
    for (int i = 0; i < W; i++)
        if (x.bit(i))
            m[static_cast<size_t>(i) / 32] |= uint32_t(1) << (i % 32);
    return m;
}
// Magnitude of a signed number, one bit wider so that the lowest one fits.
template <int W, bool S> inline ap_raw<W + 1, false> magnitude_of(const ap_raw<W, S> &x, bool negative) {
    typedef typename ap_raw<W + 1, false>::layout::modular C;
    ap_raw<W + 1, false> r;
    r.wrap(negative ? negate(x.template as<C>()) : x.template as<C>());
    return r;
}
inline const char *radix_prefix(int radix) { return radix == 2 ? "0b" : radix == 8 ? "0o" : radix == 16 ? "0x" : ""; }

// The bits in a power-of-two radix, without leading zeros (except one before the
// digits of a number that does not fill its width).
template <int W, bool S> inline std::string bits_text(const ap_raw<W, S> &x, int radix) {
    const int step = radix == 2 ? 1 : radix == 8 ? 3 : 4;
    std::string text;
    int used = W;
    while (used > 0 && !x.bit(used - 1))
        used--;
    int digits = 0;
    for (int i = 0; i < used; i += step, digits++) {
        int digit = 0;
        for (int j = 0; j < step && i + j < W; j++)
            digit |= static_cast<int>(x.bit(i + j)) << j;
        text.insert(text.begin(), "0123456789ABCDEF"[digit]);
    }
    if (digits * step < W)
        text.insert(text.begin(), '0');
    return text;
}

template <int W, bool S> inline std::string int_text(const ap_raw<W, S> &x, int radix, bool signed_text) {
    const bool negative = signed_text && x.negative();
    if (radix == 10)
        return (negative ? "-" : "") + decimal_text(words_of(magnitude_of(x, negative).range(W, 0)));
    if (x.zero())
        return "0";
    ap_raw<W, false> bits;
    bits.wrap(magnitude_of(x, negative).v);
    const std::string text = bits_text(bits, radix);
    return std::string(negative ? "-" : "") + radix_prefix(radix) + (negative && text[0] == '0' ? text.substr(1) : text);
}

template <int W, int I, bool S> inline std::string fixed_text(const ap_raw<W, S> &x, int radix, bool signed_text) {
    const bool negative = signed_text && x.negative();
    const ap_raw<W + 1, false> size = magnitude_of(x, negative);
    const int fraction = W - I;
    ap_raw<max_of(max_of(W, I) + 1, 1), false> whole;
    whole.wrap(size.template as<typename container<max_of(W, I) + 2>::type>());
    whole.wrap(fraction > 0 ? sar(whole.exact(), fraction) : shl(whole.exact(), -(fraction > 0 ? 0 : fraction)));
    std::string text = negative ? "-" : "";
    text += radix == 10      ? decimal_text(words_of(whole))
            : whole.zero() ? (I > 0 ? "" : radix_prefix(radix)) + std::string("0")
                             : std::string(radix_prefix(radix)) + bits_text(whole, radix);
    if (fraction <= 0 || !any_low_bit(size.exact(), fraction))
        return text;
    if (radix == 10) {
        ap_raw<max_of(fraction, 1), false> low;
        low.wrap(size.v);
        return text + "." + fraction_text(words_of(low), fraction);
    }
    const int step = radix == 2 ? 1 : radix == 8 ? 3 : 4;
    text += ".";
    for (int i = fraction - 1; i >= 0; i -= step) {
        int digit = 0;
        for (int j = 0; j < step; j++)
            digit = digit * 2 + (i - j >= 0 && size.bit(i - j) ? 1 : 0);
        text += "0123456789abcdef"[digit];
    }
    return text + (radix == 16 ? "p0" : "");
}

inline int digit_value(char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
}
// Reads digits up to the first character that is none.
template <class C> inline C parse_int(const char *text, int radix) {
    bool negative = false;
    if (*text == '-' || *text == '+')
        negative = *text++ == '-';
    if (text[0] == '0' && text[1] != '\0') {
        const char c = static_cast<char>(text[1] | 0x20);
        const int marked = c == 'b' ? 2 : c == 'o' ? 8 : c == 'x' ? 16 : c == 'd' ? 10 : 0;
        // In hexadecimal text, 0b and 0d are digits unless the radix was left open.
        if (marked != 0 && (radix == 0 || radix == marked)) {
            radix = marked;
            text += 2;
        }
    }
    if (radix == 0)
        radix = 10;
    C x = cast_to<C>(0);
    const C base = cast_to<C>(radix);
    for (; *text != '\0' && digit_value(*text) < radix; text++)
        x = add(mul(x, base), cast_to<C>(digit_value(*text)));
    return negative ? negate(x) : x;
}

// --- rounding of decimal text to a stream's precision ------------------------------

// d.ddde+XX of a decimal number's significant digits; `exponent` belongs to the first.
inline std::string scientific_text(std::string digits, int exponent) {
    while (digits.size() > 1 && digits[digits.size() - 1] == '0')
        digits.erase(digits.size() - 1);
    std::string text(1, digits[0]);
    if (digits.size() > 1)
        text += "." + digits.substr(1);
    if (exponent == 0)
        return text;
    const int size = exponent < 0 ? -exponent : exponent;
    return text + (exponent < 0 ? "e-" : "e+") + (size < 10 ? "0" : "") + std::to_string(size);
}
inline size_t leading_zeros(const std::string &text) {
    const size_t n = text.find_first_not_of('0');
    return n == std::string::npos ? text.size() : n;
}

// Rounds exact decimal text half up to `precision` significant digits, in the form
// Xilinx's stream output has: plain down to 0.0001xxx, integers as they are when
// their digits (zeros at the end apart) fit, otherwise scientific.
inline std::string rounded_text(const std::string &exact, size_t precision) {
    const bool negative = exact[0] == '-';
    const std::string sign = negative ? "-" : "", body = negative ? exact.substr(1) : exact;
    const size_t dot = body.find('.');
    const size_t whole = dot == std::string::npos ? body.size() : dot; // digits before the point
    std::string all = body.substr(0, whole) + (dot == std::string::npos ? "" : body.substr(dot + 1));
    const size_t first = leading_zeros(all);
    if (first == all.size())
        return "0";
    const size_t last = all.find_last_not_of('0');
    const size_t count = last - first + 1;
    const bool pure_fraction = first >= whole, integral = last < whole;
    if (count <= precision) {
        if (pure_fraction && first - whole >= 4)
            return sign + scientific_text(all.substr(first, count), static_cast<int>(whole) - static_cast<int>(first) - 1);
        return exact;
    }
    // The digit that decides. With a fraction present it is taken as if the point
    // stood before it, so it comes one too late (or is the point) in long integers.
    size_t decides = first + precision;
    bool up;
    if (!pure_fraction && !integral && decides + 1 == whole)
        up = false;
    else {
        if (!pure_fraction && !integral && decides + 1 < whole)
            decides++;
        up = all[decides] > '4';
    }
    all.insert(all.begin(), '0');
    for (size_t i = decides + 1; up && i-- > 0;) {
        up = all[i] == '9';
        all[i] = up ? '0' : static_cast<char>(all[i] + 1);
    }
    size_t start = leading_zeros(all);
    for (size_t i = start + precision; i < all.size(); i++)
        all[i] = '0';
    const size_t skip = all[0] == '0' ? 1 : 0;
    const std::string integer = all.substr(skip, whole + 1 - skip);
    std::string fraction = all.substr(whole + 1);
    while (!fraction.empty() && fraction[fraction.size() - 1] == '0')
        fraction.erase(fraction.size() - 1);
    const bool plain = fraction.empty() ? integer.size() <= precision : leading_zeros(fraction) < 4;
    if (plain)
        return sign + integer + (fraction.empty() ? "" : "." + fraction);
    return sign + scientific_text(all.substr(start), static_cast<int>(whole) - static_cast<int>(start));
}

} // namespace ap_impl

#endif
