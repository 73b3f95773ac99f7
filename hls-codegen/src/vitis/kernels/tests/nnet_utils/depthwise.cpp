// Depthwise convolutions over arrays, against exact double arithmetic, at every reuse factor.
#include "check.h"
#include "nnet_dense.h"

#include "nnet_conv2d.h"

#include "nnet_sepconv2d.h"
#include "nnet_sepconv2d_stream.h"

static const unsigned HEIGHT = 3, WIDTH = 4, CHANNELS = 3, ROWS = 2, COLS = 2;
static const unsigned OUT_HEIGHT = 2, OUT_WIDTH = 3;
static const unsigned N_IN = ROWS * COLS * CHANNELS;
static const unsigned MAX_MULTIPLIER = 2;

typedef ap_fixed<8, 3> data_t;
typedef ap_fixed<6, 2> weight_t;
typedef ap_fixed<18, 8> accum_t;
typedef ap_fixed<9, 5, AP_RND_CONV, AP_SAT> res_t;

static data_t image[HEIGHT * WIDTH * CHANNELS];
// (taps, channels, depth multiplier), and the last axis first as the Resource strategy has them.
static weight_t by_tap[N_IN * MAX_MULTIPLIER];
static weight_t by_filter[N_IN * MAX_MULTIPLIER];
static weight_t biases[CHANNELS * MAX_MULTIPLIER];

// In a project this is generated.
template <class data_T, class CONFIG_T> struct fill_window {
    static void fill_buffer(data_T *data, data_T buffer[][N_IN], const unsigned partition) {
        for (unsigned i_pixel = 0; i_pixel < CONFIG_T::n_pixels; i_pixel++) {
            const unsigned pixel = partition * CONFIG_T::n_pixels + i_pixel;
            const unsigned row = pixel / OUT_WIDTH, col = pixel % OUT_WIDTH;
            for (unsigned i = 0; i < N_IN; i++) {
                const unsigned i_row = row + i / (COLS * CHANNELS), i_col = col + i / CHANNELS % COLS;
                buffer[i_pixel][i] = data[(i_row * WIDTH + i_col) * CHANNELS + i % CHANNELS];
            }
        }
    }
};

