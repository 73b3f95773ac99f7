//! How the exponential function is computed: `e^(a + b) = e^a · e^b`, with a table for each factor.
//!
//! One table would need an entry for each step of the input to be right to the step of the result, because eˣ is as steep as it is large. The bits
//! of the input are divided in two halves instead, each of which addresses a small table, and one product of two entries is as exact as both.

use std::f64::consts::LN_2;

use crate::fixed::{FixedType, Overflow, Rounding};
use crate::precision::Precision;

/// Bits of an argument at most, so that a table has no more than 4096 entries.
const MAX_ARGUMENT_BITS: i32 = 24;
/// Bits of an entry at most: a double has a few more.
const MAX_ENTRY_BITS: i32 = 40;
/// Bits of a fraction that is worth keeping after an argument of so many bits.
const MAX_FRACTION: i32 = 30;

/// The types between an input and its exponential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exponential {
    /// What the input is rounded and saturated to: for anything that saturates, the result is zero or the largest number.
    pub argument: FixedType,
    /// Bits of the argument that address the table of the lower factor, which is from 1 on; the others address that of the upper one.
    pub lower_bits: u32,
    /// The type of the upper factors.
    pub upper: FixedType,
    /// The type of the lower factors.
    pub lower: FixedType,
    /// The type of the result, to whose nearest number the product is rounded, and at whose largest it saturates.
    pub rounded: FixedType,
}

impl Exponential {
    /// The types for an input and a result.
    #[must_use]
    pub fn of(input: Precision, result: Precision) -> Self {
        let (input, result) = (input.storage(), result.storage());
        let (whole, fraction) = (result.integer - i32::from(result.signed), result.frac());
        // Below -(fraction + 1) · ln 2 the exponential is less than half a step, from whole · ln 2 on too large.
        let reach = LN_2 * f64::from(whole.max(fraction.saturating_add(1)).clamp(1, 1 << 16));
        let held = input.integer.saturating_add(i32::from(!input.signed));
        // The largest argument is up to 1 below a power of two.
        let integer = ((reach + 1.0).log2().ceil() as i32 + 1).min(held).max(1);
        // A step of the argument less than a step of the result where it is largest.
        let worth = whole.saturating_add(fraction).saturating_add(1);
        let kept = input.frac().min(worth).clamp(0, MAX_ARGUMENT_BITS - integer);
        let width = (integer + kept).unsigned_abs();
        let argument = FixedType::signed(width, integer).with_modes(Rounding::Rnd, Overflow::Sat);
        let lower_bits = width / 2;

        let largest = (((1_u32 << lower_bits) - 1) as f64 * f64::from(-kept).exp2()).exp();
        let lower_whole = (largest.ceil().log2().floor() as i32 + 1).max(1);
        let precision = worth.saturating_add(2).clamp(2, MAX_FRACTION);
        let lower = unsigned(lower_whole, precision);
        let most = MAX_ENTRY_BITS.saturating_sub(whole).max(0);
        let needed = fraction.saturating_add(3).saturating_add(lower_whole);
        let upper = unsigned(whole.saturating_add(1), needed.min(most));
        let rounded = result.with_modes(Rounding::Rnd, Overflow::Sat);
        Self { argument, lower_bits, upper, lower, rounded }
    }

    /// The raw entries of the table of upper factors, from the smallest argument on. They end at a number too large for the result.
    #[must_use]
    pub fn upper_factors(&self) -> Vec<i128> {
        let bits = self.argument.width - self.lower_bits;
        let half = 1_i64 << (bits - 1);
        let step = f64::from(self.lower_bits as i32 - self.argument.frac()).exp2();
        let largest = f64::from(self.upper.integer - 1).exp2();
        let factor = |place: i64| nearest((place as f64 * step).exp().min(largest), self.upper);
        (-half..half).map(factor).collect()
    }

    /// The raw entries of the table of lower factors.
    #[must_use]
    pub fn lower_factors(&self) -> Vec<i128> {
        let step = f64::from(-self.argument.frac()).exp2();
        (0..1_i64 << self.lower_bits).map(|place| nearest((place as f64 * step).exp(), self.lower)).collect()
    }
}

fn unsigned(integer: i32, fraction: i32) -> FixedType {
    FixedType::unsigned(integer.saturating_add(fraction).unsigned_abs(), integer)
}

/// The raw number of a type that is nearest.
fn nearest(value: f64, ty: FixedType) -> i128 {
    (value * f64::from(ty.frac()).exp2() + 0.5).floor() as i128
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every input of a type.
    fn check(input: &str, result: &str) {
        let ty = |text: &str| text.parse::<Precision>().expect("a precision");
        let types = Exponential::of(ty(input), ty(result));
        let (input, result) = (ty(input).storage(), ty(result).storage());
        let (upper, lower) = (types.upper_factors(), types.lower_factors());
        let largest = result.to_f64(result.max_raw());
        for raw in input.min_raw()..=input.max_raw() {
            let argument = types.argument.cast_raw(raw, input.frac()) + (1 << (types.argument.width - 1));
            let product =
                upper[(argument >> types.lower_bits) as usize] * lower[argument as usize % lower.len()];
            let found = types
                .rounded
                .to_f64(types.rounded.cast_raw(product, types.upper.frac() + types.lower.frac()));
            let exact = input.to_f64(raw).exp().min(largest);
            let steps = (found - exact).abs() * f64::from(result.frac()).exp2();
            assert!(steps <= 0.8, "{types:?}: e^{} is {exact}, not {found}", input.to_f64(raw));
        }
        let fits = |entries: &[i128], ty: FixedType| entries.iter().all(|&entry| entry <= ty.max_raw());
        assert!(fits(&upper, types.upper) && fits(&lower, types.lower), "{types:?}");
    }

    #[test]
    fn results_are_right_to_their_step_for_all_kinds_of_types() {
        let inputs = [
            "fixed<16,6>",
            "fixed<1,1>",
            "ufixed<6,0>",
            "fixed<8,8>",
            "fixed<6,9>",
            "fixed<8,-2>",
            "ufixed<14,3>",
        ];
        let results = [
            "fixed<16,6>",
            "ufixed<8,0>",
            "ufixed<8,-3>",
            "fixed<20,12>",
            "fixed<8,12>",
            "ufixed<1,1>",
            "ap_uint<4>",
        ];
        for input in inputs {
            for result in results {
                check(input, result);
            }
        }
    }

    #[test]
    fn tables_stay_small_for_the_widest_types() {
        for (input, result) in [("fixed<40,20>", "fixed<48,24>"), ("fixed<60,60>", "ufixed<64,0>")] {
            let ty = |text: &str| text.parse().expect("a precision");
            let types = Exponential::of(ty(input), ty(result));
            assert!(types.upper_factors().len().max(types.lower_factors().len()) <= 4096, "{types:?}");
        }
    }
}
