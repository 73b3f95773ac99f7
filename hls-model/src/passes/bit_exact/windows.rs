//! Bits of poolings.

use super::kif::{Kif, Kifs};
use super::tensors::{Bits, Obstacle, tensor};
use crate::graph::op::{GlobalPooling, PoolOp, Pooling, fractional_bits};

/// The most of any pixel of each window; what lies in the padding has no bits.
pub(super) fn pooled(op: &Pooling, input: &Kifs, shape: &[usize]) -> Bits {
    let pixels: usize = op.axes().map(|axis| axis.output).product();
    let windows = (0..pixels).map(|pixel| op.window(pixel).collect::<Vec<_>>());
    windowed(op.op, op.n_filt, windows, input, shape)
}

/// The most of any pixel.
pub(super) fn globally_pooled(op: &GlobalPooling, input: &Kifs, shape: &[usize]) -> Bits {
    let window = (0..op.pixels()).map(Some).collect();
    windowed(op.op, op.n_filt, std::iter::once(window), input, shape)
}

fn windowed(
    op: PoolOp,
    channels: usize,
    windows: impl Iterator<Item = Vec<Option<usize>>>,
    input: &Kifs,
    shape: &[usize],
) -> Bits {
    let x: Vec<Kif> = input.iter().copied().collect();
    let mut bits = Vec::new();
    for window in windows {
        let inside = window.iter().flatten().count();
        let divided = match op {
            PoolOp::Max => 0,
            PoolOp::Average => fractional_bits(1.0 / inside.max(1) as f64),
        };
        for channel in 0..channels {
            let pixel = |source: &Option<usize>| match source {
                Some(pixel) => x.get(pixel * channels + channel).copied().ok_or(Obstacle::Shape),
                None => Ok(Kif::ZERO),
            };
            let pixels = window.iter().map(pixel).collect::<Result<Vec<_>, _>>()?;
            let widest = Kif::widest(&pixels);
            bits.push(Kif { fractional: widest.fractional + divided, ..widest });
        }
    }
    tensor(shape, bits)
}
