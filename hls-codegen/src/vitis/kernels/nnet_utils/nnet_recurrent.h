#ifndef NNET_RECURRENT_H_
#define NNET_RECURRENT_H_

#include "hls_stream.h"
#include "nnet_common.h"
#include "nnet_merge.h"
#include "nnet_recurrent_cells.h"
#include "nnet_stream.h"

// Recurrent layers: a cell (nnet_recurrent_cells.h) is applied to each time step of a sequence, with a state that goes from one to the next.
namespace nnet {

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
