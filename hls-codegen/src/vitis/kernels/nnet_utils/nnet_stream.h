#ifndef NNET_STREAM_H_
#define NNET_STREAM_H_

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_types.h"

// io_stream: a tensor is a sequence of packs (nnet::array), each one the last axis of one position. A layer's stream
// version has the name of its array version and moves the same arithmetic over packs.
namespace nnet {

namespace detail {

// A layer's configuration, for one pack of N values instead of the whole tensor.
template <class CONFIG_T, unsigned N> struct pack_config : CONFIG_T {
    static const unsigned n_in = N;
};

template <class in_T, class out_T> out_T convert_pack(const in_T &in) {
    #pragma HLS INLINE
    out_T out;
    for (unsigned j = 0; j < out_T::size; j++) {
        #pragma HLS UNROLL
        out[j] = in[j];
    }
    return out;
}

// Runs an array kernel over every pack; a new pack each INTERVAL cycles.
template <class data_T, class res_T, unsigned N_IN, unsigned INTERVAL,
          void (*kernel)(typename data_T::value_type *, typename res_T::value_type *)>
void map_packs(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N_IN / data_T::size; i++) {
        #pragma HLS PIPELINE II=INTERVAL
        data_T in = data.read();
        res_T out;
        kernel(in.data, out.data);
        res.write(out);
    }
}

// N packs as they are, but for their type.
template <unsigned N, class input_T, class res_T> void forward_packs(hls::stream<input_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N; i++) {
        #pragma HLS PIPELINE II=1
        res.write(convert_pack<input_T, res_T>(data.read()));
    }
}

// Between a stream and an array of the whole tensor.
template <unsigned N, class data_T>
void read_packs(hls::stream<data_T> &stream, typename data_T::value_type values[N]) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N / data_T::size; i++) {
        #pragma HLS PIPELINE
        const data_T pack = stream.read();
        for (unsigned j = 0; j < data_T::size; j++) {
            #pragma HLS UNROLL
            values[i * data_T::size + j] = pack[j];
        }
    }
}

template <unsigned N, class res_T> void write_packs(typename res_T::value_type values[N], hls::stream<res_T> &stream) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N / res_T::size; i++) {
        #pragma HLS PIPELINE
        res_T pack;
        for (unsigned j = 0; j < res_T::size; j++) {
            #pragma HLS UNROLL
            pack[j] = values[i * res_T::size + j];
        }
        stream.write(pack);
    }
}

template <class out_T> void write_all(const out_T &out, hls::stream<out_T> &res) {
    #pragma HLS INLINE
    res.write(out);
}

template <class out_T, class... more_T>
void write_all(const out_T &out, hls::stream<out_T> &res, hls::stream<more_T> &...more) {
    #pragma HLS INLINE
    res.write(out);
    write_all(out, more...);
}

} // namespace detail

// A stream is read once: each further reader of a tensor of N values needs a copy.
template <class data_T, class res_T, int N, class... more_T>
void clone_stream(hls::stream<data_T> &data, hls::stream<res_T> &res1, hls::stream<res_T> &res2,
                  hls::stream<more_T> &...more) {
    for (unsigned i = 0; i < N / data_T::size; i++) {
        #pragma HLS PIPELINE
        detail::write_all(detail::convert_pack<data_T, res_T>(data.read()), res1, res2, more...);
    }
}

namespace detail {

// Between packs of different sizes, one of which divides the other.
template <class data_T, class res_T, unsigned N, bool splits> struct repack;

template <class data_T, class res_T, unsigned N> struct repack<data_T, res_T, N, true> {
    static void apply(hls::stream<data_T> &data, hls::stream<res_T> &res) {
        #pragma HLS INLINE
        static_assert(data_T::size % res_T::size == 0, "packs can only be split into equal parts");
        for (unsigned i = 0; i < N / data_T::size; i++) {
            const data_T in = data.read();
            for (unsigned part = 0; part < data_T::size / res_T::size; part++) {
                #pragma HLS PIPELINE
                res_T out;
                for (unsigned j = 0; j < res_T::size; j++) {
                    #pragma HLS UNROLL
                    out[j] = in[part * res_T::size + j];
                }
                res.write(out);
            }
        }
    }
};

template <class data_T, class res_T, unsigned N> struct repack<data_T, res_T, N, false> {
    static void apply(hls::stream<data_T> &data, hls::stream<res_T> &res) {
        #pragma HLS INLINE
        static_assert(res_T::size % data_T::size == 0, "packs can only be joined in whole numbers");
        for (unsigned i = 0; i < N / res_T::size; i++) {
            res_T out;
            for (unsigned part = 0; part < res_T::size / data_T::size; part++) {
                #pragma HLS PIPELINE
                const data_T in = data.read();
                for (unsigned j = 0; j < data_T::size; j++) {
                    #pragma HLS UNROLL
                    out[part * data_T::size + j] = in[j];
                }
            }
            res.write(out);
        }
    }
};

} // namespace detail

