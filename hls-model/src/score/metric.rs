//! The metrics of predictions.

use ndarray::ArrayView2;

use super::error::ScoreError;
use super::outputs::OutputKind;
use super::questions::Questions;
use super::task::Task;
use super::truth::Truth;
use crate::metrics::{
    Ranking, Undefined, accuracy, first_largest, log_loss, mean_absolute_error, mean_squared_error,
    one_against_rest, resolution,
};

/// What a model says about samples.
#[derive(Debug, Clone, Copy)]
pub struct Predictions<'a> {
    /// `[samples, outputs]`.
    pub values: ArrayView2<'a, f64>,
    /// What kind of numbers they are.
    pub kind: OutputKind,
}

/// A metric with its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// Its name, such as `auc` or `bkg_rej@0.95`.
    pub name: String,
    /// The value, or why there is none.
    pub value: Result<f64, Undefined>,
    /// The same for each class, or for each output of a regression; empty where there is only one.
    pub each: Vec<Result<f64, Undefined>>,
    /// Whether a model is better where it is larger; all such metrics are shares, between 0 and 1.
    pub larger_is_better: bool,
}

impl Metric {
    fn share(name: impl Into<String>, value: Result<f64, Undefined>) -> Self {
        Self { name: name.into(), value, each: Vec::new(), larger_is_better: true }
    }

    fn loss(name: impl Into<String>, value: Result<f64, Undefined>) -> Self {
        Self { larger_is_better: false, ..Self::share(name, value) }
    }

    fn with_each(self, each: Vec<Result<f64, Undefined>>) -> Self {
        Self { each, ..self }
    }

    /// How much worse it is than a reference: the difference of shares, of losses in units of the reference's. `None` where either has no
    /// value.
    #[must_use]
    pub fn worsened_from(&self, reference: &Self) -> Option<f64> {
        let (value, reference) = (self.value.ok()?, reference.value.ok()?);
        Some(match (self.larger_is_better, value == reference) {
            (true, _) => reference - value,
            (false, true) => 0.0,
            (false, false) => (value - reference) / reference,
        })
    }
}

/// A metric of distances, with weights or without.
type OfDistances = fn(&[f64], Option<&[f64]>) -> Result<f64, Undefined>;

