//! What happens when an engine does not take a round: it is asked again for a while, and then the round's jobs get a record that says so.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Home, optional, read, write_json};
use crate::cluster::fold::Fold;
use crate::cluster::plan::Planned;
use crate::plan::jobs::JobId;
use crate::record::failure::{Cause, Failure, FailureKind};
use crate::record::job::{JobRecord, JobStatus};

/// So often, and for so long, a round is refused before its jobs are given up: limits on the number of a user's jobs pass while other jobs end.
const MOST_TIMES: usize = 10;
const PATIENCE: Duration = Duration::from_secs(45 * 60);

/// An engine refuses a round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Refusal {
    /// Since when.
    pub since: Timestamp,
    /// When it did so last.
    pub last: Timestamp,
    /// How often.
    pub times: usize,
    /// What it was asked, last.
    pub command: String,
    /// What it said.
    pub message: String,
}

impl Refusal {
    /// What is known of it, if a round is refused.
    pub(super) fn of(home: &Home, round: usize) -> Result<Option<Self>, ClusterError> {
        optional(read(&path(home, round)))
    }

    /// Writes down that a round was refused once more.
    pub(super) fn note(
        home: &Home,
        round: usize,
        command: &str,
        message: &str,
    ) -> Result<Self, ClusterError> {
        let (known, now) = (Self::of(home, round)?, Timestamp::now());
        let refusal = Self {
            since: known.as_ref().map_or(now, |known| known.since),
            last: now,
            times: known.map_or(0, |known| known.times) + 1,
            command: command.to_owned(),
            message: message.to_owned(),
        };
        write_json(&path(home, round), &refusal)?;
        Ok(refusal)
    }

    /// The round was taken.
    pub(super) fn forget(home: &Home, round: usize) -> Result<(), ClusterError> {
        let path = path(home, round);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(at(&path)(error)),
            _ => Ok(()),
        }
    }

    /// For how long it has been refused.
    #[must_use]
    pub fn lasts(&self) -> Duration {
        Timestamp::now().duration_since(self.since).unsigned_abs()
    }

    /// For how long it is still asked, before the jobs are given up.
    #[must_use]
    pub fn left(&self) -> Duration {
        PATIENCE.saturating_sub(self.lasts())
    }

    /// Whether it was asked often enough, and for long enough.
    pub(super) fn is_final(&self) -> bool {
        self.times >= MOST_TIMES && self.left().is_zero()
    }

    /// Records of those jobs of a round that are in arrays from number `first` on, which were refused.
    pub(super) fn records(
        &self,
        home: &Home,
        planned: &Planned,
        fold: &Fold,
        number: usize,
        first: usize,
    ) -> Vec<(JobId, JobRecord)> {
        let Some(round) = fold.rounds.get(number) else { return Vec::new() };
        let refused = round.round.tasks().filter(|(array, ..)| *array >= first);
        let jobs = refused.flat_map(|(_, _, task)| task.jobs().collect::<Vec<_>>());
        let is_done = |job: JobId| {
            let resumed = planned.resumed.iter().any(|(done, _)| *done == job);
            resumed || round.record(job).is_some() || fold.done_before(job, number)
        };
        let open = jobs.filter(|job| !is_done(*job));
        open.filter_map(|job| Some((job, self.record(home, planned, fold, number, job)?))).collect()
    }

    /// A job's record: what went wrong in the round before, and that there was no other try.
    fn record(
        &self,
        home: &Home,
        planned: &Planned,
        fold: &Fold,
        number: usize,
        job: JobId,
    ) -> Option<JobRecord> {
        let why = format!("{} ({})", self.message, self.command);
        let failed = number.checked_sub(1).and_then(|before| fold.rounds.get(before)?.record(job).cloned());
        let failed = failed.filter(|record| record.status == JobStatus::Failed);
        let before = failed.as_ref().and_then(|record| record.failure.clone());
        let lost = || fold.why_lost(job, number.checked_sub(1)?);
        let failure = match before.or_else(lost) {
            Some(known) => Failure {
                message: format!("{}; another try could not be submitted: {why}", known.message),
                ..known
            },
            None => Failure::known(
                FailureKind::NotSubmitted,
                Cause::NotSubmitted,
                format!("its part of the sweep could not be submitted: {why}"),
            ),
        };
        let place = planned.job(job, home)?;
        let record = failed.unwrap_or_else(|| JobRecord {
            started: Some(self.last),
            ended: Some(self.last),
            fingerprint: planned.spec(job).and_then(|spec| spec.fingerprint.clone()),
            ..JobRecord::new(place.clone(), &planned.stages)
        });
        // Its project made room for the next try.
        let record = JobRecord {
            status: JobStatus::Failed,
            kept_names: Vec::new(),
            error: Some(failure.message.clone()),
            failure: Some(failure),
            ..record
        };
        Some(record.moved_to(place))
    }
}

fn path(home: &Home, round: usize) -> PathBuf {
    home.round_dir(round).join("refused.json")
}
