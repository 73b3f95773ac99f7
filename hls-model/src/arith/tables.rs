//! The lookup tables of activations, computed as the kernels compute them: in float32, each operation in the C type that it has there.
//!
//! Exponentials and similar functions come from the C library, here as in a C simulation on the same machine. C libraries
//! agree in all but the last of 24 bits, which a table of 18 bits hardly ever shows.

use crate::float_model::{SELU_ALPHA, SELU_LAMBDA, gelu, mish_less_relu};
use crate::precision::Precision;

/// A function of which a table is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    Sigmoid,
    Tanh,
    Softplus,
    Softsign,
    Exp,
    Elu,
    Selu,
    Gelu,
    Swish,
}

impl Curve {
    /// The table spans [-range, range) or (-range, 0]; a power of two.
    pub(crate) fn range(self) -> u32 {
        match self {
            Self::Tanh => 4,
            Self::Sigmoid
            | Self::Softplus
            | Self::Softsign
            | Self::Exp
            | Self::Elu
            | Self::Selu
            | Self::Gelu
            | Self::Swish => 8,
        }
    }

    // Constants without a float suffix are doubles in C, and promote the operation to double.
    fn at(self, x: f32) -> f32 {
        let wide = f64::from;
        match self {
            Self::Sigmoid => (1.0 / wide(1.0 + (-x).exp())) as f32,
            Self::Tanh => x.tanh(),
            Self::Softplus => (wide(x.exp()) + 1.0).ln() as f32,
            Self::Softsign => (wide(x) / (wide(x.abs()) + 1.0)) as f32,
            Self::Exp => x.exp(),
            Self::Elu => (wide(x.exp()) - 1.0) as f32,
            Self::Gelu => gelu(wide(x)) as f32,
            Self::Swish => (wide(x) / (1.0 + wide(-x).exp())) as f32,
            Self::Selu => (SELU_LAMBDA * (SELU_ALPHA * (wide(x.exp()) - 1.0))) as f32,
        }
    }
}

/// A table over [-range, range): the raw entries in the table's type.
pub(crate) fn centred(curve: Curve, entries: usize, ty: Precision) -> Vec<i128> {
    let n = entries as f64;
    let argument = |i: usize| (2.0 * f64::from(curve.range()) * (i as f64 - n / 2.0) / n) as f32;
    (0..entries).map(|i| ty.cast_f64(curve.at(argument(i)).into())).collect()
}

/// A table over (-range, 0], from zero downwards.
pub(crate) fn negative(curve: Curve, entries: usize, ty: Precision) -> Vec<i128> {
    let argument = |i: usize| (-f64::from(curve.range()) * i as f64 / entries as f64) as f32;
    (0..entries).map(|i| ty.cast_f64(curve.at(argument(i)).into())).collect()
}

/// The table of [`mish`] has 2 to the power of this many units of its argument.
pub(crate) const MISH_STEP_BITS: i32 = 5;

/// What mish adds to a ReLU, over [-16, 16). An entry stands for the middle of the inputs that share it, of those with `frac` fractional bits, and is
/// the number of the type that is nearest.
pub(crate) fn mish(entries: usize, frac: i32, ty: Precision) -> Vec<i128> {
    let span = f64::from(MISH_STEP_BITS).exp2() / entries as f64;
    let middle = ((span - f64::from(-frac).exp2()) / 2.0).max(0.0);
    let unit = f64::from(ty.frac()).exp2();
    let lowest = -((entries / 2) as f64);
    let entry = |i: usize| mish_less_relu((lowest + i as f64) * span + middle);
    (0..entries).map(|i| ty.cast_f64((entry(i) * unit + 0.5).floor() / unit)).collect()
}

/// `1/x` over [0, 64), zero at zero.
pub(crate) fn legacy_reciprocal(entries: usize, ty: Precision) -> Vec<i128> {
    let entry = |i: usize| {
        let x = (64.0 * i as f64 / entries as f64) as f32;
        // Not rounded to float32 again.
        if x > 0.0 { 1.0 / f64::from(x) } else { 0.0 }
    };
    (0..entries).map(|i| ty.cast_f64(entry(i))).collect()
}

/// `1 / sqrt(x + epsilon)` for x from 0 to 2 to the power of minus `range`.
pub(crate) fn inverse_root(epsilon: u32, range: u32, entries: usize, ty: Precision) -> Vec<i128> {
    let power = |base: f64, exponent: u32| base.powf(-f64::from(exponent)) as f32;
    let (epsilon, step) = (power(10.0, epsilon), power(2.0, range) / entries as f32);
    let entry = |i: usize| 1.0 / f64::from((epsilon + step * i as f32).sqrt());
    (0..entries).map(|i| ty.cast_f64(entry(i))).collect()
}

/// A table that is addressed with the top bits of a number: `f` of the smallest number that has them.
pub(crate) fn by_top_bits(
    argument: Precision,
    entries: usize,
    ty: Precision,
    f: impl Fn(f32) -> f32,
) -> Vec<i128> {
    let ty_in = argument.storage();
    let below = ty_in.width.saturating_sub(index_bits(entries));
    let entry = |i: usize| {
        let word =
            (i as u128).checked_shl(below).unwrap_or(0) & (u128::MAX >> (128 - ty_in.width.clamp(1, 128)));
        f(ty_in.to_f64(ty_in.read_word(word)) as f32)
    };
    (0..entries).map(|i| ty.cast_f64(entry(i).into())).collect()
}

/// Bits that address a table of so many entries, at least one (`nnet::ceillog2`).
pub(crate) fn index_bits(entries: usize) -> u32 {
    entries.max(2).next_power_of_two().ilog2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_hold_the_functions() {
        let ty: Precision = "fixed<18,8>".parse().expect("a precision");
        let real = |raw: i128| ty.storage().to_f64(raw);
        let table = [
            (centred(Curve::Sigmoid, 1024, ty), 512, 0.5),
            (centred(Curve::Sigmoid, 1024, ty), 0, 0.0),
            (centred(Curve::Tanh, 1024, ty), 640, 0.761),
            (centred(Curve::Softplus, 1024, ty), 512, 0.693),
            (centred(Curve::Softsign, 1024, ty), 576, 0.5),
            (negative(Curve::Elu, 1024, ty), 128, -0.632),
            (negative(Curve::Selu, 1024, ty), 128, -1.111),
            (negative(Curve::Gelu, 1024, ty), 128, -0.159),
            (negative(Curve::Swish, 1024, ty), 128, -0.269),
            (legacy_reciprocal(1024, ty), 0, 0.0),
            (legacy_reciprocal(1024, ty), 32, 0.5),
        ];
        for (i, (entries, at, expected)) in table.into_iter().enumerate() {
            assert!((real(entries[at]) - expected).abs() < 2e-3, "table {i}: {}", real(entries[at]));
        }
    }

    #[test]
    fn top_bits_stand_for_the_smallest_number_that_has_them() {
        let (argument, ty) = (Precision::fixed(6, 3), Precision::fixed(32, 16));
        let entries = by_top_bits(argument, 8, ty, |x| x);
        let real: Vec<f64> = entries.iter().map(|&raw| ty.storage().to_f64(raw)).collect();
        assert_eq!(real, [0.0, 1.0, 2.0, 3.0, -4.0, -3.0, -2.0, -1.0]);
    }
}
