//! Values that take over from a number on: comparisons, and rounding to powers of two.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use super::term::Term;
use crate::graph::op::{NegativeSide, PowerOfTwo};
use crate::precision::Precision;
use crate::quantizer::Log2Rounding;

/// Values that take over from a number on: what comparisons become.
#[derive(Debug, Clone, PartialEq)]
pub struct Levels {
    /// The result below the first level.
    pub below: i128,
    /// For each channel, in rising order: from which number on which result holds.
    pub channels: Vec<Vec<(i128, i128)>>,
    /// What is done to the input before it is compared.
    pub prepare: Option<Chain>,
}

/// From which number on which power of two holds.
pub(super) fn powers_of_two(layer: Layer<'_>, op: &PowerOfTwo) -> Result<Levels, ArithError> {
    if !op.takes(&layer.input(0)?.ty.precision) {
        return Err(layer.unsupported(op.too_wide()));
    }
    let x = layer.input_term(0)?;
    let power = |exponent, sign| power(layer, op, exponent, sign);
    // In rising order of the input: falling exponents below zero, then rising ones.
    let lowest = power(op.low, 1)?;
    let (mut below, mut steps) = (lowest, Vec::new());
    if let NegativeSide::Mirrored { shift } = op.negative {
        below = power(op.high, -1)?;
        for exponent in (op.low..op.high).rev() {
            steps.push((1 - least(op, exponent + 1, x.frac() + shift), power(exponent, -1)?));
        }
    }
    steps.push((0, lowest));
    for exponent in op.low + 1..=op.high {
        steps.push((least(op, exponent, x.frac()), power(exponent, 1)?));
    }
    if let Some(reached) = steps.iter().rposition(|&(from, _)| from <= x.low) {
        below = steps[reached].1;
        steps.drain(..=reached);
    }
    steps.retain(|&(from, _)| from <= x.high);
    Ok(Levels { below, channels: vec![steps], prepare: None })
}

/// A power of two, or its negative, as the raw number that the result has for it.
fn power(layer: Layer<'_>, op: &PowerOfTwo, exponent: i32, sign: i128) -> Result<i128, ArithError> {
    let raw = sign << exponent.abs_diff(op.low).min(126);
    let places = op.high.abs_diff(op.low) + 2;
    let exact = Term { ty: Precision::fixed(places, op.high + 2), low: raw, high: raw };
    let rule = Chain::of(exact).cast(layer.result()?);
    layer.evaluate(&rule, raw)
}

/// The smallest magnitude, in steps of `2^-frac`, with an exponent of at least `exponent`; beyond all inputs if there is none.
fn least(op: &PowerOfTwo, exponent: i32, frac: i32) -> i128 {
    const BEYOND: i128 = 1 << 100;
    /// `√2 · 2^63`, cut off.
    const SQRT_2: u128 = (1u128 << 127).isqrt();
    let step = exponent + frac;
    let least = match op.rounding {
        // From 2^(exponent - 1/2) on, which no number is.
        Log2Rounding::Round => match u32::try_from(step - 1) {
            Ok(places @ 0..=63) => ((SQRT_2 >> (63 - places)) + 1).cast_signed(),
            Ok(_) => BEYOND,
            Err(_) => 1,
        },
        Log2Rounding::Floor => match u32::try_from(step) {
            Ok(places @ 0..=64) => 1 << places,
            Ok(_) => BEYOND,
            Err(_) => 1,
        },
    };
    least.max(i128::try_from(PowerOfTwo::least_seen(frac)).unwrap_or(BEYOND))
}

#[cfg(test)]
mod tests {
    use ndarray::Array1;

    use super::*;
    use crate::quantizer::{Quantizer, quantize_weights};

    /// QKeras's float32 arithmetic decides for every number of 12 bits as the exact one does; but with `log2_rounding='floor'` it takes some
    /// powers of two for smaller than they are.
    #[test]
    fn qkeras_has_the_same_limits() {
        for text in [
            "quantized_relu_po2(4)",
            "quantized_relu_po2(6,max_value=3)",
            "quantized_relu_po2(5,log2_rounding='floor')",
        ] {
            let quantizer = Quantizer::parse(text).expect("a quantizer");
            let (op, _) = PowerOfTwo::of(&quantizer, 1).expect("powers of two");
            for frac in [0, 5, 12, 20, 30] {
                let raws = 1..1i128 << 12;
                let numbers = raws.clone().map(|raw| (raw as f64 * f64::from(-frac).exp2()) as f32);
                let values =
                    quantize_weights(&quantizer, &Array1::from_iter(numbers).into_dyn()).expect("values");
                for (raw, &value) in raws.zip(&values.values) {
                    let exponent =
                        (op.low..=op.high).rev().find(|&e| e == op.low || raw >= least(&op, e, frac));
                    let ours = exponent.map(|e| f64::from(e).exp2() as f32);
                    let is_mistaken = op.rounding == Log2Rounding::Floor && raw.count_ones() == 1;
                    assert!(ours == Some(value) || is_mistaken, "{text}: {raw} of 2^-{frac}");
                }
            }
        }
    }
}
