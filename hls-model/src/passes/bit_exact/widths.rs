//! A quantizer's widths, in the words of the graph and in those of this flow.

use ndarray::Zip;

use super::kif::{Kif, Kifs};
use crate::graph::Widths;

/// Sign, integer and fractional bits of each element; `None` where the arrays' shapes differ.
pub(super) fn kifs(widths: &Widths) -> Option<Kifs> {
    widths.shape()?;
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
