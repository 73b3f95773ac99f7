// Convolutions, poolings and transposition over arrays, against exact double arithmetic.
#include "check.h"
#include "nnet_dense.h"

#include "nnet_conv1d.h"
#include "nnet_conv1d_stream.h"
#include "nnet_conv2d.h"
#include "nnet_conv2d_stream.h"
#include "nnet_pooling.h"
#include "nnet_transpose.h"

static const unsigned HEIGHT = 4, WIDTH = 5, CHANNELS = 2, FILTERS = 3, KERNEL = 3;
static const unsigned OUT_WIDTH = 3; // stride 2, padded by one on both sides
static const unsigned OUT_HEIGHT = 2;
static const unsigned N_IN = KERNEL * KERNEL * CHANNELS;

typedef ap_fixed<8, 3> data_t;
typedef ap_fixed<6, 2> weight_t;
typedef ap_fixed<20, 10> accum_t;
typedef ap_fixed<9, 5, AP_RND_CONV, AP_SAT> res_t;

static data_t image[HEIGHT * WIDTH * CHANNELS];
static weight_t by_input[N_IN * FILTERS];
static weight_t by_output[N_IN * FILTERS];
static weight_t biases[FILTERS];

// In a project this is generated, one assignment per element.
template <class data_T, class CONFIG_T> struct fill_window {
    static void fill_buffer(data_T *data, data_T buffer[][N_IN], const unsigned partition) {
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            const int pixel = partition * CONFIG_T::n_pixels + i_pixel;
            for (int i = 0; i < static_cast<int>(N_IN); i++) {
                const int row = pixel / static_cast<int>(OUT_WIDTH) * 2 - 1 + i / static_cast<int>(KERNEL * CHANNELS);
                const int col = pixel % static_cast<int>(OUT_WIDTH) * 2 - 1 + i / static_cast<int>(CHANNELS) % static_cast<int>(KERNEL);
                const bool inside = row >= 0 && row < static_cast<int>(HEIGHT) && col >= 0 && col < static_cast<int>(WIDTH);
                buffer[i_pixel][i] = 0;
                if (inside) {
                    buffer[i_pixel][i] = data[(row * WIDTH + col) * CHANNELS + i % CHANNELS];
                }
            }
        }
    }
};

template <unsigned STRATEGY, unsigned REUSE, unsigned PARTITIONS> struct conv_config : nnet::conv2d_config {
    struct mult_config : nnet::dense_config {
        static const unsigned n_in = N_IN;
        static const unsigned n_out = FILTERS;
        static const unsigned reuse_factor = REUSE;
        static const unsigned strategy = STRATEGY;
        static const unsigned multiplier_limit = DIV_ROUNDUP(N_IN * FILTERS, REUSE);
        typedef ::accum_t accum_t;
        typedef ::weight_t bias_t;
        typedef ::weight_t weight_t;
    };
    static const unsigned pad_top = 1, pad_bottom = 1, pad_left = 1, pad_right = 1;
    static const unsigned in_height = HEIGHT, in_width = WIDTH, n_chan = CHANNELS;
    static const unsigned filt_height = KERNEL, filt_width = KERNEL, kernel_size = KERNEL * KERNEL;
    static const unsigned n_filt = FILTERS;
    static const unsigned stride_height = 2, stride_width = 2;
    static const unsigned out_height = OUT_HEIGHT, out_width = OUT_WIDTH;
    static const unsigned reuse_factor = REUSE;
    static const unsigned strategy = STRATEGY;
    static const unsigned n_partitions = PARTITIONS;
    static const unsigned n_pixels = OUT_HEIGHT * OUT_WIDTH / PARTITIONS;
    template <class data_T, class CONFIG_T> using fill_buffer = fill_window<data_T, CONFIG_T>;
    typedef ::accum_t accum_t;
    typedef ::weight_t bias_t;
    typedef ::weight_t weight_t;
};

static double pixel_at(int row, int col, unsigned channel) {
    const bool inside = row >= 0 && row < static_cast<int>(HEIGHT) && col >= 0 && col < static_cast<int>(WIDTH);
    return inside ? image[(row * WIDTH + col) * CHANNELS + channel].to_double() : 0;
}

