//! Run a tool, and never leave any of it running.
//!
//! A tool is ended together with everything that it started: on cancellation and when a limit is passed all of it gets SIGTERM and, after a
//! grace period, SIGKILL. When the tool itself is over, whatever it left running is killed too. Where this program lets [`main_if_asked`]
//! act, that holds for processes that leave their group, and when this program itself is killed; otherwise for the tool's process
//! group, and only while this program lives.

pub(crate) mod cancel;
mod group;
mod keeper;
mod kept;
pub(crate) mod log;
pub(crate) mod run;
mod signals;
pub(crate) mod spec;
mod start;
pub(crate) mod tree;

pub use cancel::CancelToken;
pub use keeper::main_if_asked;
pub use run::{Watch, run};
pub use signals::is_ignored;
pub use spec::{Finished, Limits, ProcessError, Spec};

pub use crate::record::process::{Exit, Usage};
