//! Arguments of the network.

use serde_json::{Value, json};

/// An argument of the network.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Extent of each axis, without the batch axis.
    pub shape: Vec<usize>,
    /// What the file says about the elements.
    pub elements: Elements,
}

/// What the file says about the elements of an input. hls4ml gives integers a type name of their own and, all the
/// same, the precision of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Elements {
    /// Floating-point numbers.
    Float,
    /// Whole numbers.
    Integer,
}

impl Input {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("input_shape", json!(self.shape))]
    }

    /// The name of the input's type.
    pub(crate) fn type_name(&self, index: usize) -> String {
        match (self.elements, index) {
            (Elements::Integer, _) => "integer_input_t".into(),
            (Elements::Float, 1) => "input_t".into(),
            (Elements::Float, _) => format!("input{index}_t"),
        }
    }
}