static double conv_at(int row, int col, unsigned filter) {
    double sum = biases[filter].to_double();
    for (unsigned i = 0; i < N_IN; i++) {
        const int i_row = row * 2 - 1 + i / (KERNEL * CHANNELS);
        const int i_col = col * 2 - 1 + i / CHANNELS % KERNEL;
        sum += pixel_at(i_row, i_col, i % CHANNELS) * by_input[i * FILTERS + filter].to_double();
    }
    return res_t(accum_t(sum)).to_double();
}

template <class CONFIG_T> static void check_conv2d(const char *what, weight_t *weights) {
    res_t res[OUT_HEIGHT * OUT_WIDTH * FILTERS];
    nnet::conv_2d_cl<data_t, res_t, CONFIG_T>(image, res, weights, biases);
    for (unsigned i = 0; i < OUT_HEIGHT * OUT_WIDTH * FILTERS; i++) {
        check::equal(what, i, res[i].to_double(), conv_at(i / FILTERS / OUT_WIDTH, i / FILTERS % OUT_WIDTH, i % FILTERS));
    }
}

static void check_conv2d_strategies() {
    check_conv2d<conv_config<nnet::latency, 1, 6>>("latency, one pixel at a time", by_input);
    check_conv2d<conv_config<nnet::latency, 1, 2>>("latency, three pixels at a time", by_input);
    check_conv2d<conv_config<nnet::resource, 1, 6>>("resource, reuse 1", by_output);
    check_conv2d<conv_config<nnet::resource, 2, 3>>("resource, reuse 2", by_output);
    check_conv2d<conv_config<nnet::resource, 9, 1>>("resource, reuse 9", by_output);
    check_conv2d<conv_config<nnet::resource, 18, 6>>("resource, reuse 18", by_output);
#ifdef OUR_KERNELS
    // hls4ml's kernel reads past its buffer here; ours must not.
    check_conv2d<conv_config<nnet::resource, 27, 6>>("resource, reuse 27", by_output);
    check_conv2d<conv_config<nnet::resource, 54, 2>>("resource, reuse 54", by_output);
#endif
}

struct pointwise_config : nnet::conv1d_config {
    struct mult_config : nnet::dense_config {
        static const unsigned n_in = HEIGHT * WIDTH * CHANNELS;
        static const unsigned n_out = HEIGHT * WIDTH * FILTERS;
        static const unsigned multiplier_limit = HEIGHT * WIDTH * CHANNELS * FILTERS;
        typedef ::accum_t accum_t;
        typedef ::weight_t bias_t;
        typedef ::weight_t weight_t;
    };
    static const unsigned in_width = HEIGHT * WIDTH, out_width = HEIGHT * WIDTH;
    static const unsigned n_chan = CHANNELS, n_filt = FILTERS, filt_width = 1;
    static const unsigned n_partitions = 1, n_pixels = out_width;
    static const unsigned strategy = nnet::latency;
    typedef ::accum_t accum_t;
    typedef ::weight_t bias_t;
    typedef ::weight_t weight_t;
    template <class data_T, class res_T, class CONFIG_T>
    using conv_kernel = nnet::BatchedDenseForConv1D<data_T, res_T, CONFIG_T>;
};

static void check_pointwise() {
    res_t res[HEIGHT * WIDTH * FILTERS];
    nnet::pointwise_conv_1d_cl<data_t, res_t, pointwise_config>(image, res, by_input, biases);
    for (unsigned i = 0; i < HEIGHT * WIDTH; i++) {
        for (unsigned f = 0; f < FILTERS; f++) {
            double sum = biases[f].to_double();
            for (unsigned c = 0; c < CHANNELS; c++) {
                sum += image[i * CHANNELS + c].to_double() * by_input[c * FILTERS + f].to_double();
            }
            check::equal("pointwise", i, res[i * FILTERS + f].to_double(), res_t(accum_t(sum)).to_double());
        }
    }
}

// Windows of 2x2 every 2 pixels, the last column half outside.
template <nnet::Pool_Op OP, bool COUNT_PAD> struct pool_config : nnet::pooling2d_config {
    static const unsigned in_height = HEIGHT, in_width = WIDTH, n_filt = CHANNELS;
    static const unsigned out_height = OUT_HEIGHT, out_width = OUT_WIDTH;
    static const unsigned pad_right = 1;
    static const bool count_pad = COUNT_PAD;
    static const nnet::Pool_Op pool_op = OP;
    typedef ap_fixed<20, 10> accum_t;
};

