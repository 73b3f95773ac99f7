//! QKeras quantizers: how a model file spells them, and what they do to weights.
//!
//! Two jobs, kept apart:
//! - [`Quantizer::parse`] and [`Quantizer::from_json`] turn every spelling that QKeras 0.9.0 writes (a call such as
//!   `quantized_relu(8,0)`, a bare name, a serialized object) into one typed value;
//! - [`quantize_weights`] applies it to an array exactly as QKeras does in float32.
//!
//! Which hardware type the quantized values need is decided elsewhere, from the fields of these structs.

mod arguments;
mod fixed_point;
mod float;
mod kinds;
mod parameters;
mod powers;
mod scale;
mod signs;
mod syntax;
mod weights;

pub use kinds::{
    Alpha, Bernoulli, Binary, Bits, Blend, Exponent, Hswish, Log2Rounding, Po2, Relu, ReluPo2, Sigmoid,
    StochasticBinary, StochasticTernary, Tanh, Ternary, Ulaw,
};

pub use weights::{QuantizedWeights, quantize_weights};

use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;

/// A QKeras quantizer with all its parameters.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantizer {
    /// `quantized_bits`: fixed point, optionally scaled.
    Bits(Bits),
    /// `quantized_relu`: unsigned fixed point, or signed with a leaky negative side.
    Relu(Relu),
    /// `quantized_tanh`: hard or real tanh in fixed point.
    Tanh(Tanh),
    /// `quantized_sigmoid`: hard or real sigmoid in fixed point.
    Sigmoid(Sigmoid),
    /// `binary`: the sign.
    Binary(Binary),
    /// `ternary`: the sign with a dead band.
    Ternary(Ternary),
    /// `stochastic_binary`: random in training, `binary` in inference.
    StochasticBinary(StochasticBinary),
    /// `stochastic_ternary`: random in training, `ternary` in inference.
    StochasticTernary(StochasticTernary),
    /// `bernoulli`: random even in inference.
    Bernoulli(Bernoulli),
    /// `quantized_ulaw`: logarithmic companding.
    Ulaw(Ulaw),
    /// `quantized_po2`: signed powers of two.
    Po2(Po2),
    /// `quantized_relu_po2`: powers of two, zero side leaky.
    ReluPo2(ReluPo2),
    /// `quantized_hswish`: hard swish, then fixed point.
    Hswish(Hswish),
}

