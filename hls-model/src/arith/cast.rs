//! Casts between types, for numbers whose type and range are known.
//!
//! A [`Cast`] is what `FixedType::cast_raw` does to a number, with what is known beforehand: how far the binary point moves, which rounding
//! that takes, whether any number can be too large, and the range of what comes out.

use super::term::{Bounded, Term, signed_bits};
use crate::fixed::{FixedType, Overflow, Rounding, shifted_left};
use crate::precision::Precision;

/// Distances between binary points beyond this are left to the general algorithm.
const FAR: u32 = 100;

/// A cast of numbers whose type and range are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cast {
    from: Term,
    to: Precision,
    into: FixedType,
    align: Alignment,
    fit: Fitting,
    aligned: Bounded<(i128, i128)>,
}

/// What a cast does to the binary point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    /// It is in place.
    Keep,
    /// Raw numbers move left, which is exact.
    Left(u32),
    /// Raw numbers move right, and what falls off is rounded.
    Right(u32, Rounding),
}

/// What a cast does to numbers that do not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fitting {
    /// There are none.
    None,
    /// What the type's overflow mode says.
    Mode,
    /// The same, by way of [`FixedType::cast_raw`]: for saturated upper bits and absurd distances of the binary points.
    General,
}

impl Cast {
    /// A cast of such numbers.
    #[must_use]
    pub fn new(from: Term, to: Precision) -> Self {
        let into = to.storage();
        let align = alignment(&from, to);
        let aligned = match align {
            Alignment::Keep => Some((from.low, from.high)),
            Alignment::Left(bits) => {
                shifted_left(from.low, bits.into()).zip(shifted_left(from.high, bits.into()))
            }
            // Rounding is monotonic.
            Alignment::Right(bits, rounding) => {
                Some((rounding.apply(from.low, bits.into()), rounding.apply(from.high, bits.into())))
            }
        };
        let fits = aligned.is_some_and(|(low, high)| into.min_raw() <= low && high <= into.max_raw());
        let far = matches!(align, Alignment::Left(bits) | Alignment::Right(bits, _) if bits > FAR);
        let fit = match (fits, far, into.overflow, into.saturation_bits) {
            (true, false, ..) => Fitting::None,
            (false, false, Overflow::Wrap, 0) => Fitting::Mode,
            (false, false, Overflow::Sat | Overflow::SatZero | Overflow::SatSym, _) if aligned.is_some() => {
                Fitting::Mode
            }
            _ => Fitting::General,
        };
        Self { from, to, into, align, fit, aligned }
    }

    /// What comes out.
    #[must_use]
    pub fn result(&self) -> Term {
        let whole = (self.into.min_raw(), self.into.max_raw());
        let (low, high) = match (self.fit, self.into.overflow, self.aligned) {
            (Fitting::None, _, Some(range)) => range,
            (Fitting::Mode, Overflow::Sat | Overflow::SatSym, Some((low, high))) => {
                (low.clamp(whole.0, whole.1), high.clamp(whole.0, whole.1))
            }
            _ => whole,
        };
        Term { ty: self.to, low, high }
    }

    /// The range in front of the overflow mode; `None` if it is out of reach.
    #[must_use]
    pub fn aligned(&self) -> Option<(i128, i128)> {
        self.aligned
    }

    /// Whether a number can be changed by more than rounding.
    #[must_use]
    pub fn may_overflow(&self) -> bool {
        self.fit != Fitting::None
    }

    /// Whether numbers may wrap before the cast as well without changing its result: it cuts off upper bits and nothing else.
    #[must_use]
    pub fn is_modular(&self) -> bool {
        let wraps = self.fit == Fitting::Mode && self.into.overflow == Overflow::Wrap;
        (wraps || self.fit == Fitting::None) && matches!(self.align, Alignment::Keep | Alignment::Left(_))
    }

    /// Bits of a word in which numbers may wrap before the cast without changing its result; `None` where each bit counts. Rounding
    /// down drops lower bits, and wrapping upper ones.
    #[must_use]
    pub fn wrapping_bits(&self) -> Option<u32> {
        let floors = match self.align {
            Alignment::Keep | Alignment::Left(_) => 0,
            Alignment::Right(bits, Rounding::Trn) => bits,
            Alignment::Right(..) => return None,
        };
        let wraps = self.fit == Fitting::Mode && self.into.overflow == Overflow::Wrap;
        wraps.then(|| self.into.width + u32::from(!self.into.signed) + floors)
    }

    /// Bits of the word that the cast can be computed in exactly.
    pub fn bits(&self) -> u32 {
        let output = signed_bits(self.into.max_raw()).max(signed_bits(self.into.min_raw()));
        let aligned = |range: Bounded<(i128, i128)>| {
            range.map_or(u32::MAX, |(low, high)| signed_bits(low).max(signed_bits(high)))
        };
        let between = match (self.fit, self.align) {
            (Fitting::General, _) | (_, Alignment::Keep) => 0,
            // What is shifted out at the top would be cut off anyway.
            (Fitting::Mode, Alignment::Left(_)) if self.into.overflow == Overflow::Wrap => 0,
            (_, Alignment::Left(_)) => aligned(self.aligned),
            (_, Alignment::Right(bits, Rounding::Trn)) => bits + 1,
            // Rounding adds up to half a unit first.
            (_, Alignment::Right(bits, _)) => {
                let unit = 1_i128 << bits;
                let widest = self.from.low.unsigned_abs().max(self.from.high.unsigned_abs());
                let sum = i128::try_from(widest).ok().and_then(|widest| widest.checked_add(unit));
                sum.map_or(u32::MAX, signed_bits)
            }
        };
        self.from.bits().max(output).max(between)
    }

