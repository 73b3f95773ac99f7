#ifndef NNET_RECR_ACTIVATIONS_H_
#define NNET_RECR_ACTIVATIONS_H_

#include "nnet_activation.h"
#include "nnet_common.h"
#include "nnet_tables.h"

// Activations as classes, so that the configuration of a recurrent layer can name the ones inside its cell.
namespace nnet {
namespace activation {

#define NNET_RECR_ACTIVATION(name)                                                                                          \
    template <class data_T, class res_T, typename CONFIG_T> struct name {                                                   \
        static void activation(data_T data[CONFIG_T::n_in], res_T res[CONFIG_T::n_in]) {                                    \
            nnet::name<data_T, res_T, CONFIG_T>(data, res);                                                                 \
        }                                                                                                                   \
    };

NNET_RECR_ACTIVATION(linear)
NNET_RECR_ACTIVATION(relu)
NNET_RECR_ACTIVATION(relu6)
NNET_RECR_ACTIVATION(sigmoid)
NNET_RECR_ACTIVATION(tanh)
NNET_RECR_ACTIVATION(softplus)
NNET_RECR_ACTIVATION(softsign)
NNET_RECR_ACTIVATION(selu)
NNET_RECR_ACTIVATION(hard_sigmoid)
NNET_RECR_ACTIVATION(hard_tanh)

#undef NNET_RECR_ACTIVATION

} // namespace activation
} // namespace nnet

#endif
