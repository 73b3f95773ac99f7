//! Each element in a fixed-point type of its own.

use serde_json::{Value, json};

use crate::fixed::{FixedType, Overflow, Rounding};
use crate::graph::widths::Widths;

/// Casts each element to a fixed-point type of its own, or makes it zero. HGQ2's quantizers of activations.
#[derive(Debug, Clone, PartialEq)]
pub struct FixedPointQuantizer {
    /// Elements of the tensor.
    pub n_in: usize,
    /// Sign and bits of each element.
    pub widths: Widths,
    /// What happens to the bits below the last.
    pub rounding: Rounding,
    /// What happens to numbers that do not fit.
    pub overflow: Overflow,
}

impl FixedPointQuantizer {
    /// The type of each element of a tensor of this shape, in C order, `None` for one that is always zero; nothing if the widths do not fit it.
    #[must_use]
    pub fn types(&self, shape: &[usize]) -> Option<Vec<Option<FixedType>>> {
        let widths = self.widths.elements(shape)?;
        Some(widths.into_iter().map(|width| width.fixed(self.rounding, self.overflow)).collect())
    }

    /// The smallest type that holds every element.
    pub(crate) fn result_type(&self) -> FixedType {
        let union = self.widths.union().fixed(Rounding::default(), Overflow::default());
        union.unwrap_or_else(|| FixedType::unsigned(1, 1))
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("n_in", json!(self.n_in)),
            ("RND", json!(self.rounding.name())),
            ("SAT", json!(self.overflow.name())),
        ]
    }
}
