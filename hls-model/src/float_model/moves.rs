//! Elements in other places.

use ndarray::{Array2, Axis, concatenate, s};

use super::layer::{FloatLayer, FloatModelError};
use crate::graph::op::Concatenate;

/// For each element of the result one of the input, or zero.
pub(super) fn copied(
    x: &Array2<f64>,
    elements: usize,
    source: impl Fn(usize) -> Option<usize>,
) -> Array2<f64> {
    let sources: Vec<_> = (0..elements).map(source).collect();
    Array2::from_shape_fn((x.nrows(), elements), |(sample, i)| sources[i].map_or(0.0, |at| x[(sample, at)]))
}

/// Two tensors, one after the other along an axis.
pub(super) fn concatenated(
    layer: FloatLayer<'_>,
    first: &Array2<f64>,
    second: &Array2<f64>,
    op: &Concatenate,
) -> Result<Array2<f64>, FloatModelError> {
    let runs = op.runs();
    let repeats = first.ncols() / runs[0].max(1);
    let mut columns = Vec::with_capacity(2 * repeats);
    for repeat in 0..repeats {
        for (tensor, run) in [first, second].into_iter().zip(runs) {
            columns.push(tensor.slice(s![.., repeat * run..(repeat + 1) * run]));
        }
    }
    concatenate(Axis(1), &columns).map_err(|e| layer.error(e.to_string()))
}
