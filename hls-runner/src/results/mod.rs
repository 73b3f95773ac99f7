//! `synthesis_results.json`: written while a sweep runs, read back by whoever wants to know what it did.
//!
//! What it holds is a [`SweepRecord`](crate::SweepRecord); `write.rs` replaces the file as a whole, `read.rs` reads the files of older and
//! newer versions as far as they can be understood. [`columns`] puts the models side by side, [`sort`] in an order, [`mod@compare`] two sweeps, [`Overview`] counts them. The file is for people and their scripts: the sweep itself goes on from its
//! journal, not from here.

pub mod columns;
pub mod compare;
mod error;
mod foreign;
mod overview;
pub(crate) mod read;
mod resource_analysis;
pub mod sort;
mod view;
pub(crate) mod write;

pub use error::SummaryError;
pub use overview::{Overview, Unusable};
pub use read::{Activity, Summary};
pub use resource_analysis::ResourceAnalysis;
pub use view::SummaryView;
pub use write::RESULTS_FILE;
