//! `quantized_po2` and `quantized_relu_po2`.

use super::float::{EPSILON, EigenPath, blend, clip, exp2, leaky, log2, round, sign_of_binary, through};
use super::kinds::{Exponent, Log2Rounding, ReluPo2};

/// `quantized_po2`: one bit of the width is the value's sign.
pub(super) fn po2(q: &Exponent, x: f32, path: EigenPath) -> f32 {
    let xq = sign_of_binary(x) * exp2(exponent(q, q.bits - 1, x.abs(), path));
    blend(&q.blend, x, xq)
}

/// `quantized_relu_po2`.
pub(super) fn relu_po2(q: &ReluPo2, x: f32, path: EigenPath) -> f32 {
    let (e, slope) = (&q.exponent, q.negative_slope as f32);
    let unquantized = match e.max_value {
        Some(bound) if x > bound as f32 => bound as f32,
        _ => leaky(x, slope),
    };
    let xq = if x >= 0.0 || slope == 0.0 {
        exp2(exponent(e, e.bits, x.max(0.0), path))
    } else {
        -exp2(exponent(e, e.bits, (-x).max(0.0) * slope, path))
    };
    blend(&e.blend, unquantized, xq)
}

impl Exponent {
    /// Magnitudes below it have the lowest exponent.
    pub const LEAST: f32 = EPSILON;

    /// The lowest and the highest exponent of results, where `bits` hold the exponent and its sign.
    #[must_use]
    pub fn range(&self, bits: i32) -> (i32, i32) {
        let (low, high) = self.limits(bits);
        let highest = match self.max_value {
            Some(bound) => high.min(self.whole(log2(bound as f32, EigenPath::Tail))),
            None => high,
        };
        (low as i32, highest.max(low) as i32)
    }

    /// What `bits` (the exponent's sign included) can hold.
    fn limits(&self, bits: i32) -> (f32, f32) {
        // A largest value of at most 1 needs no positive exponents.
        let has_sign = self.max_value.is_none_or(|value| value > 1.0);
        let span = f64::from(bits - i32::from(has_sign)).exp2();
        let (low, mut high) = (-span, span - 1.0);
        if self.quadratic_approximation {
            high = 2.0 * (high / 2.0).floor();
        }
        (low as f32, high.max(low) as f32)
    }

    fn whole(&self, log: f32) -> f32 {
        match self.log2_rounding {
            Log2Rounding::Round => round(log),
            Log2Rounding::Floor => through(log, log.floor()),
        }
    }
}

/// The exponent for a magnitude, within what `bits` (the exponent's sign included) can hold.
fn exponent(q: &Exponent, bits: i32, magnitude: f32, path: EigenPath) -> f32 {
    let (low, high) = q.limits(bits);
    if magnitude < EPSILON {
        return low;
    }
    let magnitude = match q.max_value {
        Some(bound) if magnitude >= bound as f32 => bound as f32,
        _ => magnitude,
    };
    let (factor, input) = if q.quadratic_approximation { (2.0, magnitude.sqrt()) } else { (1.0, magnitude) };
    factor * clip(q.whole(log2(input, path)), low, high)
}
