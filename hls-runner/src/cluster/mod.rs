//! A sweep on a cluster, in which nobody has to stay alive.
//!
//! The output folder is the truth; an engine ([`engine`]) only starts processes of this program. What is to be done is written below `OUTPUT/.hls-sweep/cluster/ID/`:
//!
//! ```text
//! order.json                 what was asked for: the command, and what to request of which engine
//! plan.json                  settings, jobs as data, what earlier runs finished
//! rounds/0/round.json        arrays of parts; a part is a list of tasks, each a job and those that are the same
//! rounds/0/ids.json          the engine's names for the arrays and of the collector
//! rounds/0/notes/*.jsonl     what each run of a part did; one writer each, and its sign of life
//! rounds/0/refused.json      what the engine said when it did not take the round
//! rounds/0/log/*.out         what the engine writes of their output
//! replaced/                  results of an earlier sweep that this one replaces
//! ended.json                 it is over
//! ```
//!
//! A *part* ([`run_part`]) is an element of a job array. It runs its tasks with [`run_job`](crate::run_job), which commits each result by one rename, and notes
//! the record. The *collector* ([`step`]) folds all notes into journal and results, and submits the next round: jobs whose part left no record, whose failure may pass, or
//! that ran out of memory. It is the last job of each round (`afterany`, in words of Slurm), but anybody may take a step at any time: a step finds
//! out what is there, and does what is missing. Steps exclude each other by the lock of the output folder.

mod again;
mod begin;
mod census;
mod collect;
pub mod engine;
mod error;
#[cfg(test)]
mod fake;
mod files;
mod fold;
mod forecast;
mod guard;
mod last;
mod nodes;
mod notes;
mod pack;
mod part;
mod plan;
mod refusal;
mod standing;
mod submit;

pub use begin::submit;
pub use collect::{Progress, cancel, fail, step};
pub use error::ClusterError;
pub use files::{Commands, Home, Licence, Order, Pod, Request, Task};
pub use fold::{Fold, tell_changes};
pub use guard::guard_waits;
pub use last::was_last;
pub use part::{Address, run_part};
pub use plan::{Planned, is_planned, keep_plan, plan_jobs, toolchain};
pub use refusal::Refusal;
pub use standing::{Running, Standing, standing, unfinished};
pub use submit::{by_hand, cancel_by_hand, check, dry_run};
