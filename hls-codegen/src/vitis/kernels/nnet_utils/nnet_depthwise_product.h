#ifndef NNET_DEPTHWISE_PRODUCT_H_
#define NNET_DEPTHWISE_PRODUCT_H_

#include "nnet_common.h"
#include "nnet_dense.h"
#include "nnet_function_stubs.h"
#include "nnet_mult.h"

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-label"

// The product behind a depthwise convolution: each output sums the products of one channel of the window.
namespace nnet {

namespace detail {

// N_TAPS pixels of N_CHAN channels; output o belongs to channel o / depth_multiplier.
template <unsigned N_TAPS, unsigned N_CHAN, unsigned N_FILT, unsigned REUSE_FACTOR> struct depthwise_shape {
    static const unsigned n_taps = N_TAPS;
    static const unsigned n_chan = N_CHAN;
    static const unsigned n_filt = N_FILT;
    static const unsigned depth_multiplier = N_FILT / N_CHAN;
    static const unsigned n_in = N_TAPS * N_CHAN;
    static const unsigned n_weights = N_TAPS * N_FILT;
    static const unsigned n_cycles = MIN(REUSE_FACTOR, n_weights);
    static const unsigned n_mult = DIV_ROUNDUP(n_weights, n_cycles);
};

// Unrolled. Weights are (taps, channels, depth multiplier).
template <class shape_T, class data_T, class res_T, class CONFIG_T>
void depthwise_latency(const data_T *window, res_T *res, typename CONFIG_T::weight_t *weights,
                       typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    typename CONFIG_T::accum_t acc[shape_T::n_filt];
    #pragma HLS ARRAY_PARTITION variable=acc complete
    init_accum<CONFIG_T>(acc, biases);
    for (unsigned i_tap = 0; i_tap < shape_T::n_taps; i_tap++) {
        #pragma HLS UNROLL
        for (unsigned i_out = 0; i_out < shape_T::n_filt; i_out++) {
            #pragma HLS UNROLL
            acc[i_out] += multiply_weight<data_T, CONFIG_T>(
                window[i_tap * shape_T::n_chan + i_out / shape_T::depth_multiplier], weights[i_tap * shape_T::n_filt + i_out]);
        }
    }
    cast_accum<data_T, res_T, CONFIG_T>(acc, res);
}

// One multiplication of the Resource strategy. Weights are (depth multiplier, taps, channels), so that a weight's input is its
// number modulo the size of the window. The last block is shorter where the reuse factor does not divide the number of weights.
template <class shape_T, class data_T, class CONFIG_T>
void depthwise_multiply(unsigned i_weight, const data_T *window, typename CONFIG_T::accum_t *acc,
                        typename CONFIG_T::weight_t *weights) {
    #pragma HLS INLINE
    if (i_weight < shape_T::n_weights) {
        const unsigned i_out = i_weight % shape_T::n_chan * shape_T::depth_multiplier + i_weight / shape_T::n_in;
        acc[i_out] += multiply_weight<data_T, CONFIG_T>(window[i_weight % shape_T::n_in], weights[i_weight]);
    }
}

// The Resource strategy: reuse_factor cycles.
template <class shape_T, class data_T, class res_T, class CONFIG_T>
void depthwise_resource(const data_T *window, res_T *res, typename CONFIG_T::weight_t *weights,
                        typename CONFIG_T::bias_t *biases) {
    const unsigned n_mult = shape_T::n_mult;
    #pragma HLS INLINE
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=n_mult
    #pragma HLS ARRAY_PARTITION variable=biases complete
    if (CONFIG_T::reuse_factor > 1) {
        #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=BRAM
    }

    typename CONFIG_T::accum_t acc[shape_T::n_filt];
    #pragma HLS ARRAY_PARTITION variable=acc complete
    init_accum<CONFIG_T>(acc, biases);

ReuseLoop:
    for (unsigned i_cycle = 0; i_cycle < shape_T::n_cycles; i_cycle++) {
        #pragma HLS PIPELINE II=1 rewind
        for (unsigned i_mult = 0; i_mult < n_mult; i_mult++) {
            #pragma HLS UNROLL
            const unsigned i_weight = i_mult * shape_T::n_cycles + i_cycle;
            depthwise_multiply<shape_T, data_T, CONFIG_T>(i_weight, window, acc, weights);
        }
    }

    cast_accum<data_T, res_T, CONFIG_T>(acc, res);
}

// With one filter per channel, which is what the interface below can say.
template <class CONFIG_T>
using depthwise_shape_of =
    depthwise_shape<CONFIG_T::n_in / CONFIG_T::n_out, CONFIG_T::n_out, CONFIG_T::n_out, CONFIG_T::reuse_factor>;

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
class DepthwiseDenseLatency : public DepthwiseDenseKernel<data_T, res_T, CONFIG_T> {
  public:
    static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out], typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                      typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
        #pragma HLS FUNCTION_INSTANTIATE variable=weights
        #pragma HLS ARRAY_PARTITION variable=weights complete
        #pragma HLS ARRAY_PARTITION variable=biases complete
        #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::multiplier_limit
        detail::depthwise_latency<detail::depthwise_shape_of<CONFIG_T>, data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

template <class data_T, class res_T, typename CONFIG_T>
class DepthwiseDenseResource : public DepthwiseDenseKernel<data_T, res_T, CONFIG_T> {
  public:
    static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out], typename CONFIG_T::weight_t weights[CONFIG_T::n_in],
                      typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
        #pragma HLS FUNCTION_INSTANTIATE variable=weights
        #pragma HLS FUNCTION_INSTANTIATE variable=biases
        detail::depthwise_resource<detail::depthwise_shape_of<CONFIG_T>, data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

// hls4ml has three regimes; one loop serves them all.
template <class data_T, class res_T, typename CONFIG_T>
using DepthwiseDenseResource_rf_leq_nout = DepthwiseDenseResource<data_T, res_T, CONFIG_T>;
template <class data_T, class res_T, typename CONFIG_T>
using DepthwiseDenseResource_rf_gt_nout_rem0 = DepthwiseDenseResource<data_T, res_T, CONFIG_T>;
template <class data_T, class res_T, typename CONFIG_T>
using DepthwiseDenseResource_rf_gt_nout = DepthwiseDenseResource<data_T, res_T, CONFIG_T>;

} // namespace nnet

#pragma GCC diagnostic pop

#endif
