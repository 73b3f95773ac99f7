//! How good a model is on labelled samples: as firmware, bit for bit, and beside it as the file describes it.
//!
//! ```text
//! Scorer::new(graph) ─▶ add(inputs), batch after batch ─▶ finish(truth, questions) ─▶ ModelScores
//! Truth::default()   ─▶ add(labels), batch after batch ──────┘
//! ```
//!
//! Many models can share one reading of the samples: a batch goes to each model's [`Scorer`], its labels once to a [`Truth`]. A scorer keeps 8
//! bytes for each output of each sample, and as much again for each reference; nothing else grows with the samples.
//!
//! - `task`, `truth`: what labels say, and which metrics they ask for.
//! - `questions`, `metric`: the metrics of predictions, with [`crate::metrics`].
//! - `scorer`, `outputs`, `reference`: the predictions, by the emulator and by [`crate::float_model`].
//! - `size`: what the model costs, counted: parameters, multiplications, bit operations.

mod error;
mod metric;
mod outputs;
mod questions;
mod reference;
mod scorer;
mod size;
mod task;
mod truth;

pub use error::ScoreError;
pub use metric::{Metric, Predictions};
pub use outputs::OutputKind;
pub use questions::Questions;
pub use scorer::{ModelScores, Scorer};
pub use size::Size;
pub use task::Task;
pub use truth::Truth;
