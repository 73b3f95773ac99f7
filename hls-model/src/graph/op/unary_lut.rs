//! A function of one element as a table.

use serde_json::{Value, json};

use crate::graph::widths::Width;

/// A function of one element as a table of all its values. The bits of the input, read as an unsigned number, are the index: of a signed
/// input the values of the non-negative numbers come first. The values are the node's weight `table`.
#[derive(Debug, Clone, PartialEq)]
pub struct UnaryLut {
    /// Elements of the tensor.
    pub n_in: usize,
    /// The numbers that the table was made for: sign and bits of the quantizer before it.
    pub domain: Width,
    /// Values in the table: one for each of these numbers.
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
