// Recurrent layers against the formulas in plain arithmetic: every cell, shared and unshared, forwards and backwards, over arrays and
// streams, and both directions together. The activations are those that need no table, so that doubles are exact.
#include "check.h"
#include "nnet_recurrent.h"

static const unsigned T = 4; // time steps
static const unsigned N_IN = 3;
static const unsigned N = 2; // units

typedef ap_fixed<8, 4> data_t;
typedef ap_fixed<10, 4> res_t;
typedef ap_fixed<14, 7> accum_t;
typedef ap_fixed<6, 2> weight_t;

static data_t data[T * N_IN];
static weight_t w[4 * N * N_IN], u[4 * N * N], b[4 * N], br[4 * N];

// A number rounded down to a type that wraps.
static double cut(double value, unsigned width, unsigned integer) {
    const double step = std::pow(2.0, static_cast<double>(integer) - static_cast<double>(width));
    const double range = std::pow(2.0, static_cast<double>(integer));
    const double floored = std::floor(value / step) * step;
    return floored - range * std::floor((floored + range / 2) / range);
}
static double as_accum(double value) { return cut(value, 14, 7); }
static double as_res(double value) { return cut(value, 10, 4); }

static double relu(double x) { return as_accum(x > 0 ? x : 0); }

// Row `o` of a product with (n_in, width) weights, each product cut to the accumulator.
static double product(const double *x, unsigned n_in, const weight_t *weights, const weight_t *biases, unsigned width,
                      unsigned o) {
    double sum = as_accum(biases[o].to_double());
    for (unsigned i = 0; i < n_in; i++) {
        sum = as_accum(sum + as_accum(x[i] * weights[i * width + o].to_double()));
    }
    return sum;
}

static const weight_t no_bias[4 * N] = {};

struct state {
    double h[N], s[N];
};

enum kind { SIMPLE, LSTM, GRU_AFTER, GRU_BEFORE };

static state step(kind cell, const double *x, const state &old) {
    state next = old;
    const unsigned gates = cell == SIMPLE ? 1 : cell == LSTM ? 4 : 3;
    double from_x[4 * N], from_h[4 * N];
    for (unsigned o = 0; o < gates * N; o++) {
        from_x[o] = product(x, N_IN, w, b, gates * N, o);
        from_h[o] = product(old.h, N, u, cell == SIMPLE ? no_bias : br, gates * N, o);
    }
    for (unsigned i = 0; i < N; i++) {
        if (cell == SIMPLE) {
            next.h[i] = as_res(as_accum(from_x[i] + from_h[i]) > 0 ? as_accum(from_x[i] + from_h[i]) : 0);
        } else if (cell == LSTM) {
            const double in = relu(as_accum(from_x[i] + from_h[i]));
            const double forget = relu(as_accum(from_x[N + i] + from_h[N + i]));
            const double candidate = relu(as_accum(from_x[2 * N + i] + from_h[2 * N + i]));
            const double out = relu(as_accum(from_x[3 * N + i] + from_h[3 * N + i]));
            next.s[i] = as_accum(candidate * in + old.s[i] * forget);
            next.h[i] = as_res(out * relu(next.s[i]));
        }
    }
    if (cell != GRU_AFTER && cell != GRU_BEFORE) {
        return next;
    }
    double z[N], r[N], reset_h[N];
    for (unsigned i = 0; i < N; i++) {
        z[i] = relu(as_accum(from_x[i] + from_h[i]));
        r[i] = relu(as_accum(from_x[N + i] + from_h[N + i]));
        reset_h[i] = as_accum(r[i] * old.h[i]);
    }
    for (unsigned i = 0; i < N; i++) {
        const double part = cell == GRU_AFTER ? as_accum(r[i] * from_h[2 * N + i])
                                              : product(reset_h, N, u, br, 3 * N, 2 * N + i);
        const double candidate = relu(as_accum(from_x[2 * N + i] + part));
        next.h[i] = as_res((1 - z[i]) * candidate + z[i] * old.h[i]);
    }
    return next;
}

// The outputs of all time steps, in the order of reading.
static void reference(kind cell, bool backwards, double want[T][N]) {
    state now = {{0, 0}, {0, 0}};
    for (unsigned k = 0; k < T; k++) {
        double x[N_IN];
        for (unsigned i = 0; i < N_IN; i++) {
            x[i] = data[(backwards ? T - 1 - k : k) * N_IN + i].to_double();
        }
        now = step(cell, x, now);
        for (unsigned i = 0; i < N; i++) {
            want[k][i] = now.h[i];
        }
    }
}

