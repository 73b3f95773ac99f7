// The average of three tensors, given the sum of two: every sum, cut like the exact quotient.
#include "check.h"
#include "nnet_mean.h"

static const unsigned N = 1 << 10;

typedef ap_fixed<9, 5> sum_t;
typedef ap_fixed<8, 4> data_t;
typedef ap_fixed<8, 4> res_t;

struct config : nnet::mean_config {
    static const unsigned n_elem = N;
    static const unsigned n_elem1 = N;
    static const unsigned n_elem2 = N;
    static const unsigned long long reciprocal = 5461;
    static const int reciprocal_bits = 13;
    static const int fraction = 14;
    static const bool raises = true;
    typedef ap_ufixed<1, 10 - 14 - 4> raised_t;
};

int main() {
    static sum_t sum[N];
    static data_t last[N];
    static res_t res[N];
    // Sums of a sixteenth, from -16 to nearly 16, and what is added to them.
    for (unsigned i = 0; i < N; i++) {
        sum[i] = (static_cast<int>(i % 512) - 256) / 16.0;
        last[i] = i < 512 ? 0.0 : -7.9375;
    }
    nnet::mean<sum_t, data_t, res_t, config>(sum, last, res);
    for (unsigned i = 0; i < N; i++) {
        const double total = sum[i].to_double() + last[i].to_double();
        check::near("mean", total, res[i].to_double(), std::floor(total / 3 * 16) / 16, 1e-9);
    }
    return check::outcome();
}
