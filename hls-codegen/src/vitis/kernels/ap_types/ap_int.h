// ap_int<W> and ap_uint<W> for C simulation; like the vendor's, this header brings
// the fixed-point types along.
#ifndef HLS_AP_INT_H
#define HLS_AP_INT_H

#include "ap_fixed.h"

#endif
