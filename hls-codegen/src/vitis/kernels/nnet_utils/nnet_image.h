#ifndef NNET_IMAGE_H_
#define NNET_IMAGE_H_

#include "nnet_common.h"

namespace nnet {

struct resize_config {
    static const unsigned height = 10;
    static const unsigned width = 10;
    static const unsigned n_chan = 10;
    static const unsigned new_height = 10;
    static const unsigned new_width = 10;
};

namespace detail {

// The nearest of N_OLD pixels for pixel i of N_NEW, in steps of 2^-16 that are a little too long.
template <unsigned N_OLD, unsigned N_NEW> unsigned nearest(unsigned i) {
    #pragma HLS INLINE
    const unsigned long long step = (static_cast<unsigned long long>(N_OLD) << 16) / N_NEW + 1;
    const unsigned pixel = static_cast<unsigned>((i * step) >> 16);
    return MIN(pixel, N_OLD - 1);
}

} // namespace detail

// Each pixel becomes as many as the sizes say. Tensors are (height, width, channels). The type of the result is found out by the
// compiler; the interface has none for it.
template <class data_T, typename CONFIG_T, class res_T>
void resize_nearest(data_T image[CONFIG_T::height * CONFIG_T::width * CONFIG_T::n_chan], res_T *resized) {
    #pragma HLS PIPELINE
    for (unsigned i_row = 0; i_row < CONFIG_T::new_height; i_row++) {
        const unsigned row = detail::nearest<CONFIG_T::height, CONFIG_T::new_height>(i_row);
        for (unsigned i_col = 0; i_col < CONFIG_T::new_width; i_col++) {
            const unsigned col = detail::nearest<CONFIG_T::width, CONFIG_T::new_width>(i_col);
            for (unsigned i_chan = 0; i_chan < CONFIG_T::n_chan; i_chan++) {
                resized[(i_row * CONFIG_T::new_width + i_col) * CONFIG_T::n_chan + i_chan] =
                    static_cast<res_T>(image[(row * CONFIG_T::width + col) * CONFIG_T::n_chan + i_chan]);
            }
        }
    }
}

} // namespace nnet

#endif
