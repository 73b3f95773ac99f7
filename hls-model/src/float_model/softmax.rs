//! Softmax.

use ndarray::Array2;

use crate::graph::op::{Softmax, SoftmaxImplementation};

/// The softmax itself along its axis of a tensor of this shape, or one where the first largest number is if that is what is asked for.
pub(super) fn softmax(x: &Array2<f64>, op: &Softmax, shape: &[usize]) -> Option<Array2<f64>> {
    let [n_outer, n, n_inner] = op.split(shape)?;
    let mut y = x.clone();
    for mut sample in y.rows_mut() {
        for (outer, inner) in (0..n_outer).flat_map(|outer| (0..n_inner).map(move |inner| (outer, inner))) {
            let places = (0..n).map(|j| (outer * n + j) * n_inner + inner);
            let slice: Vec<f64> = places.clone().map(|place| sample[place]).collect();
            let maximum = slice.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let first = slice.iter().position(|&x| x == maximum);
            let sum: f64 = slice.iter().map(|x| (x - maximum).exp()).sum();
            for (j, place) in places.enumerate() {
                sample[place] = match op.implementation {
                    SoftmaxImplementation::Argmax => f64::from(u8::from(Some(j) == first)),
                    _ => (slice[j] - maximum).exp() / sum,
                };
            }
        }
    }
    Some(y)
}
