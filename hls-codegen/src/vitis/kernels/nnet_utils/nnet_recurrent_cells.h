#ifndef NNET_RECURRENT_CELLS_H_
#define NNET_RECURRENT_CELLS_H_

#include "nnet_common.h"
#include "nnet_dense.h"
#include "nnet_recr_activations.h"
#include <type_traits>

// The cells of recurrent layers: what is done in one time step.
//
// Numbers inside a cell have the accumulator's type. The output `h`, which is a state as well, has the result's type, and the cell state `s`
// of an LSTM the accumulator's. A product of two variables is exact until it is cast.
namespace nnet {

// Defaults of a recurrent layer; a project derives from one of these and sets what its layer needs. What has no default here is
//   accum_t, weight_t, recurrent_weight_t, bias_t, recurrent_bias_t;
//   mult_config1, mult_config2    the products with the input and with `h`;
//   ACT_CONFIG_LSTM or ACT_CONFIG_GRU, ACT_CONFIG_T    the activations of the gates and of the candidate, with `activation_recr` and
//                                 `activation` as their functions.
struct recurrent_config {
    // What the states of the step before are rounded to before they are used; void: nothing.
    typedef void state_t;
    // What the activations return; void: the accumulator's type.
    typedef void recurrent_activation_t;
    typedef void activation_t;

    static const unsigned n_in = 2;
    static const unsigned n_out = 2;
    static const unsigned n_state = 2;
    static const unsigned n_sequence = 2;
    static const unsigned n_sequence_out = 1;

    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    static const bool store_weights_in_bram = false;
    // One circuit keeps the state and serves all time steps.
    static const bool use_static = true;
    // The last time step is read first.
    static const bool go_backwards = false;
    // A GRU applies its reset gate to the state before the product.
    static const bool reset_before = false;
    static const bool pytorch_order = false;
};

struct simple_rnn_config : recurrent_config {};
struct lstm_config : recurrent_config {};
struct gru_config : recurrent_config {};
struct gru_reset_before_config : gru_config {
    static const bool reset_before = true;
};
// One direction of a bidirectional layer.
struct single_layer_config : recurrent_config {};

namespace detail {

// A type, or another one in the place of void.
template <class given_T, class otherwise_T> struct given_or {
    typedef given_T type;
};
template <class otherwise_T> struct given_or<void, otherwise_T> {
    typedef otherwise_T type;
};

// The types inside a cell.
template <class res_T, typename CONFIG_T> struct cell_types {
    typedef typename CONFIG_T::accum_t accum_t;
    typedef typename given_or<typename CONFIG_T::state_t, res_T>::type state_h_t;
    typedef typename given_or<typename CONFIG_T::state_t, accum_t>::type state_s_t;
    typedef typename given_or<typename CONFIG_T::recurrent_activation_t, accum_t>::type recurrent_activation_t;
    typedef typename given_or<typename CONFIG_T::activation_t, accum_t>::type activation_t;
};

template <class from_T, class to_T, unsigned N> void round_state(from_T from[N], to_T to[N]) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N; i++) {
        #pragma HLS UNROLL
        to[i] = from[i];
    }
}

template <class data_T, unsigned N> void clear(data_T data[N]) {
    #pragma HLS INLINE
    for (unsigned i = 0; i < N; i++) {
        #pragma HLS UNROLL
        data[i] = 0;
    }
}

} // namespace detail