    /// What goes in.
    #[must_use]
    pub fn from(&self) -> Term {
        self.from
    }

    /// The type that numbers are cast to.
    #[must_use]
    pub fn to(&self) -> Precision {
        self.to
    }

    /// What happens to the binary point.
    #[must_use]
    pub fn alignment(&self) -> Alignment {
        self.align
    }

    /// What happens to numbers that do not fit.
    #[must_use]
    pub fn fitting(&self) -> Fitting {
        self.fit
    }

    /// The cast of one raw number.
    #[must_use]
    pub fn apply(&self, raw: i128) -> i128 {
        let into = match (self.fit, self.align) {
            (Fitting::None | Fitting::Mode, Alignment::Right(_, rounding)) => {
                FixedType { rounding, ..self.into }
            }
            _ => self.into,
        };
        into.cast_raw(raw, self.from.frac())
    }

    /// The range of what comes out for raw numbers of a range within [`from`](Self::from): exact where nothing overflows or all saturates,
    /// else perhaps wider than it need be.
    #[must_use]
    pub fn range(&self, (low, high): (i128, i128)) -> (i128, i128) {
        let whole = (self.into.min_raw(), self.into.max_raw());
        let (a, b) = (self.apply(low), self.apply(high));
        match (self.fit, self.into.overflow) {
            (Fitting::None, _) | (Fitting::Mode, Overflow::Sat | Overflow::SatSym) => (a, b),
            (Fitting::Mode, Overflow::Wrap) => match self.spans_less_than_the_type(low, high) {
                // Wherever they wrapped, they did so together.
                true if a <= b => (a, b),
                _ => whole,
            },
            (Fitting::Mode, Overflow::SatZero) if !self.into.overflows(low, self.from.frac()) => {
                if self.into.overflows(high, self.from.frac()) { (a.min(0), whole.1) } else { (a, b) }
            }
            (Fitting::Mode, Overflow::SatZero) | (Fitting::General, _) => whole,
        }
    }

    fn spans_less_than_the_type(&self, low: i128, high: i128) -> bool {
        let aligned = |raw: i128| match self.align {
            Alignment::Keep => Some(raw),
            Alignment::Left(bits) => shifted_left(raw, bits.into()),
            Alignment::Right(bits, rounding) => Some(rounding.apply(raw, bits.into())),
        };
        let span = aligned(high).zip(aligned(low)).and_then(|(high, low)| high.checked_sub(low));
        span.is_some_and(|span| span <= self.into.max_raw() - self.into.min_raw())
    }
}

fn alignment(from: &Term, to: Precision) -> Alignment {
    let into = to.storage();
    // Xilinx's conversion from ap_fixed to ap_int goes through an integer with as many bits as the number has integer bits, but at
    // least one. Without any, the one bit is the carry of rounding a negative number up, and reads as -1: the floor.
    let rounding = match (to, from.ty) {
        (Precision::Fixed(_), _) => into.rounding,
        (_, Precision::Fixed(ty)) if ty.integer <= 0 && ty.signed => Rounding::Trn,
        _ => into.rounding,
    };
    let dropped = i64::from(from.frac()) - i64::from(into.frac());
    let bits = u32::try_from(dropped.unsigned_abs()).unwrap_or(u32::MAX);
    match dropped {
        0 => Alignment::Keep,
        ..0 => Alignment::Left(bits),
        _ => Alignment::Right(bits, rounding),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_type() -> impl Strategy<Value = FixedType> {
        let modes = (0..Rounding::NAMES.len(), 0..Overflow::NAMES.len(), 0_u32..4);
        (1_u32..=12, -6_i32..=14, any::<bool>(), modes).prop_map(|(width, integer, signed, (q, o, n))| {
            let ty = FixedType { signed, ..FixedType::signed(width, integer) };
            let ty = ty.with_modes(Rounding::NAMES[q].0, Overflow::NAMES[o].0);
            FixedType { saturation_bits: if n == 3 { width.min(2) } else { 0 }, ..ty }
        })
    }

    proptest! {
        #[test]
        fn every_number_of_a_range_is_cast_into_the_range_of_the_cast(
            from in any_type(),
            into in any_type(),
            ends in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        ) {
            let term = Term::variable(from.into()).expect("narrow");
            let cast = Cast::new(term, into.into());
            let count = usize::try_from(term.high - term.low + 1).expect("narrow");
            let (a, b) = (ends.0.index(count) as i128 + term.low, ends.1.index(count) as i128 + term.low);
            let (low, high) = cast.range((a.min(b), a.max(b)));
            let result = cast.result();
            prop_assert!(result.low <= low && high <= result.high);
            for raw in a.min(b)..=a.max(b) {
                let found = cast.apply(raw);
                prop_assert_eq!(found, into.cast_raw(raw, from.frac()));
                prop_assert!((low..=high).contains(&found), "{} of {} outside {} to {}", found, into, low, high);
            }
        }
    }
}
