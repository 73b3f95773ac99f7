//! Writes a [`Graph`](hls_model::graph::Graph) down as a project for a synthesis tool.
//!
//! ```text
//! Graph ─┐                      ┌▶ firmware/NAME.{cpp,h}, defines.h, parameters.h, weights/
//!        ├─▶ Project::new ─▶ map┼▶ NAME_test.cpp, NAME_bridge.cpp             ─▶ Project::write_to
//! Options┘   (pure)             ├▶ build_prj.tcl, build_opt.tcl, project.tcl, …
//!                               └▶ firmware/nnet_utils, firmware/ap_types
//! ```
//!
//! - [`vitis`]: the back end for Vitis HLS, with everything that is particular to it.
//! - [`mod@write`]: the only module that writes to the disk.

pub mod vitis;
pub mod write;

mod error;

pub use error::CodegenError;
pub use vitis::project::{self, Project};
pub use vitis::{Kernels, Options, kernels, layers, options, preflight, raw, weights};
