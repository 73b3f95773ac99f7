//! Layer normalization.

use ndarray::Array2;

use super::layer::FloatLayer;
use crate::graph::WeightRole;
use crate::graph::op::LayerNormalization;

/// Each vector by its own mean and variance.
pub(super) fn vectors(layer: FloatLayer<'_>, x: &Array2<f64>, op: &LayerNormalization) -> Array2<f64> {
    let (scale, bias) = (layer.weights(WeightRole::Scale), layer.weights(WeightRole::Bias));
    let epsilon = 10_f64.powf(-f64::from(op.epsilon_power_of_10));
    let dim = op.dim().max(1);
    let mut y = x.clone();
    for mut sample in y.rows_mut() {
        for mut vector in sample.exact_chunks_mut(dim) {
            let mean = vector.sum() / dim as f64;
            let variance = vector.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / dim as f64;
            let deviation = (variance + epsilon).sqrt();
            vector
                .iter_mut()
                .enumerate()
                .for_each(|(i, x)| *x = (*x - mean) / deviation * scale[i] + bias[i]);
        }
    }
    y
}
