#ifndef NNET_POWER_OF_TWO_H_
#define NNET_POWER_OF_TWO_H_

#include "nnet_common.h"

// Rounding to powers of two, which hls4ml's library does not have: QKeras's quantized_po2 and quantized_relu_po2.
namespace nnet {

struct power_of_two_config {
    static const unsigned n_in = 10;
    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    // Holds the magnitude of every input: as wide as the input, at most 64 bits, unsigned.
    typedef ap_ufixed<16, 6> magnitude_t;
    static const int magnitude_frac = 10;
    // Raw magnitudes below it have the lowest exponent whatever they are.
    static const unsigned long long least_positive = 1;
    static const unsigned long long least_negative = 1;
    // The exponents of results.
    static const int low = -4;
    static const int high = 3;
    // The nearest exponent, or the one below.
    static const bool nearest = true;
    // Negative numbers become the negative of what their magnitude, times 2^-negative_shift, becomes; or the lowest power.
    static const bool mirrored = true;
    static const int negative_shift = 0;
};

namespace detail {

// The exponent of the number m * 2^-frac, m not zero.
template <class CONFIG_T> int exponent_of(ap_uint<CONFIG_T::magnitude_t::width> m) {
    #pragma HLS INLINE
    static const int W = CONFIG_T::magnitude_t::width;
    int leading = 0;
    for (int bit = 0; bit < W; bit++) {
        #pragma HLS UNROLL
        if (m[bit]) {
            leading = bit;
        }
    }
    // The nearest exponent is the next one from a fraction of sqrt(2) on, which no fraction is exactly. The constant is
    // sqrt(2) * 2^63, cut off.
    const ap_uint<W> fraction = m << (W - 1 - leading);
    const ap_uint<W> limit = static_cast<ap_uint<W>>(0xB504F333F9DE6484ULL >> (64 - W));
    const bool up = CONFIG_T::nearest && fraction > limit;
    return leading - CONFIG_T::magnitude_frac + (up ? 1 : 0);
}

// 2^exponent in a type that has one bit for each exponent.
template <class CONFIG_T> struct power {
    static const int n_exponents = CONFIG_T::high - CONFIG_T::low + 1;
    typedef ap_ufixed<n_exponents, CONFIG_T::high + 1> type;

    static type of(int exponent) {
        #pragma HLS INLINE
        const int low = CONFIG_T::low;
        const int high = CONFIG_T::high;
        const int place = (exponent < low ? low : (exponent > high ? high : exponent)) - low;
        type y = 0;
        for (int bit = 0; bit < n_exponents; bit++) {
            #pragma HLS UNROLL
            y[bit] = bit == place;
        }
        return y;
    }
};

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void power_of_two(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    typedef typename CONFIG_T::magnitude_t magnitude_t;
    typedef detail::power<CONFIG_T> power;
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        const bool negative = data[i] < 0;
        const magnitude_t magnitude = negative ? static_cast<magnitude_t>(-data[i]) : static_cast<magnitude_t>(data[i]);
        const ap_uint<magnitude_t::width> m = magnitude.range();
        const unsigned long long least = negative ? CONFIG_T::least_negative : CONFIG_T::least_positive;
        int exponent = CONFIG_T::low;
        if (m >= least && (CONFIG_T::mirrored || !negative)) {
            exponent = detail::exponent_of<CONFIG_T>(m) - (negative ? CONFIG_T::negative_shift : 0);
        }
        const typename power::type y = power::of(exponent);
        if (CONFIG_T::mirrored && negative) {
            res[i] = -y;
        } else {
            res[i] = y;
        }
    }
}

} // namespace nnet

#endif
