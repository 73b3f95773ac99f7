//! Why a job failed, and why a sweep could not start or not be recorded.

use std::path::PathBuf;

use crate::folder::archive::ArchiveError;
use crate::folder::error::FolderError;
use crate::folder::lock::Owner;
use crate::folder::retain::RetainError;
use crate::plan::grid::Point;
use crate::record::stage::Stage;
use crate::remedy::Remedy;
use crate::sweep::state::SweepResult;
use crate::toolchain::error::ToolError;
use crate::toolchain::project::ConvertError;

/// Why one job failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// The converter does not know the job's settings.
    #[error(
        "nobody has prepared the conversion for the settings {settings}; make the converter for the grid of the plan"
    )]
    UnknownSettings {
        /// The settings.
        settings: Point,
    },
    /// The converter named its project in a way that cannot be a C++ function and a folder.
    #[error(
        "the converter named the project `{name}`, which is not a C identifier; choose another project name"
    )]
    ProjectName {
        /// The name.
        name: String,
    },
    /// A tool could not be run or failed, or what it left is not what it should be.
    #[error(transparent)]
    Tool(#[from] ToolError),
    /// The kept files could not be put aside; nothing was deleted.
    #[error(transparent)]
    Retain(#[from] RetainError),
    /// The archive could not be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The sweep was cancelled before the job was done.
    #[error("interrupted before it was done; run the sweep again to finish it")]
    Interrupted,
    /// The machine that ran the job stopped responding, in the judgement of whoever started the job there.
    #[error("the machine that ran it stopped responding{}", on(machine.as_deref()))]
    Lost {
        /// Which machine, where that is known.
        machine: Option<String>,
    },
    /// The machine was needed for something more urgent: likewise.
    #[error("stopped because its machine was needed for something more urgent{}", on(machine.as_deref()))]
    Preempted {
        /// Which machine, where that is known.
        machine: Option<String>,
    },
    /// A bug in this program or in the converter.
    #[error("a bug in this program ended the job: {message}; please report it together with the model")]
    Panic {
        /// What the panic said.
        message: String,
    },
}

fn on(machine: Option<&str>) -> String {
    machine.map(|machine| format!(" ({machine})")).unwrap_or_default()
}

/// Why a sweep could not start, or could not be recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
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
    /// A stage is asked for that the toolchain does not have.
    #[error("there is no stage {stage}: the toolchain {toolchain} runs {available}")]
    UnknownStage {
        /// The stage that is asked for.
        stage: Stage,
        /// The toolchain.
        toolchain: &'static str,
        /// The stages that it has, separated by commas.
        available: String,
    },
    /// No stage is asked for that is work of its own.
    #[error("no stage is left to run: the toolchain {toolchain} runs {available}; turn one of these on")]
    NothingToRun {
        /// The toolchain.
        toolchain: &'static str,
        /// The stages that it knows, separated by commas.
        available: String,
    },
    /// Somebody else works in the output folder.
    #[error(
        "another sweep works in {}{}; wait for its end, end it, or choose another output folder",
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
        "output folder {} cannot be written; choose another or make room there",
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

impl SweepError {
    /// What would mend it, where another choice would.
    #[must_use]
    pub fn remedy(&self) -> Option<Remedy> {
        match self {
            Self::Locked { .. } | Self::OutputDir { .. } => Some(Remedy::OutputFolder),
            Self::Thread { .. } => Some(Remedy::Workers),
            Self::UnknownStage { .. } | Self::NothingToRun { .. } | Self::Stages { .. } => {
                Some(Remedy::Stages)
            }
            Self::NoJobs | Self::Results { .. } => None,
        }
    }
}
