#ifndef NNET_CONV1D_H_
#define NNET_CONV1D_H_

#include "nnet_common.h"
#include "nnet_conv_common.h"
#include "nnet_function_stubs.h"

namespace nnet {

struct conv1d_config {
    typedef float bias_t;
    typedef float weight_t;
    typedef float accum_t;

    static const unsigned pad_left = 0;
    static const unsigned pad_right = 0;
    static const unsigned in_width = 10;
    static const unsigned n_chan = 1;
    static const unsigned filt_width = 1;
    static const unsigned kernel_size = filt_width;
    static const unsigned n_filt = 1;
    static const unsigned stride_width = 1;
    static const unsigned dilation = 1;
    static const unsigned out_width = 10;
    static const unsigned reuse_factor = 1;
    static const bool store_weights_in_bram = false;
    static const unsigned n_zeros = 0;
};

template <class data_T, class res_T, typename CONFIG_T> class Conv1DLatency : public Conv1DKernel<data_T, res_T, CONFIG_T> {
  public:
    static void conv(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                     typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
                     typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
        #pragma HLS INLINE
        detail::conv_latency<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

template <class data_T, class res_T, typename CONFIG_T> class Conv1DResource : public Conv1DKernel<data_T, res_T, CONFIG_T> {
  public:
    static void conv(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                     typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
                     typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
        #pragma HLS INLINE
        detail::conv_resource<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

// A kernel of one pixel, all pixels at once: reuse_factor cycles for the tensor. Its mult_config describes the product of
// the whole tensor, not of a pixel.
template <class data_T, class res_T, typename CONFIG_T>
class BatchedDenseForConv1D : public Conv1DKernel<data_T, res_T, CONFIG_T> {
  public:
    static void conv(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                     typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                     typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
        #pragma HLS FUNCTION_INSTANTIATE variable=weights
        #pragma HLS FUNCTION_INSTANTIATE variable=biases
        #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
        #pragma HLS ARRAY_PARTITION variable=weights complete
        #pragma HLS ARRAY_PARTITION variable=biases complete
        #pragma HLS ALLOCATION operation instances=mul limit=CONFIG_T::mult_config::multiplier_limit
        typedef typename CONFIG_T::mult_config mult_T;
        static_assert(CONFIG_T::n_partitions == 1, "this kernel does not work in partitions");

        for (unsigned i = 0; i < CONFIG_T::out_width; i++) {
            const unsigned i_pixel = i * CONFIG_T::stride_width - CONFIG_T::pad_left;
            for (unsigned i_filt = 0; i_filt < CONFIG_T::n_filt; i_filt++) {
                typename CONFIG_T::accum_t acc = biases[i_filt];
                // Left of the tensor i_pixel has wrapped around and is larger than any width.
                for (unsigned i_chan = 0; i_pixel < CONFIG_T::in_width && i_chan < CONFIG_T::n_chan; i_chan++) {
                    acc += detail::multiply_weight<data_T, mult_T>(data[i_pixel * CONFIG_T::n_chan + i_chan],
                                                                   weights[i_chan * CONFIG_T::n_filt + i_filt]);
                }
                res[i * CONFIG_T::n_filt + i_filt] = cast<data_T, res_T, mult_T>(acc);
            }
        }
    }
};

// Tensors are (width, channels).
template <class data_T, class res_T, typename CONFIG_T>
void conv_1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                typename CONFIG_T::weight_t weights[CONFIG_T::filt_width * CONFIG_T::n_chan * CONFIG_T::n_filt],
                typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    CONFIG_T::template conv_kernel<data_T, res_T, CONFIG_T>::conv(data, res, weights, biases);
}

template <class data_T, class res_T, typename CONFIG_T>
void pointwise_conv_1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan],
                          res_T res[CONFIG_T::out_width * CONFIG_T::n_filt],
                          typename CONFIG_T::weight_t weights[CONFIG_T::n_chan * CONFIG_T::n_filt],
                          typename CONFIG_T::bias_t biases[CONFIG_T::n_filt]) {
    #pragma HLS INLINE recursive
    static_assert(CONFIG_T::filt_width == 1, "a pointwise convolution has a kernel of one pixel");
    CONFIG_T::template conv_kernel<data_T, res_T, CONFIG_T>::conv(data, res, weights, biases);
}

} // namespace nnet

#endif
