//! Labelled samples, which many models read: arrays by name, labels, weights.
//!
//! ```text
//! LabelledFile: which arrays there are ─▶ which of them each model reads ─▶ LabelledStream: batches, for all of these models
//! ```
//!
//! - `arrays`: arrays as a file describes them, and how many samples of a shape they hold.
//! - `reader`: what formats have in common.
//! - `format`: the formats, found by their first bytes; each has a file: `numpy`, `hdf5`, `tfrecord` (with
//!   `records`, `proto`, `tensor`).
//! - `file`, `stream`: what is asked of a file, and its samples batch by batch.

mod arrays;
mod file;
mod format;
mod hdf5;
mod numpy;
mod proto;
mod reader;
mod records;
mod stream;
mod tensor;
mod tfrecord;

pub use arrays::{ArrayInfo, Extents, Wanted};
pub use file::LabelledFile;
pub use stream::{LabelledBatch, LabelledStream};
