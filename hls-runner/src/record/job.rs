//! A job's record.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::plan::discover::Tier;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::grid::Point;
use crate::plan::jobs::{Job, JobId};
use crate::record::csim::CsimSummary;
use crate::record::failure::Failure;
use crate::record::lenient::{field, list, time};
use crate::record::measurement::Measurement;
use crate::record::process::CommandRecord;
use crate::record::stage::Stage;
use crate::report::numbers::Report;

/// The job's record in its folder, whether it succeeded or failed.
pub(crate) const RECORD_FILE: &str = ".hls-job.json";

/// Where a job is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobStatus {
    /// Everything that was asked for is there.
    Success,
    /// Something is missing.
    Failed,
    /// A worker has it.
    Running,
    /// Not begun, or to be tried again.
    #[default]
    Pending,
    /// A word that this version does not know.
    #[serde(untagged)]
    Other(String),
}

impl JobStatus {
    /// The word that is written down.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Other(word) => word,
        }
    }
}

/// Where a stage of a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
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
    #[serde(default, deserialize_with = "field")]
    pub wall_seconds: Option<f64>,
    /// User plus system time in seconds, with all children. Where one process runs several stages, as sampled twice a second.
    #[serde(default, deserialize_with = "field")]
    pub cpu_seconds: Option<f64>,
    /// Peak resident memory in bytes, likewise.
    #[serde(default, deserialize_with = "field")]
    pub peak_memory_bytes: Option<u64>,
}

impl StageRecord {
    /// A record without measurements.
    #[must_use]
    pub fn new(stage: Stage, status: StageStatus) -> Self {
        Self { stage, status, wall_seconds: None, cpu_seconds: None, peak_memory_bytes: None }
    }
}

/// All that is known about one job: an entry of `synthesis_results.json`, and of the journal.
///
/// This is the one definition of that entry, for writing and for reading. A field that is missing, or has a form that this version does
/// not know, is unknown.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct JobRecord {
    /// The job: `h5_file` and `model_file` (the same path), `model`, `tier`, `run`, `settings` and `output_dir`. Its place in the plan
    /// is not written down.
    #[serde(flatten, with = "place")]
    pub job: Job,
    /// Where it is.
    #[serde(deserialize_with = "field")]
    pub status: JobStatus,
    /// Paths of the files that were kept at the top of the project folder, and of the reports below it: to be opened as they are.
    #[serde(deserialize_with = "list")]
    pub kept_files: Vec<String>,
    /// What is in the project folder, as names below it; folders end in `/`.
    #[serde(deserialize_with = "list")]
    pub kept_names: Vec<String>,
    /// The archive.
    #[serde(serialize_with = "lossy", deserialize_with = "field")]
    pub tarball: Option<PathBuf>,
    /// The failure's error and its causes in one sentence.
    #[serde(deserialize_with = "field")]
    pub error: Option<String>,
    /// Where a Python script failed, in Python's words; this program writes none.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "field")]
    pub traceback: Option<String>,
    /// When a worker took it.
    #[serde(rename = "start_time", alias = "started", with = "time")]
    pub started: Option<Timestamp>,
    /// When it was over.
    #[serde(rename = "end_time", alias = "ended", with = "time")]
    pub ended: Option<Timestamp>,
    /// hls4ml's project name, once the model is converted.
    #[serde(rename = "project_name", alias = "project", deserialize_with = "field")]
    pub project: Option<String>,
    /// Sentences from the converter and from cleaning up.
    #[serde(deserialize_with = "list")]
    pub warnings: Vec<String>,
    /// HGQ2's cost figure of the model, as its file has it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "field")]
    pub ebops: Option<u64>,
    /// Every stage of the toolchain that is work, in running order.
    #[serde(deserialize_with = "list")]
    pub stages: Vec<StageRecord>,
    /// The processes that have ended.
    #[serde(deserialize_with = "list")]
    pub commands: Vec<CommandRecord>,
    /// What the C simulation did.
    #[serde(deserialize_with = "field")]
    pub csim: Option<CsimSummary>,
    /// The largest amount of memory that one of its commands used, in bytes.
    #[serde(deserialize_with = "field")]
    pub peak_memory_bytes: Option<u64>,
    /// What makes another job the same as this one, unless the model could not be read.
    #[serde(deserialize_with = "field")]
    pub fingerprint: Option<Fingerprint>,
    /// The name of the model whose results these are, where an identical one was run instead.
    #[serde(deserialize_with = "field")]
    pub identical_to: Option<String>,
    /// Whether an earlier run did this job.
    #[serde(deserialize_with = "field")]
    pub resumed: bool,
    /// How often it was begun.
    #[serde(deserialize_with = "field")]
    pub attempts: u32,
    /// How the attempts before the last one failed.
    #[serde(deserialize_with = "list")]
    pub earlier_errors: Vec<String>,
    /// The numbers of the tools' reports.
    #[serde(deserialize_with = "field")]
    pub report: Option<Box<Report>>,
    /// The numbers that the tools reported, one by one.
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub measurements: Vec<Measurement>,
    /// Why the job failed.
    #[serde(deserialize_with = "field")]
    pub failure: Option<Failure>,
}

