//! Another shape for the same elements.

use serde_json::{Value, json};

/// Another shape for the same elements, in the same order.
#[derive(Debug, Clone, PartialEq)]
pub struct Reshape {
    /// The new extent of each axis.
    pub target_shape: Vec<usize>,
}

impl Reshape {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("target_shape", json!(self.target_shape))]
    }
}
