//! A stream with other elements in each packet.

use serde_json::{Value, json};

/// Another shape for the same elements, in the same order, where the number of those that travel together changes. With arrays this is a
/// [`Reshape`](super::Reshape), which costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repack {
    /// The new extent of each axis.
    pub target_shape: Vec<usize>,
}

impl Repack {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("target_shape", json!(self.target_shape))]
    }
}
