// Products and the last cast: every pair of values, against integer arithmetic.
#include "check.h"
#include "nnet_mult.h"

typedef ap_int<5> data_t;

struct exponent {
    ap_uint<1> sign;
    ap_int<4> weight;
};

template <class data_T, class weight_T> struct config {
    static const unsigned n_in = 12;
    typedef weight_T weight_t;
    typedef ap_int<8> accum_t;
};

static void check_mult() {
    typedef ap_fixed<4, 2> weight_t;
    for (int a = -16; a < 16; a++) {
        for (int w = -8; w < 8; w++) {
            const weight_t weight = w / 4.0;
            check::equal("mult", a, (nnet::product::mult<data_t, weight_t>::product(a, weight)).to_double(), a * w / 4.0);
        }
    }
}

static void check_binary() {
    typedef ap_uint<1> bit_t;
    for (int a = -16; a < 16; a++) {
        for (int w = 0; w < 2; w++) {
            const int sign = w == 0 ? -1 : 1;
            check::equal("weight_binary", a, (nnet::product::weight_binary<data_t, bit_t>::product(a, w)).to_double(),
                         a * sign);
            check::equal("data_binary", a, (nnet::product::data_binary<bit_t, data_t>::product(w, a)).to_double(), a * sign);
        }
    }
    for (int a = 0; a < 2; a++) {
        for (int w = 0; w < 2; w++) {
            check::equal("both_binary", 2 * a + w, (nnet::product::both_binary<bit_t, bit_t>::product(a, w)).to_double(),
                         a == w);
        }
    }
}

static void check_ternary() {
    typedef ap_int<2> weight_t;
    for (int a = -16; a < 16; a++) {
        for (int w = -1; w < 2; w++) {
            check::equal("weight_ternary", a, (nnet::product::weight_ternary<data_t, weight_t>::product(a, w)).to_double(),
                         a * w);
        }
    }
}

static void check_exponential() {
    typedef ap_fixed<6, 3> input_t;
    for (int a = -32; a < 32; a++) {
        for (int e = -4; e < 4; e++) {
            for (int sign = 0; sign < 2; sign++) {
                exponent weight;
                weight.sign = sign;
                weight.weight = e;
                const input_t x = a / 8.0;
                const double want = std::ldexp(a / 8.0, e) * (sign == 1 ? 1 : -1);
                check::equal("weight_exponential", a,
                             (nnet::product::weight_exponential<input_t, exponent>::product(x, weight)).to_double(), want);
            }
        }
    }
}

static void check_cast() {
    typedef ap_uint<1> bit_t;
    typedef ap_fixed<4, 4, AP_TRN, AP_SAT> res_t;
    typedef ap_int<8> wide_t;
    for (int agreements = 0; agreements <= 12; agreements++) {
        check::equal("cast of XNOR counts", agreements,
                     wide_t(nnet::cast<bit_t, wide_t, config<bit_t, bit_t>>(agreements)).to_double(), 2 * agreements - 12);
        check::equal("cast with binary data only", agreements,
                     (nnet::cast<bit_t, res_t, config<bit_t, data_t>>(agreements)).to_double(), agreements > 7 ? 7 : agreements);
        check::equal("cast with binary weights only", agreements,
                     (nnet::cast<data_t, res_t, config<data_t, bit_t>>(agreements)).to_double(), agreements > 7 ? 7 : agreements);
    }
}

int main() {
    check_mult();
    check_binary();
    check_ternary();
    check_exponential();
    check_cast();
    return check::outcome();
}
