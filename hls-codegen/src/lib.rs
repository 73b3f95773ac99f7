//! From a model file to a project for a synthesis tool.
//!
//! ```text
//! model file ─▶ Conversion ─▶ Converted { graph, options } ─▶ Backend::emit ─▶ Project (paths → bytes) ─▶ Project::write_to
//!                                                             (pure)
//! ```
//!
//! - [`conversion`]: a model file becomes a graph and the options of its project: one call does all that `hls-model` does step by step.
//! - [`backend`]: what a back end is; [`backends`] lists them.
//! - [`demand`]: what a project asks of the tools.
//! - [`vitis`]: the back end for Vitis HLS, with everything that is particular to it.
//! - [`options`], [`settings`]: settings of a project that do not follow from its graph; [`implementation`]: those for synthesis, placing and routing.
//! - [`project`]: a project in memory; [`mod@write`] writes it to disk, [`test_data`] the samples for its test bench.
//! - [`picture`]: a profile of a network's numbers, drawn.
//!
//! Another back end of this crate is a folder like `vitis/` with an implementation of [`Backend`], and a line in `backends.rs`; one of your own is given to
//! [`Conversion::with_backend`].

pub mod adder_graph;
pub mod backend;
pub mod backends;
pub mod conversion;
pub mod demand;
pub mod implementation;
pub mod options;
pub mod picture;
pub mod project;
pub mod range;
pub mod rtl;
pub mod settings;
pub mod test_data;
pub mod vitis;
pub mod write;

mod error;
mod templates;

pub use backend::{Backend, ProjectLayout, ReferenceValues};
pub use conversion::{Conversion, ConversionError, Converted, Strictness};
pub use error::CodegenError;
pub use implementation::{Avoided, UserTcl, VivadoOptions};
pub use options::{FifoDepths, Options, Trace};
pub use project::Project;

/// Compiles the program in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
