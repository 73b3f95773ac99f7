//! Softmax.

use ndarray::Array2;

use super::layer::{Arithmetic, FloatLayer};
use crate::fixed::FixedType;
use crate::graph::op::{Softmax, SoftmaxImplementation, SoftmaxTables};

/// HGQ2 adds it to a sum before it takes the reciprocal.
const RECIPROCAL_EPSILON: f64 = 1e-7;

/// The softmax itself along its axis, or one where the first largest number is if that is what is asked for. `None` for a tensor without such an
/// axis.
pub(super) fn softmax(layer: FloatLayer<'_>, x: &Array2<f64>, op: &Softmax) -> Option<Array2<f64>> {
    let [n_outer, n, n_inner] = match op.tables {
        Some(_) => [op.n_outer, op.n_slice()?, op.n_inner],
        None => op.split(&layer.spec.shape)?,
    };
    let tables = op.tables.as_ref().filter(|_| layer.arithmetic == Arithmetic::Quantized);
    let mut y = x.clone();
    for mut sample in y.rows_mut() {
        for (outer, inner) in (0..n_outer).flat_map(|outer| (0..n_inner).map(move |inner| (outer, inner))) {
            let places = (0..n).map(|j| (outer * n + j) * n_inner + inner);
            let slice: Vec<f64> = places.clone().map(|place| sample[place]).collect();
            let results = match tables {
                Some(tables) => by_tables(&slice, tables),
                None => exact(&slice, op),
            };
            for (place, result) in places.zip(results) {
                sample[place] = result;
            }
        }
    }
    Some(y)
}

fn exact(slice: &[f64], op: &Softmax) -> Vec<f64> {
    let maximum = slice.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let first = slice.iter().position(|&x| x == maximum);
    let sum: f64 = slice.iter().map(|x| ((x - maximum) * op.exp_scale()).exp()).sum();
    let result = |(j, x): (usize, &f64)| match op.implementation {
        SoftmaxImplementation::Argmax => f64::from(u8::from(Some(j) == first)),
        _ => ((x - maximum) * op.exp_scale()).exp() / sum,
    };
    slice.iter().enumerate().map(result).collect()
}

/// With the quantizers of the file's tables, functions in float32 as in HGQ2.
fn by_tables(slice: &[f64], tables: &SoftmaxTables) -> Vec<f64> {
    let maximum = slice.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let in_type = |ty: &FixedType, value: f64| ty.to_f64(ty.from_f64(value));
    let exponent = |x: f64| match &tables.input_norm {
        Some(norm) => -in_type(norm, maximum - x),
        None => x,
    };
    let single = |value: f64| f64::from(value as f32);
    let exponential = |&x: &f64| in_type(&tables.exp, single((exponent(x) * tables.exp_scale).exp()));
    let exponentials: Vec<f64> = slice.iter().map(exponential).collect();
    let sum = in_type(&tables.inv_input, exponentials.iter().sum());
    let reciprocal = in_type(&tables.inv, single(1.0 / (sum + RECIPROCAL_EPSILON)));
    exponentials.into_iter().map(|exponential| exponential * reciprocal).collect()
}
