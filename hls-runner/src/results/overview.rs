//! What a sweep comes to: counts, and what a person must know before using the numbers.

use crate::record::job::{JobRecord, JobStatus};
use crate::report::fit::Fit;
use crate::report::numbers::{CosimStatus, Estimate, LogicSynthesis, Report, Resources};
use crate::results::read::Summary;

/// A sweep in numbers of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Overview {
    /// All jobs.
    pub total: usize,
    /// Those that succeeded.
    pub successful: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that a worker has.
    pub running: usize,
    /// Those that have not begun.
    pub pending: usize,
    /// Jobs with numbers of reports.
    pub reported: usize,
    /// Jobs with C synthesis's estimates.
    pub synthesized: usize,
    /// Jobs with C synthesis's estimates of resources, but without Vivado's count.
    pub estimated_only: usize,
    /// Jobs with Vivado's count after synthesis.
    pub counted: usize,
    /// Jobs with Vivado's count after place and route.
    pub placed: usize,
    /// Jobs with a circuit that this program wrote.
    pub circuits: usize,
    /// Those of them that are mapped, with Yosys's count.
    pub mapped: usize,
    /// Those of them that miss their clock by the timing estimate.
    pub slow_circuits: usize,
    /// Designs that cannot be used, by Vivado after place and route.
    pub placed_bad: Unusable,
    /// Designs that cannot be used, by Vivado after synthesis, where they were not placed and routed.
    pub counted_bad: Unusable,
    /// Designs that cannot be used by C synthesis's estimate, where Vivado says nothing about it.
    pub estimated_bad: Unusable,
    /// Designs whose co-simulation failed.
    pub failed_cosimulations: usize,
}

/// Designs that cannot be used, for one of two reasons or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unusable {
    /// They need more than the device has.
    pub beyond_device: usize,
    /// They do not meet their clock.
    pub missed_timing: usize,
}

impl Overview {
    /// Counts `jobs`.
    #[must_use]
    pub fn of(jobs: &[JobRecord]) -> Self {
        let mut found = Self { total: jobs.len(), ..Self::default() };
        for job in jobs {
            match &job.status {
                JobStatus::Success => found.successful += 1,
                JobStatus::Failed => found.failed += 1,
                JobStatus::Running => found.running += 1,
                JobStatus::Pending => found.pending += 1,
                JobStatus::Other(_) => {}
            }
            if let Some(report) = &job.report {
                found.add(report);
            }
        }
        found
    }

    /// Jobs with a word for their status that this version does not know, or of which nothing says how they ended.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.total.saturating_sub(self.successful + self.failed + self.running + self.pending)
    }

    fn add(&mut self, report: &Report) {
        self.reported += 1;
        // Without a count, there are only slacks or powers.
        let has_count = |said: &Option<LogicSynthesis>| {
            said.as_ref().is_some_and(|said| said.resources != Resources::default())
        };
        let counted = report.logic_synthesis.as_ref().map(|logic| logic.fit());
        let placed = report.implementation.as_ref().map(|placed| placed.fit()).unwrap_or_default();
        let is_counted = has_count(&report.logic_synthesis);
        self.counted += usize::from(is_counted);
        self.placed += usize::from(has_count(&report.implementation));
        let synthesized = report.estimate != Estimate::default();
        self.synthesized += usize::from(synthesized);
        self.estimated_only += usize::from(synthesized && !is_counted);
        let circuit = &report.circuit;
        self.circuits += usize::from(circuit.latency_cycles.is_some());
        self.mapped += usize::from(circuit.mapped.is_some());
        self.slow_circuits += usize::from(circuit.meets_clock() == Some(false));
        let Fit { fits_device, meets_timing, .. } = counted.unwrap_or_default();
        let estimated = report.estimate.fit();
        let bad = |fact: Option<bool>| usize::from(fact == Some(false));
        self.placed_bad.beyond_device += bad(placed.fits_device);
        self.placed_bad.missed_timing += bad(placed.meets_timing);
        if placed.fits_device.is_none() {
            self.counted_bad.beyond_device += bad(fits_device);
        }
        if placed.meets_timing.is_none() {
            self.counted_bad.missed_timing += bad(meets_timing);
        }
        let fits_device = placed.fits_device.or(fits_device);
        let meets_timing = placed.meets_timing.or(meets_timing);
        if fits_device.is_none() {
            self.estimated_bad.beyond_device += bad(estimated.fits_device);
        }
        if meets_timing.is_none() {
            self.estimated_bad.missed_timing += bad(estimated.meets_timing);
        }
        let cosimulation = report.cosimulation.as_ref();
        self.failed_cosimulations += usize::from(cosimulation.is_some_and(|c| c.status == CosimStatus::Fail));
    }
}

impl Summary {
    /// The sweep in numbers of jobs.
    #[must_use]
    pub fn overview(&self) -> Overview {
        Overview::of(self.jobs())
    }

    /// The jobs that workers have.
    pub fn running(&self) -> impl Iterator<Item = &JobRecord> {
        self.jobs().iter().filter(|job| job.status == JobStatus::Running)
    }

    /// The failed jobs, the last one first.
    #[must_use]
    pub fn last_failures(&self) -> Vec<&JobRecord> {
        let mut failed: Vec<&JobRecord> =
            self.jobs().iter().filter(|job| job.why_failed().is_some()).collect();
        failed.sort_by_key(|job| std::cmp::Reverse(job.ended));
        failed
    }

    /// Whether nothing but clocks is different: no job and no stage has begun or ended.
    #[must_use]
    pub fn stands_where(&self, earlier: &Self) -> bool {
        let step = |job: &JobRecord| (job.status.clone(), job.running_stage().cloned());
        self.activity == earlier.activity
            && self.sweep.waiting == earlier.sweep.waiting
            && self.jobs().iter().map(step).eq(earlier.jobs().iter().map(step))
    }
}
