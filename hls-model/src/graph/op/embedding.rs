//! A row of a table for each number.

use serde_json::{Value, json};

/// A row of a table of `[vocab_size, n_out]` numbers for each input, which says which one.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// Numbers of the input.
    pub n_in: usize,
    /// Columns of the table.
    pub n_out: usize,
    /// Rows of the table.
    pub vocab_size: usize,
}

impl Embedding {
    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![("n_in", json!(self.n_in)), ("n_out", json!(self.n_out)), ("vocab_size", json!(self.vocab_size))]
    }
}
