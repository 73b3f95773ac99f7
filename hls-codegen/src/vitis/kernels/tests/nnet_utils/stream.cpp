// io_stream: each layer gives what its array version gives, whatever the packs.
#include "check.h"
#include "nnet_activation_stream.h"
#include "nnet_batchnorm.h"
#include "nnet_batchnorm_stream.h"
#include "nnet_dense.h"
#include "nnet_dense_stream.h"
#include "nnet_embed.h"
#include "nnet_embed_stream.h"
#include "nnet_merge.h"
#include "nnet_merge_stream.h"
#include "nnet_stream.h"
#include <string>
#ifdef OUR_KERNELS
#include "nnet_layernorm_stream.h"
#include "nnet_time_distributed_stream.h"
#endif

static const unsigned N = 12;

typedef ap_fixed<10, 4> data_t;
typedef ap_fixed<14, 6> res_t;
typedef nnet::array<data_t, 4> data_pack;
typedef nnet::array<res_t, 4> res_pack;

static data_t data[N];

template <class pack_T, class value_T> static void send(const value_T *values, unsigned n, hls::stream<pack_T> &stream) {
    for (unsigned i = 0; i < n; i += pack_T::size) {
        pack_T pack;
        for (unsigned j = 0; j < pack_T::size; j++) {
            pack[j] = values[i + j];
        }
        stream.write(pack);
    }
}

template <class pack_T, class value_T>
static void compare(const char *what, hls::stream<pack_T> &stream, const value_T *want, unsigned n) {
    for (unsigned i = 0; i < n; i += pack_T::size) {
        pack_T pack = stream.read();
        for (unsigned j = 0; j < pack_T::size; j++) {
            check::equal(what, i + j, pack[j].to_double(), want[i + j].to_double());
        }
    }
    check::equal(what, n, stream.empty(), true);
}

struct activ_config : nnet::activ_config {
    static const unsigned n_in = N;
    static const unsigned reuse_factor = 1;
};

static void check_activations() {
    hls::stream<data_pack> in;
    hls::stream<res_pack> out;
    res_t want[N];

    send(data, N, in);
    nnet::relu<data_pack, res_pack, activ_config>(in, out);
    nnet::relu<data_t, res_t, activ_config>(data, want);
    compare("relu", out, want, N);

    send(data, N, in);
    nnet::sigmoid<data_pack, res_pack, activ_config>(in, out);
    nnet::sigmoid<data_t, res_t, activ_config>(data, want);
    compare("sigmoid", out, want, N);

    send(data, N, in);
    nnet::elu<data_pack, data_t, res_pack, activ_config>(in, 0.75, out);
    nnet::elu<data_t, data_t, res_t, activ_config>(data, 0.75, want);
    compare("elu", out, want, N);

    // Above zero, the factor of streams has the type of the input.
    send(data, N, in);
    nnet::selu<data_pack, res_pack, activ_config>(in, out);
    nnet::selu<data_t, res_t, activ_config>(data, want);
    for (unsigned i = 0; i < N; i++) {
        if (data[i] >= 0) {
            want[i] = data_t(1.0507009873554805) * data[i];
        }
    }
    compare("selu", out, want, N);

    send(data, N, in);
    nnet::leaky_relu<data_pack, data_t, res_pack, activ_config>(in, 0.25, out);
    nnet::leaky_relu<data_t, data_t, res_t, activ_config>(data, 0.25, want);
    compare("leaky_relu", out, want, N);

    data_t alpha[N];
    for (unsigned i = 0; i < N; i++) {
        alpha[i] = i / 16.0;
    }
    send(data, N, in);
    nnet::prelu<data_pack, data_t, res_pack, activ_config>(in, alpha, out);
    nnet::prelu<data_t, data_t, res_t, activ_config>(data, alpha, want);
    compare("prelu", out, want, N);
}

struct softmax_config : nnet::activ_config {
    static const unsigned n_in = N;
    static const unsigned n_slice = 4;
    static const unsigned reuse_factor = 1;
    static const unsigned axis = -1;
    static const unsigned exp_table_size = 512;
    static const unsigned inv_table_size = 512;
    static const nnet::softmax_implementation implementation = nnet::softmax_implementation::stable;
    static constexpr float exp_scale = 1.0;
    typedef ap_ufixed<18, 2> exp_table_t;
    typedef ap_ufixed<18, 2> inv_table_t;
    typedef ap_ufixed<20, 4> accum_t;
    typedef ap_ufixed<20, 4> inv_inp_t;
    typedef ap_ufixed<9, 3> inp_norm_t;
};

// A pack is a slice.
static void check_softmax() {
    hls::stream<data_pack> in;
    hls::stream<res_pack> out;
    res_t want[N];
    send(data, N, in);
    nnet::softmax<data_pack, res_pack, softmax_config>(in, out);
    for (unsigned i = 0; i < N; i += 4) {
        nnet::softmax<data_t, res_t, softmax_config>(data + i, want + i);
    }
    compare("softmax", out, want, N);
}

