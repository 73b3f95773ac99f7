//! All that is known about a sweep: the fold of its events.

use jiff::Timestamp;

use crate::plan::jobs::{JobId, Plan};
use crate::record::failure::FailureKind;
use crate::record::job::{JobRecord, JobStatus, StageRecord, StageStatus, things};
use crate::record::process::CommandRecord;
use crate::record::stage::Stage;
use crate::record::sweep::{SCHEMA, SweepRecord};
use crate::sweep::admission::Shortage;
use crate::sweep::event::{Event, EventKind};
use crate::sweep::recorder::JobListener;
use crate::toolchain::listener::Listener;

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
    /// The toolchain's stages as they are before a job begins.
    stages: Vec<StageRecord>,
    counts: Counts,
}

#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    running: usize,
    successful: usize,
    failed: usize,
}

impl SweepState {
    /// All jobs pending; `stages` are the toolchain's, as they are before a job begins.
    #[must_use]
    pub fn new(plan: &Plan, stages: Vec<StageRecord>) -> Self {
        Self {
            jobs: plan.jobs.iter().map(|job| JobRecord::new(job.clone(), &stages)).collect(),
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
                let stages = self.stages.clone();
                self.update(*job, |record| {
                    record.earlier_errors.push(failure.message.clone());
                    record.begin_again(&stages);
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
                    record.set_stage(StageRecord::new(stage.clone(), StageStatus::Running));
                });
            }
            EventKind::StageFinished { job, record } => {
                self.update(*job, |job| job.set_stage(record.clone()));
            }
            EventKind::CommandFinished { job, record } => {
                self.update(*job, |job| job.add_command(record.clone()));
            }
            EventKind::JobFinished { job, record } => self.finish(*job, record),
        }
    }

    fn finish(&mut self, job: JobId, record: &JobRecord) {
        let was_running = self.job(job).is_some_and(|record| record.status == JobStatus::Running);
        self.counts.running -= usize::from(was_running);
        match record.status {
            JobStatus::Success => self.counts.successful += 1,
            JobStatus::Failed | JobStatus::Pending | JobStatus::Running | JobStatus::Other(_) => {
                self.counts.failed += 1;
            }
        }
        self.update(job, |known| {
            let JobRecord { job, fingerprint, attempts, earlier_errors, .. } = std::mem::take(known);
            // Of a job that took another's results, what happened to that other one counts.
            let own = record.identical_to.is_none();
            *known = JobRecord { job, fingerprint, ..record.clone() };
            if own {
                known.attempts = attempts;
                known.earlier_errors = earlier_errors;
            }
        });
    }

    fn resume(&mut self, job: JobId, earlier: &JobRecord) {
        match earlier.status {
            JobStatus::Success => self.counts.successful += 1,
            JobStatus::Failed => self.counts.failed += 1,
            JobStatus::Pending | JobStatus::Running | JobStatus::Other(_) => return,
        }
        self.update(job, |record| {
            let job = std::mem::take(&mut record.job);
            *record = JobRecord { resumed: true, ..earlier.clone().moved_to(job) };
        });
    }

    fn update(&mut self, job: JobId, change: impl FnOnce(&mut JobRecord)) {
        if let Some(record) = self.jobs.get_mut(job.0) {
            change(record);
        }
    }

    /// What is written down of it; `header` has what does not change while the sweep runs.
    pub(crate) fn record(&self, header: &SweepRecord<()>) -> SweepRecord<&[JobRecord]> {
        let now = SweepRecord {
            schema: SCHEMA,
            total: self.total(),
            successful: self.successful(),
            failed: self.failed(),
            interrupted: self.interrupted,
            resumed: self.resumed(),
            waiting: self.waiting.map(|shortage| shortage.to_string()),
            started: self.started,
            ended: self.ended,
            ..header.clone()
        };
        now.with_jobs(|()| self.jobs.as_slice())
    }

    /// What its jobs are called: models, or with a grid, where there are several of a model, jobs.
    #[must_use]
    pub fn things(&self) -> &'static str {
        things(&self.jobs)
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

impl JobRecord {
    /// Makes it as it was before it began.
    fn begin_again(&mut self, stages: &[StageRecord]) {
        let Self { job, fingerprint, attempts, earlier_errors, .. } = std::mem::take(self);
        *self = Self { fingerprint, attempts, earlier_errors, ..Self::new(job, stages) };
    }
}

/// How a sweep ended: its last state.
#[derive(Debug, Clone)]
pub struct SweepResult {
    /// Everything that is known about it, as in `synthesis_results.json`.
    pub state: SweepState,
}

/// Is told everything that happens in a sweep, by the thread that runs it.
pub trait Reporter {
    /// `event` happened; `state` already contains it.
    fn event(&mut self, event: &Event, state: &SweepState);

    /// Called several times a second while jobs run, for clocks and spinners.
    fn tick(&mut self, _state: &SweepState) {}
}

/// A reporter, and a listener to single jobs, that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn event(&mut self, _event: &Event, _state: &SweepState) {}
}

impl Listener for Silent {
    fn stage_started(&self, _stage: Stage) {}

    fn stage_finished(&self, _record: StageRecord) {}

    fn command_finished(&self, _record: CommandRecord) {}

    fn memory(&self, _bytes: u64) {}
}

impl JobListener for Silent {
    fn converted(&self, _project: &str, _warnings: &[String]) {}
}
