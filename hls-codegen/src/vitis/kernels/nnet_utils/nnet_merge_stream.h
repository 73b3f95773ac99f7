#ifndef NNET_MERGE_STREAM_H_
#define NNET_MERGE_STREAM_H_

#include "nnet_merge.h"
#include "nnet_stream.h"

namespace nnet {

namespace detail {

template <class op_T, unsigned INTERVAL, class input1_T, class input2_T, class res_T, class CONFIG_T>
void merge_packs(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    static_assert(input1_T::size == res_T::size && input2_T::size == res_T::size,
                  "merging streams repeats nothing: all packs have one size");
    for (unsigned i = 0; i < CONFIG_T::n_elem / res_T::size; i++) {
        #pragma HLS PIPELINE II=INTERVAL
        const input1_T in1 = data1.read();
        const input2_T in2 = data2.read();
        res_T out;
        for (unsigned j = 0; j < res_T::size; j++) {
            #pragma HLS UNROLL
            out[j] = op_T::template apply<typename res_T::value_type>(in1[j], in2[j]);
        }
        res.write(out);
    }
}

// Along the last axis: N packs of each input become N longer ones.
template <unsigned N, class input1_T, class input2_T, class res_T>
void join_packs(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N; i++) {
        #pragma HLS PIPELINE II=1
        input1_T in1 = data1.read();
        input2_T in2 = data2.read();
        res_T out;
        concatenate_runs<1, input1_T::size, input2_T::size>(in1.data, in2.data, out.data);
        res.write(out);
    }
}

// Along any other axis: runs of packs in turn.
template <unsigned N_REPEAT, unsigned N_RUN1, unsigned N_RUN2, class input1_T, class input2_T, class res_T>
void interleave_packs(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N_REPEAT; i++) {
        forward_packs<N_RUN1>(data1, res);
        forward_packs<N_RUN2>(data2, res);
    }
}

// The axis of a concatenation as a type, so that only the loops in use are compiled.
template <int dim> struct dimension {};

template <class CONFIG_T, class input1_T, class input2_T, class res_T>
void concatenate_2d(dimension<0>, hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    interleave_packs<1, CONFIG_T::n_elem1_0, CONFIG_T::n_elem2_0>(data1, data2, res);
}

template <class CONFIG_T, class input1_T, class input2_T, class res_T>
void concatenate_2d(dimension<1>, hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    join_packs<CONFIG_T::n_elem1_0>(data1, data2, res);
}

template <class CONFIG_T, class input1_T, class input2_T, class res_T>
void concatenate_3d(dimension<0>, hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    interleave_packs<1, CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1, CONFIG_T::n_elem2_0 * CONFIG_T::n_elem2_1>(
        data1, data2, res);
}

template <class CONFIG_T, class input1_T, class input2_T, class res_T>
void concatenate_3d(dimension<1>, hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    interleave_packs<CONFIG_T::n_elem1_0, CONFIG_T::n_elem1_1, CONFIG_T::n_elem2_1>(data1, data2, res);
}

template <class CONFIG_T, class input1_T, class input2_T, class res_T>
void concatenate_3d(dimension<2>, hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    join_packs<CONFIG_T::n_elem1_0 * CONFIG_T::n_elem1_1>(data1, data2, res);
}

} // namespace detail

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void add(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::merge_packs<detail::add_op, 1, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void subtract(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::merge_packs<detail::subtract_op, 1, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void multiply(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::merge_packs<detail::multiply_op, CONFIG_T::reuse_factor, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void average(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::merge_packs<detail::average_op, CONFIG_T::reuse_factor, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void maximum(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::merge_packs<detail::maximum_op, CONFIG_T::reuse_factor, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void minimum(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::merge_packs<detail::minimum_op, CONFIG_T::reuse_factor, input1_T, input2_T, res_T, CONFIG_T>(data1, data2, res);
}

// Scalar product of two vectors; hls4ml's library has none over streams.
template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void dot1d(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    typename input1_T::value_type values1[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=values1 complete
    typename input2_T::value_type values2[CONFIG_T::n_in];
    #pragma HLS ARRAY_PARTITION variable=values2 complete
    detail::read_packs<CONFIG_T::n_in>(data1, values1);
    detail::read_packs<CONFIG_T::n_in>(data2, values2);
    res_T out;
    dot1d<typename input1_T::value_type, typename input2_T::value_type, typename res_T::value_type, CONFIG_T>(values1, values2,
                                                                                                           out.data);
    res.write(out);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate1d(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    typename input1_T::value_type values1[CONFIG_T::n_elem1_0];
    #pragma HLS ARRAY_PARTITION variable=values1 complete
    typename input2_T::value_type values2[CONFIG_T::n_elem2_0];
    #pragma HLS ARRAY_PARTITION variable=values2 complete
    detail::read_packs<CONFIG_T::n_elem1_0>(data1, values1);
    detail::read_packs<CONFIG_T::n_elem2_0>(data2, values2);
    res_T out;
    detail::concatenate_runs<1, CONFIG_T::n_elem1_0, CONFIG_T::n_elem2_0>(values1, values2, out.data);
    res.write(out);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate2d(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::concatenate_2d<CONFIG_T>(detail::dimension<detail::concat_dim(CONFIG_T::axis, 2)>(), data1, data2, res);
}

template <class input1_T, class input2_T, class res_T, typename CONFIG_T>
void concatenate3d(hls::stream<input1_T> &data1, hls::stream<input2_T> &data2, hls::stream<res_T> &res) {
    #pragma HLS INLINE
    detail::concatenate_3d<CONFIG_T>(detail::dimension<detail::concat_dim(CONFIG_T::axis, 3)>(), data1, data2, res);
}

} // namespace nnet

#endif
