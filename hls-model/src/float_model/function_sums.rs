//! Sums of functions of single elements.

use ndarray::Array2;

use super::layer::{Arithmetic, FloatLayer, FloatModelError};
use crate::fixed::FixedType;
use crate::graph::op::{FunctionSum, Grid, Sum, SumFunction, SumQuantizer, Table};

/// Without quantization nothing but the tables' own steps is left of them: each is read at the nearest number that it has an entry for.
pub(super) fn sums(
    layer: FloatLayer<'_>,
    x: &Array2<f64>,
    op: &FunctionSum,
) -> Result<Array2<f64>, FloatModelError> {
    if op.n_in() != x.ncols() || op.sums.len() != layer.len() {
        return Err(layer.error("its sums do not fit its shapes"));
    }
    let mut result = Array2::zeros((x.nrows(), op.sums.len()));
    for (sum, mut column) in op.sums.iter().zip(result.columns_mut()) {
        for (sample, y) in column.iter_mut().enumerate() {
            *y = value(layer.arithmetic, op, sum, |element| x[(sample, element)])
                .ok_or_else(|| layer.error("a term has no table"))?;
        }
    }
    Ok(result)
}

fn value(arithmetic: Arithmetic, op: &FunctionSum, sum: &Sum, x: impl Fn(usize) -> f64) -> Option<f64> {
    let quantized = arithmetic == Arithmetic::Quantized;
    let constant = on_grid(sum.constant);
    let total = sum.terms.iter().try_fold(constant, |total, term| {
        let x = x(term.element);
        let cast = |ty: FixedType| ty.to_f64(ty.from_f64(x));
        let value = match (term.function, term.argument) {
            (SumFunction::Scaled(exponent), Some(ty)) if quantized => cast(ty) * f64::from(exponent).exp2(),
            (SumFunction::Scaled(exponent), _) => x * f64::from(exponent).exp2(),
            (SumFunction::Table(table), ty) => entry(op.tables.get(table)?, ty?, x)?,
        };
        Some(total + value)
    })?;
    let total = if sum.finish.relu { total.max(0.0) } else { total };
    Some(match sum.finish.quantizer {
        SumQuantizer::Zero => 0.0,
        SumQuantizer::To(ty) if quantized => ty.to_f64(ty.from_f64(total)),
        SumQuantizer::To(_) | SumQuantizer::None => total,
    })
}

/// The entry for a number, which is cast to the type first.
fn entry(table: &Table, ty: FixedType, x: f64) -> Option<f64> {
    let numbers = table.entries.len() as i128;
    let least = if ty.signed { -(numbers / 2) } else { 0 };
    let place = usize::try_from(ty.from_f64(x) - least).ok()?;
    Some(on_grid(Grid { raw: *table.entries.get(place)?, fraction: table.fraction }))
}

fn on_grid(number: Grid) -> f64 {
    number.raw as f64 * f64::from(-number.fraction).exp2()
}
