//! Labelled samples, batch by batch.

use std::path::{Path, PathBuf};

use ndarray::{Array2, ArrayView2};

use super::arrays::{Wanted, product};
use super::reader::RowReader;
use crate::samples::error::{SampleError, SampleProblem};

/// Labelled samples that follow each other.
#[derive(Debug, Clone)]
pub struct LabelledBatch {
    /// How many there are before them.
    pub first: usize,
    /// For each array that was wanted `[samples, elements]`, C order of a sample's own axes.
    pub arrays: Vec<Array2<f32>>,
    /// `[samples, columns]`.
    pub labels: Array2<f64>,
    /// One for each sample, none below 0; `None` if every sample counts as one.
    pub weights: Option<Vec<f64>>,
}

impl LabelledBatch {
    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.nrows()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Numbers that it takes memory for.
    #[must_use]
    pub fn numbers(&self) -> usize {
        self.arrays.iter().map(Array2::len).sum()
    }

    /// All arrays: the inputs of the only model that wants any.
    #[must_use]
    pub fn inputs(&self) -> Vec<ArrayView2<'_, f32>> {
        self.arrays.iter().map(|array| array.view()).collect()
    }

    /// Some of the arrays, by their places among those that were wanted: the inputs of one of several models.
    #[must_use]
    pub fn chosen(&self, places: &[usize]) -> Vec<ArrayView2<'_, f32>> {
        places.iter().filter_map(|&place| self.arrays.get(place)).map(|array| array.view()).collect()
    }
}

/// Numbers of a batch.
const BATCH_NUMBERS: usize = 1 << 20;
/// More samples would make an interruption wait.
const BATCH_SAMPLES: usize = 1 << 13;

/// Labelled samples of a file, read from the beginning.
pub struct LabelledStream {
    path: PathBuf,
    rows: Box<dyn RowReader>,
    inputs: usize,
    labels: String,
    weights: Option<String>,
    read: usize,
    at_most: usize,
}

impl LabelledStream {
    pub(super) fn new(
        path: &Path,
        rows: Box<dyn RowReader>,
        wanted: &[Wanted],
        labels: &str,
        weights: Option<&str>,
    ) -> Self {
        let numbers = wanted.iter().map(|wanted| product(&wanted.shape)).fold(1, usize::saturating_add);
        Self {
            path: path.to_owned(),
            rows,
            inputs: wanted.len(),
            labels: labels.to_owned(),
            weights: weights.map(str::to_owned),
            read: 0,
            at_most: (BATCH_NUMBERS / numbers).clamp(1, BATCH_SAMPLES),
        }
    }

    /// Samples in all, where the format says so before they are read.
    #[must_use]
    pub fn samples(&self) -> Option<usize> {
        self.rows.len()
    }

    /// The next samples, up to a million numbers; `None` after the last.
    ///
    /// # Errors
    /// The file is damaged, or labels or weights are not what they have to be; the first sample that is to blame is named.
    pub fn next_batch(&mut self) -> Result<Option<LabelledBatch>, SampleError> {
        let Some(rows) = self.rows.next(self.at_most)? else {
            return match self.read {
                0 => Err(SampleProblem::Empty.of(&self.path)),
                _ => Ok(None),
            };
        };
        let mut rows = rows.into_iter();
        let arrays = rows.by_ref().take(self.inputs).map(|array| array.mapv(|value| value as f32)).collect();
        let labels = rows.next().unwrap_or_default();
        let weights = self.weights.as_ref().zip(rows.next());
        let batch = LabelledBatch {
            first: self.read,
            arrays,
            weights: weights.map(|(name, array)| self.checked_weights(name, array)).transpose()?,
            labels: self.checked_labels(labels)?,
        };
        self.read += batch.len();
        Ok(Some(batch))
    }

    fn checked_labels(&self, labels: Array2<f64>) -> Result<Array2<f64>, SampleError> {
        match labels.indexed_iter().find(|(_, label)| !label.is_finite()) {
            None => Ok(labels),
            Some(((sample, _), &value)) => {
                let problem = SampleProblem::Label { sample: self.read + sample, value };
                Err(problem.of_array(&self.path, &self.labels))
            }
        }
    }

    fn checked_weights(&self, name: &str, weights: Array2<f64>) -> Result<Vec<f64>, SampleError> {
        if weights.ncols() != 1 {
            return Err(SampleProblem::WeightColumns(weights.ncols()).of_array(&self.path, name));
        }
        match weights.iter().enumerate().find(|(_, weight)| !weight.is_finite() || **weight < 0.0) {
            None => Ok(weights.into_iter().collect()),
            Some((sample, &value)) => {
                let problem = SampleProblem::Weight { sample: self.read + sample, value };
                Err(problem.of_array(&self.path, name))
            }
        }
    }
}
