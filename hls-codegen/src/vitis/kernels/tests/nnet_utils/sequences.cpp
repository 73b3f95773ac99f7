// Layers over sequences: embedding and layer normalization.
#include "check.h"

#include "nnet_common.h"

#include "nnet_embed.h"
#include "nnet_layernorm.h"

static const unsigned VOCABULARY = 5, DEPTH = 3, LENGTH = 5;

typedef ap_fixed<8, 5> token_t;
typedef ap_fixed<10, 4> entry_t;

static entry_t table[VOCABULARY * DEPTH];

struct embed : nnet::embed_config {
    static const unsigned n_in = LENGTH, n_out = DEPTH, vocab_size = VOCABULARY;
    typedef entry_t embeddings_t;
};

// The tokens' rows start at these elements.
static void check_embedding(const char *what, const double (&tokens)[LENGTH], const unsigned (&first)[LENGTH]) {
    token_t data[LENGTH];
    entry_t res[LENGTH * DEPTH];
    for (unsigned i = 0; i < LENGTH; i++) {
        data[i] = tokens[i];
    }
    nnet::embedding<token_t, entry_t, embed>(data, res, table);
    for (unsigned i = 0; i < LENGTH * DEPTH; i++) {
        const unsigned element = first[i / DEPTH] + i % DEPTH;
        check::equal(what, i, res[i].to_double(), table[MIN(element, VOCABULARY * DEPTH - 1)].to_double());
    }
}

static void check_embeddings() {
    const double whole[LENGTH] = {4, 0, 2, 2, 3};
    const unsigned rows[LENGTH] = {12, 0, 6, 6, 9};
    check_embedding("embedding", whole, rows);
    // A token between two rows reads between them.
    const double fractional[LENGTH] = {0.5, 1.25, 3.875, 1.5, 2.375};
    const unsigned between[LENGTH] = {1, 3, 11, 4, 7};
    check_embedding("embedding of fractions", fractional, between);
#ifdef OUR_KERNELS
    // hls4ml's kernel reads whatever lies beside the table.
    const double outside[LENGTH] = {5, 15.875, 4.5, 4.875, 9};
    const unsigned clamped[LENGTH] = {14, 14, 13, 14, 14};
    check_embedding("embedding beyond the vocabulary", outside, clamped);
    token_t negative[LENGTH] = {-1, -16, 0, 0, 0};
    entry_t res[LENGTH * DEPTH];
    nnet::embedding<token_t, entry_t, embed>(negative, res, table);
    for (unsigned i = 0; i < 2 * DEPTH; i++) {
        check::equal("embedding of negative numbers", i, res[i].to_double(), table[0].to_double());
    }
#endif
}

static const unsigned VECTORS = 6, DIM = 4;

typedef ap_fixed<10, 4> data_t;
typedef ap_fixed<6, 2> scale_t;
typedef ap_fixed<22, 10> accum_t;
typedef ap_ufixed<12, 6> root_t;
typedef ap_fixed<16, 6, AP_RND, AP_SAT> res_t;

template <unsigned RANGE> struct layernorm : nnet::layernorm_config {
    static const unsigned n_in = VECTORS * DIM, seq_len = VECTORS;
    static const unsigned table_range_power2 = RANGE;
    static const unsigned table_size = 256;
    typedef ::scale_t bias_t;
    typedef ::scale_t scale_t;
    typedef ::accum_t accum_t;
    typedef root_t table_t;
};

static double mean_of(const double (&x)[DIM]) {
    double sum = 0;
    for (unsigned i = 0; i < DIM; i++) {
        sum = accum_t(sum + accum_t(x[i]).to_double()).to_double();
    }
    return accum_t(sum / DIM).to_double();
}

// 1 / sqrt(variance + 0.001) to the next lower of 256 steps.
template <unsigned RANGE> static double inverse_root(double variance) {
    const double steps = std::floor(variance * 256 * (1 << RANGE));
    const double step = steps < 0 ? 0 : MIN(steps, 255);
    return root_t(1 / std::sqrt(0.001f + static_cast<float>(step) / (256 << RANGE))).to_double();
}

template <unsigned RANGE> static void check_normalization(const char *what, int amplitude) {
    check::numbers numbers(amplitude);
    data_t data[VECTORS * DIM];
    res_t res[VECTORS * DIM];
    scale_t scale[DIM], bias[DIM];
    for (unsigned i = 0; i < VECTORS * DIM; i++) {
        data[i] = numbers.next(-amplitude, amplitude) / 64.0;
    }
    for (unsigned i = 0; i < DIM; i++) {
        scale[i] = numbers.next(-32, 31) / 16.0;
        bias[i] = numbers.next(-32, 31) / 16.0;
    }
    nnet::layernormalize<data_t, res_t, layernorm<RANGE>>(data, res, scale, bias);
    for (unsigned i = 0; i < VECTORS; i++) {
        double x[DIM], squares[DIM];
        for (unsigned k = 0; k < DIM; k++) {
            x[k] = data[i * DIM + k].to_double();
        }
        const double mean = mean_of(x);
        for (unsigned k = 0; k < DIM; k++) {
            x[k] = accum_t(x[k] - mean).to_double();
            squares[k] = x[k] * x[k];
        }
        const double root = inverse_root<RANGE>(mean_of(squares));
        for (unsigned k = 0; k < DIM; k++) {
            const double want = x[k] * root * scale[k].to_double() + bias[k].to_double();
            check::equal(what, i * DIM + k, res[i * DIM + k].to_double(), res_t(want).to_double());
        }
    }
}

int main() {
    check::numbers numbers(3);
    for (unsigned i = 0; i < VOCABULARY * DEPTH; i++) {
        table[i] = numbers.next(-256, 255) / 32.0;
    }
    check_embeddings();
    check_normalization<0>("layer normalization", 60);
    check_normalization<2>("layer normalization of small numbers", 30);
    // Variances beyond the table.
    check_normalization<0>("layer normalization of large numbers", 500);
    return check::outcome();
}
