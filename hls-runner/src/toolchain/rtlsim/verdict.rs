//! What can be wrong with a design, in words.

use std::fmt;

/// The design stopped before all samples were done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stuck {
    pub(super) samples: usize,
    /// Samples that it accepted, and for which it raised `ap_done`.
    pub(super) accepted: usize,
    pub(super) finished: usize,
    /// The output port that gave the fewest numbers, and how many.
    pub(super) behind: Option<(String, usize)>,
    /// The cycles in which nothing happened.
    pub(super) patience: u64,
}

impl fmt::Display for Stuck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { samples, accepted, finished, behind, patience } = self;
        write!(
            f,
            "the RTL is stuck: in {patience} cycles it neither accepted a sample nor gave an output; of {samples} samples it accepted \
             {accepted} (ap_ready) and finished {finished} (ap_done)"
        )?;
        match behind {
            Some((port, taken)) if taken < finished => write!(f, ", and {port} was valid for {taken}"),
            _ => Ok(()),
        }
    }
}

/// The first number in which RTL and emulator differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The output's name in the model.
    pub(super) output: String,
    pub(super) sample: usize,
    pub(super) element: usize,
    pub(super) emulated: Number,
    /// Nothing where the RTL's bits are unknown.
    pub(super) simulated: Option<Number>,
    /// How many numbers differ, and how many there are.
    pub(super) different: usize,
    pub(super) compared: usize,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { output, sample, element, emulated, different, compared, .. } = self;
        write!(
            f,
            "the RTL and the emulator differ: output \"{output}\", sample {sample}, element {element} (counted from 0): the emulator \
             computes {emulated}, the RTL "
        )?;
        match self.simulated {
            Some(number) => number.fmt(f)?,
            None => f.write_str("bits that are not defined")?,
        }
        write!(f, "; {different} of {compared} numbers differ")
    }
}

/// A raw number with its value, `raw · 2^-fraction`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Number {
    pub(super) raw: i128,
    pub(super) fraction: i32,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.raw as f64 * (-f64::from(self.fraction)).exp2();
        write!(f, "{value} (raw {})", self.raw)
    }
}
