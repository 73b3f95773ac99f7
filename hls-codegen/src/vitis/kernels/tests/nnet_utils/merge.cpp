// Batch normalization, its merged forms, and the layers of two inputs, against exact double arithmetic.
#include "check.h"
#include "nnet_batchnorm.h"
#include "nnet_merge.h"

static const unsigned N = 24;

typedef ap_fixed<8, 4> a_t;
typedef ap_ufixed<7, 3> b_t;
typedef ap_fixed<20, 10> wide_t;
typedef ap_fixed<7, 4, AP_RND, AP_SAT> narrow_t;

static a_t a[N];
static b_t b[N];

template <unsigned N_ELEM1, unsigned N_ELEM2> struct merge_config : nnet::merge_config {
    static const unsigned n_elem1 = N_ELEM1;
    static const unsigned n_elem2 = N_ELEM2;
    static const unsigned n_elem = N_ELEM1 > N_ELEM2 ? N_ELEM1 : N_ELEM2;
};

template <class res_T> static void compare(const char *what, const res_T *res, const double *want, unsigned n) {
    for (unsigned i = 0; i < n; i++) {
        check::equal(what, i, res[i].to_double(), res_T(want[i]).to_double());
    }
}

template <class res_T, class CONFIG_T> static void check_merges() {
    const unsigned n = CONFIG_T::n_elem;
    double sum[n], difference[n], product[n], mean[n], high[n], low[n];
    for (unsigned i = 0; i < n; i++) {
        const double x = a[i % CONFIG_T::n_elem1].to_double();
        const double y = b[i % CONFIG_T::n_elem2].to_double();
        sum[i] = x + y;
        difference[i] = x - y;
        product[i] = x * y;
        mean[i] = (x + y) / 2;
        high[i] = x > y ? x : y;
        low[i] = x < y ? x : y;
    }
    res_T res[n];
    nnet::add<a_t, b_t, res_T, CONFIG_T>(a, b, res);
    compare("add", res, sum, n);
    nnet::subtract<a_t, b_t, res_T, CONFIG_T>(a, b, res);
    compare("subtract", res, difference, n);
    nnet::multiply<a_t, b_t, res_T, CONFIG_T>(a, b, res);
    compare("multiply", res, product, n);
    nnet::average<a_t, b_t, res_T, CONFIG_T>(a, b, res);
    compare("average", res, mean, n);
    nnet::maximum<a_t, b_t, res_T, CONFIG_T>(a, b, res);
    compare("maximum", res, high, n);
    nnet::minimum<a_t, b_t, res_T, CONFIG_T>(a, b, res);
    compare("minimum", res, low, n);
}

struct dot_config : nnet::dot_config {
    static const unsigned n_in = N;
    static const unsigned n_out = 1;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = N;
    typedef ap_fixed<24, 12> accum_t;
};

static void check_dot() {
    double want = 0;
    for (unsigned i = 0; i < N; i++) {
        want += a[i].to_double() * b[i].to_double();
    }
    wide_t res[1];
    nnet::dot1d<a_t, b_t, wide_t, dot_config>(a, b, res);
    check::equal("dot1d", 0, res[0].to_double(), want);
}

template <unsigned A0, unsigned A1, unsigned A2, unsigned B0, unsigned B1, unsigned B2, int AXIS> struct concat_config
    : nnet::concat_config {
    static const unsigned n_elem1_0 = A0;
    static const unsigned n_elem1_1 = A1;
    static const unsigned n_elem1_2 = A2;
    static const unsigned n_elem2_0 = B0;
    static const unsigned n_elem2_1 = B1;
    static const unsigned n_elem2_2 = B2;
    static const int axis = AXIS;
};

// The reference walks the result's coordinates; `dim` is the dimension that grows.
template <class CONFIG_T> static void compare_concat(const char *what, const wide_t *res, unsigned dim) {
    const unsigned n1[3] = {CONFIG_T::n_elem1_0, CONFIG_T::n_elem1_1, CONFIG_T::n_elem1_2};
    const unsigned n2[3] = {CONFIG_T::n_elem2_0, CONFIG_T::n_elem2_1, CONFIG_T::n_elem2_2};
    unsigned n[3] = {n1[0], n1[1], n1[2]};
    n[dim] += n2[dim];
    for (unsigned i = 0; i < n[0] * n[1] * n[2]; i++) {
        unsigned at[3] = {i / (n[1] * n[2]), i / n[2] % n[1], i % n[2]};
        const bool first = at[dim] < n1[dim];
        const unsigned *size = first ? n1 : n2;
        at[dim] -= first ? 0 : n1[dim];
        const unsigned from = (at[0] * size[1] + at[1]) * size[2] + at[2];
        check::equal(what, i, res[i].to_double(), first ? a[from].to_double() : b[from].to_double());
    }
}

