//! Activations read from a table.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use super::tables::{self, Curve};
use super::term::Term;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::float_model::SELU_LAMBDA;
use crate::graph::op::Exponential;
use crate::graph::{TypeRole, WeightRole};
use crate::precision::Precision;
use crate::target::IoType;

/// A table, addressed by what a chain makes of the input: entry `index(x) + offset`, or the nearest one that there is.
#[derive(Debug, Clone, PartialEq)]
pub struct TableLookup {
    /// The way of a number to its index.
    pub index: Chain,
    /// What is added to each index.
    pub offset: i64,
    /// The entries, as results.
    pub table: Vec<i128>,
    /// The way of numbers that are not negative to the result, if that is not the table's.
    pub positive: Option<Chain>,
}

/// The input where it is positive, plus an entry of a table: `after((max(x, 0) << up) + entry)`.
#[derive(Debug, Clone, PartialEq)]
pub struct SmoothRelu {
    /// The way of a negative number to its index; beyond the table the nearest entry counts.
    pub below: Chain,
    /// The same for the other numbers.
    pub above: Chain,
    /// The entries at the binary point of the sum.
    pub entries: Vec<i128>,
    /// How far inputs move left to the binary point of the sum.
    pub up: u32,
    /// The way of the sum to the result.
    pub after: Chain,
}

/// The product of entries of two tables. The upper bits of what a chain makes of the input, which is never negative, address
/// the one, the lower bits the other: `after(upper[x >> lower_bits] · lower[x mod 2^lower_bits])`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableProduct {
    /// The way of a number to the one that is divided.
    pub place: Chain,
    /// Bits that address the table `lower`, which has an entry for each of their values.
    pub lower_bits: u32,
    /// Entries for the upper bits, as many as there are values of them.
    pub upper: Vec<i128>,
    /// Entries for the lower bits.
    pub lower: Vec<i128>,
    /// The way of a product to the result.
    pub after: Chain,
}

/// A table over [-range, range).
pub(super) fn centred(layer: Layer<'_>, curve: Curve, entries: u64) -> Result<TableLookup, ArithError> {
    let entries = layer.table_size(entries)?;
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let n = layer.c_int(entries)?;
    let index = IndexRule { factor: n, divisor: 2 * curve.range() }.chain(layer, &x)?;
    let table = results(layer, ty, tables::centred(curve, entries, ty))?;
    Ok(TableLookup { index, offset: (n / 2).into(), table, positive: None })
}

/// A table of all values, in the order of the bits that stand for them. As in the kernel, those bits are the input's own: of a type narrower
/// than the one that the table was made for, they mean other numbers.
pub(super) fn unary(layer: Layer<'_>) -> Result<TableLookup, ArithError> {
    let (x, weight) = (layer.input_term(0)?, layer.weight(WeightRole::Table)?);
    let values = results(layer, weight.ty.precision, layer.raw_weights(WeightRole::Table)?)?;
    let beyond = || {
        let (ty, size) = (x.ty.cpp(), values.len());
        layer.unsupported(format!(
            "its table has {size} values, and its input of type {ty} can be more numbers than that"
        ))
    };
    let numbers = 1_i128.checked_shl(x.ty.width()).filter(|&numbers| numbers > 0).ok_or_else(beyond)?;
    if numbers > values.len() as i128 {
        return Err(beyond());
    }
    let entry = |raw: i128| usize::try_from(raw.rem_euclid(numbers)).ok().and_then(|place| values.get(place));
    let table = (x.low..=x.high).map(|raw| entry(raw).copied().ok_or_else(beyond));
    let table = table.collect::<Result<Vec<_>, _>>()?;
    let offset = i64::try_from(-x.low).map_err(|_| beyond())?;
    Ok(TableLookup { index: Chain::of(x), offset, table, positive: None })
}

/// The input where it is not negative, else the parameter times a table over (-range, 0].
pub(super) fn elu(layer: Layer<'_>, parameter: &Term, entries: u64) -> Result<TableLookup, ArithError> {
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let entries = tables::negative(Curve::Elu, layer.table_size(entries)?, ty);
    let product = layer.bounded(parameter.mul(&layer.variable(ty)?))?;
    let products = entries.into_iter().map(|entry| layer.bounded(entry.checked_mul(parameter.low)));
    let products = products.collect::<Result<Vec<_>, _>>()?;
    let table = results(layer, product.ty, products)?;
    let positive = Chain::of(x.within(0, x.high.max(0))).cast(layer.result()?);
    negative(layer, Curve::Elu, table, positive)
}

/// λ times the input where it is not negative, else a table over (-range, 0]. Between streams λ is a number of the input's type.
pub(super) fn selu(layer: Layer<'_>, entries: u64) -> Result<TableLookup, ArithError> {
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let table = results(layer, ty, tables::negative(Curve::Selu, layer.table_size(entries)?, ty))?;
    let lambda_t = match layer.io_type() {
        IoType::Parallel => Precision::ufixed(16, 1),
        IoType::Stream => x.ty,
    };
    let lambda = Term::constant(lambda_t, lambda_t.cast_f64(SELU_LAMBDA));
    let positive = x.within(0, x.high.max(0));
    let product = layer.bounded(lambda.mul(&positive))?;
    let positive = Chain::of(positive).affine(lambda.low, 0, product).cast(layer.result()?);
    negative(layer, Curve::Selu, table, positive)
}

