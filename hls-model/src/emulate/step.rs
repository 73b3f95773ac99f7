//! What a plan is made of: one step for each layer, and what steps are compiled from.

use std::marker::PhantomData;
use std::sync::Arc;

use super::EmulateError;
use super::clips::Clips;
use super::word::{Word, WordSize, Words};
use crate::arith::{ArithError, Arithmetic, Term};

/// A layer's arithmetic, ready to run.
pub(super) trait Step: Send + Sync {
    /// Computes one output buffer from the input buffers, all of the word size that the step was compiled for. `time` is the number of the
    /// time step, for what is repeated.
    fn run(&self, time: usize, inputs: &[&Words], output: &mut Words, clips: &mut Clips);
}

/// A layer's arithmetic in words of one size.
pub(super) trait Kernel<W: Word>: Send + Sync + 'static {
    /// As [`Step::run`], in any time step. Each element is [`LANES`](super::word::LANES) words.
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips);
}

/// A compiled layer.
pub(super) struct Compiled {
    /// The words that it reads and writes.
    pub(super) size: WordSize,
    pub(super) step: Arc<dyn Step>,
}

impl Compiled {
    pub(super) fn new<W: Word>(kernel: impl Kernel<W>) -> Self {
        Self { size: W::SIZE, step: Arc::new(InWords { kernel, words: PhantomData }) }
    }
}

struct InWords<W, K> {
    kernel: K,
    words: PhantomData<W>,
}

impl<W: Word, K: Kernel<W>> Step for InWords<W, K> {
    fn run(&self, _: usize, inputs: &[&Words], output: &mut Words, clips: &mut Clips) {
        let output = output.get_mut::<W>();
        match inputs {
            [a] => self.kernel.run(&[a.get()], output, clips),
            [a, b] => self.kernel.run(&[a.get(), b.get()], output, clips),
            more => {
                let more: Vec<&[W]> = more.iter().map(|words| words.get::<W>()).collect();
                self.kernel.run(&more, output, clips);
            }
        }
    }
}

/// Whether words only have to give the right results or also to show each overflow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overflows {
    /// Sums may wrap in the machine's words where only their lowest bits count.
    Unseen,
    /// Sums are exact until they are cast, so that the cast can tell what did not fit.
    Counted,
}

/// What a layer's arithmetic is compiled for.
#[derive(Clone, Copy)]
pub(super) struct Site<'a> {
    pub(super) arithmetic: &'a Arithmetic,
    /// The layer's name.
    pub(super) layer: &'a str,
    pub(super) overflows: Overflows,
    /// Words are not narrower than this.
    pub(super) narrowest: WordSize,
}

impl Site<'_> {
    /// What an element of an input can be.
    pub(super) fn input(self, position: usize) -> Result<Term, EmulateError> {
        let term = self.arithmetic.inputs.get(position).copied();
        term.ok_or_else(|| EmulateError::Inputs {
            expected: position + 1,
            found: self.arithmetic.inputs.len(),
        })
    }

    /// Bits of a word that holds every number of the result's type.
    pub(super) fn result_bits(self) -> u32 {
        self.arithmetic.result.bits()
    }

    /// The planner makes a step of each part instead.
    pub(super) fn only_parts(self) -> EmulateError {
        let reason = "its parts are steps of their own".to_owned();
        ArithError::Unsupported { layer: self.layer.to_owned(), class: "Recurrence", reason }.into()
    }

    /// The narrowest word with so many bits.
    pub(super) fn word(self, bits: u32) -> Result<WordSize, EmulateError> {
        word_for(self.layer, bits, self.narrowest)
    }
}

/// The narrowest word with so many bits that is not narrower than another, for numbers of a layer.
pub(super) fn word_for(layer: &str, bits: u32, narrowest: WordSize) -> Result<WordSize, EmulateError> {
    let too_wide = || ArithError::TooWide { layer: layer.to_owned() };
    Ok(WordSize::for_bits(bits).ok_or_else(too_wide)?.max(narrowest))
}
