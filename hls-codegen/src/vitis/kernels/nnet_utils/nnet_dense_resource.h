#ifndef NNET_DENSE_RESOURCE_H_
#define NNET_DENSE_RESOURCE_H_

#include "nnet_common.h"
#include "nnet_function_stubs.h"
#include "nnet_mult.h"

// Loop labels are what the synthesis report calls the loops; the C++ compiler has no use for them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-label"

// Dense that reuses its multipliers: a loop of reuse_factor cycles, in each of which every multiplier takes one weight
// from block RAM. Weights are transposed, (n_out, n_in) row by row, and cut into as many equal blocks as there are
// multipliers: multiplier m works on weights [m * reuse_factor, (m + 1) * reuse_factor), one per cycle.
//
// Three regimes differ in what a multiplier's block covers, hence in the index logic that has to be built:
//   rf_leq_nin      part of one output's row (reuse_factor divides n_in)
//   rf_gt_nin_rem0  several whole rows (n_in divides reuse_factor)
//   rf_gt_nin       anything
namespace nnet {

namespace detail {

// The sizes that follow from a dense configuration.
template <class CONFIG_T> struct dense_blocks {
    static const unsigned n_weights = CONFIG_T::n_in * CONFIG_T::n_out;
    static const unsigned n_cycles = MIN(CONFIG_T::reuse_factor, n_weights);
    static const unsigned n_mult = DIV_ROUNDUP(n_weights, n_cycles);
};

template <class CONFIG_T>
void init_accum(typename CONFIG_T::accum_t acc[CONFIG_T::n_out], typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    #pragma HLS INLINE
    for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
        #pragma HLS UNROLL
        acc[i_out] = static_cast<typename CONFIG_T::accum_t>(biases[i_out]);
    }
}

template <class data_T, class res_T, class CONFIG_T>
void cast_accum(typename CONFIG_T::accum_t acc[CONFIG_T::n_out], res_T res[CONFIG_T::n_out]) {
    #pragma HLS INLINE
    for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
        #pragma HLS UNROLL
        res[i_out] = cast<data_T, res_T, CONFIG_T>(acc[i_out]);
    }
}

