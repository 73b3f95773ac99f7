// GELU and swish: every value of an 8-bit input against the formula in double precision.
#include "check.h"
#include "nnet_smooth_relu.h"

static const unsigned N = 256;

typedef ap_fixed<8, 5> data_t;           // [-16, 16) in steps of 1/8
typedef ap_fixed<24, 6> res_t;           // holds every exact result here
typedef ap_fixed<20, 2, AP_RND> table_t; // fine enough to tell the curves apart

struct config : nnet::activ_config {
    static const unsigned n_in = N;
    static const unsigned table_size = 1024;
    typedef ::table_t table_t;
};

static data_t data[N];
static res_t res[N];

static double value(unsigned i) { return (static_cast<int>(i) - 128) / 8.0; }

// The table ends at -8.
static double clipped(double x) { return x < -8 + 1 / 128.0 ? -8 + 1 / 128.0 : x; }
static double gelu_half(double x) { return 0.5 * x * std::erfc(-x / std::sqrt(2.0)); }
static double swish_half(double x) { return x / (1 + std::exp(-x)); }
static double relu(double x) { return x > 0 ? x : 0; }
static double gelu(double x) { return relu(x) + gelu_half(clipped(-std::fabs(x))); }
static double swish(double x) { return relu(x) + swish_half(clipped(-std::fabs(x))); }

template <class F> static void compare(const char *what, F want) {
    for (unsigned i = 0; i < N; i++) {
        check::near(what, value(i), res[i].to_double(), want(value(i)), 1.0 / (1 << 17));
    }
}

int main() {
    for (unsigned i = 0; i < N; i++) {
        data[i] = value(i);
    }
    nnet::gelu<data_t, res_t, config>(data, res);
    compare("gelu", gelu);
    nnet::swish<data_t, res_t, config>(data, res);
    compare("swish", swish);
    return check::outcome();
}
