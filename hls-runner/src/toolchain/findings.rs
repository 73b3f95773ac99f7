//! What a toolchain found out about a project.

use crate::record::csim::CsimSummary;
use crate::record::measurement::Measurement;
use crate::report::numbers::Report;

/// What the tools of one job found. A toolchain fills in what it has; the numbers of every tool are `measurements`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// The numbers that the tools reported.
    pub measurements: Vec<Measurement>,
    /// What is wrong without spoiling the results, as sentences.
    pub warnings: Vec<String>,
    /// What a C simulation did.
    pub csim: Option<CsimSummary>,
    /// The numbers of Vitis's reports, under its own names.
    pub report: Option<Box<Report>>,
}

impl Findings {
    /// Both together; of what there can be only one, these go first.
    #[must_use]
    pub fn and(self, more: Self) -> Self {
        Self {
            measurements: [self.measurements, more.measurements].concat(),
            warnings: [self.warnings, more.warnings].concat(),
            csim: self.csim.or(more.csim),
            report: self.report.or(more.report),
        }
    }
}
