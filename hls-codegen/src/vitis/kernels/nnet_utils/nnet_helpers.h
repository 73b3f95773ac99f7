#ifndef NNET_HELPERS_H_
#define NNET_HELPERS_H_

// What a test bench, the simulation library and the weight loading need, none of it synthesized, and the constexpr
// logarithms that table and tree sizes come from.

#include "hls_stream.h"
#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace nnet {

// Bits that address x entries, at least 1; bits below the leading one of x; 2 to the power of x.
constexpr int ceillog2(int x) { return (x <= 2) ? 1 : 1 + ceillog2((x + 1) / 2); }
constexpr int floorlog2(int x) { return (x < 2) ? 0 : 1 + floorlog2(x / 2); }
constexpr int pow2(int x) { return x == 0 ? 1 : 2 * pow2(x - 1); }

#ifndef __SYNTHESIS__

#ifndef WEIGHTS_DIR
#define WEIGHTS_DIR "weights"
#endif

namespace detail {

// A weight file is one line of numbers; commas and braces only group them. Running on wrong weights would give
// plausible wrong answers, so a file that does not match ends the simulation.
class weight_reader {
  public:
    weight_reader(const char *fname, size_t expected) : path(std::string(WEIGHTS_DIR) + "/" + fname), expected(expected) {
        std::ifstream file(path.c_str(), std::ios::binary);
        if (!file) {
            fail("cannot be opened");
        }
        std::string line;
        std::getline(file, line);
        for (size_t i = 0; i < line.size(); i++) {
            if (line[i] == ',' || line[i] == '{' || line[i] == '}') {
                line[i] = ' ';
            }
        }
        fields.str(line);
    }

    template <class T> void read(T &value) {
        if (!(fields >> value)) {
            fail("ends early or holds something that is not a number");
        }
    }

    void finish() {
        std::string rest;
        if (fields >> rest) {
            fail("holds more than that");
        }
    }

  private:
    void fail(const char *why) const {
        std::cerr << "ERROR: weight file " << path << ", of which " << expected << " values are expected, " << why
                  << std::endl;
        std::exit(1);
    }

    std::string path;
    size_t expected;
    std::istringstream fields;
};

} // namespace detail

template <class T, size_t SIZE> void load_weights_from_txt(T *w, const char *fname) {
    detail::weight_reader reader(fname, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        reader.read(w[i]);
    }
    reader.finish();
}

template <class T, size_t SIZE> void load_compressed_weights_from_txt(T *w, const char *fname) {
    detail::weight_reader reader(fname, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        reader.read(w[i].row_index);
        reader.read(w[i].col_index);
        reader.read(w[i].weight);
    }
    reader.finish();
}

template <class T, size_t SIZE> void load_exponent_weights_from_txt(T *w, const char *fname) {
    detail::weight_reader reader(fname, SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        reader.read(w[i].sign);
        reader.read(w[i].weight);
    }
    reader.finish();
}

// Converts SIZE values between plain arrays and what the top function takes: an array, or a stream of packs.
template <class srcType, class dstType, size_t SIZE> void convert_data(srcType *src, dstType *dst) {
    for (size_t i = 0; i < SIZE; i++) {
        dst[i] = dstType(src[i]);
    }
}

template <class srcType, class dstType, size_t SIZE> void convert_data(srcType *src, hls::stream<dstType> &dst) {
    for (size_t i = 0; i < SIZE; i += dstType::size) {
        dstType pack;
        for (size_t j = 0; j < dstType::size; j++) {
            pack[j] = typename dstType::value_type(src[i + j]);
        }
        dst.write(pack);
    }
}

template <class srcType, class dstType, size_t SIZE> void convert_data(hls::stream<srcType> &src, dstType *dst) {
    for (size_t i = 0; i < SIZE; i += srcType::size) {
        srcType pack = src.read();
        for (size_t j = 0; j < srcType::size; j++) {
            dst[i + j] = dstType(pack[j]);
        }
    }
}

// Tracing. The main program defines these; trace_outputs maps a layer's name to storage for its output, of floats or
// doubles as trace_type_size says. Without storage each output is appended to a text file in tb_data.
extern bool trace_enabled;
extern std::map<std::string, void *> *trace_outputs;
extern size_t trace_type_size;

template <class data_T, class save_T> void save_output_array(data_T *data, save_T *ptr, size_t layer_size) {
    for (size_t i = 0; i < layer_size; i++) {
        ptr[i] = save_T(data[i]);
    }
}

