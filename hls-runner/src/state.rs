use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::admission::Shortage;
use crate::error::{Failure, FailureKind};
use crate::event::{Event, EventKind, JobOutcome};
use crate::fingerprint::Fingerprint;
use crate::plan::{Job, JobId, Plan};
use crate::process::{Exit, Usage};
use crate::report::Report;
use crate::stage::{Stage, StageSet};
use crate::toolchain::CsimSummary;

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
    /// Every stage of the flow except `reset`, in running order.
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
    /// Why the job failed.
    pub failure: Option<Failure>,
}

impl JobRecord {
    fn new(job: Job, stages: StageSet) -> Self {
        let stages = Stage::ALL
            .into_iter()
            .filter(|stage| *stage != Stage::Reset)
            .map(|stage| {
                let asked_for = stages.contains(stage);
                StageRecord::new(stage, if asked_for { StageStatus::Pending } else { StageStatus::Skipped })
            })
            .collect();
        Self { job, stages, ..Self::default() }
    }

    /// Makes it as it was before it began.
    fn begin_again(&mut self, stages: StageSet) {
        let Self { job, fingerprint, attempts, earlier_errors, .. } = std::mem::take(self);
        *self = Self { fingerprint, attempts, earlier_errors, ..Self::new(job, stages) };
    }

    /// The largest amount of memory that one of its processes used, in bytes.
    #[must_use]
    pub fn peak_memory_bytes(&self) -> u64 {
        self.commands.iter().map(|command| command.usage.peak_memory_bytes).max().unwrap_or_default()
    }

    /// The stage that is running, if any.
    #[must_use]
    pub fn running_stage(&self) -> Option<Stage> {
        self.stages.iter().find(|record| record.status == StageStatus::Running).map(|record| record.stage)
    }

    fn set_stage(&mut self, new: StageRecord) {
        if let Some(record) = self.stages.iter_mut().find(|record| record.stage == new.stage) {
            *record = new;
        }
    }

    fn finish(&mut self, at: Timestamp, outcome: &JobOutcome) {
        self.ended = Some(at);
        match outcome {
            JobOutcome::Success { kept_files, tarball, csim, report, warnings } => {
                self.status = JobStatus::Success;
                self.kept_files.clone_from(kept_files);
                self.tarball.clone_from(tarball);
                self.csim.clone_from(csim);
                self.report.clone_from(report);
                self.warnings.extend(warnings.iter().cloned());
            }
            JobOutcome::Identical { to, record, tarball } => {
                let job = std::mem::take(&mut self.job);
                let (fingerprint, started) = (self.fingerprint.take(), self.started);
                *self = JobRecord {
                    job,
                    fingerprint,
                    started,
                    ended: Some(at),
                    identical_to: Some(to.clone()),
                    resumed: false,
                    tarball: tarball.clone(),
                    ..record.as_ref().clone()
                };
            }
            JobOutcome::Failed(failure) => {
                self.status = JobStatus::Failed;
                for record in &mut self.stages {
                    if record.status == StageStatus::Running || failure.stage == Some(record.stage) {
                        record.status = StageStatus::Failed;
                    }
                }
                self.failure = Some(failure.clone());
            }
        }
    }
}

/// Paths may be anything; what is written down is text.
fn lossy<S: serde::Serializer>(path: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    path.as_ref().map(|path| path.to_string_lossy()).serialize(serializer)
}

/// All that is known about a sweep: the fold of its events.
#[derive(Debug, Clone)]
pub struct SweepState {
    /// The jobs in the order of the plan.
    pub jobs: Vec<JobRecord>,
    /// When the sweep began.
    pub started: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// Whether it was cancelled.
    pub interrupted: bool,
    /// Why no further job starts at the moment although workers are free.
    pub waiting: Option<Shortage>,
    stages: StageSet,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    running: usize,
    successful: usize,
    failed: usize,
}

impl SweepState {
    /// All jobs pending; `stages` are the stages that will be run.
    #[must_use]
    pub fn new(plan: &Plan, stages: StageSet) -> Self {
        Self {
            jobs: plan.jobs.iter().map(|job| JobRecord::new(job.clone(), stages)).collect(),
            started: None,
            ended: None,
            interrupted: false,
            waiting: None,
            stages,
            counts: Counts::default(),
        }
    }

