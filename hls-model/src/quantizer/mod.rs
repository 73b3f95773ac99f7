//! QKeras quantizers: how a model file spells them, and what they do to weights.
//!
//! Two jobs, kept apart:
//! - [`Quantizer::parse`] and [`Quantizer::from_json`] turn every spelling that QKeras 0.9.0 writes (a call such as
//!   `quantized_relu(8,0)`, a bare name, a serialized object) into one typed value;
//! - [`quantize_weights`] applies it to an array exactly as QKeras does in float32.
//!
//! Which hardware type the quantized values need is decided elsewhere, from the fields of these structs.

mod arguments;
mod classes;
mod error;
mod fixed_point;
mod float;
mod hgq;
mod kinds;
mod notation;
mod parameters;
mod powers;
mod scale;
mod signs;
mod syntax;
mod weights;

pub use classes::Quantizer;
pub use error::QuantizerError;
pub use hgq::{FixedQuantizer, HgqKind, HgqQuantizer, HgqWidths, Parametrization};
pub use kinds::{
    Alpha, Bernoulli, Binary, Bits, Blend, Exponent, Hswish, Log2Rounding, Po2, Relu, ReluPo2, Sigmoid,
    StochasticBinary, StochasticTernary, Tanh, Ternary, Ulaw,
};
pub use weights::{QuantizedWeights, quantize_weights};
