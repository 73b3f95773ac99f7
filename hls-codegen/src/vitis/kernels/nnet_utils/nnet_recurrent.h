#ifndef NNET_RECURRENT_H_
#define NNET_RECURRENT_H_

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_dense.h"
#include "nnet_merge.h"
#include "nnet_recr_activations.h"
#include "nnet_stream.h"
#include <type_traits>

// Recurrent layers: a cell that is applied to each time step of a sequence, with a state that goes from one to the next.
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

    static void step(data_T x[CONFIG_T::n_in], res_T h[N], accum_t[N], typename CONFIG_T::weight_t w[N * CONFIG_T::n_in],
                     typename CONFIG_T::recurrent_weight_t u[N * N], typename CONFIG_T::bias_t b[N],
                     typename CONFIG_T::recurrent_bias_t[N]) {
        #pragma HLS INLINE
        typename types::state_h_t h_used[N];
        accum_t from_x[N], from_h[N], sum[N];
        typename CONFIG_T::recurrent_bias_t no_bias[N];
        #pragma HLS ARRAY_PARTITION variable=h_used complete
        #pragma HLS ARRAY_PARTITION variable=from_x complete
        #pragma HLS ARRAY_PARTITION variable=from_h complete
        #pragma HLS ARRAY_PARTITION variable=sum complete
        #pragma HLS ARRAY_PARTITION variable=no_bias complete

        detail::clear<typename CONFIG_T::recurrent_bias_t, N>(no_bias);
        detail::round_state<res_T, typename types::state_h_t, N>(h, h_used);
        nnet::dense<data_T, accum_t, typename CONFIG_T::mult_config1>(x, from_x, w, b);
        nnet::dense<typename types::state_h_t, accum_t, typename CONFIG_T::mult_config2>(h_used, from_h, u, no_bias);
        for (unsigned i = 0; i < N; i++) {
            #pragma HLS UNROLL
            sum[i] = from_x[i] + from_h[i];
        }
        CONFIG_T::template activation<accum_t, res_T, typename CONFIG_T::ACT_CONFIG_T>::activation(sum, h);
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

namespace detail {

// A time step with a state that the caller keeps.
template <class CELL, class data_T, class res_T, typename CONFIG_T, bool backward> struct passed_state {
    template <class weight_T, class recurrent_T, class bias_T, class recurrent_bias_T>
    static void step(bool reset_state, data_T x[CONFIG_T::n_in], res_T h[CONFIG_T::n_state],
                     typename CONFIG_T::accum_t s[CONFIG_T::n_state], weight_T *w, recurrent_T *u, bias_T *b,
                     recurrent_bias_T *br) {
        #pragma HLS INLINE
        if (reset_state) {
            clear<res_T, CONFIG_T::n_state>(h);
            clear<typename CONFIG_T::accum_t, CONFIG_T::n_state>(s);
        }
        CELL::step(x, h, s, w, u, b, br);
    }
};

// A time step with a state that stays in the circuit, which therefore serves all time steps. `backward` keeps the two directions of a
// bidirectional layer apart.
template <class CELL, class data_T, class res_T, typename CONFIG_T, bool backward> struct own_state {
    template <class weight_T, class recurrent_T, class bias_T, class recurrent_bias_T>
    static void step(bool reset_state, data_T x[CONFIG_T::n_in], res_T h[CONFIG_T::n_state],
                     typename CONFIG_T::accum_t[CONFIG_T::n_state], weight_T *w, recurrent_T *u, bias_T *b,
                     recurrent_bias_T *br) {
        #pragma HLS INLINE off
        static res_T h_state[CONFIG_T::n_state];
        static typename CONFIG_T::accum_t s_state[CONFIG_T::n_state];
        #pragma HLS ARRAY_PARTITION variable=h complete
        #pragma HLS ARRAY_PARTITION variable=h_state complete
        #pragma HLS ARRAY_PARTITION variable=s_state complete
        if (reset_state) {
            clear<res_T, CONFIG_T::n_state>(h_state);
            clear<typename CONFIG_T::accum_t, CONFIG_T::n_state>(s_state);
        }
        CELL::step(x, h_state, s_state, w, u, b, br);
        for (unsigned i = 0; i < CONFIG_T::n_state; i++) {
            #pragma HLS UNROLL
            h[i] = h_state[i];
        }
    }
};

template <bool use_static, class CELL, class data_T, class res_T, typename CONFIG_T, bool backward = false>
struct cell_kind : passed_state<CELL, data_T, res_T, CONFIG_T, backward> {};

template <class CELL, class data_T, class res_T, typename CONFIG_T, bool backward>
struct cell_kind<true, CELL, data_T, res_T, CONFIG_T, backward> : own_state<CELL, data_T, res_T, CONFIG_T, backward> {};

// All time steps of a sequence.
template <class CELL, class data_T, class res_T, typename CONFIG_T, class weight_T, class recurrent_T, class bias_T,
          class recurrent_bias_T>
void sequence(data_T data[CONFIG_T::n_sequence * CONFIG_T::n_in],
              res_T res[CONFIG_T::n_sequence_out * CONFIG_T::n_state], weight_T *w, recurrent_T *u, bias_T *b,
              recurrent_bias_T *br) {
    data_T x[CONFIG_T::n_in];
    res_T h[CONFIG_T::n_state];
    typename CONFIG_T::accum_t s[CONFIG_T::n_state];
    #pragma HLS ARRAY_PARTITION variable=x complete
    #pragma HLS ARRAY_PARTITION variable=h complete
    #pragma HLS ARRAY_PARTITION variable=s complete
    for (unsigned k = 0; k < CONFIG_T::n_sequence; k++) {
        const unsigned time = CONFIG_T::go_backwards ? CONFIG_T::n_sequence - 1 - k : k;
        for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
            #pragma HLS UNROLL
            x[i] = data[time * CONFIG_T::n_in + i];
        }
        cell_kind<CONFIG_T::use_static, CELL, data_T, res_T, CONFIG_T>::step(k == 0, x, h, s, w, u, b, br);
        if (CONFIG_T::n_sequence_out > 1) {
            for (unsigned i = 0; i < CONFIG_T::n_state; i++) {
                #pragma HLS UNROLL
                res[k * CONFIG_T::n_state + i] = h[i];
            }
        }
    }
    if (CONFIG_T::n_sequence_out == 1) {
        for (unsigned i = 0; i < CONFIG_T::n_state; i++) {
            #pragma HLS UNROLL
            res[i] = h[i];
        }
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void simple_rnn_stack(data_T data[CONFIG_T::n_sequence * CONFIG_T::n_in],
                      res_T res[CONFIG_T::n_sequence_out * CONFIG_T::n_state],
                      typename CONFIG_T::weight_t w[CONFIG_T::n_state * CONFIG_T::n_in],
                      typename CONFIG_T::recurrent_weight_t u[CONFIG_T::n_state * CONFIG_T::n_state],
                      typename CONFIG_T::bias_t b[CONFIG_T::n_state]) {
    detail::sequence<simple_rnn_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T>(data, res, w, u, b, b);
}

template <class data_T, class res_T, typename CONFIG_T>
void lstm_stack(data_T data[CONFIG_T::n_sequence * CONFIG_T::n_in], res_T res[CONFIG_T::n_sequence_out * CONFIG_T::n_state],
                typename CONFIG_T::weight_t w[CONFIG_T::n_state * 4 * CONFIG_T::n_in],
                typename CONFIG_T::recurrent_weight_t u[CONFIG_T::n_state * 4 * CONFIG_T::n_state],
                typename CONFIG_T::bias_t b[CONFIG_T::n_state * 4],
                typename CONFIG_T::recurrent_bias_t br[CONFIG_T::n_state * 4]) {
    detail::sequence<lstm_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T>(data, res, w, u, b, br);
}

template <class data_T, class res_T, typename CONFIG_T>
void gru_stack(data_T data[CONFIG_T::n_sequence * CONFIG_T::n_in], res_T res[CONFIG_T::n_sequence_out * CONFIG_T::n_state],
               typename CONFIG_T::weight_t w[CONFIG_T::n_state * 3 * CONFIG_T::n_in],
               typename CONFIG_T::recurrent_weight_t u[CONFIG_T::n_state * 3 * CONFIG_T::n_state],
               typename CONFIG_T::bias_t b[CONFIG_T::n_state * 3],
               typename CONFIG_T::recurrent_bias_t br[CONFIG_T::n_state * 3]) {
    detail::sequence<gru_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T>(data, res, w, u, b, br);
}

namespace detail {

// The same between streams: a pack is a time step. A layer that goes backwards waits for the last one.
template <class CELL, class data_T, class res_T, typename CONFIG_T, class weight_T, class recurrent_T, class bias_T,
          class recurrent_bias_T>
void sequence(hls::stream<data_T> &data, hls::stream<res_T> &res, weight_T *w, recurrent_T *u, bias_T *b,
              recurrent_bias_T *br) {
    typedef typename data_T::value_type x_T;
    typedef typename res_T::value_type h_T;
    static const unsigned n_kept = CONFIG_T::go_backwards ? CONFIG_T::n_sequence : 1;
    x_T x[CONFIG_T::n_in], kept[n_kept * CONFIG_T::n_in];
    h_T h[CONFIG_T::n_state];
    typename CONFIG_T::accum_t s[CONFIG_T::n_state];
    #pragma HLS ARRAY_PARTITION variable=x complete
    #pragma HLS ARRAY_PARTITION variable=h complete
    #pragma HLS ARRAY_PARTITION variable=s complete
    if (CONFIG_T::go_backwards) {
        read_packs<n_kept * CONFIG_T::n_in, data_T>(data, kept);
    }
    for (unsigned k = 0; k < CONFIG_T::n_sequence; k++) {
        if (!CONFIG_T::go_backwards) {
            read_packs<CONFIG_T::n_in, data_T>(data, x);
        }
        for (unsigned i = 0; i < CONFIG_T::n_in && CONFIG_T::go_backwards; i++) {
            #pragma HLS UNROLL
            x[i] = kept[(n_kept - 1 - k) * CONFIG_T::n_in + i];
        }
        cell_kind<CONFIG_T::use_static, CELL, x_T, h_T, CONFIG_T>::step(k == 0, x, h, s, w, u, b, br);
        if (CONFIG_T::n_sequence_out > 1 || k + 1 == CONFIG_T::n_sequence) {
            write_packs<CONFIG_T::n_state, res_T>(h, res);
        }
    }
}

} // namespace detail

template <class data_T, class res_T, typename CONFIG_T>
void simple_rnn_stack(hls::stream<data_T> &data, hls::stream<res_T> &res,
                      typename CONFIG_T::weight_t w[CONFIG_T::n_state * CONFIG_T::n_in],
                      typename CONFIG_T::recurrent_weight_t u[CONFIG_T::n_state * CONFIG_T::n_state],
                      typename CONFIG_T::bias_t b[CONFIG_T::n_state]) {
    typedef simple_rnn_cell<typename data_T::value_type, typename res_T::value_type, CONFIG_T> cell;
    detail::sequence<cell, data_T, res_T, CONFIG_T>(data, res, w, u, b, b);
}

template <class data_T, class res_T, typename CONFIG_T>
void lstm_stack(hls::stream<data_T> &data, hls::stream<res_T> &res,
                typename CONFIG_T::weight_t w[CONFIG_T::n_state * 4 * CONFIG_T::n_in],
                typename CONFIG_T::recurrent_weight_t u[CONFIG_T::n_state * 4 * CONFIG_T::n_state],
                typename CONFIG_T::bias_t b[CONFIG_T::n_state * 4],
                typename CONFIG_T::recurrent_bias_t br[CONFIG_T::n_state * 4]) {
    typedef lstm_cell<typename data_T::value_type, typename res_T::value_type, CONFIG_T> cell;
    detail::sequence<cell, data_T, res_T, CONFIG_T>(data, res, w, u, b, br);
}

template <class data_T, class res_T, typename CONFIG_T>
void gru_stack(hls::stream<data_T> &data, hls::stream<res_T> &res,
               typename CONFIG_T::weight_t w[CONFIG_T::n_state * 3 * CONFIG_T::n_in],
               typename CONFIG_T::recurrent_weight_t u[CONFIG_T::n_state * 3 * CONFIG_T::n_state],
               typename CONFIG_T::bias_t b[CONFIG_T::n_state * 3],
               typename CONFIG_T::recurrent_bias_t br[CONFIG_T::n_state * 3]) {
    typedef gru_cell<typename data_T::value_type, typename res_T::value_type, CONFIG_T> cell;
    detail::sequence<cell, data_T, res_T, CONFIG_T>(data, res, w, u, b, br);
}

// The cells that the configuration of a bidirectional layer names.
template <class data_T, class res_T, typename CONFIG_T, bool backward = false>
struct simple_rnn_class
    : detail::passed_state<simple_rnn_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T, backward> {};
template <class data_T, class res_T, typename CONFIG_T, bool backward = false>
struct simple_rnn_class_static
    : detail::own_state<simple_rnn_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T, backward> {};
template <class data_T, class res_T, typename CONFIG_T, bool backward = false>
struct lstm_class : detail::passed_state<lstm_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T, backward> {};
template <class data_T, class res_T, typename CONFIG_T, bool backward = false>
struct lstm_class_static : detail::own_state<lstm_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T, backward> {};
template <class data_T, class res_T, typename CONFIG_T, bool backward = false>
struct gru_class : detail::passed_state<gru_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T, backward> {};
template <class data_T, class res_T, typename CONFIG_T, bool backward = false>
struct gru_class_static : detail::own_state<gru_cell<data_T, res_T, CONFIG_T>, data_T, res_T, CONFIG_T, backward> {};

// How the results of both directions become one: (n_steps, forward), (n_steps, backward) -> (n_steps, n_out).
struct concatenate_directions {
    template <class res_T, unsigned n_forward, unsigned n_backward>
    static void join(res_T forward[n_forward], res_T backward[n_backward], res_T res[n_forward + n_backward]) {
        #pragma HLS INLINE
        for (unsigned i = 0; i < n_forward; i++) {
            #pragma HLS UNROLL
            res[i] = forward[i];
        }
        for (unsigned i = 0; i < n_backward; i++) {
            #pragma HLS UNROLL
            res[n_forward + i] = backward[i];
        }
    }
};

// Element by element, by an operation of nnet_merge.h.
template <class OP> struct merge_directions {
    template <class res_T, unsigned n_forward, unsigned n_backward>
    static void join(res_T forward[n_forward], res_T backward[n_backward], res_T res[n_forward]) {
        #pragma HLS INLINE
        for (unsigned i = 0; i < n_forward; i++) {
            #pragma HLS UNROLL
            res[i] = OP::template apply<res_T>(forward[i], backward[i]);
        }
    }
};

struct bidirectional_config {
    typedef concatenate_directions join_directions;

    static const unsigned n_in = 2;
    static const unsigned n_out = 2;
    static const unsigned n_sequence = 2;
    static const unsigned n_sequence_out = 1;

    static const unsigned io_type = io_parallel;
    static const unsigned reuse_factor = 1;
    static const bool store_weights_in_bram = false;
    static const bool use_static = true;
};

// Both directions side by side. The backward one reads the last time step first; with a sequence as the result, its outputs are put at the
// time steps that they were computed at.
template <class data_T, class res_T, typename CONFIG_T, class weight_T, class recurrent_T, class bias_T,
          class recurrent_bias_T, class back_weight_T, class back_recurrent_T, class back_bias_T,
          class back_recurrent_bias_T>
void bidirectional_stack(data_T data[CONFIG_T::n_sequence * CONFIG_T::n_in],
                         res_T res[CONFIG_T::n_sequence_out * CONFIG_T::n_out], weight_T *w, recurrent_T *u, bias_T *b,
                         recurrent_bias_T *br, back_weight_T *w_back, back_recurrent_T *u_back, back_bias_T *b_back,
                         back_recurrent_bias_T *br_back) {
    typedef typename CONFIG_T::FORWARD_CONFIG forward_t;
    typedef typename CONFIG_T::BACKWARD_CONFIG backward_t;
    static const unsigned n_sequence = CONFIG_T::n_sequence;
    static const unsigned n_kept = CONFIG_T::n_sequence_out;

    data_T x[CONFIG_T::n_in], x_back[CONFIG_T::n_in];
    res_T h[forward_t::n_state], h_back[backward_t::n_state];
    typename forward_t::accum_t s[forward_t::n_state];
    typename backward_t::accum_t s_back[backward_t::n_state];
    res_T kept[n_kept][forward_t::n_state], kept_back[n_kept][backward_t::n_state];
    #pragma HLS ARRAY_PARTITION variable=x complete
    #pragma HLS ARRAY_PARTITION variable=x_back complete
    #pragma HLS ARRAY_PARTITION variable=h complete
    #pragma HLS ARRAY_PARTITION variable=h_back complete
    #pragma HLS ARRAY_PARTITION variable=s complete
    #pragma HLS ARRAY_PARTITION variable=s_back complete
    #pragma HLS ARRAY_PARTITION variable=kept complete dim=0
    #pragma HLS ARRAY_PARTITION variable=kept_back complete dim=0
    for (unsigned k = 0; k < n_sequence; k++) {
        const unsigned time_back = n_sequence - 1 - k;
        for (unsigned i = 0; i < CONFIG_T::n_in; i++) {
            #pragma HLS UNROLL
            x[i] = data[k * CONFIG_T::n_in + i];
            x_back[i] = data[time_back * CONFIG_T::n_in + i];
        }
        CONFIG_T::template RNNfunc_forward<data_T, res_T, forward_t, false>::step(k == 0, x, h, s, w, u, b, br);
        CONFIG_T::template RNNfunc_backward<data_T, res_T, backward_t, true>::step(k == 0, x_back, h_back, s_back, w_back,
                                                                                   u_back, b_back, br_back);
        // With one output to keep, the last one stays.
        for (unsigned i = 0; i < forward_t::n_state; i++) {
            #pragma HLS UNROLL
            kept[n_kept > 1 ? k : 0][i] = h[i];
        }
        for (unsigned i = 0; i < backward_t::n_state; i++) {
            #pragma HLS UNROLL
            kept_back[n_kept > 1 ? time_back : 0][i] = h_back[i];
        }
    }
    for (unsigned k = 0; k < n_kept; k++) {
        #pragma HLS UNROLL
        CONFIG_T::join_directions::template join<res_T, forward_t::n_state, backward_t::n_state>(
            kept[k], kept_back[k], &res[k * CONFIG_T::n_out]);
    }
}

} // namespace nnet

#endif
