//! What can keep a layer from having an exact arithmetic.

use crate::graph::StoreError;

/// Why the arithmetic of a layer cannot be written down.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ArithError {
    /// A number is too wide.
    #[error(
        "layer \"{layer}\": its numbers need more than 127 bits, the limit of exact computation; give the layers before it a \
         narrower precision, set a maximum precision for the model, or use the C simulation"
    )]
    TooWide {
        /// The layer.
        layer: String,
    },
    /// An element of a weight array cannot be stored.
    #[error("layer \"{layer}\": {source}")]
    Weight {
        /// The layer.
        layer: String,
        /// What is wrong with the element.
        source: StoreError,
    },
    /// The layer asks for arithmetic that is not defined.
    #[error("layer \"{layer}\" ({class}) cannot be computed exactly: {reason}")]
    Unsupported {
        /// The layer.
        layer: String,
        /// hls4ml's class.
        class: &'static str,
        /// Why not, and what to do.
        reason: String,
    },
    /// The layer lacks something that its class needs: a mistake in the program that made the graph.
    #[error("layer \"{layer}\" ({class}) has no {missing}; was the graph made by hls_model::convert?")]
    Incomplete {
        /// The layer.
        layer: String,
        /// hls4ml's class.
        class: &'static str,
        /// What it lacks.
        missing: &'static str,
    },
}
