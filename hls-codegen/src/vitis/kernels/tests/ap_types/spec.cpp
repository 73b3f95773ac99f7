// What the types promise, as tables of expected raw values. Needs nothing but the
// headers, and holds for Xilinx's as well.
#include "ap_fixed.h"
#include "ap_int.h"
#include "ap_shift_reg.h"
#include "hls_math.h"
#include "hls_stream.h"
#include "utils/x_hls_utils.h"

#include <cstdio>
#include <sstream>
#include <string>
#include <type_traits>

static int failures = 0;

template <class A, class B> void check(const char *what, const A &got, const B &expected) {
    std::ostringstream g, e;
    g << got;
    e << expected;
    if (g.str() != e.str()) {
        std::printf("FAILED %s: got %s, expected %s\n", what, g.str().c_str(), e.str().c_str());
        failures++;
    }
}

template <class T> long raw(const T &x) {
    const bool negative = x < 0;
    const long bits = static_cast<long>(x.range(T::width - 1, 0).to_int64());
    return negative ? bits - (1l << T::width) : bits;
}

// --- quantization: quarters from -1.75 to 1.75 into integers ------------------------

template <ap_q_mode Q> void quantizes(const char *mode, const int (&expected)[15]) {
    for (int i = 0; i < 15; i++) {
        const double value = (i - 7) / 4.0;
        const std::string what = std::string(mode) + " of " + std::to_string(value);
        const ap_fixed<8, 6> quarter = value;
        check((what + " from fixed").c_str(), raw(ap_fixed<6, 6, Q>(quarter)), expected[i]);
        check((what + " from double").c_str(), raw(ap_fixed<6, 6, Q>(value)), expected[i]);
        check((what + " into a wide type").c_str(), ap_fixed<100, 90, Q>(ap_fixed<150, 90>(value) * 1024).to_double(), value * 1024);
        if (value >= 0)
            check((what + " from unsigned").c_str(), raw(ap_fixed<6, 6, Q>(ap_ufixed<8, 6>(value))), expected[i]);
    }
}

void quantization() {
    quantizes<AP_RND>("AP_RND", {-2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2});
    quantizes<AP_RND_ZERO>("AP_RND_ZERO", {-2, -1, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2});
    quantizes<AP_RND_MIN_INF>("AP_RND_MIN_INF", {-2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2});
    quantizes<AP_RND_INF>("AP_RND_INF", {-2, -2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2, 2});
    quantizes<AP_RND_CONV>("AP_RND_CONV", {-2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2});
    quantizes<AP_TRN>("AP_TRN", {-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1});
    quantizes<AP_TRN_ZERO>("AP_TRN_ZERO", {-1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1});
}

// --- overflow: integers into four bits ------------------------------------------------

template <class T, int COUNT> void overflows(const char *mode, const int (&values)[COUNT], const int (&expected)[COUNT]) {
    for (int i = 0; i < COUNT; i++) {
        const std::string what = std::string(mode) + " of " + std::to_string(values[i]);
        check((what + " from int").c_str(), raw(T(values[i])), expected[i]);
        check((what + " from fixed").c_str(), raw(T(ap_fixed<12, 9>(values[i]))), expected[i]);
        check((what + " from double").c_str(), raw(T(static_cast<double>(values[i]))), expected[i]);
    }
}

