//! Softmax, in the four ways that the kernels know.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use super::lookup::IndexRule;
use super::tables::{self, Curve, index_bits};
use super::term::Term;
use crate::graph::TypeRole;
use crate::graph::op::{Softmax, SoftmaxImplementation};
use crate::precision::Precision;
use crate::target::IoType;

/// A softmax of each slice of a tensor `[outer, n, inner]`.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceSoftmax {
    /// Which elements make a slice.
    pub slices: Slices,
    /// What is done with a slice.
    pub method: SoftmaxMethod,
}

/// The slices of a tensor `[outer, n, inner]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slices {
    /// Elements of a slice.
    pub n: usize,
    /// Extent of the axes before.
    pub outer: usize,
    /// Extent of the axes after.
    pub inner: usize,
}

/// How the softmax of a slice is made.
#[derive(Debug, Clone, PartialEq)]
pub enum SoftmaxMethod {
    /// One where the first largest number is, else zero.
    Argmax {
        /// One, as a result.
        one: i128,
    },
    /// The reciprocal of a sum of exponentials of differences, for each element.
    Legacy(Box<LegacySoftmax>),
    /// Exponentials from a table, their sum, its reciprocal from another table, and products.
    Exponentials(Box<ExponentialSoftmax>),
}

/// The reciprocal of `Σ_j exp(x_j - x_i)`, for each element `i`.
#[derive(Debug, Clone, PartialEq)]
pub struct LegacySoftmax {
    /// The way of a difference to its index in `exps`, to which half their number is added; beyond the table the nearest entry counts.
    pub exp_index: Chain,
    /// The exponentials.
    pub exps: Vec<i128>,
    /// The exponential of an element's difference to itself.
    pub one: i128,
    /// What happens to the sum after each addition; it begins with zero.
    pub sum: Chain,
    /// The way of the sum to its index in `inverses`; beyond the table the nearest entry counts.
    pub inv_index: Chain,
    /// The reciprocals, as results.
    pub inverses: Vec<i128>,
}

/// Exponentials from a table, their sum, its reciprocal from another table, and products.
#[derive(Debug, Clone, PartialEq)]
pub struct ExponentialSoftmax {
    /// What the exponential is taken of.
    pub exponent: SoftmaxExponent,
    /// The way of that to the address of its exponential.
    pub prepare: Chain,
    /// How it addresses `exps`.
    pub exp_address: Address,
    /// The exponentials, in the accumulator's type.
    pub exps: Vec<i128>,
    /// What happens to each sum of two on the way to the sum of all. That is a balanced tree, whose left branch takes the largest power of
    /// two below the number of terms.
    pub sum: Chain,
    /// The way of the sum to the address of its reciprocal.
    pub to_address: Chain,
    /// How it addresses `inverses`.
    pub inv_address: Address,
    /// The reciprocals.
    pub inverses: Vec<i128>,
    /// The way of the product of an exponential and the reciprocal to the result.
    pub finish: Chain,
}

/// What the exponential is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoftmaxExponent {
    /// The distance below the maximum, with the sign turned.
    BelowMaximum,
    /// The number itself.
    Itself,
}

/// How the top bits of a number address a table: entry `(x >> below) & mask`, or the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// Entries of the table.
    pub entries: usize,
    /// Bits below those that count.
    pub below: u32,
    /// The bits that count, moved down.
    pub mask: i128,
}

impl Address {
    fn new(layer: Layer<'_>, argument: Precision, entries: usize) -> Result<Self, ArithError> {
        let (width, bits) = (argument.width(), index_bits(entries));
        let below = width.checked_sub(bits).ok_or_else(|| {
            layer.unsupported(format!(
                "a table of {entries} entries is addressed with {bits} bits, but {} has {width}; set a smaller TableSize",
                argument.cpp()
            ))
        })?;
        Ok(Self { entries, below, mask: (1 << bits) - 1 })
    }
}

impl Slices {
    /// The elements of each slice.
    pub fn iter(&self) -> impl Iterator<Item = impl Iterator<Item = usize>> {
        let Self { n, outer, inner } = *self;
        let slices = (0..outer).flat_map(move |i| (0..inner).map(move |k| (i, k)));
        slices.map(move |(i, k)| (0..n).map(move |j| (i * n + j) * inner + k))
    }
}

