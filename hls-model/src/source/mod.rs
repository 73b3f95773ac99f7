//! The door for model files: bytes become a [`KerasModel`], whatever their format.
//!
//! ```text
//! bytes ─▶ format (which one? by signature) ─▶ assemble ─┬▶ keras2/archive (H5), keras3/container (`.keras`): where things are ─┐
//!                                                        ├▶ keras3/architecture ─▶ keras2/topology: typed layers ──────────────┼▶ keras/ KerasModel
//!                                                        └▶ keras3/variables, keras2/weights: arrays by layer ─────────────────┘
//! ```
//!
//! - [`FORMATS`] is the one table of formats: their signatures, names and readers. A new format is a line there and a folder
//!   here; nothing else asks which format a model came in.
//! - [`keras`] holds the typed layers that every reader makes.
//! - [`h5`] reads HDF5 itself.
//!
//! A file is read into memory once, so that a file that changes meanwhile does no harm; nothing in it is trusted. Names,
//! classes, references between layers and weight shapes are checked here; tensor shapes are the business of [`lower`](crate::lower).

mod assemble;
mod error;
mod format;
pub mod h5;
pub mod keras;
mod keras2;
mod keras3;
mod python_json;
mod read;

pub use assemble::assemble;
pub use error::{Problem, SourceError};
pub use format::{FORMATS, Format};
pub use keras::{KerasLayer, KerasModel, LayerConfig};
pub use read::{MAX_FILE_BYTES, open, open_with, read};
