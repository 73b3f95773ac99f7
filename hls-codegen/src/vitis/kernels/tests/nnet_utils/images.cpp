// Layers that rearrange images and sequences: padding, cropping, resizing, steps of time. All of them move values.
#include "check.h"

#include "nnet_common.h"

#include "nnet_cropping.h"
#include "nnet_image.h"
#include "nnet_padding.h"
#include "nnet_time_distributed.h"

static const unsigned HEIGHT = 3, WIDTH = 4, CHANNELS = 2;
static const unsigned N = HEIGHT * WIDTH * CHANNELS;

typedef ap_fixed<12, 8> data_t;

static data_t image[N];

// Each element is its number, so that a result says where it comes from; 0 would look like padding.
static double numbered(unsigned row, unsigned col, unsigned channel) {
    return 1 + (row * WIDTH + col) * CHANNELS + channel;
}

struct padding_1d : nnet::padding1d_config {
    static const unsigned n_chan = CHANNELS, in_width = HEIGHT * WIDTH, pad_left = 2, pad_right = 3;
    static const unsigned out_width = pad_left + in_width + pad_right;
};

struct padding_2d : nnet::padding2d_config {
    static const unsigned n_chan = CHANNELS, in_height = HEIGHT, in_width = WIDTH;
    static const unsigned pad_top = 1, pad_bottom = 2, pad_left = 3, pad_right = 0;
    static const unsigned out_height = pad_top + in_height + pad_bottom, out_width = pad_left + in_width + pad_right;
};

static void check_padding() {
    data_t line[padding_1d::out_width * CHANNELS];
    nnet::zeropad1d_cl<data_t, data_t, padding_1d>(image, line);
    for (unsigned i = 0; i < padding_1d::out_width * CHANNELS; i++) {
        const bool inside = i >= 2 * CHANNELS && i < 2 * CHANNELS + N;
        check::equal("padding of a sequence", i, line[i].to_double(), inside ? 1 + i - 2 * CHANNELS : 0);
    }

    data_t padded[padding_2d::out_height * padding_2d::out_width * CHANNELS];
    nnet::zeropad2d_cl<data_t, data_t, padding_2d>(image, padded);
    for (unsigned i = 0; i < padding_2d::out_height * padding_2d::out_width * CHANNELS; i++) {
        const unsigned row = i / CHANNELS / padding_2d::out_width, col = i / CHANNELS % padding_2d::out_width;
        const bool inside = row >= 1 && row < 1 + HEIGHT && col >= 3;
        check::equal("padding of an image", i, padded[i].to_double(), inside ? numbered(row - 1, col - 3, i % CHANNELS) : 0);
    }
}

struct cropping_1d : nnet::cropping1d_config {
    static const unsigned n_chan = CHANNELS, in_width = HEIGHT * WIDTH, crop_left = 1, crop_right = 4;
    static const unsigned out_width = in_width - crop_left - crop_right;
};

struct cropping_2d : nnet::cropping2d_config {
    static const unsigned n_chan = CHANNELS, in_height = HEIGHT, in_width = WIDTH;
    static const unsigned crop_top = 1, crop_bottom = 0, crop_left = 1, crop_right = 2;
    static const unsigned out_height = in_height - crop_top - crop_bottom, out_width = in_width - crop_left - crop_right;
};

static void check_cropping() {
    data_t line[cropping_1d::out_width * CHANNELS];
    nnet::cropping1d_cl<data_t, data_t, cropping_1d>(image, line);
    for (unsigned i = 0; i < cropping_1d::out_width * CHANNELS; i++) {
        check::equal("cropping of a sequence", i, line[i].to_double(), 1 + CHANNELS + i);
    }

    data_t cropped[cropping_2d::out_height * cropping_2d::out_width * CHANNELS];
    nnet::cropping2d_cl<data_t, data_t, cropping_2d>(image, cropped);
    for (unsigned i = 0; i < cropping_2d::out_height * cropping_2d::out_width * CHANNELS; i++) {
        const unsigned row = i / CHANNELS / cropping_2d::out_width, col = i / CHANNELS % cropping_2d::out_width;
        check::equal("cropping of an image", i, cropped[i].to_double(), numbered(row + 1, col + 1, i % CHANNELS));
    }
}

