// io_stream: layers that move a window or pixels give what their array versions give, call after call, read everything and write
// nothing else.
#include "check.h"
#include "nnet_conv1d.h"
#include "nnet_conv1d_stream.h"
#include "nnet_conv2d.h"
#include "nnet_conv2d_stream.h"
#include "nnet_cropping.h"
#include "nnet_cropping_stream.h"
#include "nnet_dense.h"
#include "nnet_image.h"
#include "nnet_image_stream.h"
#include "nnet_padding.h"
#include "nnet_padding_stream.h"
#include "nnet_pooling.h"
#include "nnet_pooling_stream.h"
#include "nnet_sepconv1d_stream.h"
#include "nnet_sepconv2d_stream.h"
#include "nnet_stream.h"
#include "nnet_transpose.h"
#include "nnet_transpose_stream.h"
#include "nnet_types.h"

static const unsigned HEIGHT = 5, WIDTH = 7, CHANNELS = 2, PIXELS = HEIGHT * WIDTH, N = PIXELS * CHANNELS;

typedef ap_fixed<8, 3> data_t;
typedef ap_fixed<6, 2> weight_t;
typedef ap_fixed<20, 10> accum_t;
typedef ap_fixed<11, 6, AP_RND_CONV, AP_SAT> res_t;
typedef nnet::array<data_t, CHANNELS> pixel_t;

static data_t image[N];
static weight_t weights[256], transposed[256], biases[8];

static void fill(check::numbers &numbers) {
    for (unsigned i = 0; i < N; i++) {
        image[i] = numbers.next(-128, 127) / 32.0;
    }
}

template <class pack_T> static void send(const data_t *values, unsigned n, hls::stream<pack_T> &stream) {
    for (unsigned i = 0; i < n; i += pack_T::size) {
        pack_T pack;
        for (unsigned j = 0; j < pack_T::size; j++) {
            pack[j] = values[i + j];
        }
        stream.write(pack);
    }
}

template <class pack_T, class value_T>
static void compare(const char *what, hls::stream<pixel_t> &in, hls::stream<pack_T> &stream, const value_T *want, unsigned n) {
    check::equal(what, -1, in.empty(), true);
    check::equal(what, -2, stream.size(), n / pack_T::size);
    for (unsigned i = 0; i < n && !stream.empty(); i += pack_T::size) {
        pack_T pack = stream.read();
        for (unsigned j = 0; j < pack_T::size; j++) {
            check::equal(what, i + j, pack[j].to_double(), want[i + j].to_double());
        }
    }
}

// A convolution without padding.
template <unsigned H, unsigned W, unsigned FILT_H, unsigned FILT_W, unsigned STRIDE, unsigned N_FILT, unsigned TERMS>
struct window_config : nnet::conv2d_config {
    static const unsigned in_height = H, in_width = W, n_chan = CHANNELS;
    static const unsigned filt_height = FILT_H, filt_width = FILT_W, kernel_size = FILT_H * FILT_W;
    static const unsigned stride_height = STRIDE, stride_width = STRIDE;
    static const unsigned out_height = (H - FILT_H) / STRIDE + 1, out_width = (W - FILT_W) / STRIDE + 1;
    static const unsigned n_filt = N_FILT;
    static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
    typedef ::accum_t accum_t;
    typedef ::weight_t bias_t;
    typedef ::weight_t weight_t;
    struct products : nnet::dense_config {
        static const unsigned n_in = FILT_H * FILT_W * CHANNELS;
        static const unsigned n_out = N_FILT;
        static const unsigned multiplier_limit = FILT_H * FILT_W * TERMS * N_FILT;
        typedef ::accum_t accum_t;
        typedef ::weight_t bias_t;
        typedef ::weight_t weight_t;
    };
};

template <unsigned H, unsigned FILT_H, unsigned FILT_W, unsigned STRIDE>
struct latency_config : window_config<H, WIDTH * HEIGHT / H, FILT_H, FILT_W, STRIDE, 3, CHANNELS> {
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    struct mult_config : window_config<H, WIDTH * HEIGHT / H, FILT_H, FILT_W, STRIDE, 3, CHANNELS>::products {
        static const unsigned strategy = nnet::latency;
        static const unsigned reuse_factor = 1;
        template <class data_T, class res_T, class CONFIG_T> using kernel = nnet::DenseLatency<data_T, res_T, CONFIG_T>;
    };
};