template <class data_T, class CONFIG_T>
typename CONFIG_T::accum_t multiply_weight(data_T x, typename CONFIG_T::weight_t w) {
    #pragma HLS INLINE
    return static_cast<typename CONFIG_T::accum_t>(
        CONFIG_T::template product<data_T, typename CONFIG_T::weight_t>::product(x, w));
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void dense_resource_rf_leq_nin(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                               typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                               typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    const unsigned n_cycles = detail::dense_blocks<CONFIG_T>::n_cycles;
    const unsigned n_mult = detail::dense_blocks<CONFIG_T>::n_mult;
    const unsigned mult_per_output = n_mult / CONFIG_T::n_out;
    static_assert(CONFIG_T::reuse_factor <= CONFIG_T::n_in, "this kernel needs a reuse factor of at most n_in");
    static_assert(CONFIG_T::n_in % CONFIG_T::reuse_factor == 0, "a reuse factor below n_in must divide n_in");

    #pragma HLS FUNCTION_INSTANTIATE variable=weights
    #pragma HLS FUNCTION_INSTANTIATE variable=biases
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=n_mult
    #pragma HLS ARRAY_PARTITION variable=biases complete
    if (CONFIG_T::reuse_factor > 1) {
        #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=BRAM
    }

    typename CONFIG_T::accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete
    detail::init_accum<CONFIG_T>(acc, biases);

ReuseLoop:
    for (unsigned i_cycle = 0; i_cycle < n_cycles; i_cycle++) {
        #pragma HLS PIPELINE II=1 rewind
        for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
            #pragma HLS UNROLL
            for (unsigned i_mult = 0; i_mult < mult_per_output; i_mult++) {
                #pragma HLS UNROLL
                acc[i_out] += detail::multiply_weight<data_T, CONFIG_T>(
                    data[i_cycle + i_mult * n_cycles], weights[i_cycle + (i_out * mult_per_output + i_mult) * n_cycles]);
            }
        }
    }

    detail::cast_accum<data_T, res_T, CONFIG_T>(acc, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void dense_resource_rf_gt_nin_rem0(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                                   typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                                   typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    const unsigned n_cycles = detail::dense_blocks<CONFIG_T>::n_cycles;
    const unsigned n_mult = detail::dense_blocks<CONFIG_T>::n_mult;
    const unsigned rows_per_mult = n_cycles / CONFIG_T::n_in;
    static_assert(n_cycles >= CONFIG_T::n_in && n_cycles % CONFIG_T::n_in == 0,
                  "this kernel needs a reuse factor that is a multiple of n_in");

    #pragma HLS FUNCTION_INSTANTIATE variable=weights
    #pragma HLS FUNCTION_INSTANTIATE variable=biases
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=n_mult
    #pragma HLS ARRAY_PARTITION variable=biases complete
    if (CONFIG_T::reuse_factor > 1) {
        #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=BRAM
    }

    typename CONFIG_T::accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete
    detail::init_accum<CONFIG_T>(acc, biases);

    // Which of its rows a multiplier is at, cycle by cycle. A small table: counting this up in the pipelined loop, or
    // dividing there, makes scheduling slow and the circuit large.
    unsigned row_at[n_cycles];
    for (unsigned i_row = 0; i_row < rows_per_mult; i_row++) {
        for (unsigned i_in = 0; i_in < CONFIG_T::n_in; i_in++) {
            row_at[i_row * CONFIG_T::n_in + i_in] = i_row;
        }
    }

    unsigned i_in = 0;
ReuseLoop:
    for (unsigned i_cycle = 0; i_cycle < n_cycles; i_cycle++) {
        #pragma HLS PIPELINE II=1 rewind
        const unsigned i_row = row_at[i_cycle];
        for (unsigned i_mult = 0; i_mult < n_mult; i_mult++) {
            #pragma HLS UNROLL
            const unsigned i_out = i_mult * rows_per_mult + i_row;
            // The last multiplier has fewer rows when n_mult * reuse_factor exceeds the number of weights.
            if (i_out < CONFIG_T::n_out) {
                acc[i_out] +=
                    detail::multiply_weight<data_T, CONFIG_T>(data[i_in], weights[i_cycle + i_mult * n_cycles]);
            }
        }
        i_in = (i_in + 1 == CONFIG_T::n_in) ? 0 : i_in + 1;
    }

    detail::cast_accum<data_T, res_T, CONFIG_T>(acc, res);
}

template <class data_T, class res_T, typename CONFIG_T>
void dense_resource_rf_gt_nin(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                              typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                              typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    const unsigned n_weights = detail::dense_blocks<CONFIG_T>::n_weights;
    const unsigned n_cycles = detail::dense_blocks<CONFIG_T>::n_cycles;
    const unsigned n_mult = detail::dense_blocks<CONFIG_T>::n_mult;

    #pragma HLS FUNCTION_INSTANTIATE variable=weights
    #pragma HLS FUNCTION_INSTANTIATE variable=biases
    #pragma HLS ARRAY_RESHAPE variable=weights block factor=n_mult
    #pragma HLS ARRAY_PARTITION variable=biases complete
    if (CONFIG_T::reuse_factor > 1) {
        #pragma HLS BIND_STORAGE variable=weights type=ROM_NP impl=BRAM
    }

    typename CONFIG_T::accum_t acc[CONFIG_T::n_out];
    #pragma HLS ARRAY_PARTITION variable=acc complete
    detail::init_accum<CONFIG_T>(acc, biases);

ReuseLoop:
    for (unsigned i_cycle = 0; i_cycle < n_cycles; i_cycle++) {
        #pragma HLS PIPELINE II=1 rewind
        // Any multiplier may feed any output in a cycle, so this cycle's products are first gathered per output.
        typename CONFIG_T::accum_t cycle_sum[CONFIG_T::n_out];
        #pragma HLS ARRAY_PARTITION variable=cycle_sum complete
        for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
            #pragma HLS UNROLL
            cycle_sum[i_out] = 0;
        }
        for (unsigned i_mult = 0; i_mult < n_mult; i_mult++) {
            #pragma HLS UNROLL
            const unsigned i_weight = i_cycle + i_mult * n_cycles;
            if (i_weight < n_weights) {
                cycle_sum[i_weight / CONFIG_T::n_in] +=
                    detail::multiply_weight<data_T, CONFIG_T>(data[i_weight % CONFIG_T::n_in], weights[i_weight]);
            }
        }
        for (unsigned i_out = 0; i_out < CONFIG_T::n_out; i_out++) {
            #pragma HLS UNROLL
            acc[i_out] += cycle_sum[i_out];
        }
    }

    detail::cast_accum<data_T, res_T, CONFIG_T>(acc, res);
}

template <class data_T, class res_T, typename CONFIG_T>
class DenseResource_rf_leq_nin : public DenseKernel<data_T, res_T, CONFIG_T> {
  public:
    static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                      typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                      typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
        #pragma HLS INLINE
        dense_resource_rf_leq_nin<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

template <class data_T, class res_T, typename CONFIG_T>
class DenseResource_rf_gt_nin_rem0 : public DenseKernel<data_T, res_T, CONFIG_T> {
  public:
    static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                      typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                      typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
        #pragma HLS INLINE
        dense_resource_rf_gt_nin_rem0<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

template <class data_T, class res_T, typename CONFIG_T>
class DenseResource_rf_gt_nin : public DenseKernel<data_T, res_T, CONFIG_T> {
  public:
    static void dense(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                      typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                      typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
        #pragma HLS INLINE
        dense_resource_rf_gt_nin<data_T, res_T, CONFIG_T>(data, res, weights, biases);
    }
};

namespace detail {

template <class data_T, class res_T, class CONFIG_T>
using dense_resource_kernel = typename std::conditional<
    CONFIG_T::reuse_factor <= CONFIG_T::n_in, DenseResource_rf_leq_nin<data_T, res_T, CONFIG_T>,
    typename std::conditional<CONFIG_T::reuse_factor % CONFIG_T::n_in == 0,
                              DenseResource_rf_gt_nin_rem0<data_T, res_T, CONFIG_T>,
                              DenseResource_rf_gt_nin<data_T, res_T, CONFIG_T>>::type>::type;

} // namespace detail

// The regime that fits the configuration.
template <class data_T, class res_T, typename CONFIG_T>
void dense_resource(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_out],
                    typename CONFIG_T::weight_t weights[CONFIG_T::n_in * CONFIG_T::n_out],
                    typename CONFIG_T::bias_t biases[CONFIG_T::n_out]) {
    #pragma HLS INLINE
    detail::dense_resource_kernel<data_T, res_T, CONFIG_T>::dense(data, res, weights, biases);
}

} // namespace nnet

#pragma GCC diagnostic pop

#endif
