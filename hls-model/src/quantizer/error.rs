//! What can be wrong with a quantizer.

use super::classes::NAMES;

/// Why a quantizer could not be understood or applied.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
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
    #[error("{name:?} is not a QKeras quantizer; the known ones are {}", NAMES.join(", "))]
    Unknown {
        /// The class name found.
        name: String,
    },
    /// A quantizer of a later QKeras than 0.9.0.
    #[error("{name} was added to QKeras after release 0.9.0 and is not supported; {instead}")]
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
        /// The quantizer as written by [`Quantizer`](super::Quantizer)'s `Display`.
        quantizer: String,
        /// Why not.
        reason: String,
    },
}
