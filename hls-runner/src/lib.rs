//! Run a sweep: turn a folder of model files into finished HLS projects, many at a time.
//!
//! ```text
//! discover ─▶ plan ─▶ pool of workers: [convert ─▶ stages ─▶ check ─▶ retain ─▶ archive] ─▶ results
//! ```
//!
//! [`discover`] finds the model files, [`plan`] gives each a [`Job`] with an output folder of its own,
//! and [`run_sweep`] runs the jobs. Workers run things; one coordinator (the thread that called
//! [`run_sweep`]) owns everything outside: it hands out jobs, folds the workers' typed [`Event`]s into a
//! [`SweepState`], replaces `synthesis_results.json` and tells the [`Reporter`]. Nothing else prints.
//!
//! This crate knows nothing of Keras and nothing of terminals. How a model file becomes a project is the
//! [`Converter`]'s business; which tools then run in the project folder is the [`Toolchain`]'s:
//!
//! * [`toolchain::vitis`] runs Vitis HLS (and through it Vivado) as hls4ml's `build_prj.tcl` asks;
//! * [`toolchain::csim`] compiles the project with g++ or clang++ and runs its test bench.
//!
//! One job's failure, panic or disappearance never touches another: it becomes that job's [`Failure`], and
//! the sweep goes on. A [`CancelToken`] ends it early: nothing new starts, running tools and all their
//! children are terminated, and the results are written.
//!
//! # On disk
//!
//! ```text
//! OUTPUT/synthesis_results.json      replaced atomically as jobs end (schema: [`results`])
//! OUTPUT/hls_<model>/                the project while it runs; afterwards what [`retain`] keeps
//! OUTPUT/hls_<model>.tar.gz          the kept folder, with deterministic bytes
//! OUTPUT/<tier>/hls_<model>/         when both tiers of a Pareto layout are in one sweep
//! ```

pub mod archive;
mod cancel;
mod convert;
pub mod discover;
mod error;
mod event;
mod folder;
mod job;
mod log;
mod plan;
mod pool;
pub mod process;
mod report;
pub mod results;
pub mod retain;
mod stage;
mod state;
mod sweep;
pub mod toolchain;

pub use cancel::CancelToken;
pub use convert::{ConvertError, ConvertedProject, Converter, Expectation};
pub use discover::{Discovered, ModelFile, Tier, TierChoice, discover};
pub use error::{Failure, FailureKind, JobError, SweepError};
pub use event::{Event, EventKind, JobOutcome, Reporter, Silent};
pub use plan::{Job, JobId, Plan, plan};
pub use report::Artifact;
pub use retain::Retention;
pub use stage::{Stage, StageSet};
pub use state::{CommandRecord, JobRecord, JobStatus, StageRecord, StageStatus, SweepState};
pub use sweep::{SweepOptions, SweepResult, Tarball, run_sweep};
pub use toolchain::{CsimSummary, Toolchain};
