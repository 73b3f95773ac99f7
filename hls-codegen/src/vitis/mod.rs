//! The Vitis HLS back end: a project with hls4ml's layout, names and interfaces, from the templates in `templates/` and the
//! kernels in `kernels/`.
//!
//! - [`backend`]: Vitis as one of the back ends.
//! - [`layers`]: what each operation contributes: a configuration struct, a call, headers. One file per family.
//! - [`project`]: puts the contributions together, from the templates, which are laid out like the project.
//! - [`decisions`]: pragmas, schedule and storage, which no other back end has.
//! - `bindings`: pragmas of projects that must do without DSPs or block RAM.
//! - [`weights`]: numbers as text.
//! - [`kernels`]: the C++ library that the firmware calls, embedded or from a folder.
//! - [`options`], [`stages`]: settings that only these projects have.
//! - [`layout`]: where things are in a project.
//! - [`preflight`]: what a project asks of Vitis HLS, and warnings where that is too much.
//! - [`raw`]: the binary files that the generated test bench exchanges with programs.
//!
//! Numbers and decisions are computed here; a template only says where they go. The order of everything is the graph's, so
//! equal input gives equal bytes.
//!
//! Layers are connected by arrays (`io_parallel`). The strategies are `Latency`, `Resource` and `ResourceUnrolled` (a kernel
//! generated for each layer, without the products of zero weights); anything else is an error that names the layer.

pub mod backend;
pub mod decisions;
pub mod kernels;
pub mod layers;
pub mod layout;
pub mod options;
pub mod preflight;
pub mod project;
pub mod raw;
pub mod stages;
pub mod weights;

mod bindings;
mod cpp;
mod templates;

pub use backend::Vitis;
pub use kernels::Kernels;
pub use options::VitisOptions;
pub use project::emit;
pub use stages::{Stage, Stages};
