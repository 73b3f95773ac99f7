//! Labels and weights of all samples.

use ndarray::{ArrayView1, ArrayView2, aview2};

use super::error::ScoreError;
use crate::samples::LabelledBatch;

/// Labels and weights of all samples, for every model that is scored on them.
#[derive(Debug, Clone, Default)]
pub struct Truth {
    /// Sample after sample.
    labels: Vec<f64>,
    columns: usize,
    weights: Option<Vec<f64>>,
}

impl Truth {
    /// Appends the labels and weights of a batch.
    pub fn add_batch(&mut self, batch: &LabelledBatch) {
        self.add(batch.labels.view(), batch.weights.as_deref());
    }

    /// Appends labels `[samples, columns]`, and a weight for each sample, or none for any.
    pub fn add(&mut self, labels: ArrayView2<'_, f64>, weights: Option<&[f64]>) {
        self.columns = labels.ncols();
        self.labels.extend(labels.iter());
        if let Some(weights) = weights {
            self.weights.get_or_insert_default().extend(weights);
        }
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len() / self.columns.max(1)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Labels of each sample.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// A weight for each sample, if there are any.
    #[must_use]
    pub fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// `[samples, columns]`.
    #[must_use]
    pub fn labels(&self) -> ArrayView2<'_, f64> {
        ArrayView2::from_shape((self.len(), self.columns), &self.labels)
            .unwrap_or_else(|_| aview2::<f64, 0>(&[]))
    }

    /// The class of each sample, if labels are numbers of so many classes, or one-hot with a column for each.
    ///
    /// # Errors
    /// They are not; the first sample with another label is named.
    pub fn classes(&self, classes: usize) -> Result<Vec<usize>, ScoreError> {
        let of_sample = |(sample, row): (usize, ArrayView1<'_, f64>)| {
            let class = match row.len() {
                1 => row.first().and_then(|&label| number(label, classes)),
                columns if columns == classes => hot(row),
                columns => return Err(ScoreError::Columns { columns, outputs: classes }),
            };
            class.ok_or_else(|| {
                let label = row.iter().take(8).map(f64::to_string).collect::<Vec<_>>().join(", ");
                ScoreError::Classes { last: classes.saturating_sub(1), sample, label }
            })
        };
        self.labels().rows().into_iter().enumerate().map(of_sample).collect()
    }
}

/// A label as one of so many class numbers.
fn number(label: f64, classes: usize) -> Option<usize> {
    let is_class = label.fract() == 0.0 && (0.0..classes as f64).contains(&label);
    is_class.then_some(label as usize)
}

/// The place of the only 1 among zeros.
fn hot(row: ArrayView1<'_, f64>) -> Option<usize> {
    let mut ones = row.iter().enumerate().filter(|(_, label)| **label != 0.0);
    match (ones.next(), ones.next()) {
        (Some((class, &1.0)), None) => Some(class),
        _ => None,
    }
}
