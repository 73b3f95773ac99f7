#ifndef NNET_FUNCTION_STUBS_H_
#define NNET_FUNCTION_STUBS_H_

// Base classes of what a project generates for itself in nnet_code_gen.h, and of the kernels that a configuration
// struct chooses. They are empty on purpose: a project that names a kernel nobody wrote must fail to compile.
namespace nnet {

// Derived classes offer `static void dense(data[n_in], res[n_out], weights, biases)`.
template <class data_T, class res_T, typename CONFIG_T> class DenseKernel {};

// As DenseKernel, for one filter per channel.
template <class data_T, class res_T, typename CONFIG_T> class DepthwiseDenseKernel {};

// Derived classes offer `static void conv(data[in_width * n_chan], res[out_width * n_filt], weights, biases)`.
template <class data_T, class res_T, typename CONFIG_T> class Conv1DKernel {};

// Derived classes offer `static void pointwise_conv(...)` with the arguments of Conv1DKernel.
template <class data_T, class res_T, typename CONFIG_T> class PointwiseConv1D {};

// Derived classes offer `static void fill_buffer(data, buffer[n_pixels][filt_width * n_chan], partition)`.
template <class data_T, typename CONFIG_T> class FillConv1DBuffer {};

// Derived classes offer `static void fill_buffer(data, buffer[n_pixels][filt_height * filt_width * n_chan], partition)`.
template <class data_T, typename CONFIG_T> class FillConv2DBuffer {};

} // namespace nnet

#endif