template <unsigned H, unsigned FILT_H, unsigned FILT_W, unsigned STRIDE>
struct resource_config : window_config<H, WIDTH * HEIGHT / H, FILT_H, FILT_W, STRIDE, 3, CHANNELS> {
    static const unsigned strategy = nnet::resource;
    static const unsigned reuse_factor = 2;
    struct mult_config : window_config<H, WIDTH * HEIGHT / H, FILT_H, FILT_W, STRIDE, 3, CHANNELS>::products {
        static const unsigned strategy = nnet::resource;
        static const unsigned reuse_factor = 2;
        template <class data_T, class res_T, class CONFIG_T>
        using kernel = nnet::DenseResource_rf_leq_nin<data_T, res_T, CONFIG_T>;
    };
};

// The sum for one output, with the weights (window, filters).
template <class CONFIG_T> static res_t conv_at(unsigned pixel, unsigned filter) {
    const unsigned first_row = pixel / CONFIG_T::out_width * CONFIG_T::stride_height;
    const unsigned first_col = pixel % CONFIG_T::out_width * CONFIG_T::stride_width;
    double sum = biases[filter].to_double();
    for (unsigned i = 0; i < CONFIG_T::kernel_size * CHANNELS; i++) {
        const unsigned row = first_row + i / CHANNELS / CONFIG_T::filt_width;
        const unsigned col = first_col + i / CHANNELS % CONFIG_T::filt_width;
        sum += image[(row * CONFIG_T::in_width + col) * CHANNELS + i % CHANNELS].to_double() *
               weights[i * CONFIG_T::n_filt + filter].to_double();
    }
    return res_t(accum_t(sum));
}

template <class CONFIG_T> static void expect_conv(res_t *want) {
    for (unsigned i = 0; i < CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt; i++) {
        want[i] = conv_at<CONFIG_T>(i / CONFIG_T::n_filt, i % CONFIG_T::n_filt);
    }
    const unsigned n_in = CONFIG_T::kernel_size * CHANNELS;
    for (unsigned i = 0; i < n_in * CONFIG_T::n_filt; i++) {
        transposed[i % CONFIG_T::n_filt * n_in + i / CONFIG_T::n_filt] = weights[i];
    }
}

typedef nnet::array<res_t, 3> filters_t;

template <class CONFIG_T> static void check_conv2d(const char *what, weight_t *layout) {
    res_t want[3 * PIXELS];
    expect_conv<CONFIG_T>(want);
    hls::stream<pixel_t> in;
    hls::stream<filters_t> out;
    send(image, N, in);
    nnet::conv_2d_cl<pixel_t, filters_t, CONFIG_T>(in, out, layout, biases);
    compare(what, in, out, want, CONFIG_T::out_height * CONFIG_T::out_width * 3);
}

template <class CONFIG_T> static void check_conv1d(const char *what, weight_t *layout) {
    res_t want[3 * PIXELS];
    expect_conv<CONFIG_T>(want);
    hls::stream<pixel_t> in;
    hls::stream<filters_t> out;
    send(image, N, in);
    nnet::conv_1d_cl<pixel_t, filters_t, CONFIG_T>(in, out, layout, biases);
    compare(what, in, out, want, CONFIG_T::out_width * 3);
}

template <class CONFIG_T> static void check_pointwise(const char *what) {
    res_t want[3 * PIXELS];
    expect_conv<CONFIG_T>(want);
    hls::stream<pixel_t> in;
    hls::stream<filters_t> out;
    send(image, N, in);
    nnet::pointwise_conv_2d_cl<pixel_t, filters_t, CONFIG_T>(in, out, weights, biases);
    compare(what, in, out, want, CONFIG_T::out_height * CONFIG_T::out_width * 3);
}

static void check_convolutions() {
    check_conv2d<latency_config<HEIGHT, 3, 3, 1>>("3x3", weights);
    check_conv2d<latency_config<HEIGHT, 2, 3, 2>>("2x3, stride 2", weights);
    check_conv2d<latency_config<HEIGHT, 1, 2, 1>>("1x2", weights);
    check_conv2d<latency_config<HEIGHT, 2, 2, 3>>("2x2, stride 3", weights);
    check_conv2d<latency_config<HEIGHT, 5, 7, 1>>("the whole image", weights);
    check_conv2d<resource_config<HEIGHT, 3, 3, 2>>("3x3, stride 2, resource", transposed);
    check_conv1d<latency_config<1, 1, 4, 1>>("4 of a sequence", weights);
    check_conv1d<latency_config<1, 1, 3, 2>>("3 of a sequence, stride 2", weights);
    check_conv1d<resource_config<1, 1, 3, 1>>("3 of a sequence, resource", transposed);
    check_pointwise<latency_config<HEIGHT, 1, 1, 1>>("pointwise");
    check_pointwise<latency_config<HEIGHT, 1, 1, 2>>("pointwise, stride 2");
}

