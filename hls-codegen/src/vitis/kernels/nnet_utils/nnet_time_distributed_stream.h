#ifndef NNET_TIME_DISTRIBUTED_STREAM_H_
#define NNET_TIME_DISTRIBUTED_STREAM_H_

#include "nnet_stream.h"
#include "nnet_time_distributed.h"

namespace nnet {

// The packs of one time step go into, or come out of, the layers that are repeated for each. A stream brings the steps one after
// the other, so there is nothing to count.
template <class data_T, class res_T, typename CONFIG_T>
void pass_time_step(hls::stream<data_T> &data, hls::stream<res_T> &res) {
    static_assert(data_T::size == CONFIG_T::n_chan && res_T::size == CONFIG_T::n_chan, "a pack has all channels");
    for (unsigned i = 0; i < CONFIG_T::in_height * CONFIG_T::in_width; i++) {
        #pragma HLS PIPELINE
        const data_T from = data.read();
        res_T to;
        for (unsigned i_chan = 0; i_chan < CONFIG_T::n_chan; i_chan++) {
            #pragma HLS UNROLL
            to[i_chan] = from[i_chan];
        }
        res.write(to);
    }
}

} // namespace nnet

#endif
