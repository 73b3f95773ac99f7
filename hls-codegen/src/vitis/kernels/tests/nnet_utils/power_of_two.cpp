// Powers of two: every value of a 10-bit input against the logarithm in double precision.
#include "check.h"
#include "nnet_power_of_two.h"

static const unsigned N = 1024;

typedef ap_fixed<10, 4> data_t; // [-8, 8) in steps of 1/64
typedef ap_fixed<24, 8> res_t;  // holds every exact result here

struct nearest_config : nnet::power_of_two_config {
    static const unsigned n_in = N;
    typedef ap_ufixed<10, 4> magnitude_t;
    static const int magnitude_frac = 6;
    static const int low = -5;
    static const int high = 2;
};

// What quantized_relu_po2 with a slope of 1/4 and log2_rounding="floor" does, and takes for zero what is below 3/64.
struct floor_config : nearest_config {
    static const bool nearest = false;
    static const int negative_shift = 2;
    static const unsigned long long least_positive = 3;
    static const unsigned long long least_negative = 3;
};

struct relu_config : nearest_config {
    static const bool mirrored = false;
};

struct bit_config : nearest_config {
    static const unsigned n_in = 2;
    typedef ap_ufixed<1, 1> magnitude_t;
    static const int magnitude_frac = 0;
};

struct wide_config : nearest_config {
    static const unsigned n_in = 2;
    typedef ap_ufixed<64, 4> magnitude_t;
    static const int magnitude_frac = 60;
};

static data_t data[N];
static res_t res[N];

static double value(unsigned i) { return (static_cast<int>(i) - 512) / 64.0; }
static double clip(double x) { return x < -5 ? -5 : (x > 2 ? 2 : x); }
static double power(double log) { return std::exp2(clip(log)); }

static double nearest(double x) {
    const double y = x == 0 ? power(-5) : power(std::round(std::log2(std::fabs(x))));
    return x < 0 ? -y : y;
}

static double relu(double x) { return x > 0 ? nearest(x) : power(-5); }

static double floored(double x) {
    const double magnitude = x < 0 ? -x / 4 : x;
    const double y = std::fabs(x) < 3 / 64.0 ? power(-5) : power(std::floor(std::log2(magnitude)));
    return x < 0 ? -y : y;
}

template <class CONFIG_T, class F> static void compare(const char *what, F want) {
    nnet::power_of_two<data_t, res_t, CONFIG_T>(data, res);
    for (unsigned i = 0; i < N; i++) {
        check::equal(what, value(i), res[i].to_double(), want(value(i)));
    }
}

// One bit, and as many as there may be.
static void check_other_inputs() {
    ap_uint<1> bits[2] = {0, 1};
    res_t out[2];
    nnet::power_of_two<ap_uint<1>, res_t, bit_config>(bits, out);
    check::equal("one bit", 0, out[0].to_double(), power(-5));
    check::equal("one bit", 1, out[1].to_double(), 1);

    ap_fixed<64, 4> wide[2] = {-8, 1.4142135623730951}; // the double above the square root of two
    nnet::power_of_two<ap_fixed<64, 4>, res_t, wide_config>(wide, out);
    check::equal("64 bits", 0, out[0].to_double(), -4);
    check::equal("64 bits", 1, out[1].to_double(), 2);
}

int main() {
    for (unsigned i = 0; i < N; i++) {
        data[i] = value(i);
    }
    compare<nearest_config>("nearest", nearest);
    compare<floor_config>("floor", floored);
    compare<relu_config>("relu", relu);
    check_other_inputs();
    return check::outcome();
}
