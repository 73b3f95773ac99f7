// Contractions against the sums that their equations say, and tables against the bits that address them.
#include "check.h"

#include "nnet_activation.h"
#include "nnet_einsum.h"
#include "nnet_einsum_dense.h"

typedef ap_fixed<8, 4> data_t;
typedef ap_fixed<6, 3> weight_t;
typedef ap_fixed<24, 12> wide_t;

// abc,bcd->bad: b stays, c is summed over.
static const unsigned A = 2, B = 3, C = 4, D = 5;

template <unsigned X, unsigned Y, unsigned Z> struct swapped {
    static const unsigned dims = 3;
    static const unsigned N = X * Y * Z;
    static const unsigned *const to_shape;
    static const unsigned *const perm_strides;
};
// The first two axes of (X, Y, Z) change places.
template <unsigned X, unsigned Y, unsigned Z> struct first_two : swapped<X, Y, Z> {
    static const unsigned to_shape[3];
    static const unsigned perm_strides[3];
};
template <unsigned X, unsigned Y, unsigned Z> const unsigned first_two<X, Y, Z>::to_shape[3] = {Y, X, Z};
template <unsigned X, unsigned Y, unsigned Z> const unsigned first_two<X, Y, Z>::perm_strides[3] = {Z, Y * Z, 1};
// The last two axes do.
template <unsigned X, unsigned Y, unsigned Z> struct last_two : swapped<X, Y, Z> {
    static const unsigned to_shape[3];
    static const unsigned perm_strides[3];
};
template <unsigned X, unsigned Y, unsigned Z> const unsigned last_two<X, Y, Z>::to_shape[3] = {X, Z, Y};
template <unsigned X, unsigned Y, unsigned Z> const unsigned last_two<X, Y, Z>::perm_strides[3] = {Y * Z, 1, Z};
// None does.
template <unsigned X, unsigned Y, unsigned Z> struct none : swapped<X, Y, Z> {
    static const unsigned to_shape[3];
    static const unsigned perm_strides[3];
};
template <unsigned X, unsigned Y, unsigned Z> const unsigned none<X, Y, Z>::to_shape[3] = {X, Y, Z};
template <unsigned X, unsigned Y, unsigned Z> const unsigned none<X, Y, Z>::perm_strides[3] = {Y * Z, Z, 1};

struct dense_of_place : nnet::dense_config {
    static const unsigned n_in = C, n_out = D, multiplier_limit = C * D;
    typedef wide_t accum_t;
    typedef ::weight_t bias_t;
    typedef ::weight_t weight_t;
    template <class x_T, class y_T, class CONFIG_T> using kernel = nnet::DenseLatency<x_T, y_T, CONFIG_T>;
};

struct with_weights : nnet::einsum_dense_config {
    typedef first_two<A, B, C> tpose_inp_conf;
    typedef none<B, A, D> tpose_out_conf;
    typedef dense_of_place dense_conf;
    typedef wide_t accum_t;
    typedef ::weight_t bias_t;
    static const unsigned n_free_data = A, n_free_kernel = D, n_contract = C, n_inplace = B;
    static const unsigned parallelization_factor = A;
};

static void check_weights() {
    static data_t x[A * B * C];
    static weight_t w[B * C * D], bias[B * A * D];
    static wide_t y[B * A * D];
    check::numbers numbers(3);
    for (unsigned i = 0; i < A * B * C; i++)
        x[i] = numbers.next(-100, 100) / 16.0;
    for (unsigned i = 0; i < B * C * D; i++)
        w[i] = numbers.next(-30, 30) / 8.0;
    for (unsigned i = 0; i < B * A * D; i++)
        bias[i] = numbers.next(-30, 30) / 8.0;
    nnet::einsum_dense<data_t, wide_t, with_weights>(x, y, w, bias);
    for (unsigned b = 0; b < B; b++)
        for (unsigned a = 0; a < A; a++)
            for (unsigned d = 0; d < D; d++) {
                const unsigned at = (b * A + a) * D + d;
                double sum = bias[at].to_double();
                for (unsigned c = 0; c < C; c++)
                    sum += x[(a * B + b) * C + c].to_double() * w[(b * C + c) * D + d].to_double();
                check::equal("contraction with weights", at, y[at].to_double(), sum);
            }
}

struct of_tensors : nnet::config_einsum {
    typedef first_two<A, B, C> tpose_inp0_config;
    typedef last_two<B, C, D> tpose_inp1_config;
    // The result is (b, a, d), and a and b change places.
    typedef first_two<B, A, D> tpose_out_conf;
    typedef wide_t accum_t;
    static const unsigned n_free0 = A, n_free1 = D, n_contract = C, n_inplace = B, multiplier_limit = A * B * C * D;
};

static void check_tensors() {
    static data_t x[A * B * C];
    static weight_t y[B * C * D];
    static wide_t z[A * B * D];
    check::numbers numbers(4);
    for (unsigned i = 0; i < A * B * C; i++)
        x[i] = numbers.next(-100, 100) / 16.0;
    for (unsigned i = 0; i < B * C * D; i++)
        y[i] = numbers.next(-30, 30) / 8.0;
    nnet::einsum<data_t, weight_t, wide_t, of_tensors>(x, y, z);
    for (unsigned a = 0; a < A; a++)
        for (unsigned b = 0; b < B; b++)
            for (unsigned d = 0; d < D; d++) {
                double sum = 0;
                for (unsigned c = 0; c < C; c++)
                    sum += x[(a * B + b) * C + c].to_double() * y[(b * C + c) * D + d].to_double();
                const unsigned at = (a * B + b) * D + d;
                check::equal("contraction of two tensors", at, z[at].to_double(), sum);
            }
}

struct table_config : nnet::activ_config {
    static const unsigned n_in = 256, table_size = 256;
    typedef ap_fixed<9, 9> table_t;
};

// A table that holds the number of each entry: what comes out is the input's bits.
static void check_table() {
    static data_t x[256];
    static ap_fixed<9, 9> table[256], y[256];
    for (unsigned i = 0; i < 256; i++) {
        x[i] = (static_cast<int>(i) - 128) / 16.0;
        table[i] = i;
    }
    nnet::unary_lut<data_t, ap_fixed<9, 9>, table_config>(x, y, table);
    for (unsigned i = 0; i < 256; i++)
        check::equal("table of all values", i, y[i].to_double(), i < 128 ? i + 128 : i - 128);
}

int main() {
    check_weights();
    check_tensors();
    check_table();
    return check::outcome();
}
