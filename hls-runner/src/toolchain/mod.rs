//! The tools that run in a project folder, and what they must leave there.
//!
//! A [`Toolchain`] runs the stages that it knows and judges their success by exit status *and* by the files
//! that each stage must have written. It reports stages and processes through a [`Run`], which also carries
//! the limits and the cancellation that every process of the job obeys.

pub(crate) mod artifact;
pub mod csim;
pub(crate) mod error;
pub(crate) mod listener;
pub(crate) mod project;
pub(crate) mod run;
pub(crate) mod search;
pub mod vitis;

pub use artifact::{Artifact, Missing};
pub use csim::{CompareError, Csim, Effort};
pub use error::ToolError;
pub use listener::Listener;
pub use project::{ConvertError, ConvertedProject, Converter, Expectation, Mismatch, Reference, Simulated};
pub use run::{Run, Toolchain};
pub use search::ToolNotFound;
pub use vitis::{ToolPlaces, Vitis};
