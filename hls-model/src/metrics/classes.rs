//! Classes: how often they are right, how sure, and each against the rest.

use ndarray::ArrayView2;

use super::mean::mean;
use super::ranking::Ranking;
use super::undefined::Undefined;

/// Probabilities are kept this far from 0 and 1 before a logarithm is taken, as in scikit-learn for float64.
const CLIP: f64 = f64::EPSILON;

/// The share of samples that are right. `sklearn.metrics.accuracy_score`.
///
/// # Errors
/// There are no samples, or their weights add up to 0.
pub fn accuracy(is_right: impl Iterator<Item = bool>, weights: Option<&[f64]>) -> Result<f64, Undefined> {
    mean(is_right.map(|right| if right { 1.0 } else { 0.0 }), weights)
}

/// The mean of −ln p, where p is the probability that a prediction gives to the true class, kept within [ε, 1 − ε], ε = 2⁻⁵².
/// `sklearn.metrics.log_loss`, which does not insist either on probabilities that add up to 1.
///
/// # Errors
/// There are no samples, their weights add up to 0, or a number is no probability.
pub fn log_loss(of_truth: impl Iterator<Item = f64>, weights: Option<&[f64]>) -> Result<f64, Undefined> {
    let (mut finite, mut inside) = (true, true);
    let losses = of_truth.map(|p| {
        finite &= p.is_finite();
        inside &= (0.0..=1.0).contains(&p);
        -p.clamp(CLIP, 1.0 - CLIP).ln()
    });
    let loss = mean(losses, weights);
    match (finite, inside) {
        (false, _) => Err(Undefined::NotFinite),
        (_, false) => Err(Undefined::OutsideProbabilities),
        _ => loss,
    }
}

/// For each class the area under the ROC curve of its score, `[samples, classes]`, against all other classes. Their mean is
/// `roc_auc_score(multi_class="ovr")`.
#[must_use]
pub fn one_against_rest(
    scores: ArrayView2<'_, f64>,
    classes: &[usize],
    weights: Option<&[f64]>,
) -> Vec<Result<f64, Undefined>> {
    let of_class = |class: usize| {
        let column = scores.column(class);
        let is_signal = classes.iter().map(|&truth| truth == class);
        let ranking = Ranking::new(column.iter().copied(), is_signal, weights);
        ranking.map(|ranking| ranking.auc()).map_err(|undefined| match undefined {
            Undefined::NoSampleOfClass { class: 1 } => Undefined::NoSampleOfClass { class },
            Undefined::NoSampleOfClass { .. } => Undefined::NoOtherClass,
            other => other,
        })
    };
    (0..scores.ncols()).map(of_class).collect()
}

/// The place of the largest element, the first of several; `None` where there is none. NaN is never the largest.
#[must_use]
pub fn first_largest(scores: impl Iterator<Item = f64>) -> Option<usize> {
    let largest = scores.enumerate().fold(None, |best: Option<(usize, f64)>, (at, score)| match best {
        Some((_, largest)) if largest >= score || score.is_nan() => best,
        None if score.is_nan() => None,
        _ => Some((at, score)),
    });
    largest.map(|(at, _)| at)
}
