//! What a round leaves to the next one: which jobs are run again, what they get, and on which nodes they are not run.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::cluster::engine::End;
use crate::cluster::files::{Home, Loss, Order, Task};
use crate::cluster::fold::{Fold, RoundFold, Run};
use crate::cluster::forecast::{Forecast, memory_of};
use crate::cluster::nodes::{Passed, Trouble, bad_nodes};
use crate::cluster::pack::{Most, Need, Shape};
use crate::cluster::plan::Planned;
use crate::plan::jobs::JobId;
use crate::process::log::tail;
use crate::record::failure::{Cause, Failure, FailureKind};
use crate::record::job::{JobRecord, JobStatus};
use crate::record::sweep::LeftOut;
use crate::sweep::error::JobError;

/// In so many rounds a job may leave no record before it counts as failed.
const MOST_LOSSES: usize = 3;
/// So often a job that ran out of memory gets more.
const MOST_GROWTHS: usize = 3;
/// So much more memory, or time.
const GROWTH: u64 = 2;
/// A part whose time is over is told so up to two minutes before, in seconds.
const TOLD_BEFORE: i64 = 130;

/// A round that is over.
pub(super) struct Past<'a> {
    pub(super) home: &'a Home,
    pub(super) order: &'a Order,
    pub(super) planned: &'a Planned,
    pub(super) fold: &'a Fold,
    pub(super) number: usize,
    /// How parts ended, by array and index, as far as that is known.
    pub(super) ends: HashMap<(usize, usize), End>,
    /// What may be asked for.
    pub(super) most: Most,
    /// Whether the engine can keep jobs away from nodes.
    pub(super) leaves_out: bool,
    /// Where the log of a part is, by array and index, if the engine writes one.
    pub(super) log: &'a dyn Fn(usize, usize) -> Option<PathBuf>,
}

/// What is left of it.
#[derive(Default)]
pub(super) struct Left {
    /// What is run again.
    pub(super) again: Vec<(Need, Task)>,
    /// Records of jobs that are not, and have none.
    pub(super) given_up: Vec<(JobId, JobRecord)>,
    /// Why jobs that are run again have none.
    pub(super) losses: Vec<Loss>,
    pub(super) troubles: Vec<Trouble>,
    pub(super) left_out: Vec<LeftOut>,
}

/// Why a part left jobs undone, where that is known and no fault of its node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    Memory,
    Time,
    /// It was told to end: cancelled, pushed aside, or at the end of a time that the sweep has not asked for.
    Told,
}

