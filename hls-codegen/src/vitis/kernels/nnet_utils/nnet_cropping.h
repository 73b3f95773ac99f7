#ifndef NNET_CROPPING_H_
#define NNET_CROPPING_H_

// The inner part of an image or a sequence. Tensors have their channels last.
namespace nnet {

struct cropping1d_config {
    static const unsigned n_chan = 10;
    static const unsigned in_width = 10;
    static const unsigned out_width = 10;
    static const unsigned crop_left = 0;
    static const unsigned crop_right = 0;
};

struct cropping2d_config {
    static const unsigned n_chan = 10;
    static const unsigned in_height = 10;
    static const unsigned in_width = 10;
    static const unsigned out_height = 10;
    static const unsigned out_width = 10;
    static const unsigned crop_top = 0;
    static const unsigned crop_bottom = 0;
    static const unsigned crop_left = 0;
    static const unsigned crop_right = 0;
};

template <class data_T, class res_T, typename CONFIG_T>
void cropping1d_cl(data_T data[CONFIG_T::in_width * CONFIG_T::n_chan], res_T res[CONFIG_T::out_width * CONFIG_T::n_chan]) {
    #pragma HLS PIPELINE
    static_assert(CONFIG_T::in_width == CONFIG_T::crop_left + CONFIG_T::out_width + CONFIG_T::crop_right, "widths do not fit");
    for (unsigned i = 0; i < CONFIG_T::out_width * CONFIG_T::n_chan; i++) {
        res[i] = static_cast<res_T>(data[CONFIG_T::crop_left * CONFIG_T::n_chan + i]);
    }
}

template <class data_T, class res_T, typename CONFIG_T>
void cropping2d_cl(data_T data[CONFIG_T::in_height * CONFIG_T::in_width * CONFIG_T::n_chan],
                   res_T res[CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_chan]) {
    #pragma HLS PIPELINE
    static_assert(CONFIG_T::in_width == CONFIG_T::crop_left + CONFIG_T::out_width + CONFIG_T::crop_right, "widths do not fit");
    static_assert(CONFIG_T::in_height == CONFIG_T::crop_top + CONFIG_T::out_height + CONFIG_T::crop_bottom,
                  "heights do not fit");
    for (unsigned i_row = 0; i_row < CONFIG_T::out_height; i_row++) {
        const unsigned first = ((i_row + CONFIG_T::crop_top) * CONFIG_T::in_width + CONFIG_T::crop_left) * CONFIG_T::n_chan;
        for (unsigned i = 0; i < CONFIG_T::out_width * CONFIG_T::n_chan; i++) {
            res[i_row * CONFIG_T::out_width * CONFIG_T::n_chan + i] = static_cast<res_T>(data[first + i]);
        }
    }
}

} // namespace nnet

#endif