void overflow() {
    const int s[] = {-20, -9, -8, -7, 7, 8, 9, 20};
    overflows<ap_fixed<4, 4, AP_TRN, AP_SAT>>("AP_SAT", s, {-8, -8, -8, -7, 7, 7, 7, 7});
    overflows<ap_fixed<4, 4, AP_TRN, AP_SAT_ZERO>>("AP_SAT_ZERO", s, {0, 0, -8, -7, 7, 0, 0, 0});
    overflows<ap_fixed<4, 4, AP_TRN, AP_SAT_SYM>>("AP_SAT_SYM", s, {-7, -7, -7, -7, 7, 7, 7, 7});
    overflows<ap_fixed<4, 4, AP_TRN, AP_WRAP>>("AP_WRAP", s, {-4, 7, -8, -7, 7, -8, -7, 4});
    overflows<ap_fixed<4, 4, AP_TRN, AP_WRAP, 1>>("AP_WRAP, 1 bit", s, {-4, -1, -8, -7, 7, 0, 1, 4});
    overflows<ap_fixed<4, 4, AP_TRN, AP_WRAP, 3>>("AP_WRAP, 3 bits", s, {-8, -7, -8, -7, 7, 6, 7, 6});
    overflows<ap_fixed<4, 4, AP_TRN, AP_WRAP_SM>>("AP_WRAP_SM", s, {3, -8, -8, -7, 7, 7, 6, -5});
    const int u[] = {-3, 0, 15, 16, 20};
    overflows<ap_ufixed<4, 4, AP_TRN, AP_SAT>>("unsigned AP_SAT", u, {0, 0, 15, 15, 15});
    overflows<ap_ufixed<4, 4, AP_TRN, AP_SAT_ZERO>>("unsigned AP_SAT_ZERO", u, {0, 0, 15, 0, 0});
    overflows<ap_ufixed<4, 4, AP_TRN, AP_WRAP>>("unsigned AP_WRAP", u, {13, 0, 15, 0, 4});
    overflows<ap_ufixed<4, 4, AP_TRN, AP_WRAP, 1>>("unsigned AP_WRAP, 1 bit", u, {13, 0, 15, 8, 12});
    // Rounding happens first and may be what overflows, or what saves from it.
    check("AP_RND over the top", raw(ap_fixed<4, 4, AP_RND, AP_SAT>(7.5)), 7);
    check("AP_RND over the top wraps", raw(ap_fixed<4, 4, AP_RND, AP_WRAP>(7.5)), -8);
    check("AP_RND back to zero", raw(ap_ufixed<4, 4, AP_RND, AP_SAT_ZERO>(-0.5)), 0);
    check("AP_TRN below zero", raw(ap_ufixed<4, 4, AP_TRN, AP_WRAP>(-0.5)), 15);
    const double infinity = 1e308 * 10;
    check("infinity saturates", raw(ap_fixed<8, 4, AP_TRN, AP_SAT>(infinity)), 127);
    check("minus infinity saturates", raw(ap_fixed<8, 4, AP_TRN, AP_SAT>(-infinity)), -128);
    check("infinity wraps to zero", raw(ap_fixed<8, 4>(infinity)), 0);
    check("minus zero", raw(ap_fixed<8, 4, AP_RND_INF>(-0.0)), 0);
    check("minus zero in steps above one", raw(ap_fixed<3, 5, AP_TRN_ZERO>(-0.0)), 0);
    // Through an integer of one bit.
    check("to an integer, without integer bits", ap_int<4>(ap_fixed<4, 0>(-0.25)).to_int(), -1);
    check("to an integer, below the point", ap_int<4>(ap_fixed<4, -3>(-0.0625)).to_int(), -1);
    check("to an integer, positive", ap_int<4>(ap_fixed<4, -3>(0.03125)).to_int(), 0);
}

// --- result types ------------------------------------------------------------------------

template <class EXPECTED, class T> void typed(const char *what, const T &) {
    check(what, std::is_same<EXPECTED, T>::value, true);
}

void result_types() {
    const ap_fixed<8, 3> a = 1.5;
    const ap_ufixed<10, 2> b = 0.25;
    typed<ap_fixed<18, 5>>("signed * unsigned", a * b);
    typed<ap_fixed<12, 4>>("signed + unsigned", a + b);
    typed<ap_fixed<11, 3>>("unsigned - unsigned", b - b);
    typed<ap_fixed<16, 11>>("signed / unsigned", a / b);
    typed<ap_fixed<38, 33>>("fixed + int", a + 1);
    typed<ap_fixed<11, 3>>("fixed & fixed", a & b);
    const ap_int<5> i = -7;
    const ap_uint<9> j = 300;
    typed<ap_int<14>>("int * uint", i * j);
    typed<ap_int<11>>("int + uint", i + j);
    typed<ap_int<10>>("uint - uint", j - j);
    typed<ap_int<5>>("int / uint", i / j);
    typed<ap_int<5>>("int % uint", i % j);
    typed<ap_int<10>>("uint / int", j / i);
    typed<ap_int<5>>("int << uint", i << j);
    typed<ap_int<10>>("-uint", -j);
    check("width", +ap_fixed<8, 3>::width, 8);
    check("iwidth", +ap_fixed<8, 3>::iwidth, 3);
    check("qmode", ap_fixed<8, 3, AP_RND_CONV>::qmode == AP_RND_CONV, true);
    check("omode", ap_ufixed<8, 3, AP_RND, AP_SAT>::omode == AP_SAT, true);
}

// --- arithmetic ----------------------------------------------------------------------------

