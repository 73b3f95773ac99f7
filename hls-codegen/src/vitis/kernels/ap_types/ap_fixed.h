// ap_fixed<W, I, Q, O, N>, ap_ufixed<...> and, with them, ap_int<W> and ap_uint<W>
// for C simulation. See README.md.
#ifndef HLS_AP_FIXED_H
#define HLS_AP_FIXED_H

#ifdef __SYNTHESIS__
#error "These headers are for C simulation; synthesis uses the vendor's."
#endif

#include "ap_fixed_ops.h"

#endif