impl Past<'_> {
    /// What the next round looks like, by all that is known.
    pub(super) fn shape(&self) -> Shape {
        let shape = Shape::new(&self.order.request, self.planned.usual_memory);
        shape.later(&self.fold.forecast(), &self.order.request, self.most)
    }

    /// Finds out what is left.
    pub(super) fn left(&self) -> Left {
        let mut left = Left::default();
        let Some(round) = self.fold.rounds.get(self.number) else { return left };
        left.troubles = round.round.troubles.clone();
        let last = last_runs(round);
        left.troubles.extend(self.troubles(round, &last));
        if self.leaves_out {
            left.left_out = bad_nodes(&left.troubles, &self.passed());
        }
        let forecast = self.fold.forecast();
        for (array, part, task) in round.round.tasks() {
            let Some(now) = round.round.arrays.get(array) else { continue };
            let now = Need { memory: now.memory, time: now.time };
            let is_done = |job: JobId| round.record(job).is_some() || self.fold.done_before(job, self.number);
            match round.record(task.job) {
                Some(record) if record.status != JobStatus::Success => {
                    match self.another_try(round, &left.left_out, task.job, record, now, &forecast) {
                        Some(need) => left.again.push((need, task.clone())),
                        None => {
                            let open = task.followers.iter().filter(|job| !is_done(**job));
                            left.given_up.extend(open.filter_map(|job| self.as_failed(*job, record)));
                        }
                    }
                }
                _ => {
                    let resumed = |job: JobId| self.planned.resumed.iter().any(|(done, _)| *done == job);
                    let open: Vec<JobId> =
                        task.jobs().filter(|job| !is_done(*job) && !resumed(*job)).collect();
                    let Some(first) = open.first() else { continue };
                    let reason = self.reason(round, &last, (array, part));
                    let seen = round.jobs.get(&task.job);
                    let machine = seen.map(|seen| seen.host.clone()).filter(|host| !host.is_empty());
                    let failure = match last.contains_key(&(array, part)) || reason.is_some() {
                        true => lost(reason, machine, &now),
                        false => not_begun((self.log)(array, part)),
                    };
                    if self.fold.times_lost(*first) < MOST_LOSSES {
                        let has_begun = seen.is_some_and(|seen| seen.started.is_some());
                        if has_begun && *first == task.job {
                            left.losses.push(Loss { job: task.job, failure });
                        }
                        left.again.push((self.after_loss(reason, now, &forecast), task.clone()));
                    } else {
                        left.given_up
                            .extend(open.iter().filter_map(|job| self.without_record(*job, &failure)));
                    }
                }
            }
        }
        left
    }

    /// Why a part left jobs undone.
    fn reason(&self, round: &RoundFold, last: &LastRuns<'_>, part: (usize, usize)) -> Option<Reason> {
        match self.ends.get(&part) {
            Some(End::OutOfMemory) => return Some(Reason::Memory),
            Some(End::OutOfTime) => return Some(Reason::Time),
            _ => {}
        }
        let run = last.get(&part)?;
        let ran = run.stopped?.duration_since(run.since?).as_secs();
        let limit = round.round.arrays.get(part.0)?.time.and_then(|minutes| i64::try_from(minutes).ok());
        match limit {
            Some(minutes) if ran >= minutes.saturating_mul(60) - TOLD_BEFORE => Some(Reason::Time),
            _ => Some(Reason::Told),
        }
    }

    /// What went wrong in the round, and may be its nodes' fault.
    fn troubles(&self, round: &RoundFold, last: &LastRuns<'_>) -> Vec<Trouble> {
        let mut troubles = Vec::new();
        for (path, run) in &round.runs {
            let Some(part) = part_of(path) else { continue };
            let is_last = last.get(&part).is_some_and(|last| std::ptr::eq(*last, run));
            let has_reason = is_last && self.reason(round, last, part).is_some();
            if !run.over && !has_reason && !run.host.is_empty() {
                let jobs: BTreeSet<JobId> = run.running.iter().copied().collect();
                troubles.push(Trouble { node: run.host.clone(), jobs });
            }
        }
        for (job, seen) in round.jobs.iter().filter(|(_, seen)| !seen.host.is_empty()) {
            let record = seen.record.as_ref().filter(|record| record.identical_to.is_none());
            if record.and_then(|record| record.failure.as_ref()).is_some_and(|why| may_be_the_node(why.cause))
            {
                troubles.push(Trouble { node: seen.host.clone(), jobs: BTreeSet::from([*job]) });
            }
        }
        troubles.sort_by(|a, b| (&a.node, &a.jobs).cmp(&(&b.node, &b.jobs)));
        troubles
    }

    /// What succeeded so far, and where.
    fn passed(&self) -> Vec<Passed> {
        let seen = self.fold.rounds.iter().flat_map(|round| &round.jobs);
        let passed = seen.filter(|(_, seen)| {
            let counts =
                |record: &JobRecord| record.status == JobStatus::Success && record.identical_to.is_none();
            !seen.host.is_empty() && seen.record.as_ref().is_some_and(counts)
        });
        passed.map(|(job, seen)| Passed { node: seen.host.clone(), job: *job }).collect()
    }

    /// What a job gets that is run again and did nothing wrong.
    fn usual(&self, now: Need, forecast: &Forecast) -> Need {
        let at_a_time = Shape::new(&self.order.request, self.planned.usual_memory).at_a_time;
        let memory = forecast.memory(at_a_time).map_or(now.memory, |memory| memory.min(self.most_memory()));
        let time = now.time.map(|time| forecast.minutes(1, at_a_time).unwrap_or(time));
        Need { memory, time }
    }

    /// What a failed job needs for another try, if it gets one.
    fn another_try(
        &self,
        round: &RoundFold,
        left_out: &[LeftOut],
        job: JobId,
        record: &JobRecord,
        now: Need,
        forecast: &Forecast,
    ) -> Option<Need> {
        let cause = record.failure.as_ref()?.cause;
        let times = self.fold.times_failed(job);
        let retries = self.order.request.retries as usize;
        if cause == Cause::OutOfMemory && times <= MOST_GROWTHS.max(retries) {
            let peak = record.peak_memory_bytes.unwrap_or_default();
            let usual = self.usual(now.clone(), forecast);
            let memory = self.more_memory(now.memory.max(memory_of(peak, 1, 0)), usual.memory)?;
            return Some(Need { memory, ..usual });
        }
        let node = round.jobs.get(&job).map(|seen| seen.host.as_str());
        let node_is_out = left_out.iter().any(|out| Some(out.node.as_str()) == node);
        let again = match may_be_the_node(cause) && node_is_out {
            // The tries that a user asked for are for other reasons.
            true => times <= MOST_LOSSES.max(retries),
            false => cause.may_pass() && times <= retries,
        };
        again.then(|| self.usual(now, forecast))
    }

    /// What the jobs of a part need that left them undone.
    fn after_loss(&self, reason: Option<Reason>, now: Need, forecast: &Forecast) -> Need {
        let usual = self.usual(now.clone(), forecast);
        match reason {
            Some(Reason::Memory) => {
                let memory = self.more_memory(now.memory, usual.memory).unwrap_or(now.memory);
                Need { memory, ..usual }
            }
            Some(Reason::Time) => {
                Need { time: now.time.map(|minutes| minutes.saturating_mul(GROWTH)), ..usual }
            }
            // They may have died of what they had.
            Some(Reason::Told) | None => {
                Need { memory: usual.memory.max(now.memory), time: usual.time.max(now.time) }
            }
        }
    }

    fn most_memory(&self) -> u64 {
        self.order.request.max_memory.into_iter().chain(self.most.memory).min().unwrap_or(u64::MAX)
    }

    /// More than what was not enough; `None` where no more can be had.
    fn more_memory(&self, memory: u64, usual: u64) -> Option<u64> {
        let at_first = Shape::new(&self.order.request, self.planned.usual_memory).memory;
        let more = memory.saturating_mul(GROWTH).max(usual).max(at_first).min(self.most_memory());
        (more > memory).then_some(more)
    }

    /// The record of an identical job.
    fn as_failed(&self, job: JobId, of: &JobRecord) -> Option<(JobId, JobRecord)> {
        let place = self.planned.job(job, self.home)?;
        let identical_to = Some(of.job.label_beside(&place));
        let copy = JobRecord { identical_to, tarball: None, ..of.clone() };
        Some((job, copy.moved_to(place)))
    }

    /// The record of a job that left none of its own, too often.
    fn without_record(&self, job: JobId, failure: &Failure) -> Option<(JobId, JobRecord)> {
        let now = Timestamp::now();
        let record = JobRecord {
            status: JobStatus::Failed,
            started: Some(now),
            ended: Some(now),
            fingerprint: self.planned.spec(job)?.fingerprint.clone(),
            error: Some(failure.message.clone()),
            failure: Some(failure.clone()),
            ..JobRecord::new(self.planned.job(job, self.home)?, &self.planned.stages)
        };
        Some((job, record))
    }
}

