//! A number that a tool reports, in a form that is the same for every tool.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::record::stage::Stage;

/// One number that a stage of a job gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// What was measured, in the words of the report: `resources.lut`, `latency_max_cycles`.
    pub metric: Cow<'static, str>,
    /// How much.
    pub value: f64,
    /// Of what: `ns`, `cycles`, `blocks`; empty for a mere count.
    pub unit: Cow<'static, str>,
    /// The stage that gave it.
    pub stage: Stage,
    /// The file that says so, below the project folder.
    pub source: String,
}