struct dense_config : nnet::dense_config {
    static const unsigned n_in = N;
    static const unsigned n_out = 6;
    static const unsigned strategy = nnet::resource;
    static const unsigned reuse_factor = 4;
    static const unsigned multiplier_limit = 18;
    typedef ap_fixed<24, 12> accum_t;
    typedef data_t bias_t;
    typedef data_t weight_t;
    template <class data_T, class res_T, class CONFIG_T>
    using kernel = nnet::DenseResource_rf_leq_nin<data_T, res_T, CONFIG_T>;
};

static void check_dense() {
    check::numbers numbers(8);
    data_t weights[N * 6], biases[6];
    for (unsigned i = 0; i < N * 6; i++) {
        weights[i] = numbers.next(-100, 100) / 64.0;
    }
    for (unsigned i = 0; i < 6; i++) {
        biases[i] = numbers.next(-100, 100) / 64.0;
    }
    hls::stream<data_pack> in;
    hls::stream<nnet::array<res_t, 6>> out;
    res_t want[6];
    send(data, N, in);
    nnet::dense<data_pack, nnet::array<res_t, 6>, dense_config>(in, out, weights, biases);
    nnet::dense<data_t, res_t, dense_config>(data, want, weights, biases);
    compare("dense", out, want, 6);
}

template <int N_FILT> struct norm_config : nnet::batchnorm_config {
    static const unsigned n_in = N;
    static const unsigned n_filt = N_FILT;
    static const unsigned n_scale_bias = N_FILT == -1 ? N : N_FILT;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = N;
    typedef data_t scale_t;
    typedef data_t bias_t;
};

template <class CONFIG_T> static void check_normalize() {
    data_t scale[N], bias[N];
    for (unsigned i = 0; i < N; i++) {
        scale[i] = (i + 1) / 16.0;
        bias[i] = i / 32.0 - 0.25;
    }
    hls::stream<data_pack> in;
    hls::stream<res_pack> out;
    res_t want[N];
    send(data, N, in);
    nnet::normalize<data_pack, res_pack, CONFIG_T>(in, out, scale, bias);
    nnet::normalize<data_t, res_t, CONFIG_T>(data, want, scale, bias);
    compare("normalize", out, want, N);
}

struct merge_config : nnet::merge_config {
    static const unsigned n_elem1 = N;
    static const unsigned n_elem2 = N;
    static const unsigned n_elem = N;
    static const unsigned reuse_factor = 1;
};

static void check_merge() {
    hls::stream<data_pack> in1, in2;
    hls::stream<res_pack> out;
    data_t reversed[N];
    for (unsigned i = 0; i < N; i++) {
        reversed[i] = data[N - 1 - i];
    }
    res_t want[N];
    send(data, N, in1);
    send(reversed, N, in2);
    nnet::average<data_pack, data_pack, res_pack, merge_config>(in1, in2, out);
    nnet::average<data_t, data_t, res_t, merge_config>(data, reversed, want);
    compare("average", out, want, N);
}

// 3 positions of 4 channels against 3 positions of 4: along channels, or along positions.
template <int AXIS> struct concat_config : nnet::concat_config {
    static const unsigned n_elem1_0 = 3;
    static const unsigned n_elem1_1 = 4;
    static const unsigned n_elem1_2 = 0;
    static const unsigned n_elem2_0 = 3;
    static const unsigned n_elem2_1 = 4;
    static const unsigned n_elem2_2 = 0;
    static const int axis = AXIS;
};

static void check_concat_channels() {
    typedef nnet::array<res_t, 8> long_pack;
    hls::stream<data_pack> in1, in2;
    hls::stream<long_pack> out;
    res_t want[2 * N];
    send(data, N, in1);
    send(data, N, in2);
    nnet::concatenate2d<data_pack, data_pack, long_pack, concat_config<2>>(in1, in2, out);
    for (unsigned i = 0; i < 2 * N; i++) {
        want[i] = data[i / 8 * 4 + i % 4];
    }
    compare("concatenate2d along channels", out, want, 2 * N);
}

struct vector_concat_config : nnet::concat_config {
    static const unsigned n_elem1_0 = N;
    static const unsigned n_elem2_0 = N;
};

static void check_concat_vectors() {
    typedef nnet::array<data_t, N> vector;
    typedef nnet::array<res_t, 2 * N> long_vector;
    hls::stream<vector> in1, in2;
    hls::stream<long_vector> out;
    res_t want[2 * N];
    send(data, N, in1);
    send(data, N, in2);
    nnet::concatenate1d<vector, vector, long_vector, vector_concat_config>(in1, in2, out);
    for (unsigned i = 0; i < 2 * N; i++) {
        want[i] = data[i % N];
    }
    compare("concatenate1d", out, want, 2 * N);
}

struct embed_config : nnet::embed_config {
    static const unsigned n_in = 4, n_out = 3, vocab_size = 8, reuse_factor = 1;
    typedef data_t embeddings_t;
};

