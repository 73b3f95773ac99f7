//! Settings of the RTL back end.

use crate::adder_graph::Effort;

/// Settings of the RTL back end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct RtlOptions {
    /// How much work goes into small circuits.
    pub effort: Effort,
}

impl RtlOptions {
    /// With this effort.
    #[must_use]
    pub fn with_effort(mut self, effort: Effort) -> Self {
        self.effort = effort;
        self
    }
}
