#ifndef NNET_CONV_COMMON_H_
#define NNET_CONV_COMMON_H_

#include "nnet_common.h"
#include "nnet_dense.h"
#include "nnet_function_stubs.h"
#include "nnet_mult.h"
#include <type_traits>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-label"

// Convolutions of any rank over arrays: a matrix product for each output pixel. The n_pixels pixels of a partition are
// computed side by side, the n_partitions partitions in turn; a generated fill_buffer gathers, for each pixel, the
// inputs under the kernel (n_in = kernel size * n_chan of them, padding as zeros).
namespace nnet {

// Named by every convolution's configuration, used by streams alone.
template <unsigned K, unsigned S, unsigned W> class scale_index_regular;
template <unsigned K, unsigned S, unsigned W> class scale_index_unscaled;

namespace detail {

// The sizes of the matrix product behind a convolution.
template <class CONFIG_T> struct conv_sizes {
    static const unsigned n_in = CONFIG_T::mult_config::n_in;
    static const unsigned n_out = CONFIG_T::mult_config::n_out;
    static const unsigned n_weights = n_in * n_out;
    static const unsigned n_cycles = MIN(CONFIG_T::reuse_factor, n_weights);
    static const unsigned n_mult = DIV_ROUNDUP(n_weights, n_cycles);
    static const bool mult_serves_one_output = n_in % n_cycles == 0;
    static const unsigned mult_per_output = mult_serves_one_output ? n_in / n_cycles : 1;
};

// Which output and which input a multiplier works on in a cycle; a reuse factor that divides n_in needs no divider.
template <class CONFIG_T> unsigned conv_output(unsigned i_cycle, unsigned i_mult) {
    #pragma HLS INLINE
    typedef conv_sizes<CONFIG_T> sizes;
    return sizes::mult_serves_one_output ? i_mult / sizes::mult_per_output
                                         : (i_cycle + i_mult * sizes::n_cycles) / sizes::n_in;
}

template <class CONFIG_T> unsigned conv_input(unsigned i_cycle, unsigned i_mult) {
    #pragma HLS INLINE
    typedef conv_sizes<CONFIG_T> sizes;
    return sizes::mult_serves_one_output ? i_cycle + i_mult % sizes::mult_per_output * sizes::n_cycles
                                         : (i_cycle + i_mult * sizes::n_cycles) % sizes::n_in;
}

// Unrolled: a partition every reuse_factor cycles. Weights are (n_in, n_out).
template <class data_T, class res_T, class CONFIG_T>
void conv_latency(data_T *data, res_T *res, typename CONFIG_T::weight_t weights[conv_sizes<CONFIG_T>::n_weights],
                  typename CONFIG_T::bias_t biases[conv_sizes<CONFIG_T>::n_out]) {
    #pragma HLS INLINE
    #pragma HLS ARRAY_PARTITION variable=weights complete
    #pragma HLS ARRAY_PARTITION variable=biases complete
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::mult_config::multiplier_limit
    typedef typename CONFIG_T::mult_config mult_T;
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned n_in = conv_sizes<CONFIG_T>::n_in;
    const unsigned n_out = conv_sizes<CONFIG_T>::n_out;

    data_T window[CONFIG_T::n_pixels][n_in];
    #pragma HLS ARRAY_PARTITION variable=window complete dim=0
    accum_t acc[n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete

PartitionLoop:
    for (unsigned i_part = 0; i_part < CONFIG_T::n_partitions; i_part++) {
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor rewind
        CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, window, i_part);
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            #pragma HLS UNROLL
            for (unsigned i_out = 0; i_out < n_out; i_out++) {
                #pragma HLS UNROLL
                acc[i_out] = static_cast<accum_t>(biases[i_out]);
            }
            for (unsigned i_in = 0; i_in < n_in; i_in++) {
                #pragma HLS UNROLL
                for (unsigned i_out = 0; i_out < n_out; i_out++) {
                    #pragma HLS UNROLL
                    acc[i_out] += multiply_weight<data_T, mult_T>(window[i_pixel][i_in], weights[i_in * n_out + i_out]);
                }
            }
            for (unsigned i_out = 0; i_out < n_out; i_out++) {
                #pragma HLS UNROLL
                res[(i_part * CONFIG_T::n_pixels + i_pixel) * n_out + i_out] = cast<data_T, res_T, mult_T>(acc[i_out]);
            }
        }
    }
}

// reuse_factor cycles for each partition, as in dense_resource_rf_leq_nin. Weights are (n_out, n_in).
template <class data_T, class res_T, class CONFIG_T>
void conv_resource(data_T *data, res_T *res, typename CONFIG_T::weight_t weights[conv_sizes<CONFIG_T>::n_weights],
                   typename CONFIG_T::bias_t biases[conv_sizes<CONFIG_T>::n_out]) {
    typedef typename CONFIG_T::mult_config mult_T;
    typedef typename CONFIG_T::accum_t accum_t;
    const unsigned n_in = conv_sizes<CONFIG_T>::n_in;
    const unsigned n_out = conv_sizes<CONFIG_T>::n_out;
    const unsigned n_cycles = conv_sizes<CONFIG_T>::n_cycles;
    const unsigned n_mult = conv_sizes<CONFIG_T>::n_mult;

    #pragma HLS INLINE
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=n_mult
    #pragma HLS ARRAY_PARTITION variable=biases complete
    if (CONFIG_T::reuse_factor > 1) {
        #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=BRAM
    }

    data_T window[CONFIG_T::n_pixels][n_in];
    #pragma HLS ARRAY_PARTITION variable=window complete dim=0
    accum_t acc[CONFIG_T::n_pixels][n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete dim=0

PartitionLoop:
    for (unsigned i_part = 0; i_part < CONFIG_T::n_partitions; i_part++) {
        CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, window, i_part);
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            #pragma HLS UNROLL
            init_accum<mult_T>(acc[i_pixel], biases);
        }
    ReuseLoop:
        for (unsigned i_cycle = 0; i_cycle < n_cycles; i_cycle++) {
            #pragma HLS PIPELINE II=1 rewind
            for (unsigned i_mult = 0; i_mult < n_mult; i_mult++) {
                #pragma HLS UNROLL
                const unsigned i_weight = i_cycle + i_mult * n_cycles;
                // The last block is shorter where the reuse factor does not divide the number of weights.
                if (i_weight < conv_sizes<CONFIG_T>::n_weights) {
                    const unsigned i_out = conv_output<CONFIG_T>(i_cycle, i_mult);
                    const unsigned i_in = conv_input<CONFIG_T>(i_cycle, i_mult);
                    for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
                        #pragma HLS UNROLL
                        acc[i_pixel][i_out] += multiply_weight<data_T, mult_T>(window[i_pixel][i_in], weights[i_weight]);
                    }
                }
            }
        }
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            #pragma HLS UNROLL
            for (unsigned i_out = 0; i_out < n_out; i_out++) {
                #pragma HLS UNROLL
                res[(i_part * CONFIG_T::n_pixels + i_pixel) * n_out + i_out] =
                    cast<data_T, res_T, mult_T>(acc[i_pixel][i_out]);
            }
        }
    }
}

// Chosen by type, so that only the strategy in use is compiled.
template <class data_T, class res_T, class CONFIG_T>
void conv_by_strategy(std::true_type, data_T *data, res_T *res, typename CONFIG_T::weight_t *weights,
                      typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    conv_latency<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, class CONFIG_T>
void conv_by_strategy(std::false_type, data_T *data, res_T *res, typename CONFIG_T::weight_t *weights,
                      typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    conv_resource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

} // namespace detail

} // namespace nnet

#pragma GCC diagnostic pop

#endif