// Reshape: the values stay, the packs change.
template <class data_T, class res_T, int N> void repack_stream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::repack<data_T, res_T, N, (data_T::size >= res_T::size)>::apply(data, res);
}

// Defaults of a broadcast: the sizes before and after it.
struct broadcast_config {
    static const unsigned in_height = 1;
    static const unsigned in_width = 1;
    static const unsigned in_chan = 3;
    static const unsigned out_height = 2;
    static const unsigned out_width = 2;
    static const unsigned out_chan = 3;
};

namespace detail {

// A pixel with its channels, or its one channel as many times as needed.
template <class data_T, class res_T> res_T repeat_channels(const data_T &pixel) {
    #pragma HLS INLINE
    static_assert(data_T::size == 1 || data_T::size == res_T::size, "only a single channel can be repeated");
    res_T out;
    for (unsigned i_chan = 0; i_chan < res_T::size; i_chan++) {
        #pragma HLS UNROLL
        out[i_chan] = pixel[data_T::size == 1 ? 0 : i_chan];
    }
    return out;
}

// Whether there are as many pixels as before; otherwise they are kept, because they are needed again.
template <bool as_many_pixels> struct broadcast;

template <> struct broadcast<true> {
    template <class CONFIG_T, class data_T, class res_T>
    static void apply(hls::stream<data_T> &data, hls::stream<res_T> &res) {
        #pragma HLS INLINE
        for (unsigned i = 0; i < CONFIG_T::out_height * CONFIG_T::out_width; i++) {
            #pragma HLS PIPELINE II=1
            res.write(repeat_channels<data_T, res_T>(data.read()));
        }
    }
};

template <> struct broadcast<false> {
    template <class CONFIG_T, class data_T, class res_T>
    static void apply(hls::stream<data_T> &data, hls::stream<res_T> &res) {
        #pragma HLS INLINE
        static_assert((CONFIG_T::in_height == 1 || CONFIG_T::in_height == CONFIG_T::out_height) &&
                          (CONFIG_T::in_width == 1 || CONFIG_T::in_width == CONFIG_T::out_width),
                      "only a single row or column can be repeated");
        const unsigned n_pixels = CONFIG_T::in_height * CONFIG_T::in_width;
        data_T pixels[n_pixels];
        for (unsigned i = 0; i < n_pixels; i++) {
            #pragma HLS PIPELINE II=1
            pixels[i] = data.read();
        }
        for (unsigned i_row = 0; i_row < CONFIG_T::out_height; i_row++) {
            const unsigned row = CONFIG_T::in_height == 1 ? 0 : i_row;
            for (unsigned i_col = 0; i_col < CONFIG_T::out_width; i_col++) {
                #pragma HLS PIPELINE II=1
                const unsigned col = CONFIG_T::in_width == 1 ? 0 : i_col;
                res.write(repeat_channels<data_T, res_T>(pixels[row * CONFIG_T::in_width + col]));
            }
        }
    }
};

} // namespace detail

// Each of the three axes is as long as before, or was of length one.
template <class data_T, class res_T, typename CONFIG_T>
void broadcast_stream(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    static_assert(data_T::size == CONFIG_T::in_chan && res_T::size == CONFIG_T::out_chan, "a pack is a pixel");
    const bool as_many_pixels =
        CONFIG_T::in_height == CONFIG_T::out_height && CONFIG_T::in_width == CONFIG_T::out_width;
    detail::broadcast<as_many_pixels>::template apply<CONFIG_T>(data, res);
}

} // namespace nnet

#endif
