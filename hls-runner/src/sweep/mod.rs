//! Run the jobs of a plan: one coordinator, a pool of workers, and what they write down so that nothing that was done is lost.
//!
//! Workers run jobs (`job.rs`) and tell events; the coordinator, on the thread that called [`run_sweep`], folds them into a
//! [`SweepState`], keeps the journal and the results, and decides what starts next (`schedule.rs`, `admission.rs`). Workers wait for
//! the coordinator when 256 events are in flight; the coordinator never waits for a worker.

pub mod admission;
mod ballast;
pub(crate) mod coordinator;
pub(crate) mod error;
pub(crate) mod event;
mod failed;
pub(crate) mod identify;
pub(crate) mod job;
pub(crate) mod journal;
pub(crate) mod options;
mod pool;
mod prepare;
pub(crate) mod recorder;
mod schedule;
pub(crate) mod settings;
pub(crate) mod state;

pub use admission::{Admission, Shortage};
pub use coordinator::run_sweep;
pub use error::{JobError, SweepError};
pub use event::{Event, EventKind};
pub use failed::sentence;
pub use options::{Resume, SweepOptions, Tarball};
pub use recorder::JobListener;
pub use settings::Settings;
pub use state::{Reporter, Silent, SweepResult, SweepState};
