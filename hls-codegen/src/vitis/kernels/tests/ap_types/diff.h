// Shared by the differential programs: each is compiled once against our headers and
// once against Xilinx's, and must print the same lines. A line is a label with a hash
// over many pseudo-random results; an argument on the command line prints the results
// of the labels that start with it, to find out what differs.
#ifndef AP_TYPES_DIFF_H
#define AP_TYPES_DIFF_H

#include "ap_fixed.h"
#include "ap_int.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace diff {

struct random_source {
    uint64_t state;
    explicit random_source(uint64_t seed) : state(seed * 0x9e3779b97f4a7c15ull + 0x1234567) {}
    uint64_t next() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return state * 0x2545f4914f6cdd1dull;
    }
};

// Hash of everything reported under one label.
class recorder {
  public:
    recorder(const std::string &label, const char *wanted)
        : label_(label), hash_(1469598103934665603ull), loud_(wanted && label.compare(0, std::strlen(wanted), wanted) == 0) {}
    ~recorder() { std::printf("%s %016llx\n", label_.c_str(), static_cast<unsigned long long>(hash_)); }
    recorder(const recorder &) = delete;

    void word(uint64_t x) { hash_ = (hash_ ^ x) * 1099511628211ull + (x >> 29); }
    void text(const char *what, const std::string &s) {
        for (size_t i = 0; i < s.size(); i++)
            word(static_cast<unsigned char>(s[i]));
        if (loud_)
            std::printf("  %s %s\n", what, s.c_str());
    }
    void flag(const char *what, bool x) { text(what, x ? "true" : "false"); }
    void number(const char *what, double x) {
        uint64_t u;
        std::memcpy(&u, &x, sizeof u);
        word(u);
        if (loud_)
            std::printf("  %s %.17g\n", what, x);
    }
    template <int W, bool S> void value(const char *what, const ap_int_base<W, S> &x) {
        word(W * 2 + S);
        bits(what, x, W, S);
    }
    template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N>
    void value(const char *what, const ap_fixed_base<W, I, S, Q, O, N> &x) {
        word(W * 2 + S);
        word(static_cast<uint64_t>(I));
        bits(what, x, W, S);
    }

  private:
    template <class T> void bits(const char *what, const T &x, int width, bool sign) {
        if (loud_)
            std::printf("  %s %s%d:", what, sign ? "s" : "u", width);
        for (int lo = 0; lo < width; lo += 64) {
            const uint64_t part = x.range(lo + 63 < width ? lo + 63 : width - 1, lo).to_uint64();
            word(part);
            if (loud_)
                std::printf(" %llx", static_cast<unsigned long long>(part));
        }
        if (loud_)
            std::printf("\n");
    }
    std::string label_;
    uint64_t hash_;
    bool loud_;
};

// Corner values often, otherwise random bits, short ones among them.
template <class T> T sample(random_source &random, int width) {
    T x;
    for (int i = 0; i < width; i++)
        x[i] = false;
    const uint64_t kind = random.next() % 10;
    if (kind == 0)
        return x;
    if (kind <= 3) {
        // -1, the lowest and the highest number.
        for (int i = 0; i < width; i++)
            x[i] = kind == 1 || (kind == 2) == (i == width - 1);
        return x;
    }
    const int used = kind <= 5 ? 1 + static_cast<int>(random.next() % static_cast<uint64_t>(width)) : width;
    const bool fill = kind == 5 && (random.next() & 1) != 0;
    uint64_t word = 0;
    for (int i = 0; i < width; i++) {
        if (i % 64 == 0)
            word = random.next();
        x[i] = i < used ? ((word >> (i % 64)) & 1) != 0 : fill;
    }
    return x;
}

// Doubles around the range of a type with F fraction and I integer bits.
inline double sample_double(random_source &random, int fraction, int integer) {
    const int64_t mantissa = static_cast<int64_t>(random.next()) >> (random.next() % 60);
    const int span = fraction + integer + 8;
    const int exponent = -fraction - 4 + static_cast<int>(random.next() % static_cast<uint64_t>(span > 1 ? span : 1));
    double x = static_cast<double>(mantissa);
    while (x >= 2 || x <= -2)
        x /= 2;
    for (int i = 0; i < exponent; i++)
        x *= 2;
    for (int i = 0; i > exponent; i--)
        x /= 2;
    return x;
}

// --- a list of types by number ---------------------------------------------------------

constexpr int widths[] = {1, 2, 3, 4, 5, 6, 7, 8, 16, 18, 33, 63, 64, 65, 100, 127, 128, 129, 200};
constexpr int width_count = sizeof(widths) / sizeof(widths[0]);
constexpr unsigned mix(unsigned k) {
    return ((k * 2654435761u) ^ ((k * 2654435761u) >> 15)) * 2246822519u >> 7;
}

template <int W, bool S> struct int_pick { typedef ap_int<W> type; };
template <int W> struct int_pick<W, false> { typedef ap_uint<W> type; };
// Integer types 0 .. 2 * width_count - 1.
template <int K> struct int_at {
    static const int width = widths[(K / 2) % width_count];
    static const bool sign = K % 2 == 0;
    typedef typename int_pick<width, sign>::type type;
};

template <int W, int I, bool S, ap_q_mode Q, ap_o_mode O, int N> struct fixed_pick { typedef ap_fixed<W, I, Q, O, N> type; };
template <int W, int I, ap_q_mode Q, ap_o_mode O, int N> struct fixed_pick<W, I, false, Q, O, N> {
    typedef ap_ufixed<W, I, Q, O, N> type;
};
// Fixed-point types, endlessly many: formats with too many and with no integer bits
// included. SHAPE chooses the format, MODE the quantization and overflow modes.
template <int SHAPE, int MODE> struct fixed_at {
    static const int width = widths[mix(SHAPE * 3 + 1) % width_count];
    static const int integer = static_cast<int>(mix(SHAPE * 3 + 2) % (width + 7)) - 3;
    static const bool sign = mix(SHAPE * 3 + 3) % 3 != 0;
    static const ap_q_mode quantization = static_cast<ap_q_mode>(MODE % 7);
    static const int over = (MODE / 7) % 8;
    // Beside the plain modes, AP_WRAP with saturated bits and AP_WRAP_SM with and without.
    static const ap_o_mode overflow = over == 0   ? AP_WRAP
                                      : over == 1 ? AP_SAT
                                      : over == 2 ? AP_SAT_ZERO
                                      : over == 3 ? AP_SAT_SYM
                                      : over < 6  ? AP_WRAP
                                      : sign      ? AP_WRAP_SM
                                                  : AP_SAT;
    static const int bits = over == 4 || (over == 7 && sign)   ? 1
                            : over == 5 && width >= 3          ? 3
                            : over == 5                        ? 1
                                                               : 0;
    typedef typename fixed_pick<width, integer, sign, quantization, overflow, bits>::type type;
};

// Runs CASE<K>::run(wanted) for FIRST <= K < LAST, in halves to spare the compiler depth.
template <template <int> class CASE, int FIRST, int LAST, bool ONE = FIRST + 1 == LAST> struct each {
    static void run(const char *wanted) {
        each<CASE, FIRST, (FIRST + LAST) / 2>::run(wanted);
        each<CASE, (FIRST + LAST) / 2, LAST>::run(wanted);
    }
};
template <template <int> class CASE, int FIRST, int LAST> struct each<CASE, FIRST, LAST, true> {
    static void run(const char *wanted) { CASE<FIRST>::run(wanted); }
};

} // namespace diff

#endif
