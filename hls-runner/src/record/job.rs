//! A job's record.

use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::plan::fingerprint::Fingerprint;
use crate::plan::jobs::Job;
use crate::record::csim::CsimSummary;
use crate::record::failure::Failure;
use crate::record::measurement::Measurement;
use crate::record::process::{Exit, Usage};
use crate::record::stage::Stage;
use crate::report::numbers::Report;

/// The job's record in its folder, whether it succeeded or failed.
pub(crate) const RECORD_FILE: &str = ".hls-job.json";

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobStatus {
    /// Not begun, or to be tried again.
    #[default]
    Pending,
    /// A worker has it.
    Running,
    /// Everything that was asked for is there.
    Success,
    /// Something is missing.
    Failed,
}

/// Where a stage of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageStatus {
    /// Not asked for, or not known to the toolchain: not run.
    Skipped,
    /// Asked for and not begun; in a job that is over: never reached.
    Pending,
    /// Running.
    Running,
    /// Ended as it should.
    Done,
    /// Ended in another way.
    Failed,
}

/// What is known about one stage of one job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// Which stage.
    pub stage: Stage,
    /// Where it is.
    pub status: StageStatus,
    /// Elapsed time in seconds. Where one tool process runs several stages, this is what the tool's own
    /// log says, in whole seconds.
    pub wall_seconds: Option<f64>,
    /// User plus system time in seconds, with all children. Where one process runs several stages, as sampled twice a second.
    pub cpu_seconds: Option<f64>,
    /// Peak resident memory in bytes, likewise.
    pub peak_memory_bytes: Option<u64>,
}

impl StageRecord {
    /// A record without measurements.
    #[must_use]
    pub fn new(stage: Stage, status: StageStatus) -> Self {
        Self { stage, status, wall_seconds: None, cpu_seconds: None, peak_memory_bytes: None }
    }
}

/// One process that was run for a job, with what it cost including the children that it waited for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CommandRecord {
    /// The program and its arguments.
    pub argv: Vec<String>,
    /// How it ended.
    pub exit: Exit,
    /// What it cost.
    pub usage: Usage,
}

/// All that is known about one job.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct JobRecord {
    /// The job; it is the plan's, and no part of what is written down.
    #[serde(skip)]
    pub job: Job,
    /// What makes another job the same as this one, unless the model could not be read.
    pub fingerprint: Option<Fingerprint>,
    /// The name of the model whose results these are, where an identical one was run instead.
    pub identical_to: Option<String>,
    /// Whether an earlier run did this job.
    #[serde(skip)]
    pub resumed: bool,
    /// How often it was begun.
    pub attempts: u32,
    /// How the attempts before the last one failed.
    pub earlier_errors: Vec<String>,
    /// Where it is.
    pub status: JobStatus,
    /// When a worker took it.
    pub started: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// hls4ml's project name, once the model is converted.
    pub project: Option<String>,
    /// Sentences from the converter and from cleaning up.
    pub warnings: Vec<String>,
    /// Every stage of the toolchain that is work, in running order.
    pub stages: Vec<StageRecord>,
    /// The processes that have ended.
    pub commands: Vec<CommandRecord>,
    /// Names kept in the project folder.
    pub kept_files: Vec<String>,
    /// The archive.
    #[serde(serialize_with = "lossy")]
    pub tarball: Option<PathBuf>,
    /// What the C simulation did.
    pub csim: Option<CsimSummary>,
    /// The numbers of the tools' reports.
    pub report: Option<Box<Report>>,
    /// The numbers that the tools reported, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// Why the job failed.
    pub failure: Option<Failure>,
}

impl JobRecord {
    /// A job that has not begun; `stages` are those of the toolchain.
    pub(crate) fn new(job: Job, stages: &[StageRecord]) -> Self {
        Self { job, stages: stages.to_vec(), ..Self::default() }
    }

    /// The largest amount of memory that one of its processes used, in bytes.
    #[must_use]
    pub fn peak_memory_bytes(&self) -> u64 {
        self.commands.iter().map(|command| command.usage.peak_memory_bytes).max().unwrap_or_default()
    }

    /// The stage that is running, if any.
    #[must_use]
    pub fn running_stage(&self) -> Option<Stage> {
        self.stages
            .iter()
            .find(|record| record.status == StageStatus::Running)
            .map(|record| record.stage.clone())
    }

    pub(crate) fn set_stage(&mut self, new: StageRecord) {
        if let Some(record) = self.stages.iter_mut().find(|record| record.stage == new.stage) {
            *record = new;
        }
    }
}

/// Paths may be anything; what is written down is text.
fn lossy<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}
