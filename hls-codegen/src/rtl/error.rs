//! Why a graph cannot become a circuit.

use hls_model::arith::ArithError;

/// Why a graph cannot become a circuit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RtlError {
    /// The exact arithmetic of a layer is not defined.
    #[error(transparent)]
    Arithmetic(#[from] ArithError),
    /// A layer needs something that circuits do not have.
    #[error("layer \"{layer}\" ({class}) cannot be written as a circuit: {reason}")]
    Unsupported {
        /// The layer.
        layer: String,
        /// hls4ml's name of what it does.
        class: &'static str,
        /// Why not.
        reason: String,
    },
    /// Numbers are wider than can be computed with.
    #[error(
        "layer \"{layer}\" ({class}) cannot be written as a circuit: its numbers need more than 126 bits; give it or the layers \
         before it a narrower precision"
    )]
    TooWide {
        /// The layer.
        layer: String,
        /// hls4ml's name of what it does.
        class: &'static str,
    },
    /// Unrolled, the circuit would be far larger than a device.
    #[error(
        "layer \"{layer}\" ({class}) would be too large: fully unrolled, the circuit up to here takes very roughly {luts} LUTs, and \
         the limit is {limit}; use narrower types, fewer weights, or the Vitis back end with a reuse factor"
    )]
    TooLarge {
        /// The layer with which it becomes too large.
        layer: String,
        /// hls4ml's name of what it does.
        class: &'static str,
        /// What it takes, roughly.
        luts: usize,
        /// What is allowed.
        limit: usize,
    },
}
