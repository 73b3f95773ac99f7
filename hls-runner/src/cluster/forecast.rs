//! What jobs that are done used, and what the next ones are expected to need by it.

use std::time::Duration;

use crate::record::job::{JobRecord, JobStatus};

/// So many jobs must have been measured before others are judged by them.
const ENOUGH: usize = 3;
/// Work of a part that is worth a place in a queue, and that may be lost with its node.
const WORK_OF_A_PART: Duration = Duration::from_secs(15 * 60);
/// The most jobs of a part, however short they are.
const MOST_JOBS: usize = 1000;
/// So much longer than the longest job so far another one may take.
const LONGER: u32 = 3;
/// Minutes of a time limit that no job has: a part is told to end a minute before it, and schedulers are not exact to the minute.
const OF_THE_ENGINE: u64 = 2;
/// Memory beside what was measured, in bytes.
const BESIDE: u64 = 256 << 20;
const MIB: u64 = 1 << 20;

/// What was measured of jobs that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Forecast {
    measured: usize,
    /// The most memory that the tools of one job used, in bytes; 0 where that is not known.
    peak: u64,
    /// The most that a process of this program used beside them, in bytes.
    own: u64,
    longest: Duration,
    total: Duration,
}

impl Forecast {
    /// What these records tell. Failures tell nothing, because they end anywhere; neither do copies of identical models' results.
    pub(super) fn of<'a>(records: impl IntoIterator<Item = &'a JobRecord>) -> Self {
        let mut forecast = Self::default();
        let tells =
            |record: &&JobRecord| record.status == JobStatus::Success && record.identical_to.is_none();
        for record in records.into_iter().filter(tells) {
            let Some(time) = record.elapsed() else { continue };
            forecast.measured += 1;
            forecast.peak = forecast.peak.max(record.peak_memory_bytes.unwrap_or_default());
            forecast.longest = forecast.longest.max(time);
            forecast.total += time;
        }
        forecast
    }

    /// The same, where processes of this program used up to `own` bytes themselves.
    pub(super) fn beside(self, own: u64) -> Self {
        Self { own: self.own.max(own), ..self }
    }

    fn is_enough(&self) -> bool {
        self.measured >= ENOUGH
    }

    /// Memory of a part that runs so many jobs at a time, in MiB; `None` where too little is known.
    pub(super) fn memory(&self, at_a_time: usize) -> Option<u64> {
        (self.is_enough() && self.peak > 0).then(|| memory_of(self.peak, at_a_time, self.own))
    }

    /// Minutes for a part with so many jobs; `None` where too little is known.
    pub(super) fn minutes(&self, jobs: usize, at_a_time: usize) -> Option<u64> {
        let turns = u32::try_from(jobs.div_ceil(at_a_time.max(1))).unwrap_or(u32::MAX);
        let seconds = self.longest.saturating_mul(LONGER).saturating_mul(turns).as_secs() + 1;
        self.is_enough().then(|| seconds.div_ceil(60) + OF_THE_ENGINE)
    }

    /// How many jobs make a part that is worth its place in the queue; `None` where too little is known.
    pub(super) fn jobs_per_part(&self, at_a_time: usize) -> Option<usize> {
        let mean = self.total.as_secs_f64() / self.measured.max(1) as f64;
        let jobs = WORK_OF_A_PART.as_secs_f64() * at_a_time as f64 / mean.max(1e-3);
        self.is_enough().then(|| (jobs as usize).clamp(at_a_time.max(1), MOST_JOBS.max(at_a_time)))
    }
}

/// Memory of a part in MiB whose jobs, so many at a time, use `peak` bytes each, and this program `own`.
pub(super) fn memory_of(peak: u64, at_a_time: usize, own: u64) -> u64 {
    let used = peak.saturating_mul(at_a_time as u64).saturating_add(own);
    (used / 10).saturating_mul(11).saturating_add(BESIDE).div_ceil(MIB)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn record(seconds: i64, peak: u64) -> JobRecord {
        JobRecord {
            status: JobStatus::Success,
            started: Some(Timestamp::UNIX_EPOCH),
            ended: Timestamp::from_second(seconds).ok(),
            peak_memory_bytes: Some(peak).filter(|peak| *peak > 0),
            ..JobRecord::default()
        }
    }

    #[test]
    fn requests_follow_the_largest_and_the_longest() {
        let records = [record(60, 1000 << 20), record(30, 2000 << 20), record(90, 500 << 20)];
        let forecast = Forecast::of(&records);
        // 1.1 × 2000 MiB + 256 MiB; two at a time; with 100 MiB of this program.
        assert_eq!(forecast.memory(1), Some(2456));
        assert_eq!(forecast.memory(2), Some(4656));
        assert_eq!(forecast.beside(100 << 20).memory(1), Some(2566));
        // 3 × 90 s and a second, in whole minutes, and two of the engine's.
        assert_eq!(forecast.minutes(1, 1), Some(7));
        assert_eq!(forecast.minutes(3, 1), Some(16));
        assert_eq!(forecast.minutes(4, 4), Some(7));
        assert_eq!(forecast.minutes(5, 4), Some(12));
        // A minute each.
        assert_eq!(forecast.jobs_per_part(1), Some(15));
        assert_eq!(forecast.jobs_per_part(4), Some(60));
    }

    #[test]
    fn what_tells_nothing_is_not_asked() {
        let two = [record(60, 1 << 30), record(60, 1 << 30)];
        let failed = JobRecord { status: JobStatus::Failed, ..record(9000, 9 << 30) };
        let copied = JobRecord { identical_to: Some("m".into()), ..record(0, 1 << 30) };
        let not_begun = JobRecord { started: None, ended: None, ..record(0, 0) };
        let forecast = Forecast::of(two.iter().chain([&failed, &copied, &not_begun]));
        assert_eq!(
            (forecast.memory(1), forecast.minutes(1, 1), forecast.jobs_per_part(1)),
            (None, None, None)
        );
        // Tools that run inside this program use no memory of their own.
        let quick = [record(0, 0), record(0, 0), record(0, 0)];
        let forecast = Forecast::of(&quick);
        assert_eq!((forecast.memory(4), forecast.minutes(1000, 4)), (None, Some(3)));
        assert_eq!(forecast.jobs_per_part(4), Some(MOST_JOBS));
        let slow = [record(3600, 1), record(3600, 1), record(3600, 1)];
        assert_eq!(Forecast::of(&slow).jobs_per_part(4), Some(4), "no core is left idle");
        assert!(Forecast::of(&vec![record(1 << 33, u64::MAX); 3]).memory(9).is_some());
    }

    #[test]
    fn a_request_is_never_less_than_what_ran() {
        proptest::proptest!(|(peaks in proptest::collection::vec(1_u64..1 << 45, 3..9), at_a_time in 1_usize..9)| {
            let records: Vec<JobRecord> = peaks.iter().map(|peak| record(1, *peak)).collect();
            let memory = Forecast::of(&records).memory(at_a_time).unwrap_or_default();
            let largest = peaks.iter().max().copied().unwrap_or_default();
            proptest::prop_assert!(memory * MIB >= largest * at_a_time as u64 + BESIDE);
        });
    }
}
