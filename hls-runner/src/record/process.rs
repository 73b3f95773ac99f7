//! How a process ended and what it cost.

use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It exited with this status.
    Status(i32),
    /// This signal, which we did not send, ended it.
    Signal(i32),
    /// The job took longer than this and it was ended.
    TimedOut(Duration),
    /// The stage took longer than this and it was ended.
    StageTimedOut(Duration),
    /// It wrote nothing for this long and was ended.
    Stalled(Duration),
    /// The sweep was cancelled and it was ended.
    Cancelled,
}

impl Exit {
    /// Whether it exited with status 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Status(0)
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(code) => write!(f, "ended with status {code}"),
            Self::Signal(signal) => {
                write!(f, "was killed by signal {signal}")?;
                match Signal::from_named_raw(*signal) {
                    Some(Signal::KILL) => f.write_str(" (SIGKILL, often for want of memory)"),
                    Some(Signal::SEGV) => f.write_str(" (SIGSEGV: it crashed)"),
                    Some(Signal::ABORT) => f.write_str(" (SIGABRT: it gave up)"),
                    Some(Signal::TERM) => f.write_str(" (SIGTERM: somebody ended it)"),
                    _ => Ok(()),
                }
            }
            Self::TimedOut(limit) => {
                write!(f, "took longer than {} s and was ended", limit.as_secs_f64())
            }
            Self::StageTimedOut(limit) => {
                write!(f, "was ended because the stage took longer than {} s", limit.as_secs_f64())
            }
            Self::Stalled(limit) => {
                write!(f, "was ended because it wrote nothing for {} s", limit.as_secs_f64())
            }
            Self::Cancelled => f.write_str("was ended because the sweep was interrupted"),
        }
    }
}

/// What a process cost, together with the children that it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Elapsed time.
    pub wall: Duration,
    /// User plus system time.
    pub cpu: Duration,
    /// Peak resident memory in bytes: of the largest process, and where it has a keeper of all together, sampled twice a second.
    pub peak_memory_bytes: u64,
}
