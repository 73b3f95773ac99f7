//! Why a model has no scores.

use crate::emulate::EmulateError;

/// Why a model has no scores.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ScoreError {
    /// The emulator cannot be made, or refuses the samples.
    #[error(transparent)]
    Emulate(#[from] EmulateError),
    /// Labels and outputs do not go together.
    #[error(
        "the labels have {columns} columns, but the model has {outputs} outputs; give class numbers, one column for each output, or one-hot labels"
    )]
    Columns {
        /// Columns of the labels.
        columns: usize,
        /// Outputs of the model.
        outputs: usize,
    },
    /// The labels are no classes of this model.
    #[error(
        "the labels cannot be read as classes 0 to {last}: sample {sample} has {label}; correct them, or choose another task"
    )]
    Classes {
        /// The last class that the model knows.
        last: usize,
        /// The first sample that has none, counted from 0.
        sample: usize,
        /// What it has instead.
        label: String,
    },
    /// The model has too few outputs for the task.
    #[error("the model has 1 output, which cannot tell several classes apart; choose another task")]
    OneOutput,
    /// The model has too many outputs for the task.
    #[error("the model has {0} outputs; two classes need one or two; choose another task")]
    ManyOutputs(usize),
    /// Predictions and labels are not of the same samples.
    #[error("there are {predictions} predictions for {labels} labels")]
    Samples {
        /// Samples that were predicted.
        predictions: usize,
        /// Samples that have labels.
        labels: usize,
    },
}
