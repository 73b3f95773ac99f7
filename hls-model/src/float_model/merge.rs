//! Operations on two tensors.

use ndarray::{Array2, Axis};

use crate::graph::broadcast;
use crate::graph::op::{Broadcast, Einsum, MergeKind};

/// The scalar product of two vectors.
pub(super) fn dot(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    (a * b).sum_axis(Axis(1)).insert_axis(Axis(1))
}

/// Sums of products of two tensors.
pub(super) fn einsum(a: &Array2<f64>, b: &Array2<f64>, op: &Einsum) -> Array2<f64> {
    let sums: Vec<Vec<[usize; 2]>> = op.contraction.terms().map(Iterator::collect).collect();
    Array2::from_shape_fn((a.nrows(), sums.len()), |(sample, i)| {
        sums[i].iter().map(|&[of_a, of_b]| a[(sample, of_a)] * b[(sample, of_b)]).sum()
    })
}

/// Element by element; axes of one element are repeated as Keras does it, which hls4ml's kernels do not always do. `None` for shapes that
/// cannot be combined.
pub(super) fn pairs(
    [a, b]: [&Array2<f64>; 2],
    shapes: [&[usize]; 2],
    kind: MergeKind,
) -> Option<Array2<f64>> {
    let target = broadcast(shapes)?;
    let elements = target.iter().product();
    let [of_a, of_b] = shapes.map(|shape| Broadcast::of(shape, target.clone()));
    Some(Array2::from_shape_fn((a.nrows(), elements), |(sample, i)| {
        let (a, b) = (a[(sample, of_a.source(i))], b[(sample, of_b.source(i))]);
        match kind {
            MergeKind::Add | MergeKind::PartialSum(_) => a + b,
            MergeKind::Subtract => a - b,
            MergeKind::Multiply => a * b,
            MergeKind::Average => (a + b) / 2.0,
            MergeKind::Mean(terms) => (a + b) / f64::from(terms),
            MergeKind::Maximum => a.max(b),
            MergeKind::Minimum => a.min(b),
        }
    }))
}
