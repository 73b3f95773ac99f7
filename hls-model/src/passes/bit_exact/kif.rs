//! How many bits numbers need: sign, integer bits without it, fractional bits.
//!
//! hls4ml writes them `k`, `i`, `f`. A number of `(k, i, f)` lies in `[-k·2ⁱ, 2ⁱ - 2⁻ᶠ]` and is a multiple of `2⁻ᶠ`; `i` and `f` can be negative.

use ndarray::ArrayD;

use crate::fixed::FixedType;
use crate::graph::op::fractional_bits;
use crate::precision::Precision;

/// The bits of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kif {
    /// Whether it can be negative.
    pub signed: bool,
    /// Bits left of the binary point, without the sign.
    pub integer: i32,
    /// Bits right of the binary point.
    pub fractional: i32,
}

/// The bits of each element of a tensor.
pub(super) type Kifs = ArrayD<Kif>;

/// Bits that stand for "as many as there are" on either side of the binary point.
const UNLIMITED: i32 = 126;

impl Kif {
    /// Of a number that is always zero.
    pub const ZERO: Self = Self { signed: false, integer: 0, fractional: 0 };

    /// Of a number of which nothing is known.
    pub const ANY: Self = Self { signed: true, integer: UNLIMITED, fractional: UNLIMITED };

    /// Fewer bits than anything has: where the search for a maximum begins.
    pub const NOTHING: Self = Self { signed: false, integer: -127, fractional: -127 };

    /// All of them.
    pub fn width(self) -> i32 {
        i32::from(self.signed) + self.integer + self.fractional
    }

    /// Of the numbers of a type.
    pub fn of_type(precision: Precision) -> Self {
        let sign = i32::from(precision.is_signed());
        Self {
            signed: precision.is_signed(),
            integer: precision.integer() - sign,
            fractional: precision.frac(),
        }
    }

    /// Of one number: as few as hold it, but at most 32 fractional ones, below which it is cut.
    pub fn of_constant(value: f64) -> Self {
        if value == 0.0 || !value.is_finite() {
            return Self::ZERO;
        }
        let fractional = fractional_bits(value);
        let step = f64::from(-fractional).exp2();
        Self { signed: value < 0.0, integer: integer_bits((value + step).max(-value)), fractional }
    }

    /// The most of each kind.
    pub fn max(self, other: Self) -> Self {
        Self {
            signed: self.signed || other.signed,
            integer: self.integer.max(other.integer),
            fractional: self.fractional.max(other.fractional),
        }
    }

    /// The most of each kind in an array; nothing for an array without elements.
    pub fn widest<'a>(kifs: impl IntoIterator<Item = &'a Self>) -> Self {
        kifs.into_iter().copied().reduce(Self::max).unwrap_or(Self::ZERO)
    }

    /// The type of numbers with these bits, which cuts and wraps. Of no bits it is hls4ml's stand-in, whose only numbers are far beyond
    /// all others.
    pub fn precision(self) -> Precision {
        let integer = i32::from(self.signed) + self.integer;
        match u32::try_from(self.width()) {
            Ok(width @ 1..) if self.signed => FixedType::signed(width, integer).into(),
            Ok(width @ 1..) => FixedType::unsigned(width, integer).into(),
            Ok(0) | Err(_) => Precision::ufixed(2, 32),
        }
    }
}

/// Of all elements of an array of constants.
pub(super) fn of_constants<'a>(values: impl IntoIterator<Item = &'a f64>) -> Kif {
    let kifs = values.into_iter().map(|&value| Kif::of_constant(value));
    kifs.reduce(Kif::max).unwrap_or(Kif::ZERO)
}

/// The smallest `i` for which `bound ≤ 2^i`.
pub(super) fn integer_bits(bound: f64) -> i32 {
    // The logarithm of a positive number has at most four digits before the point.
    bound.log2().ceil() as i32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn kif(signed: bool, integer: i32, fractional: i32) -> Kif {
        Kif { signed, integer, fractional }
    }

    #[test]
    fn constants_take_as_few_bits_as_hold_them() {
        for (value, expected) in [
            (0.0, Kif::ZERO),
            (1.0, kif(false, 1, 0)),
            (-1.0, kif(true, 0, 0)),
            (0.75, kif(false, 0, 2)),
            (-0.625, kif(true, 0, 3)),
            (96.0, kif(false, 7, -5)),
            (-96.0, kif(true, 7, -5)),
            (0.000_976_562_5, kif(false, -9, 10)),
            // Not a multiple of 2^-32: the rest is lost.
            (0.1, kif(false, -3, 32)),
        ] {
            assert_eq!(Kif::of_constant(value), expected, "{value}");
        }
        assert_eq!(of_constants(&[0.75, -96.0, 0.0]), kif(true, 7, 2));
        assert_eq!(of_constants(&[]), Kif::ZERO);
    }

    #[test]
    fn bits_become_a_type() {
        for (bits, expected) in [
            (kif(true, 3, 4), "fixed<8,4>"),
            (kif(false, 3, -1), "ufixed<2,3>"),
            (kif(true, -2, 5), "fixed<4,-1>"),
            (Kif::ZERO, "ufixed<2,32>"),
            (kif(false, 2, -5), "ufixed<2,32>"),
            (Kif::ANY, "fixed<253,127>"),
        ] {
            assert_eq!(bits.precision(), expected.parse().expect("a precision"), "{bits:?}");
        }
    }

    proptest! {
        #[test]
        fn a_constant_is_a_number_of_its_type(raw in -100_000_i64..100_000, exponent in -20_i32..20) {
            let value = raw as f64 * f64::from(exponent).exp2();
            prop_assume!(value != 0.0);
            let bits = Kif::of_constant(value);
            let ty = bits.precision();
            prop_assert_eq!(ty.storage().to_f64(ty.cast_f64(value)), value);
            // And one bit less, on either side, does not hold it.
            let coarser = Kif { fractional: bits.fractional - 1, ..bits };
            let lower = Kif { integer: bits.integer - 1, ..bits };
            for less in [coarser, lower].into_iter().filter(|less| less.width() > 0) {
                let ty = less.precision();
                prop_assert_ne!(ty.storage().to_f64(ty.cast_f64(value)), value, "{:?}", less);
            }
        }

        #[test]
        fn bits_of_a_type_are_those_it_was_made_of(signed: bool, integer in -30_i32..60, fractional in -30_i32..60) {
            let bits = kif(signed, integer, fractional);
            prop_assume!(bits.width() > 0);
            prop_assert_eq!(Kif::of_type(bits.precision()), bits);
        }
    }
}
