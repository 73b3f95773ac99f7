//! What casts ask of the numbers that they are given.

use super::kif::Kif;
use crate::fixed::{Overflow, Rounding};

/// What a cast to numbers with these bits asks for: of one that saturates the whole range counts, of one that rounds what decides a tie.
pub(super) fn asked_by_cast(own: Kif, rounding: Rounding, overflow: Overflow) -> Kif {
    let fractional = match rounding {
        Rounding::Trn => own.fractional,
        Rounding::Rnd => own.fractional + 1,
        Rounding::TrnZero
        | Rounding::RndZero
        | Rounding::RndMinInf
        | Rounding::RndInf
        | Rounding::RndConv => Kif::ANY.fractional,
    };
    match overflow {
        Overflow::Wrap => Kif { fractional, ..own },
        Overflow::Sat | Overflow::SatZero | Overflow::SatSym => Kif { fractional, ..Kif::ANY },
    }
}

/// Whether a cast has to see the sign of its numbers, also where its result has none: one that wraps.
pub(super) fn sees_sign(overflow: Overflow) -> bool {
    !matches!(overflow, Overflow::Sat | Overflow::SatSym)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn casts_ask_for_what_decides_their_result() {
        let own = Kif { signed: false, integer: 3, fractional: 4 };
        let any = Kif::ANY;
        for (rounding, overflow, expected) in [
            (Rounding::Trn, Overflow::Wrap, own),
            (Rounding::Rnd, Overflow::Wrap, Kif { fractional: 5, ..own }),
            (Rounding::RndConv, Overflow::Wrap, Kif { fractional: 126, ..own }),
            (Rounding::Trn, Overflow::Sat, Kif { fractional: 4, ..any }),
            (Rounding::Rnd, Overflow::SatSym, Kif { fractional: 5, ..any }),
            (Rounding::RndConv, Overflow::Sat, any),
        ] {
            assert_eq!(asked_by_cast(own, rounding, overflow), expected, "{rounding} {overflow}");
        }
    }
}
