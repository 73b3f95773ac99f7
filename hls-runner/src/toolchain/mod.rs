//! The tools that run in a project folder, and what they must leave there.
//!
//! A [`Toolchain`] runs the stages that it knows and judges their success by exit status *and* by the files
//! that each stage must have written. It reports stages and processes through a [`Run`], which also carries
//! the limits and the cancellation that every process of the job obeys.

pub(crate) mod artifact;
pub mod csim;
pub(crate) mod error;
pub(crate) mod findings;
pub(crate) mod listener;
pub(crate) mod marks;
pub mod open;
pub(crate) mod project;
pub(crate) mod rtlsim;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod stage;
pub mod table;
pub(crate) mod verilator;
pub mod vitis;

pub use artifact::{Artifact, Expected, Missing};
pub use csim::{CompareError, Csim, Effort};
pub use error::ToolError;
pub use findings::Findings;
pub use listener::Listener;
pub use marks::Marks;
pub use open::{Open, OpenPlaces, VerilogSimulator};
pub use project::{
    ConvertError, ConvertedProject, Converter, Expectation, Mismatch, PortValues, Reference, Simulated,
    Vectors,
};
pub use run::{Run, Toolchain};
pub use search::ToolNotFound;
pub use stage::{Mark, StageSpec, default_stages};
pub use vitis::{FifoDepth, FifoDepths, ToolPlaces, Vitis, read_fifo_depths};