impl Predictions<'_> {
    /// The task and its metrics.
    ///
    /// # Errors
    /// Labels and predictions do not go together, or not with the task.
    pub fn score(&self, truth: &Truth, questions: &Questions) -> Result<(Task, Vec<Metric>), ScoreError> {
        let (samples, outputs) = self.values.dim();
        if samples != truth.len() {
            return Err(ScoreError::Samples { predictions: samples, labels: truth.len() });
        }
        let task = questions.task.map_or_else(|| Task::of(truth, outputs), Ok)?;
        let metrics = match task {
            Task::Binary if outputs > 2 => return Err(ScoreError::ManyOutputs(outputs)),
            Task::Classes if outputs < 2 => return Err(ScoreError::OneOutput),
            Task::Binary => self.binary(&truth.classes(2)?, truth.weights(), questions),
            Task::Classes => self.classes(&truth.classes(outputs)?, truth.weights()),
            Task::Regression => self.regression(truth)?,
        };
        Ok((task, metrics))
    }

    fn binary(&self, classes: &[usize], weights: Option<&[f64]>, questions: &Questions) -> Vec<Metric> {
        let (values, two) = (self.values, self.values.ncols() == 2);
        // Of two outputs the second is signal.
        let difference = two && self.kind != OutputKind::Probabilities;
        let signal = values.ncols().saturating_sub(1);
        let scores: Vec<f64> = match difference {
            false => values.column(signal).to_vec(),
            true => values.rows().into_iter().map(|row| row[1] - row[0]).collect(),
        };
        let threshold = questions.threshold.unwrap_or(self.kind.threshold());
        let chosen = |at: usize| match (two, questions.threshold) {
            (true, None) => values[(at, 1)] > values[(at, 0)],
            _ => scores[at] > threshold,
        };
        let right = classes.iter().enumerate().map(|(at, &class)| chosen(at) == (class == 1));
        let of_truth = classes.iter().enumerate().map(|(at, &class)| match (two, class) {
            (true, class) => values[(at, class)],
            (false, 1) => scores[at],
            (false, _) => 1.0 - scores[at],
        });
        let ranking = Ranking::new(scores.iter().copied(), classes.iter().map(|&class| class == 1), weights);
        let ranking = ranking.as_ref().map_err(|&undefined| undefined);
        let mut metrics = vec![
            Metric::share("accuracy", finite(&scores).and_then(|()| accuracy(right, weights))),
            Metric::share("auc", ranking.map(Ranking::auc)),
            Metric::loss("log_loss", self.probabilities().and_then(|()| log_loss(of_truth, weights))),
        ];
        let mut sum = 0.0;
        for &(efficiency, weight) in &questions.efficiencies {
            let rejection = ranking.map(|ranking| ranking.background_rejection(efficiency));
            sum += weight * rejection.unwrap_or_default();
            metrics.push(Metric::share(format!("bkg_rej@{efficiency}"), rejection));
        }
        if !questions.efficiencies.is_empty() {
            metrics.push(Metric::share("bkg_rej_weighted", ranking.map(|_| sum)));
        }
        metrics
    }

    fn classes(&self, classes: &[usize], weights: Option<&[f64]>) -> Vec<Metric> {
        let rows = || self.values.rows().into_iter().zip(classes);
        let right = rows().map(|(row, &class)| first_largest(row.iter().copied()) == Some(class));
        let of_truth = rows().map(|(row, &class)| row[class]);
        let each = one_against_rest(self.values, classes, weights);
        vec![
            Metric::share("accuracy", accuracy(right, weights)),
            Metric::share("auc", mean(&each)).with_each(each),
            Metric::loss("log_loss", self.probabilities().and_then(|()| log_loss(of_truth, weights))),
        ]
    }

    fn regression(&self, truth: &Truth) -> Result<Vec<Metric>, ScoreError> {
        let (labels, weights, outputs) = (truth.labels(), truth.weights(), self.values.ncols());
        if labels.ncols() != outputs {
            return Err(ScoreError::Columns { columns: labels.ncols(), outputs });
        }
        let metric = |name: &str, of: OfDistances| {
            let columns = self.values.columns().into_iter().zip(labels.columns());
            let each: Vec<_> = columns
                .map(|(predictions, labels)| {
                    let distances: Vec<f64> = predictions.iter().zip(labels).map(|(p, l)| p - l).collect();
                    of(&distances, weights)
                })
                .collect();
            let of_all = Metric::loss(name, mean(&each));
            if outputs == 1 { of_all } else { of_all.with_each(each) }
        };
        Ok(vec![
            metric("mse", |distances, weights| mean_squared_error(distances.iter().copied(), weights)),
            metric("mae", |distances, weights| mean_absolute_error(distances.iter().copied(), weights)),
            metric("resolution", |distances, weights| resolution(distances.iter().copied(), weights)),
        ])
    }

    fn probabilities(&self) -> Result<(), Undefined> {
        if self.kind == OutputKind::Probabilities { Ok(()) } else { Err(Undefined::NotProbabilities) }
    }
}

fn finite(scores: &[f64]) -> Result<(), Undefined> {
    if scores.iter().all(|score| score.is_finite()) { Ok(()) } else { Err(Undefined::NotFinite) }
}

/// The mean of all, if all have a value.
fn mean(each: &[Result<f64, Undefined>]) -> Result<f64, Undefined> {
    let values = each.iter().copied().collect::<Result<Vec<f64>, Undefined>>()?;
    if values.is_empty() {
        Err(Undefined::NoSamples)
    } else {
        Ok(values.iter().sum::<f64>() / values.len() as f64)
    }
}
