//! What can go wrong between a file and a graph.

use crate::config::ConfigError;
use crate::graph::{QuantizeError, TooWide, ValidationError};
use crate::quantizer::QuantizerError;
use crate::source::SourceError;

/// A model that cannot be converted, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// The file cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A layer that is not supported.
    #[error("layer \"{layer}\" ({class}) cannot be converted: {reason}")]
    Unsupported {
        /// The layer.
        layer: String,
        /// Its class in the file.
        class: String,
        /// What is not supported and what to do.
        reason: String,
    },
    /// A layer lacks an array.
    #[error(
        "layer \"{layer}\" has no array \"{array}\" in the file; save the model with model.save(\"model.h5\")"
    )]
    MissingWeight {
        /// The layer.
        layer: String,
        /// The array.
        array: &'static str,
    },
    /// An array has the wrong shape.
    #[error(
        "layer \"{layer}\": array \"{array}\" has shape {found:?}, but {expected} is needed; the file is inconsistent"
    )]
    WeightShape {
        /// The layer.
        layer: String,
        /// The array.
        array: &'static str,
        /// Its shape.
        found: Vec<usize>,
        /// What is needed.
        expected: String,
    },
    /// An array holds NaN or infinity.
    #[error(
        "layer \"{layer}\": array \"{array}\" holds NaN or infinity, which fixed-point numbers cannot represent; retrain the model"
    )]
    NotFinite {
        /// The layer.
        layer: String,
        /// The array.
        array: &'static str,
    },
    /// A layer reads another that does not exist.
    #[error("layer \"{layer}\" reads \"{input}\", which the model does not have; the file is inconsistent")]
    UnknownInput {
        /// The reading layer.
        layer: String,
        /// What it reads.
        input: String,
    },
    /// An input without a fixed shape.
    #[error(
        "input \"{layer}\" has the shape {shape}; hardware needs to know every dimension but the batch, so give the input a \
         fixed shape"
    )]
    OpenShape {
        /// The input layer.
        layer: String,
        /// Its shape.
        shape: String,
    },
    /// A quantizer refuses the weights.
    #[error("layer \"{layer}\": {source}")]
    Quantizer {
        /// The layer.
        layer: String,
        /// Why.
        source: QuantizerError,
    },
    /// The scale of a quantizer does not fit its weights.
    #[error("layer \"{layer}\": the quantizer's scale of shape {shape:?} does not fit the weights")]
    ScaleShape {
        /// The layer.
        layer: String,
        /// Shape of the scale.
        shape: Vec<usize>,
    },
    /// The configuration sets an attribute to an impossible value.
    #[error("layer \"{layer}\": the configuration sets {key} to {found}, but {expected} is needed")]
    Attribute {
        /// The layer.
        layer: String,
        /// The key.
        key: String,
        /// What it may be.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// A precision is wider than the arithmetic allows.
    #[error(transparent)]
    TooWide(#[from] TooWide),
    /// The graph breaks its own rules.
    #[error(transparent)]
    Invalid(#[from] ValidationError),
    /// Passes undo each other, or a precision cannot be inferred.
    #[error(
        "the passes of \"{flow}\" do not finish on this model; please report this, together with the model"
    )]
    Unsettled {
        /// The flow.
        flow: &'static str,
    },
}

impl ConvertError {
    /// A quantizer refuses the weights of a layer.
    pub(crate) fn quantizer(layer: &str, error: QuantizeError) -> Self {
        Self::Quantizer { layer: layer.into(), source: error.0 }
    }
}
