//! Why the tools of a job failed.

use std::error::Error;
use std::path::PathBuf;

use crate::process::spec::ProcessError;
use crate::record::failure::{Cause, FailureKind};
use crate::record::process::Exit;
use crate::record::stage::Stage;
use crate::toolchain::artifact::Missing;

/// Why a toolchain could not do its stages.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ToolError {
    /// A file of the project could not be written.
    #[error("{} could not be written; check the free space and the permissions", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A tool could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A tool ended in another way than with status 0.
    #[error("{tool} {exit}{}", during(stage.as_ref()))]
    Ended {
        /// The tool's name.
        tool: String,
        /// How it ended.
        exit: Exit,
        /// The stage that it was in, where known.
        stage: Option<Stage>,
        /// Whether the system killed something meanwhile because memory ran out.
        killed_for_memory: bool,
        /// The file that took the tool's output, and the tool's own logs.
        logs: Vec<PathBuf>,
    },
    /// The tool reported success, but a file that a requested stage must produce is not there.
    #[error("{tool} ended with status 0, but {missing}")]
    MissingReport {
        /// The tool's name.
        tool: String,
        /// Which file, of which stage, and what is wrong with it.
        missing: Missing,
        /// The file that took the tool's output, and the tool's own logs.
        logs: Vec<PathBuf>,
    },
    /// The tools ran to their end, and what they computed is not what it should be.
    #[error("{source}")]
    Wrong {
        /// The stage whose result it is.
        stage: Stage,
        /// The class of the failure.
        kind: FailureKind,
        /// Why.
        cause: Cause,
        /// What is wrong.
        source: Box<dyn Error + Send + Sync>,
        /// The logs that may tell a closer cause, the tool's output first; empty if none does.
        logs: Vec<PathBuf>,
    },
}

fn during(stage: Option<&Stage>) -> String {
    stage.map(|stage| format!(" during the stage {stage}")).unwrap_or_default()
}

impl ToolError {
    /// The class of this error.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Write { .. } => FailureKind::Output,
            Self::Process(ProcessError::Start { .. }) => FailureKind::ToolNotStarted,
            Self::Process(ProcessError::Log { .. }) => FailureKind::Output,
            Self::Process(ProcessError::Wait { .. }) => FailureKind::ToolKilled,
            Self::Ended { exit: Exit::Signal(_), .. } => FailureKind::ToolKilled,
            Self::Ended { exit: Exit::TimedOut(_) | Exit::StageTimedOut(_), .. } => FailureKind::Timeout,
            Self::Ended { exit: Exit::Stalled(_), .. } => FailureKind::Stall,
            Self::Ended { exit: Exit::Cancelled, .. } => FailureKind::Interrupted,
            Self::Ended { exit: Exit::Status(_), .. } => FailureKind::ToolFailed,
            Self::MissingReport { .. } => FailureKind::MissingReport,
            Self::Wrong { kind, .. } => *kind,
        }
    }

    /// The stage that failed, where known.
    #[must_use]
    pub fn stage(&self) -> Option<Stage> {
        match self {
            Self::Ended { stage, .. } => stage.clone(),
            Self::MissingReport { missing, .. } => Some(missing.stage()),
            Self::Wrong { stage, .. } => Some(stage.clone()),
            Self::Write { .. } | Self::Process(_) => None,
        }
    }

    /// The logs that may say more, the tool's output first.
    #[must_use]
    pub fn logs(&self) -> &[PathBuf] {
        match self {
            Self::Ended { logs, .. } | Self::MissingReport { logs, .. } | Self::Wrong { logs, .. } => logs,
            Self::Write { .. } | Self::Process(_) => &[],
        }
    }
}
