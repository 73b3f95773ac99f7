// Activations: every value of an 8-bit input against the formula in double precision.
#include "check.h"
#include "nnet_activation.h"

static const unsigned N = 256;

typedef ap_fixed<8, 5> data_t;          // [-16, 16) in steps of 1/8
typedef ap_fixed<20, 8> res_t;          // holds every exact result here
typedef ap_fixed<24, 6, AP_RND> table_t; // fine enough to tell the curves apart
typedef ap_fixed<10, 3> param_t;

struct config : nnet::activ_config {
    static const unsigned n_in = N;
    static const unsigned table_size = 1024;
    typedef ::table_t table_t;
    typedef ::param_t param_t;
};

struct hard_config {
    static const unsigned n_in = N;
    static const ap_ufixed<4, 0> slope;
    static const ap_ufixed<2, 0> shift;
    static const unsigned io_type = nnet::io_parallel;
};
const ap_ufixed<4, 0> hard_config::slope = 0.1875;
const ap_ufixed<2, 0> hard_config::shift = 0.5;

static data_t data[N];
static res_t res[N];

static double value(unsigned i) { return (static_cast<int>(i) - 128) / 8.0; }

template <class F> static void compare(const char *what, F want, double tolerance = 0) {
    for (unsigned i = 0; i < N; i++) {
        check::near(what, value(i), res[i].to_double(), want(value(i)), tolerance);
    }
}

static double clip(double x, double low, double high) { return x < low ? low : (x > high ? high : x); }
static double identity(double x) { return x; }
static double relu(double x) { return x > 0 ? x : 0; }
static double relu1(double x) { return clip(x, 0, 1); }
static double relu6(double x) { return clip(x, 0, 6); }
static double leaky(double x) { return x > 0 ? x : 0.25 * x; }
static double thresholded(double x) { return x > 1.5 ? x : 0; }
static double hard_sigmoid(double x) { return clip(0.1875 * x + 0.5, 0, 1); }
static double hard_tanh(double x) { return 2 * hard_sigmoid(x) - 1; }
static double binary(double x) { return x >= 0 ? 1 : -1; }

// Twice the input in the input's type: from 8 on it has wrapped around.
static double ternary(double x) {
    const double doubled = x >= 8 ? 2 * x - 32 : (x < -8 ? 2 * x + 32 : 2 * x);
    return doubled > 1 ? 1 : (doubled > -1 ? 0 : -1);
}

// Tables end at 8 or 4: beyond, the last entry stands.
static double sigmoid(double x) { return 1 / (1 + std::exp(-clip(x, -8, 8 - 1 / 64.0))); }
static double tanh4(double x) { return std::tanh(clip(x, -4, 4 - 1 / 128.0)); }
static double softplus(double x) { return std::log(1 + std::exp(clip(x, -8, 8 - 1 / 64.0))); }
static double softsign(double x) {
    const double y = clip(x, -8, 8 - 1 / 64.0);
    return y / (1 + std::fabs(y));
}
static double elu(double x) { return x >= 0 ? x : 0.5 * (std::exp(clip(x, -8 + 1 / 128.0, 0)) - 1); }
static double selu(double x) {
    const double lambda = 1.0507009873554805;
    return x >= 0 ? lambda * x : lambda * 1.6732632423543772 * (std::exp(clip(x, -8 + 1 / 128.0, 0)) - 1);
}

static void check_computed() {
    nnet::linear<data_t, res_t, config>(data, res);
    compare("linear", identity);
    nnet::relu<data_t, res_t, config>(data, res);
    compare("relu", relu);
    nnet::relu1<data_t, res_t, config>(data, res);
    compare("relu1", relu1);
    nnet::relu6<data_t, res_t, config>(data, res);
    compare("relu6", relu6);
    nnet::leaky_relu<data_t, param_t, res_t, config>(data, 0.25, res);
    compare("leaky_relu", leaky);
    nnet::thresholded_relu<data_t, param_t, res_t, config>(data, 1.5, res);
    compare("thresholded_relu", thresholded);
    nnet::hard_sigmoid<data_t, res_t, hard_config>(data, res);
    compare("hard_sigmoid", hard_sigmoid);
    nnet::hard_tanh<data_t, res_t, hard_config>(data, res);
    compare("hard_tanh", hard_tanh);
    nnet::binary_tanh<data_t, res_t, config>(data, res);
    compare("binary_tanh", binary);
    nnet::ternary_tanh<data_t, res_t, config>(data, res);
    compare("ternary_tanh", ternary);
}

static void check_prelu() {
    param_t alpha[N];
    for (unsigned i = 0; i < N; i++) {
        alpha[i] = (i % 8) / 8.0;
    }
    nnet::prelu<data_t, param_t, res_t, config>(data, alpha, res);
    for (unsigned i = 0; i < N; i++) {
        const double x = value(i);
        check::equal("prelu", x, res[i].to_double(), x > 0 ? x : x * (i % 8) / 8.0);
    }
}

static void check_one_bit_result() {
    ap_uint<1> bits[N];
    nnet::binary_tanh<data_t, ap_uint<1>, config>(data, bits);
    for (unsigned i = 0; i < N; i++) {
        check::equal("binary_tanh to one bit", value(i), bits[i].to_double(), value(i) >= 0);
    }
}

// Inputs fall on the table's grid, so only float32, the table's and the result's last bits stand between the two.
static void check_tables() {
    const double tolerance = 1.5 / 4096;
    nnet::sigmoid<data_t, res_t, config>(data, res);
    compare("sigmoid", sigmoid, tolerance);
    nnet::tanh<data_t, res_t, config>(data, res);
    compare("tanh", tanh4, tolerance);
    nnet::softplus<data_t, res_t, config>(data, res);
    compare("softplus", softplus, tolerance);
    nnet::softsign<data_t, res_t, config>(data, res);
    compare("softsign", softsign, tolerance);
    nnet::elu<data_t, param_t, res_t, config>(data, 0.5, res);
    compare("elu", elu, tolerance);
    nnet::selu<data_t, res_t, config>(data, res);
    compare("selu", selu, 2 * tolerance);
}

struct lut_config {
    static const unsigned n_in = 16;
    static const unsigned table_size = 16;
    typedef ::table_t table_t;
};

// The table is addressed by the input's bits: 0 to 7, then -8 to -1.
static void check_unary_lut() {
    typedef ap_int<4> index_t;
    index_t in[16];
    res_t out[16];
    table_t table[16];
    for (int i = 0; i < 16; i++) {
        in[i] = i - 8;
        table[i] = i * 0.25 - 1;
    }
    nnet::unary_lut<index_t, res_t, lut_config>(in, out, table);
    for (int i = 0; i < 16; i++) {
        check::equal("unary_lut", i - 8, out[i].to_double(), (i + 8) % 16 * 0.25 - 1);
    }
}

int main() {
    for (unsigned i = 0; i < N; i++) {
        data[i] = value(i);
    }
    check_computed();
    check_prelu();
    check_one_bit_result();
    check_tables();
    check_unary_lut();
    return check::outcome();
}
