//! Understand a QKeras/Keras model the way hls4ml 1.3.0 does.
//!
//! ```text
//! h5 file ─▶ keras ─▶ lower::lower ─▶ graph::build ─▶ passes ─▶ Graph
//!             │           ▲               ▲
//!             └─ quantizer┘     config ───┘        precision, fixed: everywhere
//! ```
//!
//! - [`keras`] reads the container and its JSON into typed layers; nothing behind it knows HDF5.
//! - [`quantizer`] parses every spelling of a QKeras quantizer and applies it to weights.
//! - [`config`] is hls4ml's configuration: read, generate, look up.
//! - [`graph`] is the intermediate representation; [`passes`] is what happens to it, in order.
//! - [`arith`] is the exact arithmetic of each operation as data: constants, casts, ranges, tables, the order of additions.
//! - [`emulate`] compiles it, and evaluates the graph bit for bit as the firmware does.
//! - [`profile`] says what of their types the numbers of a network use, [`float_model`] what they would be without quantization.
//! - [`samples`] are a network's inputs, read from npz files or made up, and what is written of its outputs.
//! - [`fixed`] is the arithmetic of `ap_fixed` on raw integers; [`precision`] names its types.
//!
//! [`convert`] does it all:
//!
//! ```no_run
//! use hls_model::{Target, config::Generator, convert, graph, lower, source};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let model = lower::lower(&source::read("model.h5".as_ref())?)?;
//! let config = Generator::default().generate(&model)?;
//! let graph = convert(&model, &config, Target::default())?;
//! println!("{}", graph::facts(&graph));
//! # Ok(())
//! # }
//! ```

pub mod arith;
mod build;
pub mod config;
pub mod emulate;
mod error;
pub mod fixed;
pub mod float_model;
pub mod graph;
pub mod identifier;
pub mod lower;
pub mod passes;
pub mod precision;
pub mod profile;
pub mod quantizer;
pub mod samples;
pub mod source;
pub mod target;
mod warning;

pub use error::ConvertError;
pub use lower::lower;
pub use target::Target;
pub use warning::Warning;

use config::HlsConfig;
use graph::{Graph, LoweredModel};

/// Converts a model under a configuration, for a target, to the graph that the firmware is written from.
///
/// # Errors
/// A layer is not supported, or model and configuration contradict themselves or each other; the message says
/// where, and what to change.
pub fn convert(model: &LoweredModel, config: &HlsConfig, target: Target) -> Result<Graph, ConvertError> {
    let mut lookup = config.lookup()?;
    let mut draft = build::build(model, &lookup, target)?;
    draft.validate()?;
    passes::run(&mut draft, &mut lookup)?;
    build::check_entries_of_made_layers(&mut draft, model, &lookup)?;
    Ok(draft.settle()?)
}