impl JobRecord {
    /// A job that has not begun; `stages` are those of the toolchain.
    pub(crate) fn new(job: Job, stages: &[StageRecord]) -> Self {
        Self { job, stages: stages.to_vec(), ..Self::default() }
    }

    /// From its start to its end, or until now; `None` if it has not begun.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        span(self.started, self.ended)
    }

    /// Why it failed, if it did.
    #[must_use]
    pub fn why_failed(&self) -> Option<&str> {
        if self.status != JobStatus::Failed {
            return None;
        }
        let known = self.failure.as_ref().map(|failure| failure.message.as_str());
        let said = [self.error.as_deref(), known].into_iter().flatten().find(|text| !text.is_empty());
        Some(said.unwrap_or("the results do not say why"))
    }

    /// The stage that is running, if any.
    #[must_use]
    pub fn running_stage(&self) -> Option<&Stage> {
        self.stages.iter().find(|record| record.status == StageStatus::Running).map(|record| &record.stage)
    }

    /// Takes in a process that has ended.
    pub(crate) fn add_command(&mut self, command: CommandRecord) {
        let peak = self.peak_memory_bytes.unwrap_or_default().max(command.usage.peak_memory_bytes);
        self.peak_memory_bytes = Some(peak).filter(|bytes| *bytes > 0);
        self.commands.push(command);
    }

    /// Says what is in the project folder.
    pub(crate) fn keep(&mut self, names: Vec<String>) {
        let files = names.iter().filter(|name| !name.ends_with('/'));
        self.kept_files =
            files.map(|name| self.job.folder.join(name).to_string_lossy().into_owned()).collect();
        self.kept_names = names;
    }

    /// The same results in the place of another job: an identical model's, or the same one after the output folder was moved.
    pub(crate) fn moved_to(self, job: Job) -> Self {
        let tarball = self.tarball.as_ref().map(|_| job.tarball());
        let names = self.kept_names.clone();
        let mut moved = Self { job, tarball, ..self };
        moved.keep(names);
        moved
    }

    pub(crate) fn set_stage(&mut self, new: StageRecord) {
        if let Some(record) = self.stages.iter_mut().find(|record| record.stage == new.stage) {
            *record = new;
        }
    }
}

/// What jobs are called: models, or with a grid, where there are several of a model, jobs.
pub(crate) fn things(jobs: &[JobRecord]) -> &'static str {
    if jobs.iter().all(|job| job.job.settings.is_empty()) { "models" } else { "jobs" }
}

/// Paths may be anything; what is written down is text.
fn lossy<S: Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// `None` if it has not begun, or if clocks were changed meanwhile.
pub(crate) fn span(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<Duration> {
    Duration::try_from(end.unwrap_or_else(Timestamp::now).duration_since(start?)).ok()
}

/// The keys that tell which job it is.
mod place {
    use super::{Deserialize, Deserializer, Job, JobId, Path, Point, Serialize, Serializer, Tier, field};

    #[derive(Default, Serialize, Deserialize)]
    #[serde(default)]
    struct Keys {
        #[serde(deserialize_with = "field")]
        h5_file: String,
        #[serde(deserialize_with = "field")]
        model_file: String,
        #[serde(deserialize_with = "field")]
        model: String,
        #[serde(deserialize_with = "field", skip_serializing_if = "Option::is_none")]
        tier: Option<Tier>,
        #[serde(deserialize_with = "field", skip_serializing_if = "Option::is_none")]
        run: Option<String>,
        #[serde(skip_serializing_if = "Point::is_empty")]
        settings: Point,
        #[serde(deserialize_with = "field")]
        output_dir: String,
    }

    pub(super) fn serialize<S: Serializer>(job: &Job, to: S) -> Result<S::Ok, S::Error> {
        let text = |path: &Path| path.to_string_lossy().into_owned();
        let keys = Keys {
            // The first scripts know the model by this key, whatever its format.
            h5_file: text(&job.model),
            model_file: text(&job.model),
            model: job.name.clone(),
            tier: job.tier,
            run: job.run.clone(),
            settings: job.settings.clone(),
            output_dir: text(&job.folder),
        };
        keys.serialize(to)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Job, D::Error> {
        let Keys { h5_file, model_file, model, tier, run, settings, output_dir } = Keys::deserialize(from)?;
        let file = if model_file.is_empty() { h5_file } else { model_file };
        // The first scripts wrote only the file.
        let stem = || Path::new(&file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = Some(model).filter(|model| !model.is_empty()).or_else(stem).unwrap_or_default();
        Ok(Job {
            id: JobId::default(),
            model: file.into(),
            name,
            tier,
            run,
            settings,
            folder: output_dir.into(),
        })
    }
}
