//! Poolings.

use ndarray::Array2;

use crate::graph::op::{GlobalPooling, PoolOp, Pooling};

/// The largest of some elements, or their mean.
fn pooled(op: PoolOp, elements: impl Iterator<Item = f64>) -> f64 {
    let elements: Vec<f64> = elements.collect();
    match op {
        PoolOp::Max => elements.into_iter().fold(f64::NEG_INFINITY, f64::max),
        PoolOp::Average => elements.iter().sum::<f64>() / elements.len().max(1) as f64,
    }
}

/// Windows of pixels become one, channel by channel.
pub(super) fn windows(x: &Array2<f64>, op: &Pooling) -> Array2<f64> {
    let pixels: usize = op.axes().map(|axis| axis.output).product();
    Array2::from_shape_fn((x.nrows(), pixels * op.n_filt), |(sample, i)| {
        let (pixel, channel) = (i / op.n_filt, i % op.n_filt);
        pooled(op.op, op.window(pixel).flatten().map(|pixel| x[(sample, pixel * op.n_filt + channel)]))
    })
}

/// All pixels become one, channel by channel.
pub(super) fn global(x: &Array2<f64>, op: &GlobalPooling) -> Array2<f64> {
    Array2::from_shape_fn((x.nrows(), op.n_filt), |(sample, channel)| {
        pooled(op.op, (0..op.pixels()).map(|pixel| x[(sample, pixel * op.n_filt + channel)]))
    })
}
