//! Quantiles of sorted numbers.

/// The `q`-quantile of numbers in ascending order, between neighbours linearly interpolated: `numpy.quantile`'s default, in its order of
/// operations, so that a comparison with the result comes out as there. `None` without numbers; `q` is in [0, 1].
#[must_use]
pub fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = last as f64 * q.clamp(0.0, 1.0);
    let below = (place.floor() as usize).min(last);
    let low = sorted.get(below)?;
    let high = sorted.get(below + 1).unwrap_or(low);
    Some(between(*low, *high, place - below as f64))
}

/// The same for samples with weights, `(number, weight)` in ascending order of numbers, each weight above 0.
///
/// Sample `k` is at the place `pₖ = (Cₖ − (w₁ + wₖ)/2) / (W − (w₁ + wₙ)/2)`, where `Cₖ` is the weight up to and with it and `W` that of
/// all: the middle of its weight, stretched such that the first is at 0 and the last at 1. With equal weights that is `(k − 1)/(n − 1)`, as
/// in [`quantile`].
#[must_use]
pub fn weighted_quantile(sorted: &[(f64, f64)], q: f64) -> Option<f64> {
    let (&(first, first_weight), &(last, last_weight)) = (sorted.first()?, sorted.last()?);
    let all: f64 = sorted.iter().map(|(_, weight)| weight).sum();
    let wanted = q.clamp(0.0, 1.0) * (all - (first_weight + last_weight) / 2.0);
    let (mut place, mut value, mut weight) = (0.0, first, first_weight);
    for &(next, next_weight) in sorted.get(1..)? {
        let step = (weight + next_weight) / 2.0;
        if place + step > wanted {
            return Some(between(value, next, ((wanted - place) / step).max(0.0)));
        }
        (place, value, weight) = (place + step, next, next_weight);
    }
    Some(last)
}

/// From one number to the other, as NumPy computes it: exact at both ends.
fn between(low: f64, high: f64, fraction: f64) -> f64 {
    let distance = high - low;
    if fraction < 0.5 { low + distance * fraction } else { high - distance * (1.0 - fraction) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_weights_change_nothing() {
        let numbers: Vec<f64> = (0..37).map(|i| f64::from(i * i) / 7.0).collect();
        let weighted: Vec<(f64, f64)> = numbers.iter().map(|&number| (number, 2.5)).collect();
        for q in [0.0, 0.01, 0.05, 0.16, 0.5, 0.84, 0.99, 1.0] {
            let (plain, weighted) = (quantile(&numbers, q), weighted_quantile(&weighted, q));
            let (plain, weighted) = (plain.expect("numbers"), weighted.expect("numbers"));
            assert!((plain - weighted).abs() < 1e-9, "{q}: {plain}, {weighted}");
        }
    }

    #[test]
    fn the_ends_are_the_extremes() {
        type Case = (&'static [(f64, f64)], f64, Option<f64>);
        let table: [Case; 6] = [
            (&[], 0.5, None),
            (&[(3.0, 1.0)], 0.2, Some(3.0)),
            (&[(1.0, 1.0), (2.0, 9.0)], 0.0, Some(1.0)),
            (&[(1.0, 1.0), (2.0, 9.0)], 1.0, Some(2.0)),
            (&[(1.0, 1.0), (2.0, 9.0)], 0.5, Some(1.5)),
            // Half of the weight, less half of that of both ends, is before the middle of the second.
            (&[(0.0, 1.0), (1.0, 2.0), (2.0, 1.0)], 0.5, Some(1.0)),
        ];
        for (sorted, q, expected) in table {
            assert_eq!(weighted_quantile(sorted, q), expected, "{sorted:?}");
            let plain: Vec<f64> = sorted.iter().map(|&(number, _)| number).collect();
            assert_eq!(quantile(&plain, q).is_some(), expected.is_some());
        }
    }
}
