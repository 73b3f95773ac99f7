//! Writes a [`Graph`](hls_model::graph::Graph) down as a Vitis HLS project with hls4ml's layout, names and interfaces.
//!
//! ```text
//! Graph ─┐                      ┌▶ firmware/NAME.{cpp,h}, defines.h, parameters.h, weights/
//!        ├─▶ Project::new ─▶ map┼▶ NAME_test.cpp, NAME_bridge.cpp             ─▶ Project::write_to
//! Options┘   (pure)             ├▶ build_prj.tcl, build_opt.tcl, project.tcl, …
//!                               └▶ firmware/nnet_utils, firmware/ap_types
//! ```
//!
//! - [`layers`]: what each operation contributes: a configuration struct, a call, headers. One file per family.
//! - [`project`]: puts the contributions together, from the templates in `templates/`, which are laid out like the project.
//! - [`weights`]: numbers as text.
//! - [`kernels`]: the C++ library that the firmware calls, embedded or from a folder.
//! - [`preflight`]: what the project asks of Vitis HLS, and warnings where that is too much.
//! - [`raw`]: the binary files that the generated test bench exchanges with programs.
//! - [`mod@write`]: the only module that touches the disk.
//!
//! Numbers and decisions are computed here; a template only says where they stand. The order of everything is the graph's, so
//! equal input gives equal bytes.
//!
//! This back end emits arrays as layer interfaces (`io_parallel`) and the strategies `Latency`, `Resource` and `ResourceUnrolled`
//! (a kernel of its own for each layer, with the zero weights' products left out); anything else is an error that names the layer.

pub mod kernels;
pub mod layers;
pub mod options;
pub mod preflight;
pub mod project;
pub mod raw;
pub mod weights;
pub mod write;

mod cpp;
mod error;
mod templates;

pub use error::CodegenError;
pub use kernels::Kernels;
pub use options::Options;
pub use project::Project;