/// Why a quantizer could not be understood or applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QuantizerError {
    /// The text does not follow the constructor notation.
    #[error("{text:?} is not a quantizer: {reason} (at character {column})")]
    Syntax {
        /// The whole text.
        text: String,
        /// 1-based position of the trouble, in characters.
        column: usize,
        /// What is wrong there.
        reason: String,
    },
    /// The text is longer than any quantizer.
    #[error("a text of {length} bytes is not a quantizer (at most {limit} bytes are read)")]
    TooLong {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// No QKeras quantizer has this name.
    #[error("{name:?} is not a QKeras quantizer; known are {}", kinds::NAMES.join(", "))]
    Unknown {
        /// The class name found.
        name: String,
    },
    /// A quantizer of a later QKeras than 0.9.0.
    #[error("{name} came to QKeras after release 0.9.0 and is not supported; {instead}")]
    Later {
        /// The class name found.
        name: String,
        /// What does the same.
        instead: &'static str,
    },
    /// A serialized object lacks its class name or has a malformed configuration.
    #[error("a serialized quantizer needs a `class_name` and a `config` object: {reason}")]
    Shape {
        /// What was found.
        reason: String,
    },
    /// An argument is missing, unknown, doubled, of the wrong kind or out of range.
    #[error("{quantizer}: argument `{argument}` {reason}")]
    Argument {
        /// The quantizer's class name.
        quantizer: String,
        /// The parameter's name (or position).
        argument: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The quantizer has no defined result for this array.
    #[error("{quantizer} cannot quantize these weights: {reason}")]
    NotApplicable {
        /// The quantizer as written by [`Quantizer`]'s `Display`.
        quantizer: String,
        /// Why not.
        reason: String,
    },
}

impl Quantizer {
    /// The class names of all QKeras quantizers, in the order of the variants.
    pub const CLASS_NAMES: &'static [&'static str] = &kinds::NAMES;

    /// Reads the constructor notation, e.g. `quantized_bits(4,0,1,alpha='auto_po2')` or the bare name `binary`.
    ///
    /// # Errors
    /// [`QuantizerError`] says which character, class or argument is at fault.
    pub fn parse(text: &str) -> Result<Self, QuantizerError> {
        kinds::from_call(syntax::parse_call(text)?)
    }

    /// Reads a serialized quantizer: an object `{"class_name": …, "config": {…}}`, or a string for [`Self::parse`].
    ///
    /// # Errors
    /// [`QuantizerError`] says which class or argument is at fault.
    pub fn from_json(value: &serde_json::Value) -> Result<Self, QuantizerError> {
        match value {
            serde_json::Value::String(text) => Self::parse(text),
            other => kinds::from_call(arguments::call_from_json(other)?),
        }
    }

    /// Whether `name` is the class name of a QKeras quantizer.
    pub fn is_class_name(name: &str) -> bool {
        kinds::NAMES.contains(&name)
    }

    /// What to use instead of a quantizer that QKeras has only had since its last release, 0.9.0.
    pub(crate) fn replacement(name: &str) -> Option<&'static str> {
        match name {
            "quantized_linear" => Some(
                "use quantized_bits with the same bits, integer, symmetric and keep_negative and with alpha=1, which does the same",
            ),
            _ => None,
        }
    }

    /// The QKeras class name, e.g. `quantized_bits`.
    pub fn class_name(&self) -> &'static str {
        kinds::class_name(self)
    }

    /// The scale parameter; [`Alpha::None`] for quantizers without one.
    pub fn alpha(&self) -> Alpha {
        match self {
            Self::Bits(q) => q.alpha,
            Self::Hswish(q) => q.bits.alpha,
            Self::Binary(q) => q.alpha,
            Self::Ternary(q) => q.alpha,
            Self::StochasticBinary(q) => q.alpha,
            Self::StochasticTernary(q) => q.alpha,
            Self::Bernoulli(q) => q.alpha,
            Self::Relu(_) | Self::Tanh(_) | Self::Sigmoid(_) => Alpha::None,
            Self::Ulaw(_) | Self::Po2(_) | Self::ReluPo2(_) => Alpha::None,
        }
    }

    /// The same quantizer with `alpha=1`: values that have had their scale taken out pass it unchanged.
    #[must_use]
    pub fn with_unit_alpha(&self) -> Self {
        let mut unscaled = self.clone();
        let alpha = match &mut unscaled {
            Self::Bits(q) => &mut q.alpha,
            Self::Hswish(q) => &mut q.bits.alpha,
            Self::Binary(q) => &mut q.alpha,
            Self::Ternary(q) => &mut q.alpha,
            Self::StochasticBinary(q) => &mut q.alpha,
            Self::StochasticTernary(q) => &mut q.alpha,
            Self::Bernoulli(q) => &mut q.alpha,
            Self::Relu(_) | Self::Tanh(_) | Self::Sigmoid(_) => return unscaled,
            Self::Ulaw(_) | Self::Po2(_) | Self::ReluPo2(_) => return unscaled,
        };
        *alpha = Alpha::Number(1.0);
        unscaled
    }

    /// `quantized_po2(bits)`.
    pub fn power_of_two(bits: u32) -> Self {
        let bits = i32::try_from(bits).unwrap_or(i32::MAX);
        Self::Po2(Po2 { exponent: Exponent { bits, ..Exponent::default() } })
    }
}

/// Writes the constructor call with every parameter that differs from its default; [`Quantizer::parse`] reads it back.
impl fmt::Display for Quantizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({})", self.class_name(), kinds::written_arguments(self).join(","))
    }
}

impl std::str::FromStr for Quantizer {
    type Err = QuantizerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl<'de> Deserialize<'de> for Quantizer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Self::from_json(&value).map_err(D::Error::custom)
    }
}
