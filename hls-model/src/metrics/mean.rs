//! Means, with weights or without.

use super::undefined::Undefined;

/// The mean of a value for each sample, as `numpy.average`: Σ wᵢ·xᵢ / Σ wᵢ.
pub(super) fn mean(values: impl Iterator<Item = f64>, weights: Option<&[f64]>) -> Result<f64, Undefined> {
    let (sum, weight) = match weights {
        None => values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0)),
        Some(weights) => values
            .zip(weights)
            .fold((0.0, 0.0), |(sum, all), (value, weight)| (sum + value * weight, all + weight)),
    };
    match (weight > 0.0, weights.is_some_and(|weights| !weights.is_empty())) {
        (true, _) if !sum.is_finite() => Err(Undefined::NotFinite),
        (true, _) => Ok(sum / weight),
        (false, true) => Err(Undefined::NoWeight),
        (false, false) => Err(Undefined::NoSamples),
    }
}