template <class data_T, class save_T> void save_output_array(hls::stream<data_T> &data, save_T *ptr, size_t layer_size) {
    for (size_t i = 0; i < layer_size; i += data_T::size) {
        data_T pack = data.read();
        for (size_t j = 0; j < data_T::size; j++) {
            ptr[i + j] = save_T(pack[j]);
        }
        data.write(pack); // back to the end: after one round the stream is as it was
    }
}

namespace detail {

// data_T is an array or a reference to a stream; save_output_array tells them apart.
template <class data_T> void trace_layer(data_T data, const char *layer_name, size_t layer_size,
                                         void (*to_float)(data_T, float *, size_t),
                                         void (*to_double)(data_T, double *, size_t)) {
    if (!trace_enabled) {
        return;
    }
    if (!trace_outputs) {
        std::vector<float> values(layer_size);
        to_float(data, values.data(), layer_size);
        std::ofstream out((std::string("./tb_data/") + layer_name + "_output.log").c_str(), std::ios::app);
        for (size_t i = 0; i < layer_size; i++) {
            out << values[i] << " ";
        }
        out << std::endl;
        return;
    }
    const std::map<std::string, void *>::const_iterator storage = trace_outputs->find(layer_name);
    if (storage == trace_outputs->end()) {
        std::cout << "No trace storage was allocated for layer " << layer_name << std::endl;
    } else if (trace_type_size == sizeof(float)) {
        to_float(data, static_cast<float *>(storage->second), layer_size);
    } else if (trace_type_size == sizeof(double)) {
        to_double(data, static_cast<double *>(storage->second), layer_size);
    } else {
        std::cout << "Traces hold floats or doubles, not elements of " << trace_type_size << " bytes" << std::endl;
    }
}

} // namespace detail

template <class data_T> void save_layer_output(data_T *data, const char *layer_name, size_t layer_size) {
    detail::trace_layer<data_T *>(data, layer_name, layer_size, save_output_array<data_T, float>,
                                  save_output_array<data_T, double>);
}

template <class data_T> void save_layer_output(hls::stream<data_T> &data, const char *layer_name, size_t layer_size) {
    detail::trace_layer<hls::stream<data_T> &>(data, layer_name, layer_size, save_output_array<data_T, float>,
                                               save_output_array<data_T, double>);
}

#endif // __SYNTHESIS__

// For the test bench: takes SIZE values from OFFSET on out of one line of input.
template <class src_T, class dst_T, size_t OFFSET, size_t SIZE>
void copy_data(const std::vector<src_T> &src, dst_T dst[SIZE]) {
    std::copy(src.begin() + OFFSET, src.begin() + OFFSET + SIZE, dst);
}

template <class src_T, class dst_T, size_t OFFSET, size_t SIZE>
void copy_data(const std::vector<src_T> &src, hls::stream<dst_T> &dst) {
    for (size_t i = 0; i < SIZE; i += dst_T::size) {
        dst_T pack;
        for (size_t j = 0; j < dst_T::size; j++) {
            pack[j] = typename dst_T::value_type(src[OFFSET + i + j]);
        }
        dst.write(pack);
    }
}

template <class data_T, size_t SIZE> void fill_zero(data_T data[SIZE]) { std::fill_n(data, SIZE, 0.); }

template <class data_T, size_t SIZE> void fill_zero(hls::stream<data_T> &data) {
    for (size_t i = 0; i < SIZE; i += data_T::size) {
        data_T pack;
        for (size_t j = 0; j < data_T::size; j++) {
            pack[j] = 0.;
        }
        data.write(pack);
    }
}

// Prints SIZE values on one line. An array is never consumed; a stream is, unless `keep` puts it back.
template <class res_T, size_t SIZE> void print_result(res_T result[SIZE], std::ostream &out, bool keep = false) {
    (void)keep;
    for (size_t i = 0; i < SIZE; i++) {
        out << result[i] << " ";
    }
    out << std::endl;
}

template <class res_T, size_t SIZE> void print_result(hls::stream<res_T> &result, std::ostream &out, bool keep = false) {
    for (size_t i = 0; i < SIZE; i += res_T::size) {
        res_T pack = result.read();
        for (size_t j = 0; j < res_T::size; j++) {
            out << pack[j] << " ";
        }
        if (keep) {
            result.write(pack);
        }
    }
    out << std::endl;
}

} // namespace nnet

#endif
