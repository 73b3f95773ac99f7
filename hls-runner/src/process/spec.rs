//! What to run and under which limits; how it ended and what it cost.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::record::process::{Exit, Usage};

/// What to run, where, and where its output goes.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The program: a path, not searched for.
    pub program: PathBuf,
    /// Its arguments, passed as they are: no shell reads them.
    pub args: Vec<OsString>,
    /// The folder that it runs in.
    pub cwd: PathBuf,
    /// Variables set on top of this process's environment.
    pub env: Vec<(OsString, OsString)>,
    /// The file to which standard output and standard error are appended.
    pub log: PathBuf,
    /// Other files that grow while it works, for [`Limits::stall_timeout`].
    pub signs_of_life: Vec<PathBuf>,
}

impl Spec {
    /// The program and its arguments as text, for records.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        std::iter::once(self.program.as_os_str())
            .chain(self.args.iter().map(OsString::as_os_str))
            .map(|part| part.to_string_lossy().into_owned())
            .collect()
    }
}

/// How long a job's processes may take, and how they are ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Longest elapsed time of all processes of a job together, if there is a limit.
    pub timeout: Option<Duration>,
    /// Longest elapsed time of one stage.
    pub stage_timeout: Option<Duration>,
    /// Longest time in which a tool writes nothing.
    pub stall_timeout: Option<Duration>,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Duration,
}

impl Limits {
    /// No limits, and five seconds of grace.
    pub const NONE: Self =
        Self { timeout: None, stage_timeout: None, stall_timeout: None, grace: Duration::from_secs(5) };
}

impl Default for Limits {
    fn default() -> Self {
        Self::NONE
    }
}

/// What a process and all its children use at a moment, as far as it is known: without a keeper, nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Load {
    /// Resident memory, summed.
    pub(crate) memory_bytes: u64,
    /// User plus system time since it began.
    pub(crate) cpu: Duration,
}

/// How a process ended and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// What it cost.
    pub usage: Usage,
    /// Whether the system killed something because memory ran out while it ran.
    pub killed_for_memory: bool,
}

/// Why a process could not be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// The program could not be started.
    #[error("{} could not be started; check that it is installed and may be executed", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file for its output could not be opened.
    #[error("log {} could not be opened; check the free space and the permissions", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system would not say how it ended.
    #[error("the system did not say how {} ended", program.display())]
    Wait {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}
