//! Division by a constant.

use super::Layer;
use crate::adder_graph::signed_digits;
use crate::range::Range;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

/// Numbers of up to so many bits are divided by a table.
const TABULATED_BITS: u32 = 6;

/// Division by multiplying with a reciprocal: `⌊x · factor / 2^down⌋`.
///
/// With `factor · divisor = 2^down + excess` and `0 < excess`, the product is `x / divisor + x · excess / (divisor · 2^down)`. As long as
/// `|x| · excess < 2^down`, the second part is less than `1 / divisor`, which is how far the quotient of a number that is not negative is at least from the
/// next whole number: its floor is that of the quotient. That of a negative number is one less than the quotient rounded up: the second part is
/// negative, and takes a whole quotient to the next lower number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reciprocal {
    factor: i128,
    down: u32,
}

impl Reciprocal {
    /// A reciprocal of a number that is no power of two, exact for all numbers up to a magnitude, with as few digits as possible; `None` if they are
    /// too large.
    fn exact(divisor: i128, largest: u128) -> Option<Self> {
        let of = |down: u32| {
            let unit = 1_i128 << down;
            let factor = unit / divisor + 1;
            let excess = factor * divisor - unit;
            let is_exact = largest.checked_mul(excess.unsigned_abs())? < unit.unsigned_abs();
            is_exact.then_some(Self { factor, down })
        };
        // A few places beyond the first that will do: sometimes a longer factor has fewer digits.
        let least = (0..MAX_DOWN).find(|&down| of(down).is_some())?;
        let candidates = (least..MAX_DOWN.min(least + 4)).filter_map(of);
        candidates.min_by_key(|reciprocal| signed_digits(reciprocal.factor).len())
    }
}

/// Beyond so many places, products would be too wide.
const MAX_DOWN: u32 = 100;

impl Layer<'_> {
    /// `x / divisor`, what is left dropped towards zero. The divisor is positive.
    pub(super) fn divided(&mut self, x: Wire, divisor: i128) -> Result<Wire, RtlError> {
        let (low, high) = self.circuit.range(x);
        if divisor == 1 {
            return Ok(x);
        }
        if self.circuit.width(x) <= TABULATED_BITS {
            return self.tabulated(x, |x| x / divisor);
        }
        if divisor.count_ones() == 1 {
            let (places, rounding) = (divisor.trailing_zeros(), hls_model::fixed::Rounding::TrnZero);
            return Ok(super::cast::rounded(self.circuit, x, places, rounding));
        }
        let largest = low.unsigned_abs().max(high.unsigned_abs());
        let reciprocal = Reciprocal::exact(divisor, largest);
        let Reciprocal { factor, down } = reciprocal.ok_or_else(|| self.too_wide())?;
        let digits = signed_digits(factor);
        self.count_bits(self.circuit.width(x).saturating_mul(digits.len() as u32))?;
        let mut terms: Vec<Term> = digits
            .iter()
            .map(|digit| Term { wire: x, shift: digit.shift, negative: digit.negative })
            .collect();
        // The floor of a negative number is one too low.
        terms.push(Term { wire: self.circuit.negative(x), shift: down, negative: false });
        let unit = 1_i128 << down;
        let quotient = (low / divisor, high / divisor);
        let known: Option<Range> = quotient.0.checked_mul(unit).zip(quotient.1.checked_mul(unit));
        let (low, high) = known.ok_or_else(|| self.too_wide())?;
        let sum = self.circuit.sum_within(terms, 0, (low, high.saturating_add(unit - 1)));
        Ok(self.circuit.floor(sum, down))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reciprocals_are_exact_for_every_number_that_they_are_made_for() {
        for divisor in (3..200_i128).filter(|divisor| divisor.count_ones() > 1) {
            for largest in [1, 7, 100, 1023, 4096, 20_000] {
                let Reciprocal { factor, down } = Reciprocal::exact(divisor, largest).expect("small");
                let largest = largest as i128;
                for x in -largest..=largest {
                    let quotient = ((x * factor) >> down) + i128::from(x < 0);
                    assert_eq!(quotient, x / divisor, "{x} / {divisor}, up to {largest}");
                }
            }
        }
    }

    #[test]
    fn large_numbers_have_reciprocals_up_to_a_limit() {
        let largest = 1_u128 << 47;
        let Reciprocal { factor, down } = Reciprocal::exact(49, largest).expect("47 bits");
        let exact = |x: i128| ((x * factor) >> down) + i128::from(x < 0) == x / 49;
        let near = (0..5000).flat_map(|i| [largest as i128 - i, i - largest as i128]);
        assert!(near.into_iter().all(exact));
        assert_eq!(Reciprocal::exact(49, 1 << 110), None);
    }
}
