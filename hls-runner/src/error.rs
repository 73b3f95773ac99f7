use std::error::Error;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::archive::ArchiveError;
use crate::convert::ConvertError;
use crate::convert::Mismatch;
use crate::folder::FolderError;
use crate::log;
use crate::process::{Exit, ProcessError};
use crate::report::Missing;
use crate::retain::RetainError;
use crate::stage::Stage;
use crate::sweep::SweepResult;
use crate::toolchain::CompareError;

/// Why one job failed.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// The project folder could not be made.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The model could not become a project.
    #[error("{} could not be converted", model.display())]
    Convert {
        /// The model file.
        model: PathBuf,
        /// What the converter said.
        source: ConvertError,
    },
    /// The converter named its project in a way that cannot be a C++ function and a folder.
    #[error(
        "the converter named the project `{name}`, which is not a C identifier; choose another project name"
    )]
    ProjectName {
        /// The name.
        name: String,
    },
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
    #[error("{tool} {exit}{}", during(*stage))]
    Tool {
        /// The tool's name.
        tool: String,
        /// How it ended.
        exit: Exit,
        /// The stage that it was in, where known.
        stage: Option<Stage>,
        /// The file that took the tool's output.
        log: PathBuf,
    },
    /// The tool said that all went well, but a file that a requested stage must produce is not there.
    #[error("{tool} ended with status 0, but {missing}")]
    MissingReport {
        /// The tool's name.
        tool: String,
        /// Which file, of which stage, and what is wrong with it.
        missing: Missing,
        /// The file that took the tool's output.
        log: PathBuf,
    },
    /// The C simulation's results are not the expected ones.
    #[error(transparent)]
    Compare(#[from] CompareError),
    /// The C simulation differs from what the model's exact arithmetic gives.
    #[error(
        "the C simulation computes something else than the emulator: {mismatch}. This is a mistake in this program, or in the \
         kernels that were given with --kernels; please report it with the model"
    )]
    Reference {
        /// Where they differ first.
        mismatch: Mismatch,
    },
    /// The kept files could not be put aside; nothing was deleted.
    #[error(transparent)]
    Retain(#[from] RetainError),
    /// The archive could not be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The sweep was cancelled before the job was done.
    #[error("interrupted before it was done; run the sweep again to finish it")]
    Interrupted,
    /// A bug in this program or in the converter.
    #[error("a bug in this program ended the job: {message}; please report it together with the model")]
    Panic {
        /// What the panic said.
        message: String,
    },
}

fn during(stage: Option<Stage>) -> String {
    stage.map(|stage| format!(" during the stage {stage}")).unwrap_or_default()
}

/// The class of a failure: stable words for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The model could not become a project.
    Convert,
    /// The output folder could not be used (permissions, disk full, a foreign folder in the way).
    Output,
    /// A tool could not be started.
    ToolNotStarted,
    /// A tool ended with a status other than 0.
    ToolFailed,
    /// A signal ended the tool.
    ToolKilled,
    /// A tool ran into the time limit.
    Timeout,
    /// A file that a stage must produce is missing, empty or old.
    MissingReport,
    /// The C simulation gives other numbers than expected.
    CsimMismatch,
    /// The sweep was cancelled.
    Interrupted,
    /// A bug in this program.
    Panic,
}

/// A failure as it is recorded: what kind, one sentence with its causes, and the end of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The class.
    pub kind: FailureKind,
    /// The error and its causes, joined by `: `.
    pub message: String,
    /// The stage that failed, where known.
    pub stage: Option<Stage>,
    /// The log that says more.
    pub log: Option<PathBuf>,
    /// The last lines of that log.
    pub log_tail: Vec<String>,
}

impl Failure {
    /// Records `error`, reading the end of the log that it names.
    #[must_use]
    pub fn record(error: &JobError) -> Self {
        let log = error.log();
        Self {
            kind: error.kind(),
            message: sentence(error),
            stage: error.stage(),
            log_tail: log.map(log::tail).unwrap_or_default(),
            log: log.map(Path::to_owned),
        }
    }
}

impl JobError {
    /// The class of this error.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Convert { .. } | Self::ProjectName { .. } => FailureKind::Convert,
            Self::Folder(_) | Self::Write { .. } | Self::Retain(_) | Self::Archive(_) => FailureKind::Output,
            Self::Process(_) => FailureKind::ToolNotStarted,
            Self::Tool { exit: Exit::Signal(_), .. } => FailureKind::ToolKilled,
            Self::Tool { exit: Exit::TimedOut(_), .. } => FailureKind::Timeout,
            Self::Tool { exit: Exit::Cancelled, .. } | Self::Interrupted => FailureKind::Interrupted,
            Self::Tool { exit: Exit::Status(_), .. } => FailureKind::ToolFailed,
            Self::MissingReport { .. } | Self::Compare(CompareError::Read { .. }) => {
                FailureKind::MissingReport
            }
            Self::Compare(_) | Self::Reference { .. } => FailureKind::CsimMismatch,
            Self::Panic { .. } => FailureKind::Panic,
        }
    }

    fn stage(&self) -> Option<Stage> {
        match self {
            Self::Tool { stage, .. } => *stage,
            Self::MissingReport { missing, .. } => Some(missing.stage()),
            Self::Compare(_) | Self::Reference { .. } => Some(Stage::Csim),
            _ => None,
        }
    }

    fn log(&self) -> Option<&Path> {
        match self {
            Self::Tool { log, .. } | Self::MissingReport { log, .. } => Some(log),
            _ => None,
        }
    }
}

/// Why a sweep could not start, or could not be recorded.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// There is nothing to do.
    #[error("the sweep has no model; give a folder and a pattern that match some")]
    NoJobs,
    /// A stage is asked for without one whose products it reads.
    #[error("the stage {stage} needs {needed}, which is turned off; turn {needed} on or {stage} off")]
    Stages {
        /// The stage that is asked for.
        stage: Stage,
        /// The stage that it needs.
        needed: Stage,
    },
    /// None of the stages that are asked for can be run by the toolchain.
    #[error("no stage is left to run: the toolchain {toolchain} runs {available}; turn one of these on")]
    NothingToRun {
        /// The toolchain.
        toolchain: &'static str,
        /// The stages that it knows, separated by commas.
        available: String,
    },
    /// The output folder cannot be used.
    #[error(
        "output folder {} cannot be written; choose another with --output-dir or make room there",
        path.display()
    )]
    OutputDir {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A worker thread could not be started.
    #[error("a worker thread could not be started; use fewer workers")]
    Thread {
        /// What the system said.
        source: std::io::Error,
    },
    /// The sweep ran, but its last results could not be written.
    #[error(
        "the sweep ended with {} success(es) and {} failure(s), but {} could not be written and is out of date",
        result.state.successful(), result.state.failed(), path.display()
    )]
    Results {
        /// The results file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
        /// What would have been written.
        result: Box<SweepResult>,
    },
}

/// An error and its causes as one sentence, without saying anything twice.
pub(crate) fn sentence(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let message = error.to_string();
        if !text.contains(&message) {
            text.push_str(": ");
            text.push_str(&message);
        }
        cause = error.source();
    }
    text
}