    /// Takes one event in.
    pub fn apply(&mut self, event: &Event) {
        match &event.kind {
            EventKind::SweepStarted => self.started = Some(event.at),
            EventKind::SweepFinished => self.ended = Some(event.at),
            EventKind::Interrupted => self.interrupted = true,
            EventKind::ResultsNotWritten { .. } | EventKind::EarlierRun { .. } => {}
            EventKind::Waiting { shortage } => self.waiting = *shortage,
            EventKind::JobIdentified { job, fingerprint } => {
                self.update(*job, |record| record.fingerprint = Some(fingerprint.clone()));
            }
            EventKind::JobResumed { job, record } => self.resume(*job, record),
            EventKind::JobRetried { job, failure } => {
                self.counts.running -= 1;
                let stages = self.stages;
                self.update(*job, |record| {
                    record.earlier_errors.push(failure.message.clone());
                    record.begin_again(stages);
                });
            }
            EventKind::JobStarted { job } => {
                self.counts.running += 1;
                self.update(*job, |record| {
                    record.status = JobStatus::Running;
                    record.attempts += 1;
                    record.started = Some(event.at);
                });
            }
            EventKind::Converted { job, project, warnings } => self.update(*job, |record| {
                record.project = Some(project.clone());
                record.warnings.clone_from(warnings);
            }),
            EventKind::StageStarted { job, stage } => {
                self.update(*job, |record| {
                    record.set_stage(StageRecord::new(*stage, StageStatus::Running));
                });
            }
            EventKind::StageFinished { job, record } => {
                self.update(*job, |job| job.set_stage(record.clone()));
            }
            EventKind::CommandFinished { job, record } => {
                self.update(*job, |job| job.commands.push(record.clone()));
            }
            EventKind::JobFinished { job, outcome } => self.finish(*job, event.at, outcome),
        }
    }

    fn finish(&mut self, job: JobId, at: Timestamp, outcome: &JobOutcome) {
        let was_running = self.job(job).is_some_and(|record| record.status == JobStatus::Running);
        self.counts.running -= usize::from(was_running);
        match outcome {
            JobOutcome::Identical { record, .. } if record.failure.is_some() => self.counts.failed += 1,
            JobOutcome::Success { .. } | JobOutcome::Identical { .. } => self.counts.successful += 1,
            JobOutcome::Failed(_) => self.counts.failed += 1,
        }
        self.update(job, |record| record.finish(at, outcome));
    }

    fn resume(&mut self, job: JobId, earlier: &JobRecord) {
        match earlier.status {
            JobStatus::Success => self.counts.successful += 1,
            JobStatus::Failed => self.counts.failed += 1,
            JobStatus::Pending | JobStatus::Running => return,
        }
        self.update(job, |record| {
            let job = std::mem::take(&mut record.job);
            let tarball = earlier.tarball.as_ref().map(|_| job.tarball());
            *record = JobRecord { job, tarball, resumed: true, ..earlier.clone() };
        });
    }

    fn update(&mut self, job: JobId, change: impl FnOnce(&mut JobRecord)) {
        if let Some(record) = self.jobs.get_mut(job.0) {
            change(record);
        }
    }

    /// One job's record.
    #[must_use]
    pub fn job(&self, job: JobId) -> Option<&JobRecord> {
        self.jobs.get(job.0)
    }

    /// How many jobs there are.
    #[must_use]
    pub fn total(&self) -> usize {
        self.jobs.len()
    }

    /// How many jobs are running now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.counts.running
    }

    /// How many jobs succeeded so far.
    #[must_use]
    pub fn successful(&self) -> usize {
        self.counts.successful
    }

    /// How many jobs failed so far, interrupted ones among them.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.counts.failed
    }

    /// How many jobs an earlier run did.
    #[must_use]
    pub fn resumed(&self) -> usize {
        self.jobs.iter().filter(|record| record.resumed).count()
    }

    /// How many jobs a cancellation kept from being done.
    #[must_use]
    pub fn cut_short(&self) -> usize {
        let interrupted = |record: &&JobRecord| {
            record.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Interrupted)
        };
        self.jobs.iter().filter(interrupted).count()
    }
}