// h = act(W x + b + U h). The last argument is there because the other cells have it.
template <class data_T, class res_T, typename CONFIG_T> struct simple_rnn_cell {
    static const unsigned N = CONFIG_T::n_state;
    typedef detail::cell_types<res_T, CONFIG_T> types;
    typedef typename types::accum_t accum_t;
    typedef typename detail::given_or<typename CONFIG_T::activation_t, res_T>::type activation_t;

    static void step(data_T x[CONFIG_T::n_in], res_T h[N], accum_t[N], typename CONFIG_T::weight_t w[N * CONFIG_T::n_in],
                     typename CONFIG_T::recurrent_weight_t u[N * N], typename CONFIG_T::bias_t b[N],
                     typename CONFIG_T::recurrent_bias_t[N]) {
        #pragma HLS INLINE
        typename types::state_h_t h_used[N];
        accum_t from_x[N], from_h[N], sum[N];
        typename CONFIG_T::recurrent_bias_t no_bias[N];
        activation_t shown[N];
        #pragma HLS ARRAY_PARTITION variable=h_used complete
        #pragma HLS ARRAY_PARTITION variable=from_x complete
        #pragma HLS ARRAY_PARTITION variable=from_h complete
        #pragma HLS ARRAY_PARTITION variable=sum complete
        #pragma HLS ARRAY_PARTITION variable=no_bias complete
        #pragma HLS ARRAY_PARTITION variable=shown complete

        detail::clear<typename CONFIG_T::recurrent_bias_t, N>(no_bias);
        detail::round_state<res_T, typename types::state_h_t, N>(h, h_used);
        nnet::dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_x, w, b);
        nnet::dense<typename types::state_h_t, accum_t, typename CONFIG_T::mult_config2>(h_used, from_h, u, no_bias);
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            sum[i] = from_x[i] + from_h[i];
        }
        CONFIG_T::template activation<accum_t, activation_t, typename CONFIG_T::ACT_CONFIG_T>::activation(sum, shown);
        detail::round_state<activation_t, res_T, N>(shown, h);
    }
};

// i, f, c, o = W x + b + U h + br;  s = r(f) s + r(i) act(c);  h = r(o) act(s)
template <class data_T, class res_T, typename CONFIG_T> struct lstm_cell {
    static const unsigned N = CONFIG_T::n_state;
    typedef detail::cell_types<res_T, CONFIG_T> types;
    typedef typename types::accum_t accum_t;

    static void step(data_T x[CONFIG_T::n_in], res_T h[N], accum_t s[N], typename CONFIG_T::weight_t w[4 * N * CONFIG_T::n_in],
                     typename CONFIG_T::recurrent_weight_t u[4 * N * N], typename CONFIG_T::bias_t b[4 * N],
                     typename CONFIG_T::recurrent_bias_t br[4 * N]) {
        #pragma HLS INLINE
        typename types::state_h_t h_used[N];
        typename types::state_s_t s_used[N];
        accum_t from_x[4 * N], from_h[4 * N], ifo_sum[3 * N], c_sum[N];
        typename types::recurrent_activation_t ifo[3 * N];
        typename types::activation_t c[N], shown[N];
        #pragma HLS ARRAY_PARTITION variable=h_used complete
        #pragma HLS ARRAY_PARTITION variable=s_used complete
        #pragma HLS ARRAY_PARTITION variable=from_x complete
        #pragma HLS ARRAY_PARTITION variable=from_h complete
        #pragma HLS ARRAY_PARTITION variable=ifo_sum complete
        #pragma HLS ARRAY_PARTITION variable=c_sum complete
        #pragma HLS ARRAY_PARTITION variable=ifo complete
        #pragma HLS ARRAY_PARTITION variable=c complete
        #pragma HLS ARRAY_PARTITION variable=shown complete

        detail::round_state<res_T, typename types::state_h_t, N>(h, h_used);
        detail::round_state<accum_t, typename types::state_s_t, N>(s, s_used);
        nnet::dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_x, w, b);
        nnet::dense<typename types::state_h_t, accum_t, typename CONFIG_T::mult_config2>(h_used, from_h, u, br);
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            ifo_sum[i] = from_x[i] + from_h[i];
            ifo_sum[N + i] = from_x[N + i] + from_h[N + i];
            c_sum[i] = from_x[2 * N + i] + from_h[2 * N + i];
            ifo_sum[2 * N + i] = from_x[3 * N + i] + from_h[3 * N + i];
        }
        CONFIG_T::template activation_recr<accum_t, typename types::recurrent_activation_t,
                                           typename CONFIG_T::ACT_CONFIG_LSTM>::activation(ifo_sum, ifo);
        CONFIG_T::template activation<accum_t, typename types::activation_t, typename CONFIG_T::ACT_CONFIG_T>::activation(
            c_sum, c);
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            s[i] = c[i] * ifo[i] + s_used[i] * ifo[N + i];
        }
        CONFIG_T::template activation<accum_t, typename types::activation_t, typename CONFIG_T::ACT_CONFIG_T>::activation(
            s, shown);
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            h[i] = ifo[2 * N + i] * shown[i];
        }
    }
};