template <unsigned IN, unsigned OUT> struct mult_config : nnet::dense_config {
    static const unsigned n_in = IN;
    static const unsigned n_out = OUT;
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = IN * OUT;
    static const unsigned n_nonzeros = IN * OUT;
    typedef ::accum_t accum_t;
    typedef ::weight_t bias_t;
    typedef ::weight_t weight_t;
    template <class data_T, class res_T, class CONFIG_T> using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

template <unsigned SIZE> struct activation_config : nnet::activ_config {
    static const unsigned n_in = SIZE;
};

template <class BASE, unsigned GATES, bool SHARED, bool BACKWARDS, unsigned KEPT> struct config : BASE {
    typedef ::accum_t accum_t;
    typedef ::weight_t weight_t;
    typedef ::weight_t recurrent_weight_t;
    typedef ::weight_t bias_t;
    typedef ::weight_t recurrent_bias_t;
    typedef ::mult_config<N_IN, GATES * N> mult_config1;
    typedef ::mult_config<N, GATES * N> mult_config2;
    typedef activation_config<(GATES - 1) * N> ACT_CONFIG_LSTM;
    typedef activation_config<(GATES - 1) * N> ACT_CONFIG_GRU;
    typedef activation_config<N> ACT_CONFIG_T;
    template <class x_T, class y_T, class config_T> using activation_recr = nnet::activation::relu<x_T, y_T, config_T>;
    template <class x_T, class y_T, class config_T> using activation = nnet::activation::relu<x_T, y_T, config_T>;
    static const unsigned n_in = N_IN;
    static const unsigned n_out = N;
    static const unsigned n_state = N;
    static const unsigned n_sequence = T;
    static const unsigned n_sequence_out = KEPT;
    static const bool use_static = SHARED;
    static const bool go_backwards = BACKWARDS;
};

typedef nnet::array<data_t, N_IN> data_pack;
typedef nnet::array<res_t, N> res_pack;

// The stack of a cell over arrays (with data_t, res_t and pointers) or streams.
template <kind CELL, class CONFIG_T> struct stack {
    template <class data_T, class res_T, class from_T, class to_T> static void run(from_T &from, to_T &to) {
        nnet::gru_stack<data_T, res_T, CONFIG_T>(from, to, w, u, b, br);
    }
};
template <class CONFIG_T> struct stack<SIMPLE, CONFIG_T> {
    template <class data_T, class res_T, class from_T, class to_T> static void run(from_T &from, to_T &to) {
        nnet::simple_rnn_stack<data_T, res_T, CONFIG_T>(from, to, w, u, b);
    }
};
template <class CONFIG_T> struct stack<LSTM, CONFIG_T> {
    template <class data_T, class res_T, class from_T, class to_T> static void run(from_T &from, to_T &to) {
        nnet::lstm_stack<data_T, res_T, CONFIG_T>(from, to, w, u, b, br);
    }
};

template <kind CELL, class BASE, unsigned GATES, bool SHARED, bool BACKWARDS, unsigned KEPT>
static void check_one(const char *what) {
    typedef config<BASE, GATES, SHARED, BACKWARDS, KEPT> config_t;
    double want[T][N];
    reference(CELL, BACKWARDS, want);
    res_t got[KEPT * N];
    stack<CELL, config_t>::template run<data_t, res_t>(data, got);
    for (unsigned i = 0; i < KEPT * N; i++) {
        check::equal(what, i, got[i].to_double(), want[T - KEPT + i / N][i % N]);
    }
    hls::stream<data_pack> in;
    hls::stream<res_pack> out;
    for (unsigned k = 0; k < T; k++) {
        data_pack pack;
        for (unsigned i = 0; i < N_IN; i++) {
            pack[i] = data[k * N_IN + i];
        }
        in.write(pack);
    }
    stack<CELL, config_t>::template run<data_pack, res_pack>(in, out);
    for (unsigned k = 0; k < KEPT; k++) {
        const res_pack pack = out.read();
        for (unsigned i = 0; i < N; i++) {
            check::equal(what, k * N + i, pack[i].to_double(), want[T - KEPT + k][i]);
        }
    }
    check::equal(what, KEPT, in.empty() && out.empty(), true);
}

template <kind CELL, class BASE, unsigned GATES> static void check_cell(const char *what) {
    check_one<CELL, BASE, GATES, true, false, 1>(what);
    check_one<CELL, BASE, GATES, false, false, 1>(what);
    check_one<CELL, BASE, GATES, true, true, T>(what);
    check_one<CELL, BASE, GATES, false, true, T>(what);
}

template <class JOIN, unsigned OUT, unsigned KEPT> struct both_config : nnet::bidirectional_config {
    typedef config<nnet::single_layer_config, 4, true, false, 1> FORWARD_CONFIG;
    typedef config<nnet::single_layer_config, 3, false, false, 1> BACKWARD_CONFIG;
    typedef JOIN join_directions;
    template <class x_T, class y_T, typename config_T, bool backward>
    using RNNfunc_forward = nnet::lstm_class_static<x_T, y_T, config_T, backward>;
    template <class x_T, class y_T, typename config_T, bool backward>
    using RNNfunc_backward = nnet::gru_class<x_T, y_T, config_T, backward>;
    static const unsigned n_in = N_IN;
    static const unsigned n_out = OUT;
    static const unsigned n_sequence = T;
    static const unsigned n_sequence_out = KEPT;
};

// Two layers without recurrent biases, which are given others that they must not add.
struct simple_config : nnet::bidirectional_config {
    typedef config<nnet::single_layer_config, 1, false, false, 1> FORWARD_CONFIG;
    typedef config<nnet::single_layer_config, 1, true, false, 1> BACKWARD_CONFIG;
    template <class x_T, class y_T, typename config_T, bool backward>
    using RNNfunc_forward = nnet::simple_rnn_class<x_T, y_T, config_T, backward>;
    template <class x_T, class y_T, typename config_T, bool backward>
    using RNNfunc_backward = nnet::simple_rnn_class_static<x_T, y_T, config_T, backward>;
    static const unsigned n_in = N_IN;
    static const unsigned n_out = 2 * N;
    static const unsigned n_sequence = T;
};

static void check_both_simple_directions() {
    double forward[T][N], backward[T][N];
    reference(SIMPLE, false, forward);
    reference(SIMPLE, true, backward);
    res_t last[2 * N];
    nnet::bidirectional_stack<data_t, res_t, simple_config>(data, last, w, u, b, b, w, u, b, b);
    for (unsigned i = 0; i < N; i++) {
        check::equal("both directions, SimpleRNN", i, last[i].to_double(), forward[T - 1][i]);
        check::equal("both directions, SimpleRNN", N + i, last[N + i].to_double(), backward[T - 1][i]);
    }
}

static void check_both_directions() {
    double forward[T][N], backward[T][N];
    reference(LSTM, false, forward);
    reference(GRU_AFTER, true, backward);
    res_t last[2 * N], sums[T * N];
    typedef nnet::merge_directions<nnet::detail::add_op> sum;
    nnet::bidirectional_stack<data_t, res_t, both_config<nnet::concatenate_directions, 2 * N, 1>>(data, last, w, u, b, br, w,
                                                                                                  u, b, br);
    nnet::bidirectional_stack<data_t, res_t, both_config<sum, N, T>>(data, sums, w, u, b, br, w, u, b, br);
    for (unsigned i = 0; i < N; i++) {
        check::equal("both directions, last", i, last[i].to_double(), forward[T - 1][i]);
        check::equal("both directions, last", N + i, last[N + i].to_double(), backward[T - 1][i]);
        for (unsigned k = 0; k < T; k++) {
            // The backward direction has seen time step k after T - k of its own.
            check::equal("both directions, sum", k * N + i, sums[k * N + i].to_double(),
                         as_res(forward[k][i] + backward[T - 1 - k][i]));
        }
    }
}

int main() {
    check::numbers random(1);
    for (unsigned repeat = 0; repeat < 20; repeat++) {
        for (unsigned i = 0; i < T * N_IN; i++) {
            data[i] = random.next(-128, 127) / 16.0;
        }
        weight_t *arrays[] = {w, u, b, br};
        const unsigned sizes[] = {4 * N * N_IN, 4 * N * N, 4 * N, 4 * N};
        for (unsigned a = 0; a < 4; a++) {
            for (unsigned i = 0; i < sizes[a]; i++) {
                arrays[a][i] = random.next(-32, 31) / 16.0;
            }
        }
        check_cell<SIMPLE, nnet::simple_rnn_config, 1>("SimpleRNN");
        check_cell<LSTM, nnet::lstm_config, 4>("LSTM");
        check_cell<GRU_AFTER, nnet::gru_config, 3>("GRU");
        check_cell<GRU_BEFORE, nnet::gru_reset_before_config, 3>("GRU, reset before");
        check_both_directions();
        check_both_simple_directions();
    }
    return check::outcome();
}
