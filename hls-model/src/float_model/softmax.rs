//! Softmax.

use ndarray::Array2;

use crate::graph::op::{Softmax, SoftmaxImplementation};

/// The softmax itself, or one where the first largest number is if that is what is asked for.
pub(super) fn softmax(x: &Array2<f64>, op: &Softmax) -> Option<Array2<f64>> {
    let n = op.n_slice().filter(|&n| n > 0)?;
    let mut y = x.clone();
    for mut sample in y.rows_mut() {
        for (outer, inner) in
            (0..op.n_outer).flat_map(|outer| (0..op.n_inner).map(move |inner| (outer, inner)))
        {
            let places = (0..n).map(|j| (outer * n + j) * op.n_inner + inner);
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
