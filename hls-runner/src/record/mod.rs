//! What a job is and became, as data: its stages, its processes, its failure.
//!
//! Everything here is written to disk and read back, by this version or a later one, and knows nothing of how jobs are run. The other
//! rooms fill these records (`sweep`), explain them (`diagnosis`) and show them (`results`).
//!
//! A [`JobRecord`] is an entry of the results file and of the journal alike, and a [`SweepRecord`] is the results file; `docs/results.md`
//! documents their keys, and a test compares the two.

pub(crate) mod csim;
#[cfg(test)]
mod documented;
pub(crate) mod failure;
pub(crate) mod job;
pub(crate) mod lenient;
pub(crate) mod measurement;
pub(crate) mod process;
pub(crate) mod stage;
pub(crate) mod sweep;

pub use csim::CsimSummary;
pub use failure::{Cause, Failure, FailureKind};
pub use job::{JobRecord, JobStatus, StageRecord, StageStatus};
pub use measurement::Measurement;
pub use process::CommandRecord;
pub use stage::{Stage, StageSet};
pub use sweep::{SCHEMA, SweepRecord, ToolchainRecord};
