//! How a process ended and what it cost.

use std::time::Duration;

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::record::lenient;

/// One process that was run for a job, with what it cost including the children that it waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// How it ended.
    #[serde(flatten)]
    pub exit: Exit,
    /// What it cost.
    #[serde(flatten)]
    pub usage: Usage,
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "ExitKeys", try_from = "ExitKeys")]
#[non_exhaustive]
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
                    Some(Signal::KILL) => f.write_str(" (SIGKILL, often because memory ran out)"),
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
    #[serde(rename = "wall_seconds", with = "lenient::seconds")]
    pub wall: Duration,
    /// User plus system time.
    #[serde(rename = "cpu_seconds", with = "lenient::seconds")]
    pub cpu: Duration,
    /// Peak resident memory in bytes: of the largest process, and where it has a keeper of all together, sampled twice a second.
    pub peak_memory_bytes: u64,
}

/// An [`Exit`] as it is written down: exactly one of the first three is known.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct ExitKeys {
    exit_status: Option<i32>,
    signal: Option<i32>,
    ended_by: Option<EndedBy>,
    /// The limit that was passed.
    #[serde(default)]
    limit_seconds: Option<f64>,
}

/// Why we ended a process ourselves.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EndedBy {
    Timeout,
    StageTimeout,
    Stall,
    Interrupt,
}

impl From<Exit> for ExitKeys {
    fn from(exit: Exit) -> Self {
        let none = Self { exit_status: None, signal: None, ended_by: None, limit_seconds: None };
        let ended = |by, limit: Option<Duration>| Self {
            ended_by: Some(by),
            limit_seconds: limit.map(|limit| limit.as_secs_f64()),
            ..none
        };
        match exit {
            Exit::Status(status) => Self { exit_status: Some(status), ..none },
            Exit::Signal(signal) => Self { signal: Some(signal), ..none },
            Exit::TimedOut(limit) => ended(EndedBy::Timeout, Some(limit)),
            Exit::StageTimedOut(limit) => ended(EndedBy::StageTimeout, Some(limit)),
            Exit::Stalled(limit) => ended(EndedBy::Stall, Some(limit)),
            Exit::Cancelled => ended(EndedBy::Interrupt, None),
        }
    }
}

impl TryFrom<ExitKeys> for Exit {
    type Error = &'static str;

    fn try_from(keys: ExitKeys) -> Result<Self, Self::Error> {
        let limit = Duration::try_from_secs_f64(keys.limit_seconds.unwrap_or_default()).unwrap_or_default();
        match keys {
            ExitKeys { exit_status: Some(status), .. } => Ok(Self::Status(status)),
            ExitKeys { signal: Some(signal), .. } => Ok(Self::Signal(signal)),
            ExitKeys { ended_by: Some(by), .. } => Ok(match by {
                EndedBy::Timeout => Self::TimedOut(limit),
                EndedBy::StageTimeout => Self::StageTimedOut(limit),
                EndedBy::Stall => Self::Stalled(limit),
                EndedBy::Interrupt => Self::Cancelled,
            }),
            ExitKeys { exit_status: None, signal: None, ended_by: None, .. } => {
                Err("expected exit_status, signal or ended_by")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_is_written_down_and_read_back() {
        let limit = Duration::from_millis(1500);
        let exits = [
            Exit::Status(0),
            Exit::Status(-1),
            Exit::Signal(9),
            Exit::TimedOut(limit),
            Exit::StageTimedOut(limit),
            Exit::Stalled(limit),
            Exit::Cancelled,
        ];
        for exit in exits {
            let usage = Usage { wall: limit, cpu: Duration::ZERO, peak_memory_bytes: 7 };
            let command = CommandRecord { argv: vec!["x".into()], exit, usage };
            let json = serde_json::to_value(&command).unwrap();
            assert_eq!(json["wall_seconds"], 1.5);
            assert_eq!(serde_json::from_value::<CommandRecord>(json).unwrap(), command);
        }
    }
}
