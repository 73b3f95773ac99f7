//! Tensors of bits and of intervals, and a node's arrays as constants.

use ndarray::IxDyn;

use super::interval::{Constant, Interval};
use super::kif::{Kif, Kifs};
use crate::graph::{Node, WeightRole};
use crate::precision::PrecisionSpec;

/// Why the bits of a result are not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Obstacle {
    /// The operation has no rule.
    NoRule,
    /// The numbers are beyond what the arithmetic of intervals holds.
    TooWide,
    /// Too many layers wait for each other.
    TooDeep,
    /// Arrays or widths do not fit the tensor.
    Shape,
}

/// The bits of a result, if they are known.
pub(super) type Bits = Result<Kifs, Obstacle>;

/// The same for every element.
pub(super) fn all(shape: &[usize], bits: Kif) -> Kifs {
    Kifs::from_elem(IxDyn(shape), bits)
}

/// The elements of a tensor, in C order.
pub(super) fn tensor(shape: &[usize], elements: Vec<Kif>) -> Bits {
    Kifs::from_shape_vec(IxDyn(shape), elements).map_err(|_| Obstacle::Shape)
}

/// The elements of a tensor, in C order, from their intervals.
pub(super) fn counted(shape: &[usize], intervals: impl IntoIterator<Item = Interval>) -> Bits {
    let bits = intervals.into_iter().map(|interval| interval.kif().ok_or(Obstacle::TooWide));
    tensor(shape, bits.collect::<Result<_, _>>()?)
}

/// The intervals of a tensor's elements, in C order.
pub(super) fn intervals(bits: &Kifs) -> Vec<Interval> {
    bits.iter().copied().map(Interval::of).collect()
}

/// The elements of an array of the node.
pub(super) fn constants(node: &Node<PrecisionSpec>, role: WeightRole) -> Result<Vec<Constant>, Obstacle> {
    let weight = node.weight(role).ok_or(Obstacle::Shape)?;
    Ok(weight.values.data.iter().copied().map(Constant::new).collect())
}

/// Sums with a bias, which goes round the last axes.
pub(super) fn biased(node: &Node<PrecisionSpec>, sums: &[Interval], shape: &[usize]) -> Bits {
    let bias = match node.weight(WeightRole::Bias) {
        Some(_) => constants(node, WeightRole::Bias)?,
        None => vec![Constant::new(0.0)],
    };
    counted(shape, sums.iter().zip(bias.iter().cycle()).map(|(sum, &bias)| sum.plus_constant(bias)))
}
