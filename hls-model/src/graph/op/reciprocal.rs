//! Dividing a sum by the number of its terms, without a divider.

use crate::precision::Precision;

/// Bits of a factor at most.
const MAX_FRACTION: i64 = 62;

/// How a sum `a + b` is divided by a number n: `(a + b) · factor · 2^-fraction`, plus a little more than this may be too small.
///
/// There are so many fractional bits that no sum is moved to another number of the result's type than the exact quotient, unless that is halfway between
/// two numbers that it is rounded to (or the sum has more than about 50 bits).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reciprocal {
    /// 2^`fraction` / n, rounded.
    pub factor: u64,
    /// Fractional bits of the factor.
    pub fraction: u32,
    /// What is added to a product is 2 to the power of this, at the binary point of the product; `None` where the factor is exact.
    pub raised: Option<u32>,
}

impl Reciprocal {
    /// For the sum of numbers of two types, and a result.
    #[must_use]
    pub fn of(n: u32, inputs: [Precision; 2], result: Precision) -> Self {
        let n = n.max(1);
        let places = n.next_power_of_two().ilog2();
        if n.is_power_of_two() {
            return Self { factor: 1, fraction: places, raised: None };
        }
        let [a, b] = inputs;
        let signed = a.is_signed() || b.is_signed();
        let integer = |ty: Precision| i64::from(ty.integer()) + i64::from(signed && !ty.is_signed());
        let fraction = i64::from(a.frac()).max(b.frac().into());
        let bits = integer(a).max(integer(b)) + 1 + fraction;
        let finer = (i64::from(result.frac()) - fraction).max(0);
        let needed = bits + i64::from(places) + finer + 2;
        let fraction = needed.clamp(1, MAX_FRACTION) as u32;
        let factor = ((1_u64 << fraction) + u64::from(n / 2)) / u64::from(n);
        let raised = (needed <= MAX_FRACTION).then(|| u32::try_from(bits - 1).unwrap_or(0));
        Self { factor, fraction, raised }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_cut_like_the_exact_ones() {
        let ty = |text: &str| text.parse::<Precision>().expect("a precision");
        let table = [
            (3, ["fixed<9,4>", "fixed<8,4>"], "fixed<8,4>"),
            (5, ["ufixed<9,4>", "fixed<8,6>"], "fixed<12,4>"),
            (7, ["fixed<8,8>", "fixed<9,2>"], "fixed<6,6>"),
            (4, ["fixed<9,4>", "fixed<8,4>"], "fixed<9,4>"),
            (100, ["ufixed<9,9>", "ufixed<8,8>"], "ufixed<12,4>"),
        ];
        for (n, [a, b], result) in table {
            let (a, b, result) = (ty(a), ty(b), ty(result));
            let reciprocal = Reciprocal::of(n, [a, b], result);
            let fraction = a.frac().max(b.frac());
            let steps = |ty: Precision| {
                let storage = ty.storage();
                let up = (fraction - storage.frac()) as u32;
                [storage.min_raw() << up, storage.max_raw() << up]
            };
            let ([low_a, high_a], [low_b, high_b]) = (steps(a), steps(b));
            for sum in low_a + low_b..=high_a + high_b {
                let raised = reciprocal.raised.map_or(0, |bits| 1 << bits);
                let product = sum * i128::from(reciprocal.factor) + raised;
                let from = fraction + reciprocal.fraction as i32;
                let down = from - result.frac();
                // The floor of the exact quotient in steps of the result.
                let up = (result.frac() - fraction).max(0) as u32;
                let below = (fraction - result.frac()).max(0) as u32;
                let exact = (sum << up).div_euclid(i128::from(n) << below);
                assert_eq!(product >> down, exact, "{sum} / {n}: {reciprocal:?}");
            }
        }
    }
}