template <unsigned N_FILT> struct depthwise_config : window_config<HEIGHT, WIDTH, 3, 2, 2, N_FILT, 1> {
    static const unsigned strategy = nnet::latency;
    static const unsigned reuse_factor = 1;
    struct mult_config : window_config<HEIGHT, WIDTH, 3, 2, 2, N_FILT, 1>::products {
        static const unsigned strategy = nnet::latency;
        static const unsigned reuse_factor = 1;
        template <class data_T, class res_T, class CONFIG_T>
        using kernel = nnet::DepthwiseDenseLatency<data_T, res_T, CONFIG_T>;
    };
};

template <unsigned N_FILT> struct depthwise_resource_config : window_config<HEIGHT, WIDTH, 3, 2, 2, N_FILT, 1> {
    static const unsigned strategy = nnet::resource;
    static const unsigned reuse_factor = 2;
    struct mult_config : window_config<HEIGHT, WIDTH, 3, 2, 2, N_FILT, 1>::products {
        static const unsigned strategy = nnet::resource;
        static const unsigned reuse_factor = 2;
        template <class data_T, class res_T, class CONFIG_T>
        using kernel = nnet::DepthwiseDenseResource_rf_leq_nout<data_T, res_T, CONFIG_T>;
    };
};

// Weights are (taps, channels, filters of a channel); with Resource the last axis comes first.
template <class CONFIG_T> static res_t depthwise_at(unsigned pixel, unsigned filter) {
    const unsigned multiplier = CONFIG_T::n_filt / CHANNELS;
    double sum = biases[filter].to_double();
    for (unsigned tap = 0; tap < CONFIG_T::kernel_size; tap++) {
        const unsigned row = pixel / CONFIG_T::out_width * CONFIG_T::stride_height + tap / CONFIG_T::filt_width;
        const unsigned col = pixel % CONFIG_T::out_width * CONFIG_T::stride_width + tap % CONFIG_T::filt_width;
        sum += image[(row * WIDTH + col) * CHANNELS + filter / multiplier].to_double() *
               weights[tap * CONFIG_T::n_filt + filter].to_double();
    }
    return res_t(accum_t(sum));
}

template <class CONFIG_T> static void check_depthwise(const char *what, weight_t *layout) {
    typedef nnet::array<res_t, CONFIG_T::n_filt> pack_t;
    const unsigned n = CONFIG_T::out_height * CONFIG_T::out_width * CONFIG_T::n_filt;
    const unsigned n_weights = CONFIG_T::kernel_size * CONFIG_T::n_filt, multiplier = CONFIG_T::n_filt / CHANNELS;
    for (unsigned i = 0; i < n_weights; i++) {
        transposed[i % multiplier * (n_weights / multiplier) + i / multiplier] = weights[i];
    }
    res_t want[4 * PIXELS];
    for (unsigned i = 0; i < n; i++) {
        want[i] = depthwise_at<CONFIG_T>(i / CONFIG_T::n_filt, i % CONFIG_T::n_filt);
    }
    hls::stream<pixel_t> in;
    hls::stream<pack_t> out;
    send(image, N, in);
    nnet::depthwise_conv_2d_cl<pixel_t, pack_t, CONFIG_T>(in, out, layout, biases);
    compare(what, in, out, want, n);
}

static void check_depthwise_convolutions() {
    check_depthwise<depthwise_config<CHANNELS>>("depthwise", weights);
    check_depthwise<depthwise_resource_config<CHANNELS>>("depthwise, resource", transposed);
#ifdef OUR_KERNELS
    // hls4ml's have one filter for each channel.
    check_depthwise<depthwise_config<4>>("depthwise, two filters per channel", weights);
    check_depthwise<depthwise_resource_config<4>>("depthwise, two filters per channel, resource", transposed);
#endif
}

