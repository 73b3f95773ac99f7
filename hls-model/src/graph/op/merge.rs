//! Operations on two tensors.

use serde_json::{Value, json};

use super::inference::Known;
use crate::fixed::{FixedType, Overflow, Rounding};
use crate::precision::Precision;

/// Two tensors combined element by element; the smaller one is repeated until it is as large as the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Merge {
    /// How.
    pub kind: MergeKind,
}

/// How [`Merge`] combines two elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MergeKind {
    /// a + b
    Add,
    /// a - b
    Subtract,
    /// a · b
    Multiply,
    /// (a + b) / 2
    Average,
    /// the larger
    Maximum,
    /// the smaller
    Minimum,
    /// a + b, where a is the sum of one tensor less: the sum of so many, before their [`Mean`](Self::Mean). It holds every sum.
    PartialSum(u32),
    /// (a + b) / n, where a is the sum of one tensor less: the average of n > 2 tensors, which hls4ml does not have
    Mean(u32),
}

impl MergeKind {
    /// Whether the result has a type that holds every number, whatever the configuration says.
    pub(crate) fn is_exact(self) -> bool {
        matches!(self, Self::PartialSum(_))
    }

    /// hls4ml's word, also the name of the C++ function.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Subtract => "subtract",
            Self::Multiply => "multiply",
            Self::Average => "average",
            Self::Maximum => "maximum",
            Self::Minimum => "minimum",
            Self::PartialSum(_) => "add",
            Self::Mean(_) => "mean",
        }
    }
}

/// Two tensors joined along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Concatenate {
    /// Extent of each axis of the first tensor: 1, 2 or 3 axes, without the batch axis.
    pub first: Vec<usize>,
    /// Extent of each axis of the second tensor.
    pub second: Vec<usize>,
    /// The axis as Keras gives it: counted with the batch axis, or negative from the end.
    pub axis: i64,
}

impl Concatenate {
    /// Number of axes.
    #[must_use]
    pub fn rank(&self) -> usize {
        self.first.len()
    }

    /// The axis counted without the batch axis, from 0.
    #[must_use]
    pub fn tensor_axis(&self) -> Option<usize> {
        tensor_axis(self.axis, self.rank())
    }

    /// How many elements in a row come from either tensor, in turn.
    #[must_use]
    pub fn runs(&self) -> [usize; 2] {
        let axis = self.tensor_axis().unwrap_or(0);
        [&self.first, &self.second].map(|shape| shape.iter().skip(axis).product())
    }
}

/// An axis as Keras gives it, counted without the batch axis, from 0.
pub(super) fn tensor_axis(axis: i64, rank: usize) -> Option<usize> {
    let axis = if axis > 0 { axis - 1 } else { axis + i64::try_from(rank).ok()? };
    usize::try_from(axis).ok().filter(|&axis| axis < rank)
}

/// Scalar product of two vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Dot {
    /// Number of elements of each vector.
    pub n_in: usize,
}

impl Merge {
    /// The type of the result.
    pub(super) fn result_type(&self, known: &Known) -> Precision {
        let (first, second) = (known.input(0), known.input(1));
        let extents = known.extent(0).zip(known.extent(1));
        match self.kind {
            MergeKind::Add | MergeKind::Subtract | MergeKind::Average => {
                let sum = extents.map(|(a, b)| a.plus(b));
                known.capped_or_default(sum.map(|mut sum| {
                    sum.signed |= self.kind == MergeKind::Subtract;
                    sum
                }))
            }
            MergeKind::Multiply => known.capped_or_default(extents.map(|(a, b)| a.times(b))),
            MergeKind::PartialSum(terms) => extents.map_or(known.default, |(a, b)| {
                a.summand(terms - 1).union(b).summed(terms as usize).ty().into()
            }),
            MergeKind::Mean(terms) => {
                known.capped_or_default(extents.map(|(a, b)| a.summand(terms - 1).union(b)))
            }
            MergeKind::Maximum | MergeKind::Minimum if first == second => first,
            // hls4ml does not apply the maximum here.
            MergeKind::Maximum | MergeKind::Minimum => {
                extents.map_or(known.default, |(a, b)| a.union(b).ty().into())
            }
        }
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("op", json!(self.kind.as_str()))]
    }
}

impl Concatenate {
    /// The type of the result: the union of both, with the modes of the first input that has any.
    pub(super) fn result_type(&self, known: &Known) -> Precision {
        let (first, second) = (known.input(0), known.input(1));
        if first == second {
            return first;
        }
        let Some((a, b)) = known.extent(0).zip(known.extent(1)) else { return known.default };
        let either = |has_any: bool| if has_any { first } else { second };
        FixedType {
            rounding: either(first.rounding() != Rounding::Trn).rounding(),
            overflow: either(first.overflow() != Overflow::Wrap).overflow(),
            saturation_bits: saturation_bits(either(saturation_bits(first) != 0)),
            ..known.capped(a.union(b))
        }
        .into()
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("op", json!(format!("concatenate{}d", self.rank()))), ("axis", json!(self.axis))]
    }
}

fn saturation_bits(precision: Precision) -> u32 {
    match precision {
        Precision::Fixed(ty) => ty.saturation_bits,
        Precision::Integer { .. } | Precision::Xnor | Precision::Exponent { .. } => 0,
    }
}

impl Dot {
    /// Accumulator and result: a sum of products of two inputs.
    pub(super) fn sum_type(&self, known: &Known) -> Precision {
        let products = known.extent(0).zip(known.extent(1)).map(|(a, b)| a.times(b));
        known.capped_or_default(products.map(|product| product.summed(self.n_in)))
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("op", json!("dot1d"))]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_follow_from_the_axis() {
        let shapes = (vec![2, 3, 4], vec![2, 5, 4]);
        for (axis, expected) in
            [(-1, Some(2)), (3, Some(2)), (2, Some(1)), (-2, Some(1)), (1, Some(0)), (4, None)]
        {
            let op = Concatenate { first: shapes.0.clone(), second: shapes.1.clone(), axis };
            assert_eq!(op.tensor_axis(), expected, "axis {axis}");
        }
        let op = Concatenate { first: shapes.0, second: shapes.1, axis: 2 };
        assert_eq!(op.runs(), [12, 20]);
    }
}
