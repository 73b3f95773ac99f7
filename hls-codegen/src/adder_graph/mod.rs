//! Constant matrix products as sums that share parts.
//!
//! A row of a constant matrix is a sum of inputs times constants. Each constant is written with [signed digits](csd), so the row is a sum of
//! shifted inputs, and what several rows have in common is added up once: [`share`] looks for *patterns*, digits that occur together in
//! several rows (or several times in one), up to a shift and the sign, and makes a sum of each that is worth its cost.
//!
//! What a sum costs is not the number of its operands minus one. Sums of many operands are made by compressors, which remove about two bits
//! per lookup table where an adder removes one, and the last adder takes about two and a half numbers, not two ([`Cost`]). A pattern of two
//! digits that two rows share is worth nothing, then, and one of four digits in three rows a lot: what counts is (rows − 1) · (digits − 1).
//!
//! The search is greedy and deterministic: the most valuable pattern first, until none is worth its sum, or the work that the [`Effort`] allows
//! is done. Patterns begin as what two rows have in common, and give up digits to win further rows.

mod cost;
mod csd;
mod pattern;
mod search;

pub use cost::Cost;
pub use csd::{Digit as SignedDigit, signed_digits};
pub use search::share;

use crate::range::Range;

/// How much work goes into looking for shared parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Effort {
    /// About a second for a network of a few thousand weights.
    #[default]
    Low,
    /// About twice as long.
    High,
}

impl Effort {
    /// Every effort.
    pub const ALL: [Self; 2] = [Self::Low, Self::High];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::High => "high",
        }
    }
}

/// A number that is added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operand {
    /// An input.
    Input(usize),
    /// A shared sum.
    Shared(usize),
}

/// `± operand · 2^shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Addend {
    /// The number.
    pub operand: Operand,
    /// How far it is moved left.
    pub shift: u32,
    /// Whether it is subtracted.
    pub negative: bool,
}

/// A sum that several others use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedSum {
    /// What it adds up: inputs, and shared sums before it.
    pub addends: Vec<Addend>,
    /// Its exact range.
    pub range: Range,
}

/// The rows of a constant matrix as sums that share parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdderGraph {
    /// The sums that are shared, each after those that it uses.
    pub shared: Vec<SharedSum>,
    /// What each row adds up.
    pub rows: Vec<Vec<Addend>>,
}

impl AdderGraph {
    /// The rows for inputs, as a check: what each row's sum is.
    #[must_use]
    pub fn evaluate(&self, inputs: &[i128]) -> Vec<i128> {
        let mut shared: Vec<i128> = Vec::with_capacity(self.shared.len());
        let sum = |addends: &[Addend], shared: &[i128]| {
            addends.iter().map(|addend| addend.of(inputs, shared)).sum::<i128>()
        };
        for part in &self.shared {
            shared.push(sum(&part.addends, &shared));
        }
        self.rows.iter().map(|row| sum(row, &shared)).collect()
    }
}

impl Addend {
    fn of(self, inputs: &[i128], shared: &[i128]) -> i128 {
        let number = match self.operand {
            Operand::Input(i) => inputs[i],
            Operand::Shared(i) => shared[i],
        };
        let moved = number << self.shift;
        if self.negative { -moved } else { moved }
    }
}
