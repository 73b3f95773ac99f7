//! What goes wrong between this program and a cluster.

use std::io;
use std::path::{Path, PathBuf};

use crate::folder::lock::Owner;
use crate::sweep::error::SweepError;

/// Why a sweep on a cluster could not be begun, looked at or carried on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// A command of the engine is not installed.
    #[error("{command} cannot be started; run this where the cluster's commands are installed and on PATH")]
    NoCommand {
        /// The command.
        command: String,
        /// What the system said.
        source: io::Error,
    },
    /// A command of the engine failed.
    #[error("{command} failed: {message}")]
    Refused {
        /// The command with its arguments.
        command: String,
        /// What it said.
        message: String,
    },
    /// The engine answers, and does not take a job.
    #[error("the cluster does not take the job: {message}; the command was {command}")]
    NotTaken {
        /// What was asked of it.
        command: String,
        /// What it said.
        message: String,
    },
    /// A user's command for a batch system cannot be used.
    #[error("{option}: {message}")]
    Template {
        /// The option that gives it.
        option: &'static str,
        /// What is wrong.
        message: String,
    },
    /// There is no engine of this name.
    #[error("this version of the program knows no engine {name:?}; use the version that submitted the sweep")]
    UnknownEngine {
        /// The name.
        name: String,
    },
    /// A file of the sweep cannot be read or written.
    #[error("{} cannot be used", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file of the sweep is not what this program writes.
    #[error("{} is not what this version of the program writes; run the sweep anew in another output folder", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: serde_json::Error,
    },
    /// Somebody else works in the output folder.
    #[error(
        "another process works in {}{}; wait for its end, end it, or choose another output folder",
        path.display(), owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default()
    )]
    Locked {
        /// The output folder.
        path: PathBuf,
        /// Who, where that is known.
        owner: Option<Owner>,
    },
    /// A sweep on a cluster is going on in the output folder.
    #[error(
        "a sweep on the cluster works in {} (jobs {name}-*); the same command with --resume attaches to it, and Ctrl-C there cancels it; \
         if that cluster is out of reach for good, remove .hls-sweep/cluster there",
        path.display()
    )]
    GoingOn {
        /// The output folder.
        path: PathBuf,
        /// What its jobs' names begin with.
        name: String,
    },
    /// There is no such sweep.
    #[error("no sweep on a cluster was submitted in {}; hls-cli synth with --executor submits one", path.display())]
    None {
        /// The output folder.
        path: PathBuf,
    },
    /// A part that does not exist is asked for.
    #[error("the sweep {} has no part {number}", path.display())]
    NoPart {
        /// The sweep's folder.
        path: PathBuf,
        /// Round, array and element.
        number: String,
    },
    /// The request does not make sense.
    #[error(transparent)]
    Sweep(#[from] SweepError),
}

/// Names the file of an error.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::Io { path, source }
}
