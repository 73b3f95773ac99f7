//! What is to be done, before anything is done: which files are models, which job each becomes, and what makes two jobs the same.
//!
//! [`discover()`] reads folders, [`plan()`] and [`plan_grid()`] give names; none of them writes anything. The rest of the crate takes a [`Plan`] as given.

pub mod discover;
pub(crate) mod fingerprint;
pub(crate) mod grid;
pub(crate) mod inputs;
pub(crate) mod jobs;
mod label;
pub(crate) mod spec;

pub use discover::{DiscoverError, Discovered, ModelFile, Tier, TierChoice, discover};
pub use fingerprint::Fingerprint;
pub use grid::{Axis, Grid, GridError, Point, SettingValue};
pub use inputs::Input;
pub use jobs::{DEFAULT_OUTPUT, Job, JobId, Plan, plan, plan_grid};
pub use spec::JobSpec;
