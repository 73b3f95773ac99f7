//! What is known of a sweep on a cluster: the fold of all notes.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Home, Round, Task, optional, read};
use crate::cluster::forecast::Forecast;
use crate::cluster::notes::{Line, Reader, What};
use crate::cluster::plan::{Planned, planned};
use crate::plan::jobs::{JobId, Plan};
use crate::record::failure::{Cause, Failure};
use crate::record::job::{JobRecord, JobStatus, StageRecord};
use crate::record::sweep::{LeftOut, SweepRecord};
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
    /// The most memory that a process of this program used, in bytes.
    pub(super) own_memory: u64,
}

/// What a round's parts noted of a job.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) started: Option<Timestamp>,
    pub(super) stages: Vec<StageRecord>,
    pub(super) record: Option<JobRecord>,
    /// Whether there is a record although the job was not tried.
    pub(super) untried: bool,
    /// Whose notes they are.
    pub(super) host: String,
}

/// A run of a part.
#[derive(Debug, Default, Clone)]
pub(super) struct Run {
    pub(super) host: String,
    pub(super) since: Option<Timestamp>,
    /// How people call it: the engine's name for the array, and the index.
    pub(super) element: String,
    /// Whether it has ended, and said so.
    pub(super) over: bool,
    /// When it was told to end before all was done.
    pub(super) stopped: Option<Timestamp>,
    pub(super) running: Vec<JobId>,
}

