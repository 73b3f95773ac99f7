// Zeros around and between pixels, over arrays and over streams: every element of the result against the pixel that belongs there.
#include "check.h"

#include "nnet_stuffing.h"
#include "nnet_stuffing_stream.h"
#include "nnet_types.h"

static const unsigned HEIGHT = 3, WIDTH = 4, CHANNELS = 2;

typedef ap_fixed<12, 8> data_t;
typedef ap_fixed<14, 8> res_t;
typedef nnet::array<data_t, CHANNELS> data_pixel_t;
typedef nnet::array<res_t, CHANNELS> res_pixel_t;

// Each element is its number, so that a result says where it comes from; 0 is a zero in between.
static data_t image[HEIGHT * WIDTH * CHANNELS];

template <unsigned ROWS, unsigned COLS, unsigned SPACING_Y, unsigned SPACING_X, unsigned TOP, unsigned BOTTOM, unsigned LEFT, unsigned RIGHT>
struct stuffing_2d : nnet::stuffing2d_config {
    static const unsigned n_chan = CHANNELS, in_height = ROWS, in_width = COLS;
    static const unsigned pad_top = TOP, pad_bottom = BOTTOM, pad_left = LEFT, pad_right = RIGHT;
    static const unsigned spacing_height = SPACING_Y, spacing_width = SPACING_X;
    static const unsigned out_height = TOP + (ROWS - 1) * SPACING_Y + 1 + BOTTOM;
    static const unsigned out_width = LEFT + (COLS - 1) * SPACING_X + 1 + RIGHT;
};

template <unsigned COLS, unsigned SPACING, unsigned LEFT, unsigned RIGHT> struct stuffing_1d : nnet::stuffing1d_config {
    static const unsigned n_chan = CHANNELS, in_width = COLS, pad_left = LEFT, pad_right = RIGHT, spacing_width = SPACING;
    static const unsigned out_width = LEFT + (COLS - 1) * SPACING + 1 + RIGHT;
};

// The place of the input at a place of the result; `count` where there is none.
static unsigned source(unsigned at, unsigned before, unsigned spacing, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (before + i * spacing == at) {
            return i;
        }
    }
    return count;
}

template <class CONFIG_T> static double expected_2d(unsigned i) {
    const unsigned row = source(i / CHANNELS / CONFIG_T::out_width, +CONFIG_T::pad_top, +CONFIG_T::spacing_height, +CONFIG_T::in_height);
    const unsigned col = source(i / CHANNELS % CONFIG_T::out_width, +CONFIG_T::pad_left, +CONFIG_T::spacing_width, +CONFIG_T::in_width);
    const bool is_zero = row == CONFIG_T::in_height || col == CONFIG_T::in_width;
    return is_zero ? 0 : 1 + (row * CONFIG_T::in_width + col) * CHANNELS + i % CHANNELS;
}

template <class CONFIG_T> static double expected_1d(unsigned i) {
    const unsigned col = source(i / CHANNELS, +CONFIG_T::pad_left, +CONFIG_T::spacing_width, +CONFIG_T::in_width);
    return col == CONFIG_T::in_width ? 0 : 1 + col * CHANNELS + i % CHANNELS;
}

static void send(unsigned pixels, hls::stream<data_pixel_t> &stream) {
    for (unsigned i = 0; i < pixels; i++) {
        data_pixel_t pixel;
        for (unsigned j = 0; j < CHANNELS; j++) {
            pixel[j] = image[i * CHANNELS + j];
        }
        stream.write(pixel);
    }
}

static void compare(const char *what, hls::stream<data_pixel_t> &in, hls::stream<res_pixel_t> &out, unsigned n, double (*expected)(unsigned)) {
    check::equal(what, -1, in.empty(), true);
    check::equal(what, -2, out.size(), n / CHANNELS);
    for (unsigned i = 0; i < n && !out.empty(); i += CHANNELS) {
        const res_pixel_t pixel = out.read();
        for (unsigned j = 0; j < CHANNELS; j++) {
            check::equal(what, i + j, pixel[j].to_double(), expected(i + j));
        }
    }
}

template <class CONFIG_T> static void check_image(const char *what) {
    const unsigned n = CONFIG_T::out_height * CONFIG_T::out_width * CHANNELS;
    res_t res[n];
    nnet::zerostuff2d_cl<data_t, res_t, CONFIG_T>(image, res);
    for (unsigned i = 0; i < n; i++) {
        check::equal(what, i, res[i].to_double(), expected_2d<CONFIG_T>(i));
    }
    hls::stream<data_pixel_t> in;
    hls::stream<res_pixel_t> out;
    send(CONFIG_T::in_height * CONFIG_T::in_width, in);
    nnet::zerostuff2d_cl<data_pixel_t, res_pixel_t, CONFIG_T>(in, out);
    compare(what, in, out, n, expected_2d<CONFIG_T>);
}

template <class CONFIG_T> static void check_sequence(const char *what) {
    const unsigned n = CONFIG_T::out_width * CHANNELS;
    res_t res[n];
    nnet::zerostuff1d_cl<data_t, res_t, CONFIG_T>(image, res);
    for (unsigned i = 0; i < n; i++) {
        check::equal(what, i, res[i].to_double(), expected_1d<CONFIG_T>(i));
    }
    hls::stream<data_pixel_t> in;
    hls::stream<res_pixel_t> out;
    send(CONFIG_T::in_width, in);
    nnet::zerostuff1d_cl<data_pixel_t, res_pixel_t, CONFIG_T>(in, out);
    compare(what, in, out, n, expected_1d<CONFIG_T>);
}

int main() {
    for (unsigned i = 0; i < HEIGHT * WIDTH * CHANNELS; i++) {
        image[i] = 1 + i;
    }
    check_image<stuffing_2d<HEIGHT, WIDTH, 2, 2, 1, 2, 1, 2>>("stride 2");
    check_image<stuffing_2d<HEIGHT, WIDTH, 3, 1, 0, 2, 2, 0>>("only rows apart");
    check_image<stuffing_2d<HEIGHT, WIDTH, 1, 3, 2, 0, 0, 1>>("only columns apart");
    check_image<stuffing_2d<1, 1, 2, 3, 0, 1, 3, 0>>("one pixel");
    check_image<stuffing_2d<HEIGHT, WIDTH, 1, 1, 0, 0, 0, 0>>("no zeros");
    check_sequence<stuffing_1d<HEIGHT * WIDTH, 2, 0, 0>>("sequence");
    check_sequence<stuffing_1d<HEIGHT * WIDTH, 5, 3, 7>>("sequence with margins");
    check_sequence<stuffing_1d<1, 4, 1, 0>>("one step");
    return check::outcome();
}
