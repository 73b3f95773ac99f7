//! Operations on two tensors.

use super::chain::Chain;
use super::error::ArithError;
use super::layer::Layer;
use super::term::Term;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::TypeRole;
use crate::graph::op::{Dot, Einsum, Merge, MergeKind, Product, Reciprocal};
use crate::precision::Precision;

/// Two tensors, element by element; the smaller one is repeated to the size of the larger one.
#[derive(Debug, Clone, PartialEq)]
pub struct Pairwise {
    /// What is done with two elements. An average is their sum, of which `finish` makes a quotient.
    pub kind: MergeKind,
    /// How far each side moves left to the common binary point before both are added, subtracted or compared; products need none.
    pub up: [u32; 2],
    /// The way of the outcome to the result; of two compared numbers each has its own.
    pub finish: [Chain; 2],
}

/// Sums of products of the elements of two tensors: the scalar product of two vectors, the product of two matrices.
#[derive(Debug, Clone, PartialEq)]
pub struct ScalarProducts {
    /// For each element of the result, the products that are added up, in order: an element of each tensor.
    pub sums: Vec<Vec<[usize; 2]>>,
    /// What the product of two elements is.
    pub functor: Product,
    /// The way of a product to the accumulator.
    pub product: Chain,
    /// How far the sum and a product move left to the common binary point before they are added.
    pub up: [u32; 2],
    /// What happens to the sum after each addition; it begins with zero.
    pub sum: Chain,
    /// The way of the sum to the result.
    pub finish: Chain,
}

pub(super) fn merge(layer: Layer<'_>, op: &Merge) -> Result<Pairwise, ArithError> {
    let (a, b, result) = (layer.input_term(0)?, layer.input_term(1)?, layer.result()?);
    let chains = match op.kind {
        MergeKind::Add | MergeKind::PartialSum(_) => one_chain(layer.bounded(a.add(&b))?),
        MergeKind::Subtract => one_chain(layer.bounded(a.sub(&b))?),
        MergeKind::Multiply => one_chain(layer.bounded(a.mul(&b))?),
        MergeKind::Average => one_chain(halved(layer.bounded(a.add(&b))?)),
        MergeKind::Mean(terms) => {
            let chain =
                divided(layer, layer.bounded(a.add(&b))?, Reciprocal::of(terms, [a.ty, b.ty], result))?;
            [chain.clone(), chain]
        }
        // The chosen one is cast from its own type.
        MergeKind::Maximum | MergeKind::Minimum => [a, b].map(Chain::of),
    };
    let up = [a.shift_to_add(&b), b.shift_to_add(&a)];
    Ok(Pairwise { kind: op.kind, up, finish: chains.map(|chain| chain.cast(result)) })
}

fn one_chain(term: Term) -> [Chain; 2] {
    [Chain::of(term), Chain::of(term)]
}

/// The quotient of a sum.
fn divided(layer: Layer<'_>, sum: Term, by: Reciprocal) -> Result<Chain, ArithError> {
    let fraction = i32::try_from(by.fraction).unwrap_or(i32::MAX);
    let factor = Term::constant(Precision::ufixed(64, 64 - fraction), by.factor.into());
    let product = layer.bounded(sum.mul(&factor))?;
    let raised = by.raised.map_or(0, |bits| 1_i128 << bits.min(126));
    let offset = Term::constant(Precision::ufixed(64, 64 - product.frac()), raised);
    let quotient = layer.bounded(product.add(&offset))?;
    Ok(Chain::of(sum).affine(by.factor.into(), raised, quotient))
}

/// Half of a sum: the same raw numbers with the binary point one place further.
fn halved(sum: Term) -> Term {
    let FixedType { width, integer, signed, .. } = sum.ty.storage();
    let ty = FixedType { signed, ..FixedType::signed(width + 1, integer) };
    Term { ty: ty.into(), ..sum }
}

pub(super) fn dot(layer: Layer<'_>, op: &Dot) -> Result<ScalarProducts, ArithError> {
    scalar_products(layer, vec![(0..op.n_in).map(|element| [element; 2]).collect()], Addends::Cast)
}

pub(super) fn einsum(layer: Layer<'_>, op: &Einsum) -> Result<ScalarProducts, ArithError> {
    scalar_products(layer, op.contraction.terms().map(Iterator::collect).collect(), Addends::Exact)
}

/// What a kernel adds to a sum.
enum Addends {
    /// Products that are cast to the accumulator's type.
    Cast,
    /// Products as they are.
    Exact,
}

fn scalar_products(
    layer: Layer<'_>,
    sums: Vec<Vec<[usize; 2]>>,
    addends: Addends,
) -> Result<ScalarProducts, ArithError> {
    let (a, b) = (layer.input_term(0)?, layer.input_term(1)?);
    let accum = layer.ty(TypeRole::Accum)?.precision;
    let functor = Product::of(&a.ty, &b.ty).ok_or_else(|| layer.unsupported("its inputs are exponents"))?;
    let product = match functor {
        Product::BothBinary => Some(a),
        Product::DataBinary => b.neg(),
        Product::WeightBinary | Product::WeightTernary => a.neg(),
        Product::Mult | Product::WeightExponential => a.mul(&b),
    };
    let exact = Chain::of(layer.bounded(product)?);
    let FixedType { rounding, overflow, .. } = accum.storage();
    // Cutting off bits and wrapping come to the same before an addition as after it.
    let product = match (addends, rounding, overflow) {
        (Addends::Exact, Rounding::Trn, Overflow::Wrap) | (Addends::Cast, ..) => exact.cast(accum),
        (Addends::Exact, ..) => exact,
    };
    let (accum_t, addend) = (layer.variable(accum)?, product.result());
    let sum = Chain::of(layer.bounded(accum_t.add(&addend))?).cast(accum);
    let finish = Chain::of(accum_t).cast(layer.result()?);
    let up = [accum_t.shift_to_add(&addend), addend.shift_to_add(&accum_t)];
    Ok(ScalarProducts { sums, functor, product, up, sum, finish })
}