/// Where a job is in a sweep.
#[derive(Debug, Clone, Copy)]
struct Place {
    /// The job of its task that is run.
    leader: JobId,
    round: usize,
    /// Of its part, in MiB.
    memory: u64,
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
        let mut state = match &self.planned {
            Some(planned) => SweepState::new(&planned.plan(&self.home), planned.stages.clone()),
            None => SweepState::new(&Plan::nothing(self.home.output_dir()), Vec::new()),
        };
        state.apply(&Event { at: self.started, kind: EventKind::SweepStarted });
        if let Some(planned) = &self.planned {
            self.known_before(planned, &mut state);
            for (number, round) in self.rounds.iter().enumerate() {
                for (array, _, task) in round.round.tasks() {
                    let memory = round.round.arrays.get(array).map_or(0, |array| array.memory);
                    let place = Place { leader: task.job, round: number, memory };
                    task.jobs().for_each(|job| self.tell_job(job, place, &mut state));
                }
            }
        }
        if let Some(ended) = self.home.ended()? {
            let tell = |state: &mut SweepState, kind| state.apply(&Event { at: ended.at, kind });
            if ended.interrupted {
                tell(&mut state, EventKind::Interrupted);
            }
            tell(&mut state, EventKind::SweepFinished);
        }
        Ok(state)
    }

    /// What was known before the first round.
    fn known_before(&self, planned: &Planned, state: &mut SweepState) {
        let mut tell = |kind| state.apply(&Event { at: self.started, kind });
        for spec in &planned.jobs {
            if let Some(fingerprint) = spec.fingerprint.clone() {
                tell(EventKind::JobIdentified { job: spec.id, fingerprint });
            }
        }
        for (job, record) in &planned.resumed {
            let place = planned.job(*job, &self.home).unwrap_or_default();
            tell(EventKind::JobResumed { job: *job, record: Box::new(record.clone().moved_to(place)) });
        }
    }

    /// What happened to a job in a round: it ended, it runs, or another round had to do it again.
    fn tell_job(&self, job: JobId, place: Place, state: &mut SweepState) {
        let Place { leader, round: number, memory } = place;
        let is_leader = job == leader;
        // In a round for the identical ones only, the job itself was done before.
        if self.done_before(job, number) || state.job(job).is_none_or(|record| record.resumed) {
            return;
        }
        let Some(seen) = self.rounds.get(number).and_then(|round| round.jobs.get(&job)) else { return };
        let is_last = self.is_last(job, number);
        // Only the whole sweep knows how often the job was tried whose results these are.
        let of_leader = state.job(leader).filter(|_| !is_leader);
        let of_leader = of_leader.map(|record| (record.attempts, record.earlier_errors.clone()));
        // The record of a round that was not tried is that of the try before.
        let goes_on = !(self.untried(job, number + 1) && self.is_last(job, number + 1));
        let mut tell = |at: Option<Timestamp>, kind: EventKind| {
            state.apply(&Event { at: at.unwrap_or(self.started), kind });
        };
        match &seen.record {
            Some(record) if is_last || record.status == JobStatus::Success => {
                if !seen.untried {
                    tell(record.started, EventKind::JobStarted { job });
                }
                let mut finished = Box::new(record.clone());
                if let Some((attempts, earlier_errors)) = of_leader {
                    *finished = JobRecord { attempts, earlier_errors, ..*finished };
                }
                tell(record.ended, EventKind::JobFinished { job, record: finished });
            }
            // What is over leaves nothing running: what was cut short is to be done.
            None if is_last && self.ended => {}
            None if is_last && seen.started.is_some() => {
                tell(seen.started, EventKind::JobStarted { job });
                for record in seen.stages.clone() {
                    tell(seen.started, EventKind::StageFinished { job, record });
                }
            }
            Some(JobRecord { started, failure: Some(failure), .. }) if is_leader && !seen.untried => {
                tell(*started, EventKind::JobStarted { job });
                if goes_on {
                    let mut failure = failure.clone();
                    if failure.cause == Cause::OutOfMemory {
                        failure.message += &format!("; its part of the sweep had {memory} MiB");
                    }
                    tell(*started, EventKind::JobRetried { job, failure });
                }
            }
            None if is_leader && seen.started.is_some() => {
                let failure = self
                    .why_lost(job, number)
                    .unwrap_or_else(|| Failure::record(&JobError::Lost { machine: Some(seen.host.clone()) }));
                tell(seen.started, EventKind::JobStarted { job });
                if goes_on {
                    tell(seen.started, EventKind::JobRetried { job, failure });
                }
            }
            _ => {}
        }
    }

    /// Why a job that the round had begun left no record, as whoever made the next round found out.
    pub(super) fn why_lost(&self, job: JobId, number: usize) -> Option<Failure> {
        let losses = &self.rounds.get(number + 1)?.round.losses;
        losses.iter().find(|loss| loss.job == job).map(|loss| loss.failure.clone())
    }

    /// Whether a part of it has begun.
    pub(super) fn has_begun(&self) -> bool {
        self.rounds.iter().any(|round| !round.runs.is_empty())
    }

    /// Whether no later round has the job.
    fn is_last(&self, job: JobId, number: usize) -> bool {
        let mut later = self.rounds.iter().skip(number + 1).flat_map(|round| round.round.tasks());
        !later.any(|(_, _, task)| task.jobs().any(|other| other == job))
    }

    /// Whether the job was tried to its end, well or not.
    pub(super) fn was_tried(&self, job: JobId) -> bool {
        let seen = self.rounds.iter().filter_map(|round| round.jobs.get(&job));
        seen.into_iter().any(|seen| seen.record.is_some() && !seen.untried)
    }

    /// Whether the job has a record of this round although it was not tried in it.
    fn untried(&self, job: JobId, round: usize) -> bool {
        self.rounds.get(round).and_then(|round| round.jobs.get(&job)).is_some_and(|seen| seen.untried)
    }

    /// What is written down of the sweep.
    ///
    /// # Errors
    /// As [`state`](Self::state).
    pub fn record(&self) -> Result<SweepRecord, ClusterError> {
        let state = self.state()?;
        let header = self.planned.as_ref().map(|planned| planned.header.clone()).unwrap_or_default();
        let record = state.record(&header).with_jobs(<[JobRecord]>::to_vec);
        Ok(SweepRecord { left_out: self.left_out().to_vec(), ..record })
    }

    /// Nodes on which no further jobs are started.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        self.rounds.last().map_or(&[], |round| &round.round.left_out)
    }

    /// What is expected of jobs by those that are done, in this sweep and in the one that it resumes.
    pub(super) fn forecast(&self) -> Forecast {
        let seen = self.rounds.iter().flat_map(|round| round.jobs.values());
        let resumed =
            self.planned.iter().flat_map(|planned| planned.resumed.iter().map(|(_, record)| record));
        let own = self.rounds.iter().map(|round| round.own_memory).max().unwrap_or_default();
        Forecast::of(seen.filter_map(|seen| seen.record.as_ref()).chain(resumed)).beside(own)
    }

    /// Whether the job succeeded in an earlier round.
    pub(super) fn done_before(&self, job: JobId, round: usize) -> bool {
        self.rounds.iter().take(round).any(|round| round.succeeded(job))
    }

    /// In how many of the rounds the job was begun, or could have been, and left no record.
    pub(super) fn times_lost(&self, job: JobId) -> usize {
        let lost = |round: &&RoundFold| {
            let of_job = |(_, _, task): &(usize, usize, &Task)| task.jobs().any(|other| other == job);
            let Some((_, _, task)) = round.round.tasks().find(of_job) else { return false };
            let began = round.jobs.get(&job).is_some_and(|seen| seen.started.is_some());
            let was_next = task.job != job && round.record(task.job).is_some();
            let nothing_happened = round.jobs.values().all(|seen| seen.record.is_none());
            round.record(job).is_none() && (began || was_next || nothing_happened)
        };
        self.rounds.iter().filter(lost).count()
    }

    /// How often the job failed so far.
    pub(super) fn times_failed(&self, job: JobId) -> usize {
        let failed = |round: &&RoundFold| {
            let seen = round.jobs.get(&job).filter(|seen| !seen.untried);
            let record = seen.and_then(|seen| seen.record.as_ref());
            record.is_some_and(|record| record.status != JobStatus::Success)
        };
        self.rounds.iter().filter(failed).count()
    }
}

impl RoundFold {
    fn hear(&mut self, path: &Path, line: Line) {
        let run = self.runs.entry(path.to_owned()).or_default();
        match line.what {
            What::Begun { host, element } => {
                *run = Run { host, element, since: Some(line.at), ..Run::default() };
            }
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
            What::Finished { job, record, own_memory, untried } => {
                self.own_memory = self.own_memory.max(own_memory);
                run.running.retain(|running| *running != job);
                let seen = self.jobs.entry(job).or_default();
                // Of two runs of the same part, the one that committed counts; both know whose result that is.
                if seen.record.as_ref().is_none_or(|known| known.status != JobStatus::Success) {
                    seen.record = Some(*record);
                    seen.untried = untried;
                    seen.host.clone_from(&run.host);
                }
            }
            ended @ (What::Stopped | What::Over) => {
                run.over = true;
                run.stopped = matches!(ended, What::Stopped).then_some(line.at);
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
