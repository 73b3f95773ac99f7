use std::error::Error;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::archive::ArchiveError;
use crate::convert::ConvertError;
use crate::convert::Mismatch;
use crate::diagnosis::{self, Cause, Diagnosis};
use crate::folder::FolderError;
use crate::lock::Owner;
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
        /// Whether the system killed something for want of memory meanwhile.
        killed_for_memory: bool,
        /// The file that took the tool's output, and the tool's own logs.
        logs: Vec<PathBuf>,
    },
    /// The tool said that all went well, but a file that a requested stage must produce is not there.
    #[error("{tool} ended with status 0, but {missing}")]
    MissingReport {
        /// The tool's name.
        tool: String,
        /// Which file, of which stage, and what is wrong with it.
        missing: Missing,
        /// The file that took the tool's output, and the tool's own logs.
        logs: Vec<PathBuf>,
    },
    /// The tool's report says that RTL and C++ compute different numbers.
    #[error("the co-simulation failed: {} says Fail instead of Pass", report.display())]
    Cosim {
        /// The report.
        report: PathBuf,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// The RTL gives other numbers than the C simulation.
    CosimMismatch,
    /// The tool wrote nothing for too long.
    Stall,
    /// The sweep was cancelled.
    Interrupted,
    /// A bug in this program.
    Panic,
}

/// A failure as it is recorded: what kind, one sentence with its causes, and the end of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The class.
    pub kind: FailureKind,
    /// The error and its causes, joined by `: `.
    pub message: String,
    /// The stage that failed, where known.
    pub stage: Option<Stage>,
    /// Why, as far as it can be told.
    pub cause: Cause,
    /// What that means.
    pub explanation: String,
    /// What to do about it.
    pub advice: String,
    /// The lines of the logs that tell the cause.
    pub evidence: Vec<String>,
    /// The log that says more.
    pub log: Option<String>,
    /// The last lines of that log.
    pub log_tail: Vec<String>,
}

impl Failure {
    /// Records `error`, reading the end of the log that it names.
    #[must_use]
    pub fn record(error: &JobError) -> Self {
        let log = error.log();
        let Diagnosis { cause, lines: evidence } = diagnosis::diagnose(error);
        Self {
            cause,
            explanation: cause.explanation().to_owned(),
            advice: cause.advice().to_owned(),
            evidence,
            kind: error.kind(),
            message: sentence(error),
            stage: error.stage(),
            log_tail: log.map(log::tail).unwrap_or_default(),
            log: log.map(|path| path.to_string_lossy().into_owned()),
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
            Self::Tool { exit: Exit::TimedOut(_) | Exit::StageTimedOut(_), .. } => FailureKind::Timeout,
            Self::Tool { exit: Exit::Stalled(_), .. } => FailureKind::Stall,
            Self::Tool { exit: Exit::Cancelled, .. } | Self::Interrupted => FailureKind::Interrupted,
            Self::Tool { exit: Exit::Status(_), .. } => FailureKind::ToolFailed,
            Self::MissingReport { .. } | Self::Compare(CompareError::Read { .. }) => {
                FailureKind::MissingReport
            }
            Self::Compare(_) | Self::Reference { .. } => FailureKind::CsimMismatch,
            Self::Cosim { .. } => FailureKind::CosimMismatch,
            Self::Panic { .. } => FailureKind::Panic,
        }
    }

    fn stage(&self) -> Option<Stage> {
        match self {
            Self::Tool { stage, .. } => *stage,
            Self::MissingReport { missing, .. } => Some(missing.stage()),
            Self::Compare(_) | Self::Reference { .. } => Some(Stage::Csim),
            Self::Cosim { .. } => Some(Stage::Cosim),
            _ => None,
        }
    }

    fn log(&self) -> Option<&Path> {
        match self {
            Self::Tool { logs, .. } | Self::MissingReport { logs, .. } => logs.first().map(PathBuf::as_path),
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
    /// Somebody else works in the output folder.
    #[error(
        "another sweep works in {}{}; wait for its end, end it, or choose another --output-dir",
        path.display(), owner.as_ref().map(|owner| format!(" ({owner})")).unwrap_or_default()
    )]
    Locked {
        /// The output folder.
        path: PathBuf,
        /// Who, where that is known.
        owner: Option<Owner>,
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
