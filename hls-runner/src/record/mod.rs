//! What a job is and became, as data: its stages, its processes, its failure.
//!
//! Everything here is written to disk and read back, by this version or a later one, and knows nothing of how jobs are run. The other
//! rooms fill these records (`sweep`), explain them (`diagnosis`) and show them (`results`).

pub(crate) mod csim;
pub(crate) mod failure;
pub(crate) mod job;
pub(crate) mod measurement;
pub(crate) mod process;
pub(crate) mod stage;

pub use csim::CsimSummary;
pub use failure::{Cause, Failure, FailureKind};
pub use job::{CommandRecord, JobRecord, JobStatus, StageRecord, StageStatus};
pub use measurement::Measurement;
pub use stage::{Stage, StageSet};