// One pack of tokens becomes a pack for each of them.
static void check_embedding() {
    typedef nnet::array<ap_uint<4>, 4> tokens_t;
    data_t table[24];
    for (unsigned i = 0; i < 24; i++) {
        table[i] = i / 8.0;
    }
    ap_uint<4> tokens[4] = {3, 0, 7, 3};
    hls::stream<tokens_t> in;
    hls::stream<nnet::array<res_t, 3>> out;
    res_t want[12];
    send(tokens, 4, in);
    nnet::embedding<tokens_t, nnet::array<res_t, 3>, embed_config>(in, out, table);
    nnet::embedding<ap_uint<4>, res_t, embed_config>(tokens, want, table);
    compare("embedding", out, want, 12);
}

#ifdef OUR_KERNELS
// hls4ml's library has none of these over streams.
struct layernorm_config : nnet::layernorm_config {
    static const unsigned n_in = N, seq_len = 3;
    typedef data_t bias_t;
    typedef data_t scale_t;
    typedef ap_fixed<24, 12> accum_t;
    typedef ap_ufixed<18, 8> table_t;
};

struct dot_config : nnet::dot_config {
    static const unsigned n_in = N, n_out = 1, reuse_factor = 1, multiplier_limit = N;
    typedef ap_fixed<24, 12> accum_t;
    template <class x_T, class y_T> using product = nnet::product::mult<x_T, y_T>;
};

struct step_config : nnet::time_distributed_config {
    static const unsigned dim = 2, n_time_steps = 3, in_height = 1, in_width = 1, n_chan = 4;
};

static void check_vectors() {
    hls::stream<data_pack> in, other, step;
    hls::stream<res_pack> out;
    res_t want[N];
    data_t scale[4] = {1, 0.5, -1, 2}, bias[4] = {0, 0.25, 0.5, -1};
    send(data, N, in);
    nnet::layernormalize<data_pack, res_pack, layernorm_config>(in, out, scale, bias);
    nnet::layernormalize<data_t, res_t, layernorm_config>(data, want, scale, bias);
    compare("layer normalization", out, want, N);

    hls::stream<nnet::array<res_t, 1>> sum;
    send(data, N, in);
    send(data, N, other);
    nnet::dot1d<data_pack, data_pack, nnet::array<res_t, 1>, dot_config>(in, other, sum);
    nnet::dot1d<data_t, data_t, res_t, dot_config>(data, data, want);
    compare("scalar product", sum, want, 1);

    send(data, N, in);
    for (unsigned i = 0; i < 3; i++) {
        nnet::read_time_step_2d<data_pack, step_config>(i, in, step);
        check::equal("packs of a time step", i, step.size(), 1);
        nnet::write_time_step_2d<res_pack, step_config>(i, step, out);
    }
    compare("time steps", out, data, N);
}
#endif

static void check_clone_and_repack() {
    hls::stream<data_pack> in;
    hls::stream<res_pack> copy1, copy2, copy3;
    send(data, N, in);
    nnet::clone_stream<data_pack, res_pack, N>(in, copy1, copy2, copy3);
    compare("clone 1", copy1, data, N);
    compare("clone 2", copy2, data, N);
    compare("clone 3", copy3, data, N);

    hls::stream<nnet::array<data_t, 2>> halves;
    send(data, N, in);
    nnet::repack_stream<data_pack, nnet::array<data_t, 2>, N>(in, halves);
    compare("repack to smaller", halves, data, N);

    hls::stream<nnet::array<data_t, 12>> whole;
    send(data, N, in);
    nnet::repack_stream<data_pack, nnet::array<data_t, 12>, N>(in, whole);
    compare("repack to larger", whole, data, N);

    hls::stream<res_pack> same;
    send(data, N, in);
    nnet::repack_stream<data_pack, res_pack, N>(in, same);
    compare("repack to another type", same, data, N);
}

// What would be a deadlock in hardware must end the program: whatever is after it prints the outcome of a success.
static void read_too_much() {
    hls::stream<data_pack> in("layer2_out");
    hls::stream<res_pack> out("layer3_out");
    send(data, N - 4, in);
    nnet::relu<data_pack, res_pack, activ_config>(in, out);
}

static void leave_something() {
    hls::stream<data_pack> in("layer2_out");
    hls::stream<res_pack> out("layer3_out");
    send(data, N, in);
    send(data, N, in);
    nnet::relu<data_pack, res_pack, activ_config>(in, out);
    while (!out.empty()) {
        out.read();
    }
}

int main(int argc, char **argv) {
    const std::string mistake = argc > 1 ? argv[1] : "";
    if (mistake == "read_too_much") {
        read_too_much();
    } else if (mistake == "leave_something") {
        leave_something();
    }
    check::numbers numbers(7);
    for (unsigned i = 0; i < N; i++) {
        data[i] = numbers.next(-512, 511) / 64.0;
    }
    check_activations();
    check_softmax();
    check_dense();
    check_normalize<norm_config<-1>>();
    check_normalize<norm_config<4>>();
    check_merge();
    check_concat_channels();
    check_concat_vectors();
    check_clone_and_repack();
    check_embedding();
#ifdef OUR_KERNELS
    check_vectors();
#endif
    return check::outcome();
}
