// The exponential function: every value of a 16-bit input is right to half a step of the result, or the largest number.
#include "check.h"
#include "nnet_exponential.h"

static const unsigned N = 1 << 16;

typedef ap_fixed<16, 6> data_t;
typedef ap_fixed<16, 6> res_t;

struct config : nnet::exponential_config {
    static const unsigned n_in = N;
    typedef ap_fixed<14, 4, AP_RND, AP_SAT> argument_t;
    static const int argument_frac = 10;
    static const int lower_bits = 7;
    typedef ap_ufixed<20, 6> upper_t;
    static const int upper_frac = 14;
    static const int upper_limit = 5;
    typedef ap_ufixed<19, 1> lower_t;
    static const int lower_frac = 18;
    typedef ap_fixed<16, 6, AP_RND, AP_SAT> rounded_t;
};

static data_t data[N];
static res_t res[N];

int main() {
    for (unsigned i = 0; i < N; i++) {
        data[i] = (static_cast<int>(i) - 32768) / 1024.0;
    }
    nnet::exponential<data_t, res_t, config>(data, res);
    const double largest = 32 - 1 / 1024.0;
    for (unsigned i = 0; i < N; i++) {
        const double x = data[i].to_double();
        const double exact = std::exp(x);
        check::near("exponential", x, res[i].to_double(), exact < largest ? exact : largest, 0.7 / 1024);
    }
    return check::outcome();
}
