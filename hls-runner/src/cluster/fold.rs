//! What is known of a sweep on a cluster: the fold of all notes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Home, Round, optional, read};
use crate::cluster::notes::{Line, Reader, What};
use crate::cluster::plan::{Planned, planned};
use crate::plan::jobs::JobId;
use crate::record::failure::Failure;
use crate::record::job::{JobRecord, JobStatus, StageRecord};
use crate::record::sweep::SweepRecord;
use crate::sweep::error::JobError;
use crate::sweep::event::{Event, EventKind};
use crate::sweep::state::{Reporter, SweepState};

/// What is known of a sweep; each look reads only what is new.
#[derive(Debug)]
pub struct Fold {
    home: Home,
    started: Timestamp,
    planned: Option<Planned>,
    pub(super) rounds: Vec<RoundFold>,
    reader: Reader,
    ended: bool,
}

/// What is known of a round.
#[derive(Debug, Default)]
pub(super) struct RoundFold {
    pub(super) round: Round,
    pub(super) jobs: HashMap<JobId, Seen>,
    pub(super) runs: HashMap<PathBuf, Run>,
}

/// What a round's parts noted of a job.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) started: Option<Timestamp>,
    pub(super) stages: Vec<StageRecord>,
    pub(super) record: Option<JobRecord>,
    /// Whose notes they are.
    pub(super) host: String,
}

/// A run of a part.
#[derive(Debug, Default, Clone)]
pub(super) struct Run {
    pub(super) host: String,
    /// Its number in Slurm.
    pub(super) slurm: String,
    /// Whether it has ended, and said so.
    pub(super) over: bool,
    pub(super) running: Vec<JobId>,
}

impl Fold {
    /// Reads what is known.
    ///
    /// # Errors
    /// A file of the sweep cannot be read.
    pub fn open(home: &Home) -> Result<Self, ClusterError> {
        let started = home.order()?.at;
        let mut fold = Self {
            home: home.clone(),
            started,
            planned: None,
            rounds: Vec::new(),
            reader: Reader::default(),
            ended: false,
        };
        fold.refresh()?;
        Ok(fold)
    }

    /// Reads what is new; returns whether anything is.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn refresh(&mut self) -> Result<bool, ClusterError> {
        let ended = self.home.ended()?.is_some();
        let mut changed = std::mem::replace(&mut self.ended, ended) != ended;
        if self.planned.is_none() {
            self.planned = planned(&self.home)?;
            changed |= self.planned.is_some();
        }
        while let Some(round) = optional(read(&self.home.round_dir(self.rounds.len()).join("round.json")))? {
            self.rounds.push(RoundFold { round, ..RoundFold::default() });
            changed = true;
        }
        for (number, round) in self.rounds.iter_mut().enumerate() {
            let folder = self.home.round_dir(number).join("notes");
            for (path, lines) in self.reader.news(&folder).map_err(at(&folder))? {
                changed = true;
                lines.into_iter().for_each(|line| round.hear(&path, line));
            }
        }
        Ok(changed)
    }

    /// What is to be done, once that is known.
    #[must_use]
    pub fn planned(&self) -> Option<&Planned> {
        self.planned.as_ref()
    }

    /// The sweep as it stands, as if its jobs had run here.
    ///
    /// # Errors
    /// A file of the sweep cannot be read.
    pub fn state(&self) -> Result<SweepState, ClusterError> {
        let Some(planned) = &self.planned else {
            let plan = crate::plan::jobs::Plan {
                input_dirs: Vec::new(),
                output_dir: self.home.output_dir().to_owned(),
                grid: crate::plan::grid::Grid::default(),
                jobs: Vec::new(),
            };
            return Ok(SweepState::new(&plan, Vec::new()));
        };
        let plan = planned.plan(&self.home);
        let mut state = SweepState::new(&plan, planned.stages.clone());
        let mut tell = |at: Timestamp, kind: EventKind| state.apply(&Event { at, kind });
        tell(self.started, EventKind::SweepStarted);
        for spec in &planned.jobs {
            if let Some(fingerprint) = spec.fingerprint.clone() {
                tell(self.started, EventKind::JobIdentified { job: spec.id, fingerprint });
            }
        }
        for (job, record) in &planned.resumed {
            let record = Box::new(record.clone().moved_to(plan.jobs.get(job.0).cloned().unwrap_or_default()));
            tell(self.started, EventKind::JobResumed { job: *job, record });
        }
        let mut last: HashMap<JobId, usize> = HashMap::new();
        for (number, round) in self.rounds.iter().enumerate() {
            for job in round.round.tasks().flat_map(|(_, _, task)| task.jobs()) {
                last.insert(job, number);
            }
        }
        for (number, round) in self.rounds.iter().enumerate() {
            for (_, _, task) in round.round.tasks() {
                for job in task.jobs() {
                    // In a round for the identical ones only, the job itself was done before.
                    if planned.resumed.iter().any(|(done, _)| *done == job) {
                        continue;
                    }
                    let seen = round.jobs.get(&job);
                    match (seen.and_then(|seen| seen.record.clone()), last.get(&job) == Some(&number)) {
                        (Some(record), is_last) if is_last || record.status == JobStatus::Success => {
                            if self.done_before(job, number) {
                                continue;
                            }
                            tell(record.started.unwrap_or(self.started), EventKind::JobStarted { job });
                            let ended = record.ended.unwrap_or(self.started);
                            let record = Box::new(place(record, planned, job, &self.home));
                            tell(ended, EventKind::JobFinished { job, record });
                        }
                        (None, true) => {
                            let Some(seen) = seen else { continue };
                            let Some(started) = seen.started else { continue };
                            tell(started, EventKind::JobStarted { job });
                            for record in seen.stages.clone() {
                                tell(started, EventKind::StageFinished { job, record });
                            }
                        }
                        (record, _) if job == task.job && !self.done_before(job, number) => {
                            let Some(started) = seen.and_then(|seen| seen.started) else { continue };
                            let lost = || {
                                let machine = seen.map(|seen| seen.host.clone());
                                Failure::record(&JobError::Lost { machine })
                            };
                            let failure = record.and_then(|record| record.failure).unwrap_or_else(lost);
                            tell(started, EventKind::JobStarted { job });
                            tell(started, EventKind::JobRetried { job, failure });
                        }
                        _ => {}
                    }
                }
            }
        }
        if let Some(ended) = self.home.ended()? {
            if ended.interrupted {
                tell(ended.at, EventKind::Interrupted);
            }
            tell(ended.at, EventKind::SweepFinished);
        }
        Ok(state)
    }

    /// What is written down of the sweep.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn record(&self) -> Result<SweepRecord, ClusterError> {
        let state = self.state()?;
        let header = self.planned.as_ref().map(|planned| planned.header.clone()).unwrap_or_default();
        let record = state.record(&header);
        Ok(record.with_jobs(<[JobRecord]>::to_vec))
    }

    /// Whether the job succeeded in an earlier round.
    pub(super) fn done_before(&self, job: JobId, round: usize) -> bool {
        self.rounds.iter().take(round).any(|round| round.succeeded(job))
    }

    /// In how many of the rounds the job was begun and left no record.
    pub(super) fn times_lost(&self, job: JobId) -> usize {
        let lost = |round: &&RoundFold| {
            let took_part = round.round.tasks().any(|(_, _, task)| task.job == job);
            let seen = round.jobs.get(&job);
            let began = seen.is_some_and(|seen| seen.started.is_some());
            let nothing_happened = round.jobs.values().all(|seen| seen.record.is_none());
            took_part && seen.is_none_or(|seen| seen.record.is_none()) && (began || nothing_happened)
        };
        self.rounds.iter().filter(lost).count()
    }

    /// How often the job failed so far.
    pub(super) fn times_failed(&self, job: JobId) -> usize {
        let failed = |round: &&RoundFold| {
            let record = round.jobs.get(&job).and_then(|seen| seen.record.as_ref());
            record.is_some_and(|record| record.status != JobStatus::Success)
        };
        self.rounds.iter().filter(failed).count()
    }
}

