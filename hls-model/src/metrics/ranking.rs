//! What depends on the order of scores alone.

use super::quantile::{quantile, weighted_quantile};
use super::undefined::Undefined;

/// Scores of signal and background in ascending order, each with the weight up to it: sorted once, for all questions.
#[derive(Debug, Clone)]
pub struct Ranking {
    signal: Side,
    background: Side,
}

/// Scores of one class in ascending order.
#[derive(Debug, Clone)]
struct Side {
    scores: Vec<f64>,
    /// Weight before each score, and of all; `None` where every sample counts as one.
    before: Option<Vec<f64>>,
}

impl Ranking {
    /// Sorts `scores`, of which a higher one is more like signal. `is_signal` and `weights` are for each score; samples of weight 0 are left
    /// out, as scikit-learn does.
    ///
    /// # Errors
    /// One of the two classes has no samples, or a score is NaN or infinite.
    pub fn new(
        scores: impl Iterator<Item = f64>,
        is_signal: impl Iterator<Item = bool>,
        weights: Option<&[f64]>,
    ) -> Result<Self, Undefined> {
        let samples = scores.zip(is_signal);
        let [background, signal] = match weights {
            None => split(samples)?.map(Side::plain),
            Some(weights) => {
                let weighted = samples.zip(weights).filter(|(_, weight)| **weight > 0.0);
                split(weighted.map(|((score, signal), &weight)| ((score, weight), signal)))?
                    .map(Side::weighted)
            }
        };
        for (class, side) in [&background, &signal].into_iter().enumerate() {
            // Infinities are at the ends.
            let (Some(low), Some(high)) = (side.scores.first(), side.scores.last()) else {
                return Err(Undefined::NoSampleOfClass { class });
            };
            if !low.is_finite() || !high.is_finite() {
                return Err(Undefined::NotFinite);
            }
        }
        Ok(Self { signal, background })
    }

    /// The area under the ROC curve: the probability that a sample of signal has a higher score than one of background, plus half of the
    /// probability that both have the same. `sklearn.metrics.roc_auc_score`.
    #[must_use]
    pub fn auc(&self) -> f64 {
        let (signal, background) = (&self.signal, &self.background);
        // The first score of signal that is not below the score of background at hand.
        let (mut equal, mut at, mut won) = (0, 0, 0.0);
        while let Some(&score) = background.scores.get(at) {
            let ties = background.scores.iter().skip(at).take_while(|other| **other == score).count();
            equal += signal.scores.iter().skip(equal).take_while(|other| **other < score).count();
            let above = equal + signal.scores.iter().skip(equal).take_while(|other| **other == score).count();
            let beaten = signal.all() - (signal.before(equal) + signal.before(above)) / 2.0;
            won += (background.before(at + ties) - background.before(at)) * beaten;
            at += ties;
        }
        won / (signal.all() * background.all())
    }

    /// The share of background below a threshold that a share `efficiency` of signal reaches: 1 − FPR at a TPR.
    ///
    /// The threshold is the (1 − efficiency)-quantile of signal's scores ([`quantile`], or [`weighted_quantile`]); what reaches it passes.
    #[must_use]
    pub fn background_rejection(&self, efficiency: f64) -> f64 {
        let threshold = self.signal.quantile(1.0 - efficiency);
        let below = self.background.scores.partition_point(|&score| score < threshold);
        let passing = self.background.all() - self.background.before(below);
        1.0 - passing / self.background.all()
    }
}

/// What belongs to background and to signal.
fn split<T: Sample>(samples: impl Iterator<Item = (T, bool)>) -> Result<[Vec<T>; 2], Undefined> {
    let [mut background, mut signal] = [Vec::new(), Vec::new()];
    for (sample, is_signal) in samples {
        if sample.score().is_nan() {
            return Err(Undefined::NotFinite);
        }
        if is_signal { &mut signal } else { &mut background }.push(sample);
    }
    for side in [&mut background, &mut signal] {
        side.sort_unstable_by(|a, b| a.score().total_cmp(&b.score()));
    }
    Ok([background, signal])
}

/// A score, or one with a weight.
trait Sample: Copy {
    fn score(self) -> f64;
}

impl Sample for f64 {
    fn score(self) -> f64 {
        self
    }
}

impl Sample for (f64, f64) {
    fn score(self) -> f64 {
        self.0
    }
}

impl Side {
    fn plain(scores: Vec<f64>) -> Self {
        Self { scores, before: None }
    }

    fn weighted(samples: Vec<(f64, f64)>) -> Self {
        let mut sum = 0.0;
        let sums = samples.iter().map(|(_, weight)| {
            sum += weight;
            sum
        });
        let before = std::iter::once(0.0).chain(sums).collect();
        Self { scores: samples.iter().map(|(score, _)| *score).collect(), before: Some(before) }
    }

    /// The weight of the first so many samples.
    fn before(&self, at: usize) -> f64 {
        match &self.before {
            None => at as f64,
            Some(before) => before.get(at).copied().unwrap_or_default(),
        }
    }

    fn all(&self) -> f64 {
        self.before(self.scores.len())
    }

    fn quantile(&self, q: f64) -> f64 {
        let found = match &self.before {
            None => quantile(&self.scores, q),
            Some(before) => {
                let weights = before.iter().zip(before.iter().skip(1)).map(|(before, with)| with - before);
                weighted_quantile(&self.scores.iter().copied().zip(weights).collect::<Vec<_>>(), q)
            }
        };
        // There are scores: a ranking without is not made.
        found.unwrap_or_default()
    }
}
