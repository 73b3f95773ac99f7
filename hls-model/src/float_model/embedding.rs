//! Tables of rows.

use ndarray::Array2;

use super::layer::FloatLayer;
use crate::graph::WeightRole;
use crate::graph::op::Embedding;

/// A row of the table for each number; beyond the table the nearest row counts.
pub(super) fn rows(layer: FloatLayer<'_>, x: &Array2<f64>, op: &Embedding) -> Array2<f64> {
    let table = layer.weights(WeightRole::Embeddings);
    let row = |x: f64| (x.max(0.0) as usize).min(op.vocab_size.saturating_sub(1));
    Array2::from_shape_fn((x.nrows(), op.n_in * op.n_out), |(sample, i)| {
        table[row(x[(sample, i / op.n_out)]) * op.n_out + i % op.n_out]
    })
}
