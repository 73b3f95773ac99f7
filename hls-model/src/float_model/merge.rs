//! Operations on two tensors.

use ndarray::{Array2, Axis};

use crate::graph::op::MergeKind;

/// The scalar product of two vectors.
pub(super) fn dot(a: &Array2<f64>, b: &Array2<f64>) -> Array2<f64> {
    (a * b).sum_axis(Axis(1)).insert_axis(Axis(1))
}

/// Element by element; the smaller tensor is repeated.
pub(super) fn pairs(a: &Array2<f64>, b: &Array2<f64>, kind: MergeKind) -> Array2<f64> {
    let elements = a.ncols().max(b.ncols());
    Array2::from_shape_fn((a.nrows(), elements), |(sample, i)| {
        let (a, b) = (a[(sample, i % a.ncols())], b[(sample, i % b.ncols())]);
        match kind {
            MergeKind::Add => a + b,
            MergeKind::Subtract => a - b,
            MergeKind::Multiply => a * b,
            MergeKind::Average => (a + b) / 2.0,
            MergeKind::Maximum => a.max(b),
            MergeKind::Minimum => a.min(b),
        }
    })
}