template <unsigned ROWS, unsigned COLS> struct upsampling : nnet::resize_config {
    static const unsigned height = HEIGHT, width = WIDTH, n_chan = CHANNELS;
    static const unsigned new_height = HEIGHT * ROWS, new_width = WIDTH * COLS;
};

template <unsigned ROWS, unsigned COLS> static void check_upsampling() {
    typedef upsampling<ROWS, COLS> config;
    data_t resized[config::new_height * config::new_width * CHANNELS];
    nnet::resize_nearest<data_t, config>(image, resized);
    for (unsigned i = 0; i < config::new_height * config::new_width * CHANNELS; i++) {
        const unsigned row = i / CHANNELS / config::new_width, col = i / CHANNELS % config::new_width;
        check::equal("upsampling", i, resized[i].to_double(), numbered(row / ROWS, col / COLS, i % CHANNELS));
    }
}

// A step is a row of channels, a row of pixels, or an image, each of CHANNELS * WIDTH numbers.
template <unsigned DIM> struct time_config : nnet::time_distributed_config {
    static const unsigned dim = DIM, n_time_steps = HEIGHT;
    static const unsigned in_height = DIM == 4 ? 2 : 1, in_width = DIM == 2 ? 1 : WIDTH / in_height;
    static const unsigned n_chan = DIM == 2 ? WIDTH * CHANNELS : CHANNELS;
};

typedef void (*read_step)(unsigned, data_t *, data_t *);

static void check_step(const char *what, read_step read, read_step write) {
    data_t copied[N];
    for (unsigned step = 0; step < HEIGHT; step++) {
        data_t one[WIDTH * CHANNELS];
        read(step, image, one);
        for (unsigned i = 0; i < WIDTH * CHANNELS; i++) {
            check::equal(what, i, one[i].to_double(), 1 + step * WIDTH * CHANNELS + i);
        }
        write(step, one, copied);
    }
    for (unsigned i = 0; i < N; i++) {
        check::equal(what, i, copied[i].to_double(), 1 + i);
    }
}

// Written out, as a project does: the names and the first two template arguments are the interface.
static void read_2d(unsigned step, data_t *data, data_t *res) { nnet::read_time_step_2d<data_t, time_config<2>>(step, data, res); }
static void read_3d(unsigned step, data_t *data, data_t *res) { nnet::read_time_step_3d<data_t, time_config<3>>(step, data, res); }
static void read_4d(unsigned step, data_t *data, data_t *res) { nnet::read_time_step_4d<data_t, time_config<4>>(step, data, res); }
static void write_2d(unsigned step, data_t *data, data_t *res) { nnet::write_time_step_2d<data_t, time_config<2>>(step, data, res); }
static void write_3d(unsigned step, data_t *data, data_t *res) { nnet::write_time_step_3d<data_t, time_config<3>>(step, data, res); }
static void write_4d(unsigned step, data_t *data, data_t *res) { nnet::write_time_step_4d<data_t, time_config<4>>(step, data, res); }

#ifdef OUR_KERNELS
// The array beside the tensor may have a type of its own; hls4ml's cannot.
static void check_step_types() {
    ap_fixed<8, 7> rounded[WIDTH * CHANNELS];
    image[0] = 1.75;
    nnet::read_time_step_2d<data_t, time_config<2>>(0, image, rounded);
    check::equal("a step of another type", 0, rounded[0].to_double(), 1.5);
    image[0] = 1;
}
#else
static void check_step_types() {}
#endif

int main() {
    for (unsigned i = 0; i < N; i++) {
        image[i] = 1 + i;
    }
    check_padding();
    check_cropping();
    check_upsampling<1, 1>();
    check_upsampling<2, 3>();
    check_upsampling<7, 5>();
    check_step("steps of vectors", read_2d, write_2d);
    check_step("steps of sequences", read_3d, write_3d);
    check_step("steps of images", read_4d, write_4d);
    check_step_types();
    return check::outcome();
}
