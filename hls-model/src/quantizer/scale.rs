//! Automatic scales: one per output channel, by least squares (Rastegari et al., <https://arxiv.org/abs/1603.05279>, for
//! signs; QKeras uses the same quotient for all its quantizers).
//!
//! Sums are made in the order in which Eigen makes them with 8 float32 lanes, found by probing TensorFlow 2.14.1: it
//! decides the last bit of every scale that is not a power of two.

use ndarray::{ArrayD, IxDyn};

use super::float::{EPSILON, EigenPath, LANES, exp2, log2};
use super::kinds::Alpha;

/// Values and, if it is automatic, their scale.
pub(super) type Scaled = (Vec<f32>, Option<Scale>);

/// Which entries share a scale.
#[derive(Debug, Clone)]
pub(super) struct Channels {
    shape: Vec<usize>,
    /// The axis with one scale per entry; `None` for an array of rank 1, where each element is its own channel.
    axis: Option<usize>,
}

impl Channels {
    /// The last axis unless another is given.
    pub fn of(shape: &[usize], axis: Option<usize>) -> Option<Self> {
        let axis = match shape.len() {
            0 => return None,
            1 => None,
            rank => Some(axis.unwrap_or(rank - 1)).filter(|&axis| axis < rank).map(Some)?,
        };
        Some(Self { shape: shape.to_vec(), axis })
    }

    fn count(&self) -> usize {
        self.axis
            .and_then(|axis| self.shape.get(axis))
            .copied()
            .unwrap_or_else(|| self.shape.iter().product())
    }

    fn stride(&self) -> usize {
        let inner = self.axis.map_or(&[][..], |axis| self.shape.get(axis + 1..).unwrap_or(&[]));
        inner.iter().product()
    }

    /// The channel of the element at this place in memory order.
    fn channel(&self, at: usize) -> usize {
        (at / self.stride().max(1)) % self.count().max(1)
    }

    /// The shape of a scale array: 1 everywhere but along the channels.
    fn scale_shape(&self) -> Vec<usize> {
        match self.axis {
            None => self.shape.clone(),
            Some(kept) => {
                self.shape.iter().enumerate().map(|(i, &n)| if i == kept { n } else { 1 }).collect()
            }
        }
    }

    /// The greatest magnitude of each channel; of all elements for rank 1.
    pub fn max_abs(&self, x: &[f32]) -> Scale {
        if self.axis.is_none() {
            let greatest = x.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            return Scale { channels: self.clone(), values: vec![greatest], shape: vec![1] };
        }
        let mut values = vec![0.0f32; self.count()];
        for (at, v) in x.iter().enumerate() {
            if let Some(m) = values.get_mut(self.channel(at)) {
                *m = m.max(v.abs());
            }
        }
        self.scale(values)
    }

    fn scale(&self, values: Vec<f32>) -> Scale {
        Scale { channels: self.clone(), values, shape: self.scale_shape() }
    }

    /// The mean of each channel; the elements themselves for rank 1.
    fn mean(&self, x: &[f32]) -> Vec<f32> {
        if self.axis.is_none() {
            return x.to_vec();
        }
        let count = self.count().max(1);
        let per_channel = x.len() / count;
        let sums = match (count, self.stride()) {
            (1, _) => vec![sum_all(x)],
            (_, 1) => sum_columns(x, count),
            _ => self.sum_in_order(x),
        };
        sums.into_iter().map(|sum| sum / per_channel as f32).collect()
    }

    fn sum_in_order(&self, x: &[f32]) -> Vec<f32> {
        let mut sums = vec![0.0f32; self.count()];
        for (at, v) in x.iter().enumerate() {
            if let Some(sum) = sums.get_mut(self.channel(at)) {
                *sum += v;
            }
        }
        sums
    }