pub(super) fn softmax(layer: Layer<'_>, op: &Softmax) -> Result<SliceSoftmax, ArithError> {
    let n = op.n_slice().filter(|&n| n > 0).ok_or_else(|| layer.incomplete("slices"))?;
    let slices = Slices { n, outer: op.n_outer, inner: op.n_inner };
    let exponentials = |exponent| {
        by_exponentials(layer, op, exponent).map(|method| SoftmaxMethod::Exponentials(Box::new(method)))
    };
    let method = match op.implementation {
        SoftmaxImplementation::Argmax => argmax(layer)?,
        SoftmaxImplementation::Legacy => SoftmaxMethod::Legacy(Box::new(legacy(layer, op)?)),
        SoftmaxImplementation::Stable | SoftmaxImplementation::Precise => {
            exponentials(SoftmaxExponent::BelowMaximum)?
        }
        SoftmaxImplementation::Latency => exponentials(SoftmaxExponent::Itself)?,
    };
    Ok(SliceSoftmax { slices, method })
}

fn by_exponentials(
    layer: Layer<'_>,
    op: &Softmax,
    exponent: SoftmaxExponent,
) -> Result<ExponentialSoftmax, ArithError> {
    let ty = |role| layer.ty(role).map(|ty| ty.precision);
    let (accum, exp_t) = (ty(TypeRole::Accum)?, ty(TypeRole::ExpTable)?);
    let (inv_t, inv_inp_t) = (ty(TypeRole::InvTable)?, ty(TypeRole::InvInput)?);
    let x = layer.input_term(0)?;
    let (argument, prepare) = match exponent {
        SoftmaxExponent::Itself => (x.ty, Chain::of(x)),
        SoftmaxExponent::BelowMaximum => {
            let norm = Precision::from(op.distance_type(&x.ty));
            let distance = layer.bounded(x.sub(&x))?;
            let distance = distance.within(0, distance.high);
            (norm, Chain::of(distance).cast(norm))
        }
    };
    let exp_address = Address::new(layer, argument, layer.table_size(op.exp_table_size(&x.ty))?)?;
    let inv_address = Address::new(layer, inv_inp_t, layer.table_size(op.inv_table_size())?)?;
    let scale = op.exp_scale() as f32;
    let exps = tables::by_top_bits(argument, exp_address.entries, exp_t, |x| match exponent {
        SoftmaxExponent::Itself => (x * scale).exp(),
        SoftmaxExponent::BelowMaximum => (-(x * scale)).exp(),
    });
    let inverses = tables::by_top_bits(inv_inp_t, inv_address.entries, inv_t, |x| 1.0 / x);
    let exps = layer.evaluate_all(&Chain::of(layer.variable(exp_t)?).cast(accum), exps)?;

    let accum_t = layer.variable(accum)?;
    let sum = Chain::of(Term { ty: accum, ..layer.bounded(accum_t.add(&accum_t))? }).cast(accum);
    let to_address = Chain::of(accum_t).cast(inv_inp_t);
    let product = layer.bounded(accum_t.mul(&layer.variable(inv_t)?))?;
    let finish = Chain::of(product).cast(layer.result()?);
    Ok(ExponentialSoftmax {
        exponent,
        prepare,
        exp_address,
        exps,
        sum,
        to_address,
        inv_address,
        inverses,
        finish,
    })
}

fn argmax(layer: Layer<'_>) -> Result<SoftmaxMethod, ArithError> {
    let one = layer.evaluate(&Chain::of(Term::int(1)).cast(layer.result()?), 1)?;
    Ok(SoftmaxMethod::Argmax { one })
}

fn legacy(layer: Layer<'_>, op: &Softmax) -> Result<LegacySoftmax, ArithError> {
    let table_t = Softmax::LEGACY_TABLE;
    let entries = layer.table_size(match layer.io_type() {
        IoType::Parallel => op.table_size,
        IoType::Stream => Softmax::LEGACY_STREAM_ENTRIES,
    })?;
    let n = layer.c_int(entries)?;
    let x = layer.input_term(0)?;
    let difference = layer.bounded(x.sub(&x))?;
    let exp_index = IndexRule { factor: n, divisor: 2 * Curve::Exp.range() }.chain(layer, &difference)?;
    let entry = layer.variable(table_t)?;
    let sum = layer.bounded(entry.add(&entry))?;
    let sum = Chain::of(Term { ty: table_t, ..sum }).cast(table_t);
    let inv_index = IndexRule { factor: n, divisor: 64 }.chain(layer, &entry)?;
    let one = layer.evaluate(&Chain::of(Term::int(1)).cast(table_t), 1)?;
    let exps = tables::centred(Curve::Exp, entries, table_t);
    let to_result = Chain::of(entry).cast(layer.result()?);
    let inverses = layer.evaluate_all(&to_result, tables::legacy_reciprocal(entries, table_t))?;
    Ok(LegacySoftmax { exp_index, exps, one, sum, inv_index, inverses })
}
