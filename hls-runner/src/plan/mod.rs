//! What is to be done, before anything is done: which files are models, which job each becomes, and what makes two jobs the same.
//!
//! [`discover()`] reads folders and [`plan()`] gives names; neither writes anything. The rest of the crate takes a [`Plan`] as given.

pub mod discover;
pub(crate) mod fingerprint;
pub(crate) mod grid;
pub(crate) mod jobs;
pub(crate) mod spec;

pub use discover::{DiscoverError, Discovered, ModelFile, Tier, TierChoice, discover};
pub use fingerprint::Fingerprint;
pub use grid::{Axis, Point, SettingValue};
pub use jobs::{Job, JobId, Plan, plan};
pub use spec::JobSpec;
