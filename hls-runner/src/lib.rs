//! Run a sweep: turn a folder of model files into finished HLS projects, many at a time.
//!
//! ```text
//! discover ─▶ plan ─▶ pool of workers: [convert ─▶ stages ─▶ check ─▶ read reports ─▶ retain ─▶ archive] ─▶ results
//! ```
//!
//! [`discover()`] finds the model files, [`plan`] gives each a [`Job`] with an output folder of its own,
//! and [`run_sweep`] runs the jobs. Workers run things; one coordinator (the thread that called
//! [`run_sweep`]) owns everything outside: it hands out jobs, folds the workers' typed [`Event`]s into a
//! [`SweepState`], replaces `synthesis_results.json` and tells the [`Reporter`]. Nothing else prints.
//!
//! This crate knows nothing of Keras's formats and nothing of terminals. How a model file becomes a project is the
//! [`Converter`]'s business ([`ModelConverter`] is the one for `hls_codegen`'s conversions); which tools then run in the project folder
//! is the [`Toolchain`]'s:
//!
//! * [`toolchain::vitis`] runs Vitis HLS (and through it Vivado) as hls4ml's `build_prj.tcl` asks;
//! * [`toolchain::open`] simulates this program's own Verilog, maps it with Yosys, and estimates its clock;
//! * [`toolchain::csim`] compiles the project with g++ or clang++ and runs its test bench.
//!
//! Outside a sweep, [`engine`] computes a model's outputs, by emulation or with the compiled firmware; [`Simulator`] runs any project's
//! test bench on given samples and returns every bit.
//!
//! One job's failure, panic or disappearance never touches another: it becomes that job's [`Failure`], with the [`Cause`] that its logs tell,
//! and the sweep goes on. What was finished stays finished ([`Resume`]); models that are the same are run once; no job begins that the
//! machine cannot carry ([`Admission`]). A [`CancelToken`] ends it early: nothing new starts, running tools and all their
//! children are terminated, and the results are written.
//!
//! # On disk
//!
//! ```text
//! OUTPUT/.hls-sweep/                what the sweep needs for itself: the lock, the journal of what was done, and `attempts/`
//! OUTPUT/synthesis_results.json      replaced atomically as jobs end (schema: [`results`])
//! OUTPUT/hls_<model>/                what [`retain`] keeps of the project, with the job's record, `.hls-job.json`
//! OUTPUT/hls_<model>.tar.gz          the kept folder, with deterministic bytes
//! OUTPUT/<tier>/hls_<model>/         when both tiers of a Pareto layout are in one sweep
//! ```
//!
//! # Example
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use std::path::Path;
//!
//! use hls_codegen::Conversion;
//! use hls_runner::toolchain::Csim;
//! use hls_runner::{
//!     CancelToken, ModelConverter, Silent, SweepOptions, discover, plan, run_sweep,
//! };
//!
//! let converter = ModelConverter::new(Conversion::default()).compared_with_emulator();
//! let input = Path::new("models");
//! let models = discover(input, "model_trial_*.h5")?.select(None, None)?;
//! let plan = plan(input, None, models)?;
//! // A handler for Ctrl-C keeps a clone of the token and calls `cancel` on it.
//! let cancel = CancelToken::new();
//! let result = run_sweep(&plan, &SweepOptions::default(), &converter, &Csim::find()?, &mut Silent, &cancel)?;
//! println!("{} of {} succeeded", result.state.successful(), result.state.total());
//! # Ok(())
//! # }
//! ```

pub mod cluster;
mod converter;
pub mod diagnosis;
pub mod engine;
mod folder;
mod machine;
mod plan;
pub mod process;
mod record;
mod remedy;
pub mod report;
pub mod results;
pub mod select;
pub mod sheet;
mod sweep;
pub mod toolchain;

pub use converter::{GridConverter, ModelConverter, TestData};
pub use folder::{FilePattern, FilePatternError, Owner, Retention, archive, retain, working_in};
pub use plan::{
    Axis, DEFAULT_OUTPUT, DiscoverError, Discovered, Fingerprint, Grid, GridError, Input, Job, JobId,
    JobSpec, ModelFile, Plan, Point, SettingValue, Tier, TierChoice, discover, plan, plan_grid,
};
pub use process::CancelToken;
pub use record::{
    Cause, CommandRecord, CsimSummary, Failure, FailureKind, JobRecord, JobStatus, Measurement, SCHEMA,
    Stage, StageRecord, StageSet, StageStatus, SweepRecord, ToolchainRecord,
};
pub use remedy::Remedy;
pub use report::Report;
pub use results::Summary;
pub use sweep::job::{Context as JobContext, run as run_job};
pub use sweep::{
    Admission, Event, EventKind, JobError, JobListener, Reporter, Resume, Settings, Shortage, Silent,
    SweepError, SweepOptions, SweepResult, SweepState, Tarball, admission, run_sweep, sentence,
};
pub use toolchain::csim::simulator::{LayerOutputs, SimulateError, Simulator};
pub use toolchain::{
    Artifact, ConvertError, ConvertedProject, Converter, Expectation, Mismatch, PortValues, Reference,
    Simulated, Toolchain, Vectors,
};