// z, r = r(W x + b + U h + br);  c = act(W x + b + r (U h + br)), or with reset_before act(W x + b + U (r h) + br);
// h = c + z (h - c), which is the exact (1 - z) c + z h.
template <class data_T, class res_T, typename CONFIG_T> struct gru_cell {
    static const unsigned N = CONFIG_T::n_state;
    typedef detail::cell_types<res_T, CONFIG_T> types;
    typedef typename types::accum_t accum_t;

    static void step(data_T x[CONFIG_T::n_in], res_T h[N], accum_t[N], typename CONFIG_T::weight_t w[3 * N * CONFIG_T::n_in],
                     typename CONFIG_T::recurrent_weight_t u[3 * N * N], typename CONFIG_T::bias_t b[3 * N],
                     typename CONFIG_T::recurrent_bias_t br[3 * N]) {
        #pragma HLS INLINE
        typename types::state_h_t h_used[N];
        accum_t from_x[3 * N], from_h[3 * N], zr_sum[2 * N], c_sum[N];
        typename types::recurrent_activation_t zr[2 * N];
        typename types::activation_t c[N];
        #pragma HLS ARRAY_PARTITION variable=h_used complete
        #pragma HLS ARRAY_PARTITION variable=from_x complete
        #pragma HLS ARRAY_PARTITION variable=from_h complete
        #pragma HLS ARRAY_PARTITION variable=zr_sum complete
        #pragma HLS ARRAY_PARTITION variable=c_sum complete
        #pragma HLS ARRAY_PARTITION variable=zr complete
        #pragma HLS ARRAY_PARTITION variable=c complete

        detail::round_state<res_T, typename types::state_h_t, N>(h, h_used);
        nnet::dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_x, w, b);
        nnet::dense<typename types::state_h_t, accum_t, typename CONFIG_T::mult_config2>(h_used, from_h, u, br);
        for (unsigned i = 0; i < 2 * N; i++) {
            #pragma HLS UNROLL
            zr_sum[i] = from_x[i] + from_h[i];
        }
        CONFIG_T::template activation_recr<accum_t, typename types::recurrent_activation_t,
                                           typename CONFIG_T::ACT_CONFIG_GRU>::activation(zr_sum, zr);
        reset(zr, h_used, from_h, u, br, std::integral_constant<bool, CONFIG_T::reset_before>());
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            c_sum[i] = from_x[2 * N + i] + from_h[2 * N + i];
        }
        CONFIG_T::template activation<accum_t, typename types::activation_t, typename CONFIG_T::ACT_CONFIG_T>::activation(
            c_sum, c);
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            h[i] = c[i] + zr[i] * (h_used[i] - c[i]);
        }
    }

  private:
    // The reset gate on the candidate's part of the product with the state.
    static void reset(typename types::recurrent_activation_t zr[2 * N], typename types::state_h_t[N],
                      accum_t from_h[3 * N], typename CONFIG_T::recurrent_weight_t[3 * N * N],
                      typename CONFIG_T::recurrent_bias_t[3 * N], std::false_type) {
        #pragma HLS INLINE
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            from_h[2 * N + i] = zr[N + i] * from_h[2 * N + i];
        }
    }

    // The reset gate on the state, whose product the candidate then takes.
    static void reset(typename types::recurrent_activation_t zr[2 * N], typename types::state_h_t h[N],
                      accum_t from_h[3 * N], typename CONFIG_T::recurrent_weight_t u[3 * N * N],
                      typename CONFIG_T::recurrent_bias_t br[3 * N], std::true_type) {
        #pragma HLS INLINE
        accum_t reset_h[N], from_reset[3 * N];
        #pragma HLS ARRAY_PARTITION variable=reset_h complete
        #pragma HLS ARRAY_PARTITION variable=from_reset complete
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            reset_h[i] = zr[N + i] * h[i];
        }
        nnet::dense<accum_t, accum_t, typename CONFIG_T::mult_config2>(reset_h, from_reset, u, br);
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            from_h[2 * N + i] = from_reset[2 * N + i];
        }
    }
};

} // namespace nnet

#endif
