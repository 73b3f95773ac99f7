// Weight files, data in and out, traces. Runs in an empty folder, which is also its WEIGHTS_DIR. With an argument it
// loads that weight file instead of 4 numbers, to show what becomes of a wrong one.
#include "check.h"
#include "nnet_common.h"
#include "nnet_types.h"
#include <cstdio>
#include <cstring>

namespace nnet {
bool trace_enabled = true;
std::map<std::string, void *> *trace_outputs = NULL;
size_t trace_type_size = sizeof(double);
} // namespace nnet

typedef ap_fixed<12, 4> weight_t;

struct exponent {
    ap_uint<1> sign;
    ap_int<4> weight;
};

struct sparse_weight {
    ap_uint<4> row_index;
    ap_uint<4> col_index;
    weight_t weight;
};

static void write_file(const char *name, const char *text) {
    std::ofstream file(name);
    file << text;
}

static void check_weights() {
    write_file("plain.txt", "0.00390625, -1.5, 3, -8.0");
    weight_t w[4];
    nnet::load_weights_from_txt<weight_t, 4>(w, "plain.txt");
    const double want[4] = {0.00390625, -1.5, 3, -8};
    for (unsigned i = 0; i < 4; i++) {
        check::equal("plain weights", i, w[i].to_double(), want[i]);
    }

    write_file("integers.txt", "-8, 0, 7");
    ap_int<4> n[3];
    nnet::load_weights_from_txt<ap_int<4>, 3>(n, "integers.txt");
    check::equal("integer weights", 0, n[0].to_double(), -8);
    check::equal("integer weights", 2, n[2].to_double(), 7);

    write_file("exponents.txt", "{1, -3}, {0, 2}");
    exponent e[2];
    nnet::load_exponent_weights_from_txt<exponent, 2>(e, "exponents.txt");
    check::equal("exponent sign", 0, e[0].sign.to_double(), 1);
    check::equal("exponent weight", 0, e[0].weight.to_double(), -3);
    check::equal("exponent sign", 1, e[1].sign.to_double(), 0);
    check::equal("exponent weight", 1, e[1].weight.to_double(), 2);

    write_file("sparse.txt", "{3, 1, -0.5}, {4, 0, 2.25}");
    sparse_weight s[2];
    nnet::load_compressed_weights_from_txt<sparse_weight, 2>(s, "sparse.txt");
    check::equal("sparse row", 1, s[1].row_index.to_double(), 4);
    check::equal("sparse column", 0, s[0].col_index.to_double(), 1);
    check::equal("sparse weight", 1, s[1].weight.to_double(), 2.25);
}

static void check_data() {
    std::vector<float> line;
    for (unsigned i = 0; i < 8; i++) {
        line.push_back(i / 4.0f);
    }
    weight_t values[4];
    nnet::copy_data<float, weight_t, 2, 4>(line, values);
    check::equal("copy_data", 0, values[0].to_double(), 0.5);
    check::equal("copy_data", 3, values[3].to_double(), 1.25);

    hls::stream<nnet::array<weight_t, 2>> stream;
    double back[4];
    nnet::copy_data<float, nnet::array<weight_t, 2>, 2, 4>(line, stream);
    nnet::convert_data<nnet::array<weight_t, 2>, double, 4>(stream, back);
    check::equal("copy_data to a stream", 1, back[1], 0.75);
    nnet::convert_data<double, nnet::array<weight_t, 2>, 4>(back, stream);
    std::ostringstream text, again;
    nnet::print_result<nnet::array<weight_t, 2>, 4>(stream, text, true);
    nnet::print_result<nnet::array<weight_t, 2>, 4>(stream, again);
    check::equal("print_result", 0, text.str() == "0.5 0.75 1 1.25 \n", true);
    check::equal("print_result kept the stream", 0, text.str() == again.str(), true);

    nnet::convert_data<weight_t, double, 4>(values, back);
    check::equal("convert_data", 2, back[2], 1);
    nnet::fill_zero<weight_t, 4>(values);
    check::equal("fill_zero", 3, values[3].to_double(), 0);
}

static void check_traces() {
    weight_t values[3] = {0.5, -1.25, 2};
    double doubles[3];
    float floats[3];
    std::map<std::string, void *> storage;
    nnet::trace_outputs = &storage;

    storage["layer"] = doubles;
    nnet::save_layer_output<weight_t>(values, "layer", 3);
    check::equal("trace of doubles", 1, doubles[1], -1.25);

    nnet::trace_type_size = sizeof(float);
    storage["layer"] = floats;
    hls::stream<nnet::array<weight_t, 3>> stream;
    nnet::array<weight_t, 3> pack;
    for (unsigned i = 0; i < 3; i++) {
        pack[i] = values[i];
    }
    stream.write(pack);
    nnet::save_layer_output<nnet::array<weight_t, 3>>(stream, "layer", 3);
    check::equal("trace of floats", 2, floats[2], 2);
    check::equal("a traced stream is as before", 0, stream.read() == pack, true);
    nnet::trace_outputs = NULL;
}

static void check_logarithms() {
    const int ceil_of[9] = {1, 1, 1, 2, 2, 3, 3, 3, 3};
    for (int x = 0; x < 9; x++) {
        check::equal("ceillog2", x, nnet::ceillog2(x), ceil_of[x]);
    }
    check::equal("floorlog2", 1023, nnet::floorlog2(1023), 9);
    check::equal("pow2", 10, nnet::pow2(10), 1024);
}

int main(int argc, char **argv) {
    if (argc > 1) {
        weight_t w[4];
        nnet::load_weights_from_txt<weight_t, 4>(w, argv[1]);
        return 0;
    }
    check_weights();
    check_data();
    check_traces();
    check_logarithms();
    return check::outcome();
}
