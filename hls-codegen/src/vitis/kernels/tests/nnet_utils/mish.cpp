// Mish: every value of an 8-bit input against the formula in double precision, once with an entry for each of them and once with fewer.
#include "check.h"
#include "nnet_mish.h"

static const unsigned N = 256;

typedef ap_fixed<8, 6> data_t; // [-32, 32) in steps of 1/4, beyond both ends of the table
typedef ap_fixed<26, 8> res_t;
typedef ap_fixed<20, 2> table_t;

struct config : nnet::mish_config {
    static const unsigned n_in = N;
    static const unsigned table_size = 128;
    static const int data_frac = 2;
    static const int table_frac = 18;
    typedef ::table_t table_t;
};

// Two inputs share each entry.
struct coarse : config {
    static const unsigned table_size = 64;
};

static double value(unsigned i) { return (static_cast<int>(i) - 128) / 4.0; }
static double mish(double x) { return x * std::tanh(std::log1p(std::exp(x))); }

int main() {
    data_t data[N];
    res_t res[N];
    for (unsigned i = 0; i < N; i++) {
        data[i] = value(i);
    }
    nnet::mish<data_t, res_t, config>(data, res);
    for (unsigned i = 0; i < N; i++) {
        // The table's first entry stands for everything below -16.
        check::near("mish", value(i), res[i].to_double(), mish(value(i)), 1.0 / (1 << 18));
    }
    nnet::mish<data_t, res_t, coarse>(data, res);
    for (unsigned i = 0; i < N; i++) {
        // The middle of two inputs 1/4 apart, where the curve is never steeper than 1.1.
        check::near("mish from a coarse table", value(i), res[i].to_double(), mish(value(i)), 1.1 / 8);
    }
    return check::outcome();
}
