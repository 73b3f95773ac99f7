#ifndef NNET_IMAGE_STREAM_H_
#define NNET_IMAGE_STREAM_H_

#include "nnet_image.h"
#include "nnet_stream.h"

namespace nnet {

// Each pixel becomes new_height / height rows of new_width / width pixels: a row is kept until it has been written often enough.
// The type of the result is found out by the compiler; the interface has none for it.
template <class data_T, typename CONFIG_T, class res_T>
void resize_nearest(hls::stream<data_T> &image, hls::stream<res_T> &resized) {
    static_assert(CONFIG_T::new_height % CONFIG_T::height == 0 && CONFIG_T::new_width % CONFIG_T::width == 0,
                  "a stream can only be enlarged by whole numbers");
    static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_chan, "a pack is a pixel");
    const unsigned times_down = CONFIG_T::new_height / CONFIG_T::height;
    const unsigned times_across = CONFIG_T::new_width / CONFIG_T::width;

    data_T row[CONFIG_T::width];
    for (unsigned i_row = 0; i_row < CONFIG_T::height; i_row++) {
        for (unsigned i_col = 0; i_col < CONFIG_T::width; i_col++) {
            #pragma HLS PIPELINE II=1
            row[i_col] = image.read();
        }
        for (unsigned i = 0; i < times_down; i++) {
            for (unsigned i_col = 0; i_col < CONFIG_T::width; i_col++) {
                for (unsigned j = 0; j < times_across; j++) {
                    #pragma HLS PIPELINE II=1
                    resized.write(detail::convert_pack<data_T, res_T>(row[i_col]));
                }
            }
        }
    }
}

} // namespace nnet

#endif
