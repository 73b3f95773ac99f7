//! Predictions of numbers.

use super::mean::mean;
use super::quantile::{quantile, weighted_quantile};
use super::undefined::Undefined;

/// The mean of (prediction − truth)². `sklearn.metrics.mean_squared_error`.
///
/// # Errors
/// There are no samples, their weights add up to 0, or a distance is not finite.
pub fn mean_squared_error(
    distances: impl Iterator<Item = f64>,
    weights: Option<&[f64]>,
) -> Result<f64, Undefined> {
    mean(distances.map(|distance| distance * distance), weights)
}

/// The mean of |prediction − truth|. `sklearn.metrics.mean_absolute_error`.
///
/// # Errors
/// As [`mean_squared_error`].
pub fn mean_absolute_error(
    distances: impl Iterator<Item = f64>,
    weights: Option<&[f64]>,
) -> Result<f64, Undefined> {
    mean(distances.map(f64::abs), weights)
}

/// The quantiles whose distance is twice the resolution: what lies within one standard deviation of a normal distribution.
const CENTRAL: [f64; 2] = [0.16, 0.84];

/// Half of the distance between the 16 % and the 84 % quantile of prediction − truth: the standard deviation, if distances are normally
/// distributed, and blind to tails if they are not.
///
/// # Errors
/// There are no samples, their weights add up to 0, or a distance is not finite.
pub fn resolution(distances: impl Iterator<Item = f64>, weights: Option<&[f64]>) -> Result<f64, Undefined> {
    let distances: Vec<f64> = distances.collect();
    if distances.iter().any(|distance| !distance.is_finite()) {
        return Err(Undefined::NotFinite);
    }
    let quantiles = match weights {
        None => {
            let mut sorted = distances;
            sorted.sort_unstable_by(f64::total_cmp);
            CENTRAL.map(|q| quantile(&sorted, q).ok_or(Undefined::NoSamples))
        }
        Some(weights) => {
            let weighted = distances.into_iter().zip(weights.iter().copied());
            let mut sorted: Vec<(f64, f64)> = weighted.filter(|(_, weight)| *weight > 0.0).collect();
            sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
            CENTRAL.map(|q| weighted_quantile(&sorted, q).ok_or(Undefined::NoWeight))
        }
    };
    let [low, high] = quantiles;
    Ok((high? - low?) / 2.0)
}
