#ifndef NNET_DEPTHWISE_CONV_H_
#define NNET_DEPTHWISE_CONV_H_

#include "nnet_common.h"
#include "nnet_depthwise_product.h"
#include <type_traits>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-label"

// Depthwise convolutions of any rank over arrays, in partitions as those of nnet_conv_common.h.
namespace nnet {

namespace detail {

template <class CONFIG_T>
using depthwise_conv_shape =
    depthwise_shape<CONFIG_T::kernel_size, CONFIG_T::n_chan, CONFIG_T::n_filt, CONFIG_T::reuse_factor>;

// A partition every reuse_factor cycles.
template <class data_T, class res_T, class CONFIG_T>
void depthwise_conv_latency(data_T *data, res_T *res, typename CONFIG_T::weight_t *weights,
                            typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    #pragma HLS ARRAY_PARTITION variable=weights complete
    #pragma HLS ARRAY_PARTITION variable=biases complete
    #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::mult_config::multiplier_limit
    typedef depthwise_conv_shape<CONFIG_T> shape;

    data_T window[CONFIG_T::n_pixels][shape::n_in];
    #pragma HLS ARRAY_PARTITION variable=window complete dim=0

PartitionLoop:
    for (unsigned i_part = 0; i_part < CONFIG_T::n_partitions; i_part++) {
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor rewind
        CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, window, i_part);
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            #pragma HLS UNROLL
            res_T out[shape::n_filt];
            #pragma HLS ARRAY_PARTITION variable=out complete
            depthwise_latency<shape, data_T, res_T, typename CONFIG_T::mult_config>(window[i_pixel], out, weights, biases);
            for (unsigned i_out = 0; i_out < shape::n_filt; i_out++) {
                #pragma HLS UNROLL
                res[(i_part * CONFIG_T::n_pixels + i_pixel) * shape::n_filt + i_out] = out[i_out];
            }
        }
    }
}

// reuse_factor cycles for each partition; all its pixels share a multiplier's weight.
template <class data_T, class res_T, class CONFIG_T>
void depthwise_conv_resource(data_T *data, res_T *res, typename CONFIG_T::weight_t *weights,
                             typename CONFIG_T::bias_t *biases) {
    typedef depthwise_conv_shape<CONFIG_T> shape;
    typedef typename CONFIG_T::mult_config mult_T;
    const unsigned n_mult = shape::n_mult;

    #pragma HLS INLINE
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=n_mult
    #pragma HLS ARRAY_PARTITION variable=biases complete
    if (CONFIG_T::reuse_factor > 1) {
        #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=BRAM
    }

    data_T window[CONFIG_T::n_pixels][shape::n_in];
    #pragma HLS ARRAY_PARTITION variable=window complete dim=0
    typename CONFIG_T::accum_t acc[CONFIG_T::n_pixels][shape::n_filt];
    #pragma HLS ARRAY_PARTITION variable=acc complete dim=0

PartitionLoop:
    for (unsigned i_part = 0; i_part < CONFIG_T::n_partitions; i_part++) {
        CONFIG_T::template fill_buffer<data_T, CONFIG_T>::fill_buffer(data, window, i_part);
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            #pragma HLS UNROLL
            init_accum<mult_T>(acc[i_pixel], biases);
        }
    ReuseLoop:
        for (unsigned i_cycle = 0; i_cycle < shape::n_cycles; i_cycle++) {
            #pragma HLS PIPELINE II=1 rewind
            for (unsigned i_mult = 0; i_mult < n_mult; i_mult++) {
                #pragma HLS UNROLL
                const unsigned i_weight = i_mult * shape::n_cycles + i_cycle;
                for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
                    #pragma HLS UNROLL
                    depthwise_multiply<shape, data_T, mult_T>(i_weight, window[i_pixel], acc[i_pixel], weights);
                }
            }
        }
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            #pragma HLS UNROLL
            for (unsigned i_out = 0; i_out < shape::n_filt; i_out++) {
                #pragma HLS UNROLL
                res[(i_part * CONFIG_T::n_pixels + i_pixel) * shape::n_filt + i_out] =
                    cast<data_T, res_T, mult_T>(acc[i_pixel][i_out]);
            }
        }
    }
}

// Chosen by type, so that only the strategy in use is compiled.
template <class data_T, class res_T, class CONFIG_T>
void depthwise_conv_by_strategy(std::true_type, data_T *data, res_T *res, typename CONFIG_T::weight_t *weights,
                                typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    depthwise_conv_latency<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, class CONFIG_T>
void depthwise_conv_by_strategy(std::false_type, data_T *data, res_T *res, typename CONFIG_T::weight_t *weights,
                                typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    depthwise_conv_resource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
}

template <class data_T, class res_T, class CONFIG_T>
void depthwise_conv(data_T *data, res_T *res, typename CONFIG_T::weight_t *weights, typename CONFIG_T::bias_t *biases) {
    #pragma HLS INLINE
    static_assert(CONFIG_T::n_filt % CONFIG_T::n_chan == 0, "every channel has as many filters");
    const bool unrolled = CONFIG_T::strategy == nnet::latency || CONFIG_T::strategy == nnet::distributed_arithmetic;
    depthwise_conv_by_strategy<data_T, res_T, CONFIG_T>(std::integral_constant<bool, unrolled>(), data, res, weights, biases);
}

} // namespace detail

} // namespace nnet

#pragma GCC diagnostic pop

#endif