impl RoundFold {
    fn hear(&mut self, path: &Path, line: Line) {
        let run = self.runs.entry(path.to_owned()).or_default();
        match line.what {
            What::Begun { host, slurm } => *run = Run { host, slurm, ..Run::default() },
            What::Started { job } => {
                run.running.push(job);
                let seen = self.jobs.entry(job).or_default();
                seen.started = Some(line.at);
                seen.stages.clear();
                seen.host.clone_from(&run.host);
            }
            What::Stage { job, record } => {
                let stages = &mut self.jobs.entry(job).or_default().stages;
                stages.retain(|known| known.stage != record.stage);
                stages.push(record);
            }
            What::Finished { job, record } => {
                run.running.retain(|running| *running != job);
                let seen = self.jobs.entry(job).or_default();
                // Of two runs of the same part, the one that committed counts; both know whose result that is.
                if !seen.record.as_ref().is_some_and(|known| known.status == JobStatus::Success) {
                    seen.record = Some(*record);
                }
            }
            What::Stopped | What::Over => {
                run.over = true;
                run.running.clear();
            }
        }
    }

    pub(super) fn record(&self, job: JobId) -> Option<&JobRecord> {
        self.jobs.get(&job)?.record.as_ref()
    }

    fn succeeded(&self, job: JobId) -> bool {
        self.record(job).is_some_and(|record| record.status == JobStatus::Success)
    }
}

/// A record with the job's place in this plan.
fn place(record: JobRecord, planned: &Planned, job: JobId, home: &Home) -> JobRecord {
    JobRecord { job: planned.job(job, home).unwrap_or_default(), ..record }
}

/// Tells a reporter what happened between two looks.
pub fn tell_changes(before: &SweepState, after: &SweepState, reporter: &mut dyn Reporter) {
    let mut tell = |kind: EventKind| reporter.event(&Event::now(kind), after);
    let unknown = JobRecord::default();
    for (number, now) in after.jobs.iter().enumerate() {
        let job = JobId(number);
        let then = before.job(job).unwrap_or(&unknown);
        let is_done = |record: &JobRecord| matches!(record.status, JobStatus::Success | JobStatus::Failed);
        match (&then.status, &now.status) {
            (JobStatus::Failed, JobStatus::Pending | JobStatus::Running) => {
                if let Some(failure) = then.failure.clone() {
                    tell(EventKind::JobRetried { job, failure });
                }
            }
            _ if !is_done(then) && is_done(now) => {
                if !now.warnings.is_empty() {
                    let project = now.project.clone().unwrap_or_default();
                    tell(EventKind::Converted { job, project, warnings: now.warnings.clone() });
                }
                tell(EventKind::JobFinished { job, record: Box::new(now.clone()) });
                continue;
            }
            _ => {}
        }
        if then.status != JobStatus::Running && now.status == JobStatus::Running {
            tell(EventKind::JobStarted { job });
        }
        if let Some(stage) = now.running_stage().filter(|stage| then.running_stage() != Some(stage)) {
            tell(EventKind::StageStarted { job, stage: stage.clone() });
        }
    }
    if before.ended.is_none() && after.ended.is_some() {
        tell(EventKind::SweepFinished);
    }
}
