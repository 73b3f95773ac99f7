// Conversions: every quantization and overflow mode, from fixed-point numbers of other
// formats, integers, C integers, float and double; and back to C types.
#include "diff.h"

using namespace diff;

const int samples = 300;

template <class To, class From> void convert(recorder &out, random_source &random, int width) {
    for (int i = 0; i < samples; i++) {
        const From x = sample<From>(random, width);
        out.value("from", x);
        out.value("to", To(x));
        To assigned;
        assigned = x;
        out.value("=", assigned);
    }
}

// Past this many dropped bits Xilinx's read a bit that the source does not have.
template <class To, class From, bool DEFINED> struct guarded {
    static void run(recorder &out, random_source &random) {
        convert<typename To::type, typename From::type>(out, random, From::width);
    }
};
template <class To, class From> struct guarded<To, From, false> {
    static void run(recorder &, random_source &) {}
};
template <class To, class From> void guarded_convert(recorder &out, random_source &random) {
    const bool exists = (From::width - From::integer) - (To::width - To::integer) <= From::width;
    guarded<To, From, exists>::run(out, random);
}

template <class To> void native_results(recorder &out, random_source &random, int fraction, int integer) {
    const uint64_t word = random.next();
    out.value("int", To(static_cast<int>(word) >> (word >> 59)));
    out.value("unsigned", To(static_cast<unsigned>(word)));
    out.value("bool", To((word & 8) != 0));
    out.value("uchar", To(static_cast<unsigned char>(word)));
    out.value("short", To(static_cast<short>(word)));
    out.value("long", To(static_cast<long>(word) >> (word & 63)));
    out.value("ull", To(static_cast<unsigned long long>(word) >> (word & 63)));
    const double d = sample_double(random, fraction, integer);
    out.number("d", d);
    out.value("double", To(d));
    out.value("float", To(static_cast<float>(d)));
    out.value("half", To(d < 0 ? -0.5 : 0.5));
}

template <class T> void to_native(recorder &out, const T &x, bool has_integer) {
    out.number("to_double", x.to_double());
    out.number("to_float", x.to_float());
    out.number("(float)", static_cast<float>(x));
    out.flag("bool", x ? true : false);
    if (has_integer) {
        out.word(static_cast<uint64_t>(x.to_int()));
        out.word(x.to_uint());
        out.word(static_cast<uint64_t>(x.to_int64()));
        out.word(x.to_uint64());
        out.word(static_cast<uint64_t>(static_cast<short>(x)));
        out.value("to_ap_int", ap_int<40>(x));
        out.value("to_ap_uint", ap_uint<9>(x));
    }
}

// Two cases for each target format, from formats of all kinds.
template <int K> struct conversions {
    typedef fixed_at<K / 2, K * 5> to;
    static void run(const char *wanted) {
        recorder out("convert " + std::to_string(K), wanted);
        random_source random(K + 11);
        guarded_convert<to, fixed_at<K + 301, 5>>(out, random);
        guarded_convert<to, fixed_at<K + 607, 5>>(out, random);
        guarded_convert<to, fixed_at<K / 2 + 907, 5>>(out, random);
        convert<typename to::type, typename int_at<(K * 7) % 38>::type>(out, random, int_at<(K * 7) % 38>::width);
        for (int i = 0; i < samples; i++) {
            native_results<typename to::type>(out, random, to::width - to::integer, to::integer);
            to_native(out, sample<typename to::type>(random, to::width), to::integer >= 0 && to::integer <= to::width);
        }
    }
};

// Small formats against each other under all modes: where rounding and overflow meet.
template <int MODE> struct modes {
    static const ap_q_mode Q = static_cast<ap_q_mode>(MODE % 7);
    static const ap_o_mode O = fixed_at<1, MODE>::overflow;
    template <int W, int I, bool S, int N> static void into(recorder &out, random_source &random) {
        typedef typename fixed_pick<W, I, S, Q, (S || O != AP_WRAP_SM ? O : AP_SAT), N>::type to;
        convert<to, ap_fixed<10, 5>>(out, random, 10);
        convert<to, ap_ufixed<9, 4>>(out, random, 9);
        for (int i = -1100; i <= 1100; i++)
            out.value("double", to(i / 64.0));
    }
    static void run(const char *wanted) {
        recorder out("modes " + std::to_string(MODE), wanted);
        random_source random(MODE + 3);
        const int bits = MODE / 7 < 4 ? 0 : MODE / 7 == 4 ? 1 : MODE / 7 == 5 ? 2 : MODE / 7 == 6 ? 0 : 1;
        into<4, 2, true, bits>(out, random);
        into<5, 5, true, bits>(out, random);
        into<6, 3, false, bits>(out, random);
        into<3, -1, true, bits>(out, random);
        into<2, 4, false, bits>(out, random);
        into<8, 4, true, (bits == 2 ? 3 : bits)>(out, random);
    }
};

int main(int argc, char **argv) {
    const char *wanted = argc > 1 ? argv[1] : nullptr;
    each<conversions, 0, 48>::run(wanted);
    each<modes, 0, 56>::run(wanted);
}
