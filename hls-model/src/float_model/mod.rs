//! The model in floating point, without any quantizer: what quantization is compared with.
//!
//! Layers are those of the [`LoweredModel`], with the arrays of the file as they are, in float64. Functions are the real ones: no tables,
//! no rounding, no saturation. What hls4ml ignores in a model is ignored here as well; the conversion's warnings name it.
//!
//! [`QuantizedModel`] is the same with QKeras's quantizers, which is what the model was trained to compute.
//!
//! `evaluate` says which function an operation is; the functions are in a file for each family, named like the one in `arith` that has the
//! family's exact arithmetic.

mod elementwise;
mod embedding;
mod evaluate;
mod function_sums;
mod layer;
mod merge;
mod moves;
mod normalization;
mod pooling;
mod products;
mod quantized;
mod recurrence;
mod softmax;

pub(crate) use elementwise::{SELU_ALPHA, SELU_LAMBDA, gelu, mish_less_relu};
pub use evaluate::{FloatResults, evaluate};
pub use layer::FloatModelError;
pub use quantized::{QuantizedModel, has_quantizers};
