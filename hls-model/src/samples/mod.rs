//! Samples of a model: read from npz and npy files, made up, and written as npz.
//!
//! [`SampleStream`] reads a file batch by batch, so that it may be larger than memory; [`Samples`] is all of a file, with the outputs that
//! it says are exact, or samples that are made up. [`LabelledFile`] has arrays for many models, with labels, in any of several formats. [`NpzSpool`] writes arrays that grow while they are computed.

mod batch;
mod error;
mod labelled;
mod npy;
mod npz;
mod whole;

pub use batch::{Batch, SampleStream, batch_size};
pub use error::{NotFinite, SampleError, SampleProblem, WriteError};
pub use labelled::{ArrayInfo, Extents, LabelledBatch, LabelledFile, LabelledStream, Wanted};
pub use npz::{NpzSpool, replace_file};
pub use whole::Samples;