template <nnet::Pool_Op OP, unsigned POOL_H, unsigned POOL_W, unsigned STRIDE_H, unsigned STRIDE_W>
struct pool_config : nnet::pooling2d_config {
    static const unsigned in_height = HEIGHT, in_width = WIDTH, n_filt = CHANNELS, n_chan = CHANNELS;
    static const unsigned pool_height = POOL_H, pool_width = POOL_W, filt_height = POOL_H, filt_width = POOL_W;
    static const unsigned stride_height = STRIDE_H, stride_width = STRIDE_W;
    static const unsigned out_height = (HEIGHT - POOL_H) / STRIDE_H + 1, out_width = (WIDTH - POOL_W) / STRIDE_W + 1;
    static const nnet::conv_implementation implementation = nnet::conv_implementation::linebuffer;
    static const nnet::Pool_Op pool_op = OP;
    // The same layer over a sequence of all pixels.
    static const unsigned n_in = PIXELS, n_out = (PIXELS - POOL_W) / STRIDE_W + 1;
    typedef ::accum_t accum_t;
};

template <class CONFIG_T> static void check_pooling(const char *what) {
    res_t want[N];
    nnet::pooling2d_cl<data_t, res_t, CONFIG_T>(image, want);
    hls::stream<pixel_t> in;
    hls::stream<nnet::array<res_t, CHANNELS>> out;
    send(image, N, in);
    nnet::pooling2d_cl<pixel_t, nnet::array<res_t, CHANNELS>, CONFIG_T>(in, out);
    compare(what, in, out, want, CONFIG_T::out_height * CONFIG_T::out_width * CHANNELS);

    nnet::pooling1d_cl<data_t, res_t, CONFIG_T>(image, want);
    send(image, N, in);
    nnet::pooling1d_cl<pixel_t, nnet::array<res_t, CHANNELS>, CONFIG_T>(in, out);
    compare(what, in, out, want, CONFIG_T::n_out * CHANNELS);
}

// hls4ml's kernels take the size of the window from a configuration that has none, unless it is that of the stride.
template <nnet::Pool_Op OP> struct global_config : pool_config<OP, 2, 2, 2, 2> {};

template <class CONFIG_T> static void check_global_pooling(const char *what) {
    res_t want[CHANNELS];
    hls::stream<pixel_t> in;
    hls::stream<nnet::array<res_t, CHANNELS>> out;
    nnet::global_pooling2d_cl<data_t, res_t, CONFIG_T>(image, want);
    send(image, N, in);
    nnet::global_pooling2d_cl<pixel_t, nnet::array<res_t, CHANNELS>, CONFIG_T>(in, out);
    compare(what, in, out, want, CHANNELS);
    send(image, N, in);
    nnet::global_pooling1d_cl<pixel_t, nnet::array<res_t, CHANNELS>, CONFIG_T>(in, out);
    compare(what, in, out, want, CHANNELS);
}

static void check_poolings() {
    check_pooling<pool_config<nnet::Max, 2, 3, 2, 3>>("maximum");
    check_pooling<pool_config<nnet::Average, 2, 2, 2, 2>>("average");
    check_pooling<pool_config<nnet::Average, 1, 3, 1, 3>>("average of 3");
#ifdef OUR_KERNELS
    check_pooling<pool_config<nnet::Max, 3, 3, 1, 2>>("maximum of overlapping windows");
    check_pooling<pool_config<nnet::Average, 2, 2, 3, 3>>("average of windows with gaps");
#endif
    check_global_pooling<global_config<nnet::Max>>("global maximum");
    check_global_pooling<global_config<nnet::Average>>("global average");
}

struct padding_config : nnet::padding2d_config {
    static const unsigned n_chan = CHANNELS, in_height = HEIGHT, in_width = WIDTH;
    static const unsigned pad_top = 1, pad_bottom = 0, pad_left = 0, pad_right = 2;
    static const unsigned out_height = HEIGHT + 1, out_width = WIDTH + 2;
};

struct cropping_config : nnet::cropping2d_config {
    static const unsigned n_chan = CHANNELS, in_height = HEIGHT, in_width = WIDTH;
    static const unsigned crop_top = 1, crop_bottom = 2, crop_left = 0, crop_right = 3;
    static const unsigned out_height = HEIGHT - 3, out_width = WIDTH - 3;
};

