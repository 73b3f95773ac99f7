#ifndef NNET_EMBED_STREAM_H_
#define NNET_EMBED_STREAM_H_

#include "nnet_embed.h"
#include "nnet_stream.h"

namespace nnet {

// A pack of numbers becomes as many packs, each a row of the table.
template <class data_T, class res_T, typename CONFIG_T>
void embedding(hls::stream<data_T> &data, hls::stream<res_T> &res,
               typename CONFIG_T::embeddings_t embeddings[CONFIG_T::vocab_size * CONFIG_T::n_out]) {
    static_assert(res_T::size == CONFIG_T::n_out, "a pack is a row of the table");
    for (unsigned i = 0; i < CONFIG_T::n_in / data_T::size; i++) {
        const data_T tokens = data.read();
        for (unsigned i_token = 0; i_token < data_T::size; i_token++) {
            #pragma HLS PIPELINE II=CONFIG_T::reuse_factor
            res_T row;
            for (unsigned i_col = 0; i_col < CONFIG_T::n_out; i_col++) {
                #pragma HLS UNROLL
                row[i_col] = embeddings[detail::embedding_element<CONFIG_T>(tokens[i_token], i_col)];
            }
            res.write(row);
        }
    }
}

} // namespace nnet

#endif