template <class CONFIG_T> static void check_concat1d() {
    wide_t res[2 * N];
    nnet::concatenate1d<a_t, b_t, wide_t, CONFIG_T>(a, b, res);
    compare_concat<CONFIG_T>("concatenate1d", res, 0);
}

template <class CONFIG_T> static void check_concat2d(unsigned dim) {
    wide_t res[2 * N];
    nnet::concatenate2d<a_t, b_t, wide_t, CONFIG_T>(a, b, res);
    compare_concat<CONFIG_T>("concatenate2d", res, dim);
}

template <class CONFIG_T> static void check_concat3d(unsigned dim) {
    wide_t res[2 * N];
    nnet::concatenate3d<a_t, b_t, wide_t, CONFIG_T>(a, b, res);
    compare_concat<CONFIG_T>("concatenate3d", res, dim);
}

template <int N_FILT> struct norm_config : nnet::batchnorm_config {
    static const unsigned n_in = N;
    static const unsigned n_filt = N_FILT;
    static const unsigned n_scale_bias = N_FILT == -1 ? N : N_FILT;
    static const unsigned reuse_factor = 1;
    static const unsigned multiplier_limit = N;
    typedef ap_fixed<6, 2> scale_t;
    typedef ap_fixed<8, 3> bias_t;
};

template <class CONFIG_T> static void check_normalize(unsigned period) {
    check::numbers numbers(6);
    typename CONFIG_T::scale_t scale[CONFIG_T::n_scale_bias];
    typename CONFIG_T::bias_t bias[CONFIG_T::n_scale_bias];
    a_t high[CONFIG_T::n_scale_bias], low[CONFIG_T::n_scale_bias];
    for (unsigned i = 0; i < CONFIG_T::n_scale_bias; i++) {
        scale[i] = numbers.next(-32, 31) / 16.0;
        bias[i] = numbers.next(-128, 127) / 32.0;
        low[i] = numbers.next(-64, 0) / 16.0;
        high[i] = numbers.next(0, 64) / 16.0;
    }
    // Values exactly on a threshold decide between >= and >.
    a[0] = high[0];
    a[1] = low[1 % period];

    narrow_t res[N];
    ap_uint<1> bits[N];
    ap_int<2> signs[N];
    nnet::normalize<a_t, narrow_t, CONFIG_T>(a, res, scale, bias);
    nnet::normalize_binary_tanh<a_t, CONFIG_T>(a, bits, high);
    nnet::normalize_ternary_tanh<a_t, CONFIG_T>(a, signs, high, low);
    for (unsigned i = 0; i < N; i++) {
        const unsigned f = i % period;
        const double x = a[i].to_double();
        check::equal("normalize", i, res[i].to_double(),
                     narrow_t(x * scale[f].to_double() + bias[f].to_double()).to_double());
        check::equal("normalize_binary_tanh", i, bits[i].to_double(), x >= high[f].to_double());
        check::equal("normalize_ternary_tanh", i, signs[i].to_double(),
                     x > high[f].to_double() ? 1 : (x <= low[f].to_double() ? -1 : 0));
    }
}

int main() {
    check::numbers numbers(5);
    for (unsigned i = 0; i < N; i++) {
        a[i] = numbers.next(-128, 127) / 16.0;
        b[i] = numbers.next(0, 127) / 16.0;
    }
    check_merges<wide_t, merge_config<N, N>>();
    check_merges<narrow_t, merge_config<N, N>>();
    check_merges<wide_t, merge_config<N, 4>>();
    check_merges<wide_t, merge_config<1, N>>();
    check_dot();

    check_concat1d<concat_config<24, 1, 1, 5, 1, 1, -1>>();
    check_concat2d<concat_config<3, 4, 1, 2, 4, 1, 1>>(0);
    check_concat2d<concat_config<3, 4, 1, 2, 4, 1, -2>>(0);
    check_concat2d<concat_config<3, 4, 1, 3, 5, 1, 2>>(1);
    check_concat2d<concat_config<3, 4, 1, 3, 5, 1, -1>>(1);
    check_concat3d<concat_config<2, 3, 4, 1, 3, 4, 1>>(0);
    check_concat3d<concat_config<2, 3, 4, 1, 3, 4, -3>>(0);
    check_concat3d<concat_config<2, 3, 4, 2, 2, 4, 2>>(1);
    check_concat3d<concat_config<2, 3, 4, 2, 2, 4, -2>>(1);
    check_concat3d<concat_config<2, 3, 4, 2, 3, 1, 3>>(2);
    check_concat3d<concat_config<2, 3, 4, 2, 3, 1, -1>>(2);

    check_normalize<norm_config<-1>>(N);
    check_normalize<norm_config<4>>(4);
    return check::outcome();
}
