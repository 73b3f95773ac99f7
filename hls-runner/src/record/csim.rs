//! What a C simulation did, in numbers.

use serde::{Deserialize, Serialize};

/// What a C simulation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct CsimSummary {
    /// Samples compared; lines of the results file where nothing was to be compared.
    pub samples: usize,
    /// Numbers in the results file.
    pub values: usize,
    /// Whether the numbers were compared with expected ones (and found equal).
    pub compared: bool,
    /// Further samples on which every bit was compared with the project's reference (and found equal).
    pub verified: usize,
}
