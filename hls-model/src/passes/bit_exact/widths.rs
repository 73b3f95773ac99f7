//! A quantizer's widths, in the words of the graph and in those of this flow.

use ndarray::Zip;

use super::kif::{Kif, Kifs};
use crate::graph::Widths;

/// More bits, on either side of the binary point, than any quantizer has.
const ABSURD: u32 = 4096;

/// Sign, integer and fractional bits of each element; `None` where the arrays' shapes differ, or for absurdly many bits.
pub(super) fn kifs(widths: &Widths) -> Option<Kifs> {
    widths.shape()?;
    if widths.bits.iter().chain(&widths.integer).any(|bits| bits.unsigned_abs() > ABSURD) {
        return None;
    }
    let kif = |&signed: &bool, &bits: &i32, &integer: &i32| Kif {
        signed,
        integer: integer - i32::from(signed),
        fractional: bits - integer,
    };
    Some(Zip::from(&widths.signed).and(&widths.bits).and(&widths.integer).map_collect(kif))
}

/// The other way.
pub(super) fn widths(kifs: &Kifs) -> Widths {
    Widths {
        signed: kifs.mapv(|bits| bits.signed),
        bits: kifs.mapv(Kif::width),
        integer: kifs.mapv(|bits| bits.integer + i32::from(bits.signed)),
    }
}
