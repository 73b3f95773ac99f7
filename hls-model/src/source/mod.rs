//! The door for model files: bytes become a [`KerasModel`], whatever their format.
//!
//! ```text
//! bytes ─▶ format (which one? by signature) ─▶ keras2/ ─┬▶ h5/ (container), archive (what Keras puts where) ─┐
//!                                                       ├▶ topology (architecture) ──────────────────────────┼▶ keras/ KerasModel
//!                                                       └▶ weights (arrays by layer) ─────────────────────────┘
//! ```
//!
//! - [`FORMATS`] is the one table of formats: their signatures, names and readers. A new format is a line there and a folder
//!   here; nothing else asks which format a model came in.
//! - [`keras`] holds the typed layers that every reader makes.
//! - [`h5`] reads HDF5 itself.
//!
//! A file is read into memory once, so that a file that changes meanwhile does no harm; nothing in it is trusted. Names,
//! classes, references between layers and weight shapes are checked here; tensor shapes are the business of [`lower`](crate::lower).

mod error;
mod format;
pub mod h5;
pub mod keras;
mod keras2;
mod read;

pub use error::{Problem, SourceError};
pub use format::{FORMATS, Format};
pub use keras::{KerasLayer, KerasModel, LayerConfig};
pub use keras2::assemble;
pub use read::{MAX_FILE_BYTES, open, open_with, read};
