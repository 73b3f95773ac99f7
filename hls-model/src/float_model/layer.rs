//! A layer of a file, with the questions that every operation asks.

use crate::graph::{LayerSpec, WeightRole};

/// Why a model cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("layer \"{layer}\" ({class}) cannot be evaluated in floating point: {reason}")]
pub struct FloatModelError {
    /// The layer.
    pub layer: String,
    /// hls4ml's class.
    pub class: &'static str,
    /// Why not.
    pub reason: String,
}

/// What quantizers do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    /// Nothing.
    Float,
    /// Those of activations are applied; weights are quantized already.
    Quantized,
}

/// A layer of a file.
#[derive(Clone, Copy)]
pub(super) struct FloatLayer<'a> {
    pub(super) spec: &'a LayerSpec,
    pub(super) arithmetic: Arithmetic,
}

impl FloatLayer<'_> {
    pub(super) fn error(self, reason: impl Into<String>) -> FloatModelError {
        let (layer, class) = (self.spec.name.clone(), self.spec.op.class_name());
        FloatModelError { layer, class, reason: reason.into() }
    }

    /// An array of weights in C order; empty where the layer has none.
    pub(super) fn weights(self, role: WeightRole) -> Vec<f64> {
        let weight = self.spec.weights.iter().find(|weight| weight.role == role);
        let values = weight.and_then(|weight| weight.folded.as_ref().or(weight.values.as_ref()));
        values.map(|values| values.data.iter().copied().collect()).unwrap_or_default()
    }

    /// Elements of the result.
    pub(super) fn len(self) -> usize {
        self.spec.shape.iter().product()
    }
}
