//! Sums of shifted inputs, as distributed arithmetic makes them: nothing is cast before the whole sum is.
//!
//! There is no accumulator's type then. All numbers are at the binary point that holds every product and every bias.

use super::{MatrixProduct, Row, Source, Summation, Tap};
use crate::arith::cast::Cast;
use crate::arith::chain::Chain;
use crate::arith::error::ArithError;
use crate::arith::layer::Layer;
use crate::arith::line::Line;
use crate::arith::term::{Bounded, Term, signed_bits};
use crate::fixed::shifted_left;
use crate::graph::{Stored, Weight, WeightRole};
use crate::precision::Precision;

pub(super) fn matrix_product(layer: Layer<'_>, source: Source<'_>) -> Result<MatrixProduct, ArithError> {
    let input = match &source.quantized {
        Some(quantized) => quantized.term,
        None => layer.input_term(0)?,
    };
    let weights = layer.stored(source.weight)?;
    let weight_point = point(source.weight, &weights);
    let product_point = i64::from(input.frac()) + weight_point;
    let bias_point = i64::from(source.bias.ty.precision.frac());
    let sum_point = product_point.max(bias_point);
    let factor_shift = u64::try_from(sum_point - product_point).unwrap_or(u64::MAX);
    let bias_shift = u64::try_from(sum_point - bias_point).unwrap_or(u64::MAX);

    let biases = layer.raw_weights(WeightRole::Bias)?.into_iter().take(source.n_out);
    let biases = biases.map(|raw| layer.bounded(shifted_left(raw, bias_shift)));
    let rows: Result<Vec<Row>, ArithError> =
        biases.map(|bias| Ok(Row { bias: bias?, taps: Vec::new() })).collect();
    let mut rows = rows?;
    for connection in &source.connections {
        let missing = || layer.incomplete("weight and bias for each product");
        let stored = *weights.get(connection.weight).ok_or_else(missing)?;
        let factor = factor(stored, source.weight.ty.precision, weight_point);
        let factor = layer.bounded(factor.and_then(|factor| shifted_left(factor, factor_shift)))?;
        let row = rows.get_mut(connection.output).ok_or_else(missing)?;
        let line = Line { down: 0, factor, addend: 0 };
        row.taps.push(Tap { position: connection.input, line, ends_group: false });
    }

    let (low, high) = layer.bounded(range(&rows, &input))?;
    let width = signed_bits(low).max(signed_bits(high));
    let integer =
        i32::try_from(i64::from(width) - sum_point).map_err(|_| layer.incomplete("sum of a usable size"))?;
    let accum = Precision::fixed(width, integer);
    let term = Term { ty: accum, low, high };
    let summation = Summation::Exact { sum: Cast::new(term, accum) };
    let finish = Chain::of(term).cast(layer.result()?);
    let quantized = source.quantized;
    Ok(MatrixProduct { quantized, windows: source.windows, rows, product: term, accum, summation, finish })
}

/// Bits right of the binary point that hold every weight.
fn point(weight: &Weight, stored: &[Stored]) -> i64 {
    let exponents = stored.iter().filter_map(|stored| match stored {
        Stored::PowerOfTwo { exponent, .. } => i64::try_from(-exponent).ok(),
        Stored::Raw(_) => None,
    });
    exponents.max().map_or_else(|| i64::from(weight.ty.precision.frac()), |bits| bits.max(0))
}

/// A weight as a whole number, with so many bits right of the binary point.
fn factor(stored: Stored, precision: Precision, point: i64) -> Bounded<i128> {
    match stored {
        // One bit stands for -1 and +1.
        Stored::Raw(bit) if precision == Precision::Xnor => Some(2 * bit - 1),
        Stored::Raw(raw) => Some(raw),
        Stored::PowerOfTwo { negative, exponent } => {
            let power = shifted_left(1, u64::try_from(exponent + i128::from(point)).ok()?)?;
            Some(if negative { -power } else { power })
        }
    }
}

/// The range of all sums, of any part of them, and of each product.
fn range(rows: &[Row], input: &Term) -> Bounded<(i128, i128)> {
    rows.iter().try_fold((0_i128, 0_i128), |(lowest, highest), row| {
        let mut sum = (row.bias.min(0), row.bias.max(0));
        for tap in &row.taps {
            let (low, high) = tap.line.range((input.low, input.high))?;
            sum = (sum.0.checked_add(low.min(0))?, sum.1.checked_add(high.max(0))?);
        }
        Some((lowest.min(sum.0), highest.max(sum.1)))
    })
}