template <nnet::Pool_Op OP, bool COUNT_PAD> static void check_pooling(const char *what) {
    typedef pool_config<OP, COUNT_PAD> config;
    typename config::accum_t res[OUT_HEIGHT * OUT_WIDTH * CHANNELS];
    nnet::pooling2d_cl<data_t, typename config::accum_t, config>(image, res);
    for (unsigned i = 0; i < OUT_HEIGHT * OUT_WIDTH * CHANNELS; i++) {
        const unsigned row = i / CHANNELS / OUT_WIDTH * 2, col = i / CHANNELS % OUT_WIDTH * 2, channel = i % CHANNELS;
        double high = -100, sum = 0;
        unsigned n = 0;
        for (unsigned k = 0; k < 4; k++) {
            if (col + k % 2 < WIDTH) {
                const double x = pixel_at(row + k / 2, col + k % 2, channel);
                high = x > high ? x : high;
                sum += x;
                n++;
            }
        }
        check::equal(what, i, res[i].to_double(), OP == nnet::Max ? high : sum / (COUNT_PAD ? 4 : n));
    }
}

struct global_pool_config : pool_config<nnet::Max, false> {
    static const unsigned pad_right = 0;
};

static void check_global_pooling() {
    accum_t res[CHANNELS];
    nnet::global_pooling2d_cl<data_t, accum_t, global_pool_config>(image, res);
    for (unsigned c = 0; c < CHANNELS; c++) {
        double high = -100;
        for (unsigned i = 0; i < HEIGHT * WIDTH; i++) {
            const double x = image[i * CHANNELS + c].to_double();
            high = x > high ? x : high;
        }
        check::equal("global maximum", c, res[c].to_double(), high);
    }
}

struct transpose_config {
    static const unsigned dims = 3;
    static const unsigned N = HEIGHT * WIDTH * CHANNELS;
    static const unsigned *const from_shape;
    static const unsigned *const to_shape;
    static const unsigned *const perm;
    static const unsigned *const perm_strides;
};

static const unsigned from_shape[3] = {HEIGHT, WIDTH, CHANNELS};
static const unsigned to_shape[3] = {CHANNELS, HEIGHT, WIDTH};
static const unsigned perm[3] = {2, 0, 1};
static const unsigned perm_strides[3] = {1, WIDTH * CHANNELS, CHANNELS};
const unsigned *const transpose_config::from_shape = ::from_shape;
const unsigned *const transpose_config::to_shape = ::to_shape;
const unsigned *const transpose_config::perm = ::perm;
const unsigned *const transpose_config::perm_strides = ::perm_strides;

static void check_transpose() {
    data_t res[transpose_config::N];
    nnet::transpose<data_t, data_t, transpose_config>(image, res);
    for (unsigned i = 0; i < transpose_config::N; i++) {
        const double want = pixel_at(i / WIDTH % HEIGHT, i % WIDTH, i / (WIDTH * HEIGHT));
        check::equal("transpose", i, res[i].to_double(), want);
    }
}

int main() {
    check::numbers numbers(9);
    for (unsigned i = 0; i < HEIGHT * WIDTH * CHANNELS; i++) {
        image[i] = numbers.next(-128, 127) / 32.0;
    }
    for (unsigned i = 0; i < N_IN; i++) {
        for (unsigned f = 0; f < FILTERS; f++) {
            by_input[i * FILTERS + f] = numbers.next(-32, 31) / 16.0;
            by_output[f * N_IN + i] = by_input[i * FILTERS + f];
        }
    }
    for (unsigned f = 0; f < FILTERS; f++) {
        biases[f] = numbers.next(-32, 31) / 16.0;
    }
    check_conv2d_strategies();
    check_pointwise();
    check_pooling<nnet::Max, false>("maximum");
    check_pooling<nnet::Average, false>("average");
    check_pooling<nnet::Average, true>("average with padding");
    check_global_pooling();
    check_transpose();
    return check::outcome();
}
