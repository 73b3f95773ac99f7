//! Layer normalization.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use super::tables;
use super::term::Term;
use crate::graph::op::{LayerNormalization, Product};
use crate::graph::{TypeRole, WeightRole};
use crate::precision::Precision;

/// Each vector by its own mean and variance. Everything but the last product is kept in the accumulator's type:
///
/// ```text
/// d_i = difference(to_accum(x_i) - mean(Σ to_accum(x)))        each addition followed by `sum`
/// y_i = finish(d_i · table[index(mean(Σ square(d²)))] · scale_i << up + bias_i)
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct VectorNormalization {
    /// Elements of a vector.
    pub dim: usize,
    /// The way of an element to the accumulator.
    pub to_accum: Chain,
    /// What happens to a sum after each addition; it begins with zero.
    pub sum: Chain,
    /// A sum's way to the mean.
    pub mean: Chain,
    /// The way of an element less the mean to the accumulator.
    pub difference: Chain,
    /// The way of a squared difference to the accumulator.
    pub square: Chain,
    /// A variance's way to an index; beyond the table the nearest entry counts.
    pub index: Chain,
    /// The reciprocals of the roots of variances.
    pub table: Vec<i128>,
    /// The scale of each element.
    pub scales: Vec<i128>,
    /// How far products move left to the binary point of the biases.
    pub up: u32,
    /// The bias of each element, at the binary point of the sum.
    pub biases: Vec<i128>,
    /// The way of the sum to the result.
    pub finish: Chain,
}

pub(super) fn layer_normalization(
    layer: Layer<'_>,
    op: &LayerNormalization,
) -> Result<VectorNormalization, ArithError> {
    let (x, accum) = (layer.input_term(0)?, layer.ty(TypeRole::Accum)?.precision);
    let accum_t = layer.variable(accum)?;
    let dim = op.dim();
    let scale_t = layer.weight(WeightRole::Scale)?.ty.precision;
    let mean = mean(layer, accum, &x, &scale_t, dim)?;
    let sum = Chain::of(Term { ty: accum, ..layer.bounded(accum_t.add(&accum_t))? }).cast(accum);
    let difference = Chain::of(layer.bounded(accum_t.sub(&accum_t))?).cast(accum);
    let square = Chain::of(layer.bounded(accum_t.mul(&accum_t))?).cast(accum);
    let to_accum = Chain::of(x).cast(accum);

    let entries = layer.table_size(op.table_size)?;
    let range_inverse = 1_i32.checked_shl(op.table_range_power2).filter(|&n| n > 0);
    let range_inverse = Term::int(range_inverse.ok_or_else(|| layer.incomplete("table of a usable range"))?);
    let n = Term { ty: Precision::uint(32), ..Term::int(layer.c_int(entries)?) };
    let scaled = layer.bounded(accum_t.mul(&n).and_then(|product| product.mul(&range_inverse)))?;
    let factor = layer.bounded(n.low.checked_mul(range_inverse.low))?;
    let index = Chain::of(accum_t).affine(factor, 0, scaled).cast(Precision::int(32));

    let table_t = layer.ty(TypeRole::Table)?.precision;
    let table = tables::inverse_root(op.epsilon_power_of_10, op.table_range_power2, entries, table_t);
    let (scales, biases) = (layer.raw_weights(WeightRole::Scale)?, layer.raw_weights(WeightRole::Bias)?);
    if scales.len() < dim || biases.len() < dim {
        return Err(layer.incomplete("scale and bias for each element of a vector"));
    }
    let bias_t = layer.variable(layer.weight(WeightRole::Bias)?.ty.precision)?;
    let normalized =
        accum_t.mul(&layer.variable(table_t)?).and_then(|n| n.mul(&layer.variable(scale_t).ok()?));
    let normalized = layer.bounded(normalized)?;
    let finish = Chain::of(layer.bounded(normalized.add(&bias_t))?).cast(layer.result()?);
    let up = normalized.shift_to_add(&bias_t);
    let biases = layer.moved_left(biases, bias_t.shift_to_add(&normalized))?;
    Ok(VectorNormalization {
        dim,
        to_accum,
        sum,
        mean,
        difference,
        square,
        index,
        table,
        scales,
        up,
        biases,
        finish,
    })
}

/// A sum's way to the mean. hls4ml uses the functor of its scale for the means as well; that of a 2-bit scale leaves the sum as it is.
fn mean(
    layer: Layer<'_>,
    accum: Precision,
    x: &Term,
    scale_t: &Precision,
    dim: usize,
) -> Result<Chain, ArithError> {
    let accum_t = layer.variable(accum)?;
    let inverse = accum.cast_f64(1.0 / dim as f64);
    let functor = Product::of(&x.ty, scale_t).ok_or_else(|| layer.unsupported("its inputs are exponents"))?;
    match functor {
        Product::Mult => {
            let product = layer.bounded(accum_t.mul(&Term::constant(accum, inverse)))?;
            Ok(Chain::of(accum_t).affine(inverse, 0, product).cast(accum))
        }
        Product::WeightTernary if inverse != 0 => Ok(Chain::of(accum_t).cast(accum)),
        Product::WeightTernary => Ok(Chain::of(accum_t).affine(0, 0, accum_t.within(0, 0)).cast(accum)),
        Product::BothBinary | Product::WeightBinary | Product::DataBinary | Product::WeightExponential => {
            Err(layer.unsupported("only numbers with more than one bit can be its inputs and scales"))
        }
    }
}