/// Whether a failure may be the fault of the machine that ran the job.
fn may_be_the_node(cause: Cause) -> bool {
    matches!(cause, Cause::ToolMissing | Cause::CLibraryMissing | Cause::Killed | Cause::DiskFull)
}

/// The failure of a job whose part left nothing at all: its log may say why.
fn not_begun(log: Option<PathBuf>) -> Failure {
    let said = log.and_then(|log| Some(format!("; {} ends with {:?}", log.display(), tail(&log).pop()?)));
    let said = said.unwrap_or_else(|| ", and left no word in a log".to_owned());
    let message = format!("its part of the sweep ended before it began{said}");
    Failure::known(FailureKind::Lost, Cause::Lost, message)
}

/// The failure of a job whose part left it undone.
fn lost(reason: Option<Reason>, machine: Option<String>, now: &Need) -> Failure {
    match reason {
        Some(Reason::Memory) => Failure::known(
            FailureKind::ToolKilled,
            Cause::OutOfMemory,
            format!(
                "its part of the sweep was ended because it used more than the {} MiB that it had",
                now.memory
            ),
        ),
        Some(Reason::Time) => {
            let limit = now.time.map_or_else(String::new, |minutes| format!(" of {minutes} min"));
            Failure::known(
                FailureKind::Timeout,
                Cause::Timeout,
                format!(
                    "its part of the sweep was ended by the cluster's time limit{limit} before it was done"
                ),
            )
        }
        Some(Reason::Told) => Failure::known(
            FailureKind::Lost,
            Cause::Lost,
            "its part of the sweep was told to end before it was done: it was cancelled, pushed aside by another job, or at the end of its time".to_owned(),
        ),
        None => Failure::record(&JobError::Lost { machine }),
    }
}

/// The array and the index of a part, by the name of a run's notes.
fn part_of(notes: &std::path::Path) -> Option<(usize, usize)> {
    let name = notes.file_name()?.to_str()?;
    let mut numbers = name.splitn(3, '-').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// The last run of each part: an engine may have started it several times.
type LastRuns<'a> = HashMap<(usize, usize), &'a Run>;

fn last_runs(round: &RoundFold) -> LastRuns<'_> {
    let mut last = LastRuns::new();
    for (path, run) in &round.runs {
        let Some(part) = part_of(path) else { continue };
        let known = last.entry(part).or_insert(run);
        if known.since < run.since {
            *known = run;
        }
    }
    last
}
