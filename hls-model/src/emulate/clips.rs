//! Counting the numbers that a cast changed by more than rounding.

use super::word::LANES;

/// Which numbers of a result a cast changed by more than rounding, if somebody asks.
#[derive(Debug, Clone)]
pub(super) struct Clips {
    /// Samples that are really there, of the [`LANES`] that are computed.
    samples: usize,
    /// The number that the next cast begins with.
    at: usize,
    /// What is being cast.
    part: Part,
    results: Tally,
    distances: Tally,
}

/// What of a layer is cast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// Its result, and sums on the way there.
    Result,
    /// The distances of a softmax to the largest input, which no type of the result can help.
    Distance,
}

/// The numbers of one part.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally {
    /// For each number of the result; empty where nobody asks.
    marks: Vec<bool>,
    range: Option<ClipRange>,
}

/// The smallest and the largest of the numbers that did not fit, as they were before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipRange {
    /// The smallest.
    pub low: f64,
    /// The largest.
    pub high: f64,
}

impl ClipRange {
    /// The range around both.
    pub(crate) fn or(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }
}

impl Clips {
    /// Nobody asks.
    pub(super) fn ignored() -> Self {
        Self { samples: 0, at: 0, part: Part::Result, results: Tally::default(), distances: Tally::default() }
    }

    /// Counts among the first `samples` samples of a result with so many elements.
    pub(super) fn counted(elements: usize, samples: usize) -> Self {
        let tally = Tally { marks: vec![false; elements * LANES], range: None };
        Self { samples, at: 0, part: Part::Result, results: tally.clone(), distances: tally }
    }

    pub(super) fn are_counted(&self) -> bool {
        !self.results.marks.is_empty()
    }

    /// The counter for casts that begin with an element of the result.
    pub(super) fn at(&mut self, element: usize) -> &mut Self {
        self.at = element * LANES;
        self
    }

    /// The counter for casts of a part of the layer.
    pub(super) fn of(&mut self, part: Part) -> &mut Self {
        self.part = part;
        self
    }

    /// Marks the numbers that did not fit: for each number, from where the cast begins, its value if it was cut.
    pub(super) fn mark(&mut self, cut: impl Iterator<Item = Option<f64>>) {
        let tally = match self.part {
            Part::Result => &mut self.results,
            Part::Distance => &mut self.distances,
        };
        for (at, value) in (self.at..).zip(cut) {
            let Some(value) = value else { continue };
            let (Some(mark), true) = (tally.marks.get_mut(at), at % LANES < self.samples) else { continue };
            *mark = true;
            let range = ClipRange { low: value, high: value };
            tally.range = Some(tally.range.map_or(range, |all| all.or(range)));
        }
    }

    /// What was cut off results.
    pub(super) fn results(&self) -> &Tally {
        &self.results
    }

    /// What was cut off distances; each slice of a softmax counts once.
    pub(super) fn distances(&self) -> &Tally {
        &self.distances
    }
}

impl Tally {
    /// Numbers of the result that something was cut off from.
    pub(super) fn total(&self) -> u64 {
        self.marks.iter().map(|&mark| u64::from(mark)).sum()
    }

    /// What they were before.
    pub(super) fn range(&self) -> Option<ClipRange> {
        self.range
    }
}
