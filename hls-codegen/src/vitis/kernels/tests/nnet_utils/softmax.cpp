// Softmax: all implementations against double precision, and what must hold to the bit.
#include "check.h"
#include "nnet_activation.h"

static const unsigned N = 5;

typedef ap_fixed<10, 4> data_t;
typedef ap_ufixed<16, 1> res_t;

template <nnet::softmax_implementation IMPL> struct config : nnet::activ_config {
    static const unsigned n_in = N;
    static const unsigned n_slice = N;
    static const unsigned n_outer = 1;
    static const unsigned n_inner = 1;
    static const unsigned parallelization_factor = 1;
    static const unsigned table_size = 1024;
    static const unsigned exp_table_size = 512;
    static const unsigned inv_table_size = 1024;
    static const unsigned axis = -1;
    static const nnet::softmax_implementation implementation = IMPL;
    static constexpr float exp_scale = 1.0;
    typedef ap_ufixed<20, 2> exp_table_t;
    typedef ap_ufixed<20, 4> inv_table_t;
    typedef ap_ufixed<24, 3> accum_t;
    typedef ap_ufixed<24, 3> inv_inp_t;
    typedef ap_ufixed<9, 3> inp_norm_t;
};

// Inputs within [-2, 2]: the sum stays below 64, and a larger table resolves it.
struct latency_config : config<nnet::softmax_implementation::latency> {
    static const unsigned exp_table_size = 1024;
    static const unsigned inv_table_size = 8192;
    typedef ap_ufixed<26, 6> exp_table_t;
    typedef ap_ufixed<26, 6> accum_t;
    typedef ap_ufixed<26, 6> inv_inp_t;
};

static void reference(const double *x, double *y) {
    double sum = 0;
    for (unsigned i = 0; i < N; i++) {
        y[i] = std::exp(x[i]);
        sum += y[i];
    }
    for (unsigned i = 0; i < N; i++) {
        y[i] /= sum;
    }
}

template <class CONFIG_T> static void check_close(const char *what, int low, int high, double tolerance) {
    check::numbers numbers(2);
    for (unsigned sample = 0; sample < 50; sample++) {
        data_t data[N];
        double x[N], want[N];
        for (unsigned i = 0; i < N; i++) {
            x[i] = numbers.next(low, high) / 64.0;
            data[i] = x[i];
        }
        res_t res[N];
        nnet::softmax<data_t, res_t, CONFIG_T>(data, res);
        reference(x, want);
        for (unsigned i = 0; i < N; i++) {
            check::near(what, i, res[i].to_double(), want[i], tolerance);
        }
    }
}

// Only differences matter to `stable`: adding a constant changes no bit.
static void check_stable_shift() {
    check::numbers numbers(3);
    for (unsigned sample = 0; sample < 50; sample++) {
        data_t data[N], shifted[N];
        for (unsigned i = 0; i < N; i++) {
            const int raw = numbers.next(-100, 100);
            data[i] = raw / 64.0;
            shifted[i] = (raw + 200) / 64.0;
        }
        res_t res[N], res_shifted[N];
        nnet::softmax<data_t, res_t, config<nnet::softmax_implementation::stable>>(data, res);
        nnet::softmax<data_t, res_t, config<nnet::softmax_implementation::stable>>(shifted, res_shifted);
        for (unsigned i = 0; i < N; i++) {
            check::equal("stable, shifted inputs", i, res_shifted[i].to_double(), res[i].to_double());
        }
    }
}

static void check_argmax(const double (&x)[N], unsigned want) {
    data_t data[N];
    res_t res[N];
    for (unsigned i = 0; i < N; i++) {
        data[i] = x[i];
    }
    nnet::softmax<data_t, res_t, config<nnet::softmax_implementation::argmax>>(data, res);
    for (unsigned i = 0; i < N; i++) {
        check::equal("argmax", i, res[i].to_double(), i == want ? 1 : 0);
    }
}

// Three dimensions, softmax along the middle one.
struct multidim_config : config<nnet::softmax_implementation::stable> {
    static const unsigned n_outer = 2;
    static const unsigned n_inner = 3;
    static const unsigned n_in = 2 * N * 3;
};

static void check_multidim() {
    check::numbers numbers(4);
    data_t data[multidim_config::n_in];
    res_t res[multidim_config::n_in];
    for (unsigned i = 0; i < multidim_config::n_in; i++) {
        data[i] = numbers.next(-500, 500) / 64.0;
    }
    nnet::softmax_multidim<data_t, res_t, multidim_config>(data, res);
    for (unsigned outer = 0; outer < 2; outer++) {
        for (unsigned inner = 0; inner < 3; inner++) {
            data_t slice[N];
            res_t want[N];
            for (unsigned j = 0; j < N; j++) {
                slice[j] = data[(outer * N + j) * 3 + inner];
            }
            nnet::softmax<data_t, res_t, config<nnet::softmax_implementation::stable>>(slice, want);
            for (unsigned j = 0; j < N; j++) {
                check::equal("multidim", j, res[(outer * N + j) * 3 + inner].to_double(), want[j].to_double());
            }
        }
    }
}

int main() {
    check_close<config<nnet::softmax_implementation::stable>>("stable", -250, 250, 0.01);
    check_close<latency_config>("latency", -128, 128, 0.015);
    check_close<config<nnet::softmax_implementation::legacy>>("legacy", -100, 100, 0.07);
    check_stable_shift();
    check_argmax({-1, 0.5, 3, 2, 1}, 2);
    check_argmax({-7, -6, -5, -4, -3}, 4);
    check_argmax({1, 2, 2, 2, 0}, 1);
    check_argmax({0, 0, 0, 0, 0}, 0);
    check_multidim();
    return check::outcome();
}
