//! `scale · x + bias`, and comparisons that replace it.

use serde_json::{Value, json};

use super::inference::Known;
use crate::graph::weight::WeightRole;
use crate::precision::Precision;

/// `scale · x + bias` element by element.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchNormalization {
    /// Number of elements.
    pub n_in: usize,
    /// Number of channels that the scales repeat over; `None` where each element has its own.
    pub n_filt: Option<usize>,
}

/// A batch normalization and the binary or ternary activation after it, merged into comparisons.
#[derive(Debug, Clone, PartialEq)]
pub struct QuantizedTanh {
    /// Number of elements.
    pub n_in: usize,
    /// Number of channels that the thresholds repeat over; `None` where each element has its own.
    pub n_filt: Option<usize>,
    /// How many values the activation has.
    pub levels: QuantizedLevels,
}

/// How many values a quantized activation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuantizedLevels {
    /// Two, stored as 0 and 1.
    Binary,
    /// Three: -1, 0 and 1.
    Ternary,
}

impl QuantizedLevels {
    /// hls4ml's `quantize` attribute.
    #[must_use]
    pub fn count(self) -> u64 {
        match self {
            Self::Binary => 2,
            Self::Ternary => 3,
        }
    }
}

fn channels(n_filt: Option<usize>) -> Value {
    n_filt.map_or(json!(-1), |n| json!(n))
}

/// Result of `scale · x + bias`.
pub(super) fn affine_type(known: &Known) -> Precision {
    let product = known.extent(0).zip(known.weight(WeightRole::Scale)).map(|(x, scale)| x.times(scale));
    known.capped_or_default(product.zip(known.weight(WeightRole::Bias)).map(|(x, bias)| x.plus(bias)))
}

impl BatchNormalization {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        let mut attributes = self.alpha_attributes();
        attributes.push(("n_out", json!(self.n_in)));
        attributes
    }

    pub(super) fn alpha_attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("n_in", json!(self.n_in)), ("n_filt", channels(self.n_filt))]
    }
}

impl QuantizedTanh {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("n_in", json!(self.n_in)),
            ("n_out", json!(self.n_in)),
            ("n_filt", channels(self.n_filt)),
            ("quantize", json!(self.levels.count())),
        ]
    }
}