static void check_margins() {
    data_t want[(HEIGHT + 1) * (WIDTH + 2) * CHANNELS];
    hls::stream<pixel_t> in, out;
    nnet::zeropad2d_cl<data_t, data_t, padding_config>(image, want);
    send(image, N, in);
    nnet::zeropad2d_cl<pixel_t, pixel_t, padding_config>(in, out);
    compare("padding of an image", in, out, want, (HEIGHT + 1) * (WIDTH + 2) * CHANNELS);

    nnet::zeropad1d_cl<data_t, data_t, padding_config>(image, want);
    send(image, WIDTH * CHANNELS, in);
    nnet::zeropad1d_cl<pixel_t, pixel_t, padding_config>(in, out);
    compare("padding of a sequence", in, out, want, (WIDTH + 2) * CHANNELS);

    nnet::cropping2d_cl<data_t, data_t, cropping_config>(image, want);
    send(image, N, in);
    nnet::cropping2d_cl<pixel_t, pixel_t, cropping_config>(in, out);
    compare("cropping of an image", in, out, want, (HEIGHT - 3) * (WIDTH - 3) * CHANNELS);

    nnet::cropping1d_cl<data_t, data_t, cropping_config>(image, want);
    send(image, WIDTH * CHANNELS, in);
    nnet::cropping1d_cl<pixel_t, pixel_t, cropping_config>(in, out);
    compare("cropping of a sequence", in, out, want, (WIDTH - 3) * CHANNELS);
}

struct resize_config : nnet::resize_config {
    static const unsigned height = HEIGHT, width = WIDTH, n_chan = CHANNELS, new_height = 2 * HEIGHT, new_width = 3 * WIDTH;
};

static void check_resize() {
    data_t want[6 * N];
    hls::stream<pixel_t> in, out;
    nnet::resize_nearest<data_t, resize_config>(image, want);
    send(image, N, in);
    nnet::resize_nearest<pixel_t, resize_config>(in, out);
    compare("enlarged", in, out, want, 6 * N);
}

static const unsigned shape[3] = {HEIGHT, WIDTH, CHANNELS};
static const unsigned turned[3] = {CHANNELS, HEIGHT, WIDTH};
static const unsigned order[3] = {2, 0, 1};
static const unsigned strides[3] = {1, WIDTH * CHANNELS, CHANNELS};

struct transpose_config {
    static const unsigned dims = 3, N = PIXELS * CHANNELS;
    static const unsigned *const from_shape;
    static const unsigned *const to_shape;
    static const unsigned *const perm;
    static const unsigned *const perm_strides;
};
const unsigned *const transpose_config::from_shape = shape;
const unsigned *const transpose_config::to_shape = turned;
const unsigned *const transpose_config::perm = order;
const unsigned *const transpose_config::perm_strides = strides;

static void check_transpose() {
    data_t want[N];
    hls::stream<pixel_t> in;
    hls::stream<nnet::array<data_t, WIDTH>> out;
    nnet::transpose<data_t, data_t, transpose_config>(image, want);
    send(image, N, in);
    nnet::transpose<pixel_t, nnet::array<data_t, WIDTH>, transpose_config>(in, out);
    compare("transposed", in, out, want, N);
}

struct one_pixel : nnet::broadcast_config {
    static const unsigned in_height = 1, in_width = 1, in_chan = CHANNELS;
    static const unsigned out_height = HEIGHT, out_width = WIDTH, out_chan = CHANNELS;
};

struct one_channel : nnet::broadcast_config {
    static const unsigned in_height = HEIGHT, in_width = WIDTH, in_chan = 1;
    static const unsigned out_height = HEIGHT, out_width = WIDTH, out_chan = CHANNELS;
};

static void check_broadcast() {
    data_t want[N];
    hls::stream<pixel_t> in, out;
    for (unsigned i = 0; i < N; i++) {
        want[i] = image[i % CHANNELS];
    }
    send(image, CHANNELS, in);
    nnet::broadcast_stream<pixel_t, pixel_t, one_pixel>(in, out);
    compare("one pixel for all", in, out, want, N);

    hls::stream<nnet::array<data_t, 1>> single;
    for (unsigned i = 0; i < N; i++) {
        want[i] = image[i / CHANNELS];
    }
    send(image, PIXELS, single);
    nnet::broadcast_stream<nnet::array<data_t, 1>, pixel_t, one_channel>(single, out);
    compare("one channel for all", in, out, want, N);
}

int main() {
    check::numbers numbers(11);
    for (unsigned i = 0; i < 256; i++) {
        weights[i] = numbers.next(-32, 31) / 16.0;
    }
    for (unsigned i = 0; i < 8; i++) {
        biases[i] = numbers.next(-32, 31) / 16.0;
    }
    // Twice, because line buffers still hold the last image when the next one begins.
    for (unsigned i = 0; i < 2; i++) {
        fill(numbers);
        check_convolutions();
        check_depthwise_convolutions();
        check_poolings();
        check_margins();
        check_resize();
        check_transpose();
        check_broadcast();
    }
    return check::outcome();
}