/// A ReLU and, added to it, what a table over (-range, 0] has for minus the magnitude.
pub(super) fn smooth_relu(layer: Layer<'_>, curve: Curve, entries: u64) -> Result<SmoothRelu, ArithError> {
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let entries = tables::negative(curve, layer.table_size(entries)?, ty);
    let n = layer.c_int(entries.len())?;
    let index = |factor, x: &Term| IndexRule { factor, divisor: curve.range() }.chain(layer, x);
    let below = index(-n, &x.within(x.low, 0.max(x.low)))?;
    let above = index(n, &x.within(0, x.high.max(0)))?;
    let (positive, entry) = (x.within(0, x.high.max(0)), layer.variable(ty)?);
    let sum = layer.bounded(positive.add(&entry))?;
    let entries = layer.moved_left(entries, entry.shift_to_add(&positive))?;
    let after = Chain::of(sum).cast(layer.result()?);
    Ok(SmoothRelu { below, above, entries, up: positive.shift_to_add(&entry), after })
}

/// A ReLU and, added to it, what a table over [-range, range) has for the floor of the input.
pub(super) fn mish(layer: Layer<'_>, entries: u64) -> Result<SmoothRelu, ArithError> {
    let (x, ty) = (layer.input_term(0)?, layer.ty(TypeRole::Table)?.precision);
    let entries = tables::mish(layer.table_size(entries)?, x.frac(), ty);
    let n = layer.c_int(entries.len())?;
    let index = |x: Term| {
        let scale = Term::constant(Precision::ufixed(32, 32 - tables::MISH_STEP_BITS), n.into());
        let place = layer.bounded(x.mul(&scale))?;
        let cell = FixedType::signed(32, 32).with_modes(Rounding::Trn, Overflow::Sat);
        let cell = Chain::of(x).affine(n.into(), 0, place).cast(cell.into());
        let moved = layer.bounded(cell.result().add(&Term::int(n / 2)))?;
        Ok(cell.affine(1, (n / 2).into(), moved))
    };
    let positive = x.within(0, x.high.max(0));
    let (below, above) = (index(x.within(x.low, 0.max(x.low)))?, index(positive)?);
    let entry = layer.variable(ty)?;
    let sum = layer.bounded(positive.add(&entry))?;
    let entries = layer.moved_left(entries, entry.shift_to_add(&positive))?;
    let after = Chain::of(sum).cast(layer.result()?);
    Ok(SmoothRelu { below, above, entries, up: positive.shift_to_add(&entry), after })
}

/// The tables of [`Exponential`] and the product of their entries.
pub(super) fn exponential(layer: Layer<'_>) -> Result<TableProduct, ArithError> {
    let (x, result) = (layer.input_term(0)?, layer.result()?);
    let types = Exponential::of(x.ty, result);
    let bits = types.argument.width;
    let argument = Chain::of(x).cast(types.argument.into());
    let half = 1_i128 << (bits - 1);
    let place = Term { ty: Precision::Integer { width: bits, signed: false }, low: 0, high: 2 * half - 1 };
    let place = argument.affine(1, half, place);
    let (upper, lower) = (types.upper_factors(), types.lower_factors());
    let factor = |ty: FixedType, entries: &[i128]| {
        layer.variable(ty.into()).map(|term| term.within(0, entries.iter().copied().max().unwrap_or(0)))
    };
    let product = factor(types.upper, &upper)?.mul(&factor(types.lower, &lower)?);
    let after = Chain::of(layer.bounded(product)?).cast(types.rounded.into()).cast(result);
    Ok(TableProduct { place, lower_bits: types.lower_bits, upper, lower, after })
}

fn negative(
    layer: Layer<'_>,
    curve: Curve,
    table: Vec<i128>,
    positive: Chain,
) -> Result<TableLookup, ArithError> {
    let x = layer.input_term(0)?;
    let rule = IndexRule { factor: -layer.c_int(table.len())?, divisor: curve.range() };
    let index = rule.chain(layer, &x.within(x.low, 0.max(x.low)))?;
    Ok(TableLookup { index, offset: 0, table, positive: Some(positive) })
}

/// The entries of a table, or their products with a parameter, as the results that they become.
fn results(layer: Layer<'_>, ty: Precision, entries: Vec<i128>) -> Result<Vec<i128>, ArithError> {
    let low = entries.iter().copied().min().unwrap_or(0);
    let high = entries.iter().copied().max().unwrap_or(0);
    layer.evaluate_all(&Chain::of(Term { ty, low, high }).cast(layer.result()?), entries)
}

/// How a number becomes an index: `int(x · factor / divisor)`.
pub(super) struct IndexRule {
    pub(super) factor: i32,
    /// A power of two.
    pub(super) divisor: u32,
}

impl IndexRule {
    /// The product is exact, the division keeps its fractional bits and drops what is left towards zero, and so does the conversion
    /// to a C `int`, which wraps.
    pub(super) fn chain(&self, layer: Layer<'_>, x: &Term) -> Result<Chain, ArithError> {
        let factor = Term::int(self.factor);
        let product = layer.bounded(x.mul(&factor))?;
        let FixedType { width, integer, .. } = product.ty.storage();
        let places = i32::try_from(self.divisor.ilog2()).unwrap_or(0);
        // The same raw numbers, with the binary point where the division puts it.
        let quotient = Term { ty: FixedType::signed(width, integer - places).into(), ..product };
        let towards_zero = FixedType::signed(width, integer).with_modes(Rounding::TrnZero, Overflow::Wrap);
        Ok(Chain::of(*x)
            .affine(self.factor.into(), 0, quotient)
            .cast(towards_zero.into())
            .cast(Precision::int(32)))
    }
}