template <unsigned STRATEGY, unsigned REUSE, unsigned PARTITIONS, unsigned MULTIPLIER>
struct depthwise_config : nnet::conv2d_config {
    struct mult_config : nnet::dense_config {
        static const unsigned n_in = N_IN;
        static const unsigned n_out = CHANNELS * MULTIPLIER;
        static const unsigned reuse_factor = REUSE;
        static const unsigned strategy = STRATEGY;
        static const unsigned multiplier_limit = DIV_ROUNDUP(N_IN * MULTIPLIER, REUSE);
        typedef ::accum_t accum_t;
        typedef ::weight_t bias_t;
        typedef ::weight_t weight_t;
        template <class data_T, class res_T, class CONFIG_T>
        using kernel = nnet::DepthwiseDenseLatency<data_T, res_T, CONFIG_T>;
    };
    static const unsigned in_height = HEIGHT, in_width = WIDTH, n_chan = CHANNELS;
    static const unsigned filt_height = ROWS, filt_width = COLS, kernel_size = ROWS * COLS;
    static const unsigned n_filt = CHANNELS * MULTIPLIER;
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

template <unsigned MULTIPLIER> static void set_weights() {
    check::numbers numbers(MULTIPLIER);
    for (unsigned i = 0; i < N_IN; i++) {
        for (unsigned m = 0; m < MULTIPLIER; m++) {
            by_tap[i * MULTIPLIER + m] = numbers.next(-32, 31) / 16.0;
            by_filter[m * N_IN + i] = by_tap[i * MULTIPLIER + m];
        }
    }
}

template <unsigned MULTIPLIER> static double depthwise_at(unsigned row, unsigned col, unsigned filter) {
    const unsigned channel = filter / MULTIPLIER;
    double sum = biases[filter].to_double();
    for (unsigned tap = 0; tap < ROWS * COLS; tap++) {
        const data_t &x = image[((row + tap / COLS) * WIDTH + col + tap % COLS) * CHANNELS + channel];
        sum += x.to_double() * by_tap[(tap * CHANNELS + channel) * MULTIPLIER + filter % MULTIPLIER].to_double();
    }
    return res_t(accum_t(sum)).to_double();
}

template <unsigned STRATEGY, unsigned REUSE, unsigned PARTITIONS, unsigned MULTIPLIER>
static void check_2d(const char *what, weight_t *weights) {
    typedef depthwise_config<STRATEGY, REUSE, PARTITIONS, MULTIPLIER> config;
    res_t res[OUT_HEIGHT * OUT_WIDTH * config::n_filt];
    nnet::depthwise_conv_2d_cl<data_t, res_t, config>(image, res, weights, biases);
    for (unsigned i = 0; i < OUT_HEIGHT * OUT_WIDTH * config::n_filt; i++) {
        const unsigned pixel = i / config::n_filt;
        const double want = depthwise_at<MULTIPLIER>(pixel / OUT_WIDTH, pixel % OUT_WIDTH, i % config::n_filt);
        check::equal(what, i, res[i].to_double(), want);
    }
}

#ifdef OUR_KERNELS
// hls4ml's kernels have one filter per channel, and no Resource strategy.
template <unsigned REUSE, unsigned MULTIPLIER> struct every_reuse_factor {
    static void check() {
        check_2d<nnet::resource, REUSE, 3, MULTIPLIER>("depthwise, resource", by_filter);
        every_reuse_factor<REUSE - 1, MULTIPLIER>::check();
    }
};
template <unsigned MULTIPLIER> struct every_reuse_factor<0, MULTIPLIER> {
    static void check() {}
};

static void check_our_own() {
    every_reuse_factor<N_IN + 2, 1>::check();
    set_weights<2>();
    check_2d<nnet::latency, 1, 2, 2>("depthwise, two filters per channel", by_tap);
    every_reuse_factor<2 * N_IN, 2>::check();
}
#else
static void check_our_own() {}
#endif

// The product alone, as the stream kernels ask for it.
template <unsigned REUSE> struct product_config : nnet::dense_config {
    static const unsigned n_in = N_IN;
    static const unsigned n_out = CHANNELS;
    static const unsigned reuse_factor = REUSE;
    static const unsigned multiplier_limit = DIV_ROUNDUP(N_IN, REUSE);
    static const unsigned multiplier_factor = MIN(n_in, reuse_factor);
    static const unsigned multiplier_scale = multiplier_limit / n_out;
    typedef ::accum_t accum_t;
    typedef ::weight_t bias_t;
    typedef ::weight_t weight_t;
};

template <template <class, class, class> class KERNEL, unsigned REUSE> static void check_product(const char *what) {
    typedef product_config<REUSE> config;
    res_t res[CHANNELS];
    KERNEL<data_t, res_t, config>::dense(image, res, by_tap, biases);
    for (unsigned o = 0; o < CHANNELS; o++) {
        double sum = biases[o].to_double();
        for (unsigned i = o; i < N_IN; i += CHANNELS) {
            sum += image[i].to_double() * by_tap[i].to_double();
        }
        check::equal(what, o, res[o].to_double(), res_t(accum_t(sum)).to_double());
    }
}

int main() {
    check::numbers numbers(4);
    for (unsigned i = 0; i < HEIGHT * WIDTH * CHANNELS; i++) {
        image[i] = numbers.next(-128, 127) / 32.0;
    }
    for (unsigned i = 0; i < CHANNELS * MAX_MULTIPLIER; i++) {
        biases[i] = numbers.next(-32, 31) / 16.0;
    }
    set_weights<1>();
    check_2d<nnet::latency, 1, 6, 1>("depthwise, one pixel at a time", by_tap);
    check_2d<nnet::latency, 3, 2, 1>("depthwise, three pixels at a time", by_tap);
    check_product<nnet::DepthwiseDenseLatency, 1>("product, latency");
    check_product<nnet::DepthwiseDenseResource_rf_leq_nout, 1>("product, reuse 1");
    check_product<nnet::DepthwiseDenseResource_rf_leq_nout, 3>("product, reuse 3");
    check_product<nnet::DepthwiseDenseResource_rf_gt_nout_rem0, 6>("product, reuse 6");
    check_product<nnet::DepthwiseDenseResource_rf_gt_nout_rem0, 12>("product, reuse 12");
    check_our_own();
    return check::outcome();
}