void arithmetic() {
    const ap_fixed<8, 4> a = -3.75, b = 1.25;
    check("product", (a * b).to_double(), -4.6875);
    check("quotient keeps the dividend's fraction", (ap_fixed<8, 4>(1) / ap_fixed<8, 4>(3)).to_double(), 0.3125);
    check("quotient toward zero", (a / ap_fixed<8, 4>(2)).to_double(), -1.875);
    check("negation of the lowest", (-ap_fixed<4, 4>(-8)).to_double(), 8);
    check("conversion drops the fraction toward zero", ap_int<8>(a).to_int(), -3);
    check("shifts keep the type", (ap_fixed<8, 4>(7) << 1).to_double(), -2);
    check("shift right floors", (a >> 1).to_double(), -1.875);
    check("negative count shifts back", (ap_int<8>(3) << -1).to_int(), 1);
    check("count past the width", (ap_int<8>(-3) >> 20).to_int(), -1);
    check("int / int toward zero", (ap_int<8>(-7) / ap_int<8>(2)).to_int(), -3);
    check("remainder takes the dividend's sign", (ap_int<8>(-7) % ap_int<8>(2)).to_int(), -1);
    check("comparison across formats", ap_fixed<20, 3>(1.5) > ap_ufixed<3, 2>(1), true);
    check("comparison with int", a < -3, true);
    check("comparison with double", a == -3.75, true);
    check("mixed signs of 32 bits and more compare as C's", ap_int<32>(-1) > ap_uint<32>(1), true);
    check("mixed signs below that compare as numbers", ap_int<16>(-1) < ap_uint<16>(1), true);
    ap_fixed<16, 6> sum = 0;
    for (int i = 0; i < 40; i++)
        sum += ap_fixed<16, 6>(0.9990234375);
    check("accumulation wraps", sum.to_double(), 40 * 0.9990234375 - 64);
    ap_uint<200> factorial = 1;
    for (int i = 1; i <= 40; i++)
        factorial *= i;
    check("40!", factorial, "815915283247897734345611269596115894272000000000");
    check("40! / 38!", factorial / ap_uint<200>("523022617466601111760007224100074291200000000"), "1560");
    check("40! has 38 factors of two", (factorial >> 38)[0], "1");
}

// --- bits, text, containers -----------------------------------------------------------------

void access() {
    ap_fixed<8, 4> x = 0;
    x[5] = true;
    check("bit write", x.to_double(), 2);
    x.range(3, 0) = 9;
    check("range write", x.to_double(), 2.5625);
    check("range read", x(5, 3).to_int(), 5);
    check("reversed range", ap_uint<4>(ap_uint<4>(3).range(0, 3)).to_int(), 12);
    ap_uint<6> moved;
    moved.range() = ap_fixed<6, 2>(-0.25).range();
    check("range copies raw bits", moved.to_int(), 60);
    ap_uint<4> high = 10, low = 3;
    check("concatenation", ap_uint<8>((high, low)).to_int(), 163);
    (high, low) = ap_uint<8>(0x5c);
    check("concatenation assigns", high.to_int() * 100 + low.to_int(), 512);
    check("highest", hls::numeric_limits<ap_fixed<8, 4>>::max().to_double(), 7.9375);
    check("lowest", hls::numeric_limits<ap_int<8>>::min().to_int(), -128);
    check("one unit", hls::numeric_limits<ap_ufixed<8, 4>>::epsilon().to_double(), 0.0625);
}

template <class T> std::string printed(const T &x, int precision) {
    std::ostringstream out;
    out.precision(precision);
    out << x;
    return out.str();
}

void text() {
    check("exact decimals", ap_fixed<12, 2>(-1.2490234375).to_string(10), "-1.2490234375");
    check("six digits", printed(ap_fixed<12, 2>(-1.2490234375), 6), "-1.24902");
    check("all digits", printed(ap_fixed<12, 2>(-1.2490234375), 20), "-1.2490234375");
    check("half up", printed(ap_fixed<8, 4>(0.0625), 2), "0.063");
    check("small", printed(ap_fixed<30, 1>(0.0000152587890625), 6), "1.52588e-05");
    check("large", printed(ap_fixed<30, 28>(12345678), 6), "1.23457e+07");
    check("large with a fraction looks one digit too far", printed(ap_fixed<30, 28>(12345678.25), 6), "1.23456e+07");
    check("integer", printed(ap_int<70>("-590295810358705651712"), 6), "-590295810358705651712");
    check("hexadecimal", ap_uint<12>("0xabc").to_int(), 2748);
    ap_fixed<8, 4, AP_RND> x;
    ap_int<8> i;
    std::istringstream in("-1.28 -77");
    in >> x >> i;
    check("reads fixed", x.to_double(), -1.25);
    check("reads int", i.to_int(), -77);
}

void containers() {
    hls::stream<ap_int<8>> stream("samples");
    stream.write(3);
    stream << ap_int<8>(4);
    check("stream size", stream.size(), 2);
    check("stream order", stream.read().to_int(), 3);
    ap_int<8> out = 0;
    stream >> out;
    check("stream end", out.to_int(), 4);
    check("nonblocking read of nothing", stream.read_nb(out), false);
    check("empty", stream.empty(), true);
    ap_shift_reg<int, 3> shift;
    shift.shift(1);
    shift.shift(2);
    shift.shift(3);
    check("shift register", shift.shift(4), 1);
    check("hls::exp", hls::exp(ap_fixed<16, 6>(-1)).to_double(), 0.3671875);
}

int main() {
    quantization();
    overflow();
    result_types();
    arithmetic();
    access();
    text();
    containers();
    if (failures == 0)
        std::printf("ok\n");
    return failures == 0 ? 0 : 1;
}
