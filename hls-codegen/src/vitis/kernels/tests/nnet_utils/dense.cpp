// Dense: every strategy and reuse factor computes the same matrix product, to the bit.
#include "check.h"
#include "nnet_dense.h"
#include "nnet_dense_compressed.h"

static const unsigned N_IN = 12;
static const unsigned N_OUT = 5;

typedef ap_fixed<8, 3> data_t;
typedef ap_fixed<6, 2> weight_t;
typedef ap_fixed<7, 3> bias_t;
typedef ap_fixed<18, 9> exact_accum_t;
typedef ap_fixed<10, 4, AP_RND, AP_SAT> narrow_accum_t;
typedef ap_fixed<9, 5, AP_RND_CONV, AP_SAT> res_t;

template <unsigned REUSE, class ACCUM_T> struct config : nnet::dense_config {
    static const unsigned n_in = N_IN;
    static const unsigned n_out = N_OUT;
    static const unsigned reuse_factor = REUSE;
    static const unsigned n_zeros = 0;
    static const unsigned n_nonzeros = N_IN * N_OUT;
    static const unsigned multiplier_limit = DIV_ROUNDUP(n_in * n_out, reuse_factor);
    typedef ACCUM_T accum_t;
    typedef ::bias_t bias_t;
    typedef ::weight_t weight_t;
    template <class data_T, class res_T, class CONFIG_T> using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
};

template <unsigned REUSE> struct leq_config : config<REUSE, exact_accum_t> {
    template <class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseResource_rf_leq_nin<data_T, res_T, CONFIG_T>;
};

template <unsigned REUSE> struct rem0_config : config<REUSE, exact_accum_t> {
    template <class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseResource_rf_gt_nin_rem0<data_T, res_T, CONFIG_T>;
};

struct sparse_weight {
    ap_uint<4> row_index;
    ap_uint<3> col_index;
    weight_t weight;
};

static data_t data[N_IN];
static weight_t by_input[N_IN * N_OUT];  // (n_in, n_out): latency
static weight_t by_output[N_IN * N_OUT]; // (n_out, n_in): resource
static bias_t biases[N_OUT];
static double want[N_OUT];

static void fill(check::numbers &numbers) {
    for (unsigned i = 0; i < N_IN; i++) {
        data[i] = numbers.next(-128, 127) / 32.0;
        for (unsigned o = 0; o < N_OUT; o++) {
            by_input[i * N_OUT + o] = numbers.next(-32, 31) / 16.0;
            by_output[o * N_IN + i] = by_input[i * N_OUT + o];
        }
    }
    for (unsigned o = 0; o < N_OUT; o++) {
        biases[o] = numbers.next(-64, 63) / 16.0;
    }
}

// Products have 9 fractional bits and so has the accumulator: doubles hold the sum exactly.
static void compute_reference() {
    for (unsigned o = 0; o < N_OUT; o++) {
        double sum = biases[o].to_double();
        for (unsigned i = 0; i < N_IN; i++) {
            sum += data[i].to_double() * by_input[i * N_OUT + o].to_double();
        }
        want[o] = res_t(exact_accum_t(sum)).to_double();
    }
}

static void compare(const char *what, res_t res[N_OUT]) {
    for (unsigned o = 0; o < N_OUT; o++) {
        check::equal(what, o, res[o].to_double(), want[o]);
    }
}

template <class CONFIG_T> static void check_dense(const char *what, weight_t *weights) {
    res_t res[N_OUT];
    nnet::dense<data_t, res_t, CONFIG_T>(data, res, weights, biases);
    compare(what, res);
}

template <unsigned REUSE> static void check_any_resource() {
    res_t res[N_OUT];
    nnet::dense_resource<data_t, res_t, config<REUSE, exact_accum_t>>(data, res, by_output, biases);
    compare("dense_resource", res);
}

// A saturating, rounding accumulator: bias first, then each product, rounded, in the order of the inputs.
static void check_saturating_order() {
    res_t res[N_OUT];
    nnet::dense<data_t, res_t, config<1, narrow_accum_t>>(data, res, by_input, biases);
    for (unsigned o = 0; o < N_OUT; o++) {
        narrow_accum_t acc = biases[o];
        for (unsigned i = 0; i < N_IN; i++) {
            const double product = data[i].to_double() * by_input[i * N_OUT + o].to_double();
            acc = acc.to_double() + narrow_accum_t(product).to_double();
        }
        check::equal("saturating accumulator", o, res[o].to_double(), res_t(acc).to_double());
    }
}

template <unsigned REUSE> struct sparse_config : config<REUSE, exact_accum_t> {
    typedef ap_uint<4> index_t;
    typedef sparse_weight weight_t;
    struct unpacked {
        static exact_accum_t product(data_t x, ::weight_t w) { return x * w; }
    };
    template <class x_T, class w_T> using product = unpacked;
};

template <unsigned REUSE> static void check_compressed() {
    sparse_weight weights[N_IN * N_OUT];
    for (unsigned i = 0; i < N_IN; i++) {
        for (unsigned o = 0; o < N_OUT; o++) {
            weights[i * N_OUT + o].row_index = i;
            weights[i * N_OUT + o].col_index = o;
            weights[i * N_OUT + o].weight = by_input[i * N_OUT + o];
        }
    }
    res_t res[N_OUT];
    nnet::dense_compressed<data_t, res_t, sparse_config<REUSE>>(data, res, weights, biases);
    compare("dense_compressed", res);
}

int main() {
    check::numbers numbers(1);
    for (unsigned sample = 0; sample < 20; sample++) {
        fill(numbers);
        compute_reference();

        check_dense<config<1, exact_accum_t>>("latency, reuse 1", by_input);
        check_dense<config<4, exact_accum_t>>("latency, reuse 4", by_input);

        // Reuse factors that divide n_in.
        check_dense<leq_config<1>>("rf_leq_nin, reuse 1", by_output);
        check_dense<leq_config<2>>("rf_leq_nin, reuse 2", by_output);
        check_dense<leq_config<3>>("rf_leq_nin, reuse 3", by_output);
        check_dense<leq_config<4>>("rf_leq_nin, reuse 4", by_output);
        check_dense<leq_config<6>>("rf_leq_nin, reuse 6", by_output);
        check_dense<leq_config<12>>("rf_leq_nin, reuse 12", by_output);

        // Multiples of n_in: all rows on one multiplier, and a last multiplier with fewer rows than the others.
        check_dense<rem0_config<60>>("rf_gt_nin_rem0, reuse 60", by_output);
        check_dense<rem0_config<24>>("rf_gt_nin_rem0, reuse 24", by_output);
        check_dense<rem0_config<36>>("rf_gt_nin_rem0, reuse 36", by_output);

        // dense_resource chooses among the three; 15, 20 and 30 are neither, 18 does not divide the weights either.
        check_any_resource<6>();
        check_any_resource<24>();
        check_any_resource<15>();
        check_any_resource<20>();
        check_any_resource<30>();
        check_any_resource<18>();

        check_compressed<1>();
        check_compressed<4>();
        check_saturating_order();
    }
    return check::outcome();
}
