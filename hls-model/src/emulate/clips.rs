//! Counting the numbers that a cast changed by more than rounding.

use super::word::LANES;

/// Numbers that wrapped or were saturated, if somebody counts them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clips {
    /// Samples that are really there, of the [`LANES`] that are computed; zero where nobody counts.
    samples: usize,
    total: u64,
}

impl Clips {
    /// Nobody counts.
    pub(super) fn ignored() -> Self {
        Self { samples: 0, total: 0 }
    }

    /// Counts in the first `samples` of every [`LANES`] numbers.
    pub(super) fn counted(samples: usize) -> Self {
        Self { samples, total: 0 }
    }

    pub(super) fn are_counted(&self) -> bool {
        self.samples > 0
    }

    /// Adds up which numbers of a buffer, from its beginning, were changed.
    pub(super) fn count(&mut self, changed: impl Iterator<Item = bool>) {
        let there = changed.enumerate().filter(|(i, changed)| *changed && i % LANES < self.samples);
        self.total += there.map(|_| 1).sum::<u64>();
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }
}
