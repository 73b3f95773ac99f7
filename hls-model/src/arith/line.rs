//! Products of an input with a weight, for each of the kernels' functors, as arithmetic on raw numbers.

use super::error::ArithError;
use super::layer::Layer;
use super::term::{Bounded, Term};
use crate::graph::Stored;
use crate::graph::op::Product;
use crate::precision::Precision;

/// How inputs of one type meet weights of another.
#[derive(Debug, Clone, Copy)]
pub(super) struct Functor {
    kind: Product,
    x: Term,
    /// The type of a product, which holds it in full precision.
    ty: Precision,
}

/// The product with one weight, in raw numbers: `factor · (input >> down) + addend`.
///
/// `down` and `addend` are zero except for weights that are powers of two and for numbers of one bit that stand for -1 and +1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Bits of the input that are dropped first, rounding down.
    pub down: u32,
    /// The factor.
    pub factor: i128,
    /// What is added to the product.
    pub addend: i128,
}

impl Line {
    fn new(factor: i128, addend: i128) -> Self {
        Self { down: 0, factor, addend }
    }

    /// The product with an input, given as a raw number; `None` beyond 127 bits.
    #[must_use]
    pub fn at(&self, raw: i128) -> Option<i128> {
        (raw >> self.down.min(127)).checked_mul(self.factor)?.checked_add(self.addend)
    }

    /// The range of the product for inputs of a range.
    #[must_use]
    pub fn range(&self, (low, high): (i128, i128)) -> Option<(i128, i128)> {
        let (a, b) = (self.at(low)?, self.at(high)?);
        Some((a.min(b), a.max(b)))
    }
}

impl Functor {
    /// The functor for the layer's first input and weights (or scales) of a precision.
    pub(super) fn new(layer: Layer<'_>, weight: Precision) -> Result<Self, ArithError> {
        let x = layer.input_term(0)?;
        let kind = Product::of(&x.ty, &weight).ok_or_else(|| {
            layer.unsupported("its inputs are exponents; only weights and scales can be powers of two")
        })?;
        let term = match kind {
            Product::BothBinary => Some(x),
            Product::WeightBinary | Product::WeightTernary => x.neg(),
            Product::DataBinary => layer.variable(weight)?.neg(),
            Product::Mult => x.mul(&layer.variable(weight)?),
            Product::WeightExponential => {
                let half = weight.width() + x.ty.width();
                let integer = i32::try_from(half).unwrap_or(i32::MAX);
                Some(Term { ty: Precision::fixed(2 * half, integer), ..x })
            }
        };
        Ok(Self { kind, x, ty: layer.bounded(term)?.ty })
    }

    /// The product with a weight.
    pub(super) fn line(&self, weight: Stored) -> Bounded<Line> {
        Some(match (self.kind, weight) {
            (_, Stored::PowerOfTwo { negative, exponent }) => {
                let (factor, down) = self.shift(exponent);
                Line { down, factor: if negative { -factor } else { factor }, addend: 0 }
            }
            (Product::Mult | Product::WeightExponential, Stored::Raw(raw)) => Line::new(raw, 0),
            // 1 where both are equal: the input itself, or one minus it.
            (Product::BothBinary, Stored::Raw(bit)) => Line::new(2 * bit - 1, 1 - bit),
            (Product::WeightBinary, Stored::Raw(bit)) => Line::new(if bit == 0 { -1 } else { 1 }, 0),
            // The input's 0 and 1 stand for -1 and +1.
            (Product::DataBinary, Stored::Raw(raw)) => Line::new(raw.checked_mul(2)?, -raw),
            (Product::WeightTernary, Stored::Raw(raw)) => {
                Line::new(if raw == -1 { -1 } else { raw.abs().min(1) }, 0)
            }
        })
    }

    /// `input · 2^exponent` in the product's type as a factor and a shift to the right before it.
    fn shift(&self, exponent: i128) -> (i128, u32) {
        let width = i128::from(self.ty.width());
        // The cast of the input to the product's type, then the shift by the exponent.
        let into = i128::from(self.ty.frac()) - i128::from(self.x.frac());
        let (left, right) = match (into, exponent) {
            (0.., _) => ((into + exponent).max(0), (-into - exponent).max(0)),
            (_, 0..) => (exponent, -into),
            (_, _) => (0, -into - exponent),
        };
        // Bits beyond the type's are lost.
        let factor = if left >= width { 0 } else { 1 << left.min(126) };
        (factor, u32::try_from(right.min(127)).unwrap_or(127))
    }

    /// The range of the product.
    pub(super) fn range(&self, line: &Line) -> Bounded<(i128, i128)> {
        line.range((self.x.low, self.x.high))
    }

    /// Any product with one of these weights, zero among them.
    pub(super) fn product<'a>(&self, lines: impl IntoIterator<Item = &'a Line>) -> Bounded {
        let range = lines.into_iter().try_fold((0, 0), |(low, high), line| {
            let (from, to) = self.range(line)?;
            Some((low.min(from), high.max(to)))
        });
        let (low, high) = range?;
        Some(Term { ty: self.ty, low, high })
    }

    /// The type that a product wraps in, where it can: a shift keeps the type of what it shifts.
    pub(super) fn wraps_in(&self, product: &Term) -> Option<Precision> {
        let whole = Term::variable(self.ty)?;
        let fits = whole.low <= product.low && product.high <= whole.high;
        (self.kind == Product::WeightExponential && !fits).then_some(self.ty)
    }
}
