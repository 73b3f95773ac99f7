//! `synthesis_results.json`: written while a sweep runs, read back by whoever wants to know what it did.
//!
//! `write.rs` describes the layout and replaces the file as a whole; `read.rs` understands the files of older and newer versions as far
//! as it can. The file is for people and their scripts: the sweep itself goes on from its journal, not from here.

pub(crate) mod read;
pub(crate) mod write;

pub use read::{Activity, JobSummary, Status, Summary, SummaryError};
pub use write::RESULTS_FILE;
