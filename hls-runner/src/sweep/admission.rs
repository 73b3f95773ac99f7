//! Start no job that the machine cannot carry.
//!
//! Memory: each running job counts with what a job of this sweep is expected to need, or with what it uses now if that is more. Where nothing is
//! known of that (no `--memory-per-job`, no finished job), only what is used now counts. Disk: nothing starts while less than the reserve is
//! free.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::machine::{System, disk_free};

/// What jobs may use together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Admission {
    /// Memory for all running jobs in bytes; by default nine tenths of what the machine has, or what this process's control groups allow.
    pub max_memory: Option<u64>,
    /// What a job needs in bytes at its peak; by default the largest peak of the jobs that have ended, and a tenth more.
    pub memory_per_job: Option<u64>,
    /// Bytes that must be free in the output folder's file system, and in the scratch folder's, before another job starts.
    pub disk_reserve: u64,
}

/// Why the next job does not start yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shortage {
    /// The memory for all jobs is spoken for.
    Memory {
        /// What the next job is expected to need, in bytes.
        needed: u64,
        /// What is left, in bytes.
        free: u64,
    },
    /// Too little is free on the disk.
    Disk {
        /// What must be free, in bytes.
        reserve: u64,
        /// What is, in bytes.
        free: u64,
    },
}

impl std::fmt::Display for Shortage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const MIB: u64 = 1024 * 1024;
        match self {
            Self::Memory { needed, free } => {
                write!(
                    f,
                    "memory: the next job needs about {} MiB, {} MiB are free for it",
                    needed / MIB,
                    free / MIB
                )
            }
            Self::Disk { reserve, free } => {
                write!(f, "disk space: {} MiB are free, {} MiB must stay free", free / MIB, reserve / MIB)
            }
        }
    }
}

/// What the machine has at the moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    /// Memory that could be had without swapping, in bytes.
    pub(crate) available: u64,
    /// Free bytes in the file systems of the output folder and of the scratch folder, whichever has less.
    pub(crate) disk: u64,
}

/// Decides whether another job starts.
pub(crate) struct Gate {
    rule: Admission,
    max_memory: u64,
    /// The largest peak of a job that has ended.
    largest_peak: u64,
    looked: Option<(Instant, Machine)>,
}

impl Gate {
    const LOOK_EVERY: Duration = Duration::from_secs(1);

    pub(crate) fn new(rule: Admission) -> Self {
        let max_memory = rule.max_memory.unwrap_or_else(|| System::here().memory_total() / 10 * 9);
        Self { rule, max_memory, largest_peak: 0, looked: None }
    }

    /// A job has ended that used so much at its peak.
    pub(crate) fn learn(&mut self, peak: u64) {
        self.largest_peak = self.largest_peak.max(peak);
    }

    /// What a job is expected to need, in bytes.
    fn need(&self) -> u64 {
        self.rule.memory_per_job.unwrap_or(self.largest_peak / 10 * 11)
    }

    /// Whether another job may start while the running ones use `in_use` bytes each.
    pub(crate) fn check(&mut self, in_use: &[u64], folders: &[&Path]) -> Result<(), Shortage> {
        let machine = match self.looked.filter(|(at, _)| at.elapsed() < Self::LOOK_EVERY) {
            Some((_, machine)) => machine,
            None => {
                let disk = folders.iter().map(|folder| disk_free(folder)).min().unwrap_or(u64::MAX);
                let machine = Machine { available: System::here().memory_available(), disk };
                self.looked = Some((Instant::now(), machine));
                machine
            }
        };
        self.decide(in_use, machine)
    }

    fn decide(&self, in_use: &[u64], machine: Machine) -> Result<(), Shortage> {
        let reserve = self.rule.disk_reserve;
        if machine.disk < reserve {
            return Err(Shortage::Disk { reserve, free: machine.disk });
        }
        // One job always runs: if it is too large for the machine, waiting does not make it smaller.
        if in_use.is_empty() {
            return Ok(());
        }
        let needed = self.need();
        let spoken_for: u64 = in_use.iter().map(|bytes| needed.max(*bytes)).sum();
        let still_coming: u64 = in_use.iter().map(|bytes| needed.saturating_sub(*bytes)).sum();
        let free =
            self.max_memory.saturating_sub(spoken_for).min(machine.available.saturating_sub(still_coming));
        if needed > free { Err(Shortage::Memory { needed, free }) } else { Ok(()) }
    }
}

/// Workers for this machine: one for each `threads_per_job` of its cores, as far as memory allows jobs of `memory_per_job` bytes.
#[must_use]
pub fn automatic_workers(threads_per_job: usize, memory_per_job: u64, rule: Admission) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = rule.max_memory.unwrap_or_else(|| System::here().memory_total() / 10 * 9);
    let by_memory = memory / rule.memory_per_job.unwrap_or(memory_per_job).max(1);
    (cores / threads_per_job.max(1)).min(usize::try_from(by_memory).unwrap_or(usize::MAX)).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_start_as_long_as_there_is_room_for_all_of_them() {
        const GIB: u64 = 1 << 30;
        let rule = |max, per_job| Admission {
            max_memory: Some(max * GIB),
            memory_per_job: per_job,
            disk_reserve: GIB,
        };
        let roomy = Machine { available: 64 * GIB, disk: 10 * GIB };
        type Case<'a> = (Admission, u64, &'a [u64], Machine, bool);
        let cases: &[Case] = &[
            // Nothing is known yet, and nothing runs: the first job starts; others follow.
            (rule(16, None), 0, &[], roomy, true),
            (rule(16, None), 0, &[0], roomy, true),
            // What was learned counts for those that have just begun.
            (rule(16, None), 4 * GIB, &[0, 0], roomy, true),
            (rule(16, None), 4 * GIB, &[0, 0, 0], roomy, false),
            // An amount that was given takes precedence over one that was measured.
            (rule(16, Some(8 * GIB)), 4 * GIB, &[0], roomy, true),
            (rule(16, Some(8 * GIB)), 4 * GIB, &[0, 0], roomy, false),
            (rule(16, Some(GIB)), 12 * GIB, &[0, 0], roomy, true),
            // A job that is larger than expected counts with what it uses.
            (rule(16, Some(4 * GIB)), 0, &[13 * GIB], roomy, false),
            // Others use the machine too; running jobs have not taken all of theirs yet.
            (rule(16, Some(4 * GIB)), 0, &[0], Machine { available: 6 * GIB, ..roomy }, false),
            (rule(16, Some(4 * GIB)), 0, &[4 * GIB], Machine { available: 6 * GIB, ..roomy }, true),
            // One job always runs, however large; but not onto a full disk.
            (rule(16, Some(99 * GIB)), 0, &[], roomy, true),
            (rule(16, None), 0, &[], Machine { disk: GIB - 1, ..roomy }, false),
        ];
        for (number, (rule, peak, in_use, machine, starts)) in cases.iter().enumerate() {
            let mut gate = Gate::new(*rule);
            gate.learn(*peak);
            assert_eq!(gate.decide(in_use, *machine).is_ok(), *starts, "case {number}");
        }
    }

    #[test]
    fn one_worker_at_least_fits_any_machine() {
        assert!(automatic_workers(1, 1, Admission::default()) >= 1);
        assert_eq!(automatic_workers(usize::MAX, 1, Admission::default()), 1);
    }
}
