#ifndef NNET_EXPONENTIAL_H_
#define NNET_EXPONENTIAL_H_

#include "nnet_common.h"
#include <cmath>

// Tables are filled once in C simulation, and become ROMs in synthesis.
#if defined(__SYNTHESIS__) || defined(__HLS_SYN__)
#define NNET_EXPONENTIAL_ROM
#else
#define NNET_EXPONENTIAL_ROM static
#endif

// The exponential function, which hls4ml's library does not have: e^(a + b) = e^a * e^b. The upper bits of the input, a, address one table, the lower
// bits, b, another one.
namespace nnet {

struct exponential_config {
    static const unsigned n_in = 10;
    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    // What the input is rounded and saturated to, with its fractional bits; where it saturates, the result is zero or the largest number.
    typedef ap_fixed<20, 4, AP_RND, AP_SAT> argument_t;
    static const int argument_frac = 16;
    static const int lower_bits = 10;
    // The entries, with their fractional bits; an upper one is at most 2^upper_limit.
    typedef ap_ufixed<20, 6> upper_t;
    static const int upper_frac = 14;
    static const int upper_limit = 5;
    typedef ap_ufixed<19, 1> lower_t;
    static const int lower_frac = 18;
    // The result's numbers, rounded to nearest and saturating.
    typedef ap_fixed<16, 6, AP_RND, AP_SAT> rounded_t;
};

namespace exponential_table {

template <class entry_T> entry_T nearest(double value, int frac) {
    return std::ldexp(std::floor(std::ldexp(value, frac) + 0.5), -frac);
}

template <class CONFIG_T> void init_upper(typename CONFIG_T::upper_t *table, int entries) {
    const double limit = std::ldexp(1., CONFIG_T::upper_limit);
    for (int i = 0; i < entries; i++) {
        const double factor = std::exp(std::ldexp(i - entries / 2., CONFIG_T::lower_bits - CONFIG_T::argument_frac));
        table[i] = nearest<typename CONFIG_T::upper_t>(factor < limit ? factor : limit, CONFIG_T::upper_frac);
    }
}

template <class CONFIG_T> void init_lower(typename CONFIG_T::lower_t *table, int entries) {
    for (int i = 0; i < entries; i++) {
        const double factor = std::exp(std::ldexp(i, -CONFIG_T::argument_frac));
        table[i] = nearest<typename CONFIG_T::lower_t>(factor, CONFIG_T::lower_frac);
    }
}

} // namespace exponential_table

template <class data_T, class res_T, typename CONFIG_T>
void exponential(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {
    #pragma HLS PIPELINE
    static const int bits = CONFIG_T::argument_t::width;
    static const int n_upper = 1 << (bits - CONFIG_T::lower_bits);
    static const int n_lower = 1 << CONFIG_T::lower_bits;
    NNET_EXPONENTIAL_ROM bool filled = false;
    NNET_EXPONENTIAL_ROM typename CONFIG_T::upper_t upper[n_upper];
    NNET_EXPONENTIAL_ROM typename CONFIG_T::lower_t lower[n_lower];
    if (!filled) {
        exponential_table::init_upper<CONFIG_T>(upper, n_upper);
        exponential_table::init_lower<CONFIG_T>(lower, n_lower);
        filled = true;
    }
    for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
        const typename CONFIG_T::argument_t argument = data[i];
        const ap_uint<bits> raw = argument.range();
        // The smallest argument has place 0.
        const unsigned place = raw.to_uint() ^ (1u << (bits - 1));
        const typename CONFIG_T::rounded_t rounded =
            upper[place >> CONFIG_T::lower_bits] * lower[place & static_cast<unsigned>(n_lower - 1)];
        res[i] = rounded;
    }
}

} // namespace nnet

#endif
