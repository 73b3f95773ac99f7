//! Normalization of each vector by its own mean and variance.

use serde_json::{Value, json};

/// Each of `seq_len` vectors minus its mean, divided by its standard deviation (whose inverse comes from a table), times a
/// scale, plus a bias.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerNormalization {
    /// Number of elements.
    pub n_in: usize,
    /// Number of vectors.
    pub seq_len: usize,
    /// What is added to the variance, as the exponent of a power of ten: 3 for 10⁻³.
    pub epsilon_power_of_10: u32,
    /// The table covers variances up to 2 to the power of minus this.
    pub table_range_power2: u32,
    /// Entries of the table.
    pub table_size: u64,
}

impl LayerNormalization {
    /// Elements of a vector.
    #[must_use]
    pub fn dim(&self) -> usize {
        self.n_in / self.seq_len.max(1)
    }

    pub(super) fn attributes(&self) -> Vec<(&'static str, Value)> {
        vec![
            ("n_in", json!(self.n_in)),
            ("n_out", json!(self.n_in)),
            ("seq_len", json!(self.seq_len)),
            // Counted with the batch axis; hls4ml takes no other.
            ("axis", json!(2)),
            ("epsilon_power_of_10", json!(self.epsilon_power_of_10)),
            ("table_range_power2", json!(self.table_range_power2)),
            ("table_size", json!(self.table_size)),
        ]
    }
}