    /// The scale with which `scale · q` comes nearest to `x`: `mean(x·q) / (mean(q·q) + ε)`, rounded to a power of two
    /// for [`Alpha::AutoPo2`].
    pub fn least_squares(&self, alpha: Alpha, x: &[f32], q: &[f32]) -> Scale {
        let products: Vec<f32> = x.iter().zip(q).map(|(x, q)| x * q).collect();
        let squares: Vec<f32> = q.iter().map(|q| q * q).collect();
        let (qx, qq) = (self.mean(&products), self.mean(&squares));
        let values = qx.iter().zip(&qq).map(|(qx, qq)| qx / (qq + EPSILON)).collect();
        let scale = self.scale(values);
        if alpha == Alpha::AutoPo2 { scale.into_powers_of_two() } else { scale }
    }
}

/// One factor per channel.
#[derive(Debug, Clone)]
pub(super) struct Scale {
    channels: Channels,
    values: Vec<f32>,
    shape: Vec<usize>,
}

impl Scale {
    /// The factor of the element at this place in memory order.
    pub fn at(&self, at: usize) -> f32 {
        let channel = if self.values.len() == 1 { 0 } else { self.channels.channel(at) };
        self.values.get(channel).copied().unwrap_or(1.0)
    }

    pub fn map(mut self, f: impl Fn(f32) -> f32) -> Self {
        self.values.iter_mut().for_each(|v| *v = f(*v));
        self
    }

    /// The nearest powers of two.
    pub fn into_powers_of_two(mut self) -> Self {
        let len = self.values.len();
        for (at, v) in self.values.iter_mut().enumerate() {
            *v = exp2(log2(*v + EPSILON, EigenPath::of(at, len)).round_ties_even());
        }
        self
    }

    /// As an array that broadcasts against the weights.
    pub fn into_array(self) -> Option<ArrayD<f32>> {
        ArrayD::from_shape_vec(IxDyn(&self.shape), self.values).ok()
    }
}

/// Sums over all but the last axis (`columns` long). Whole packets of columns take four rows in turn once there are 16
/// rows; the columns left over are summed row by row.
fn sum_columns(x: &[f32], columns: usize) -> Vec<f32> {
    const UNROLL: usize = 4;
    let rows = x.len() / columns.max(1);
    let unrolled = if rows >= UNROLL * UNROLL { rows / UNROLL * UNROLL } else { 0 };
    let packed = columns / LANES * LANES;
    let value = |row: usize, column: usize| x.get(row * columns + column).copied().unwrap_or(0.0);
    let sum_column = |column: usize| {
        let start = if column < packed { unrolled } else { 0 };
        let mut lanes = [0.0f32; UNROLL];
        for row in 0..start {
            lanes[row % UNROLL] += value(row, column);
        }
        let [a, b, c, d] = lanes;
        (start..rows).fold(((a + b) + c) + d, |sum, row| sum + value(row, column))
    };
    (0..columns).map(sum_column).collect()
}

/// The sum of one channel that is everything: halves down to 8192 elements, then four packets in turn.
fn sum_all(x: &[f32]) -> f32 {
    const LEAF: usize = 1024 * LANES;
    if x.len() > LEAF {
        // Halves are cut at a multiple of the packet size.
        let half = x.len().div_ceil(2).div_ceil(LANES) * LANES;
        let (left, right) = x.split_at(half.min(x.len()));
        return sum_all(left) + sum_all(right);
    }
    const UNROLL: usize = 4;
    let mut packets = [[0.0f32; LANES]; UNROLL];
    let blocks = x.chunks_exact(UNROLL * LANES);
    let rest = blocks.remainder();
    for block in blocks {
        for (packet, values) in packets.iter_mut().zip(block.chunks_exact(LANES)) {
            add(packet, values);
        }
    }
    let [mut sum, b, c, d] = packets;
    for packet in [b, c, d] {
        add(&mut sum, &packet);
    }
    let whole = rest.chunks_exact(LANES);
    let single = whole.remainder().iter().fold(0.0f32, |sum, v| sum + v);
    whole.for_each(|values| add(&mut sum, values));
    let [a, b, c, d, e, f, g, h] = sum;
    single + (((a + e) + (c + g)) + ((b + f) + (d + h)))
}

fn add(packet: &mut [f32; LANES], values: &[f32]) {
    packet.iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
}
