//! A function of one element as a table.

use serde_json::{Value, json};

/// A function of one element as a table of all its values. The bits of the input, read as an unsigned number, are the index: of a signed
/// input the values of the non-negative numbers come first. The values are the node's weight `table`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnaryLut {
    /// Elements of the tensor.
    pub n_in: usize,
    /// Values in the table, a power of two: one for each number that the input can be.
    pub table_size: usize,
}

impl UnaryLut {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("activation", json!("unary_lut")),
            ("n_in", json!(self.n_in)),
            ("table_size", json!(self.table_size)),
        ]
    }
}
