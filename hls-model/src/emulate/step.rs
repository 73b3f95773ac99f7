//! What a plan is made of: one step for each layer, and what steps are compiled from.

use super::EmulateError;
use super::clips::Clips;
use super::term::{Bounded, Term};
use super::word::{Word, WordSize, Words};
use crate::graph::{Graph, NamedType, Node, Stored, Tensor, TypeRole, Weight, WeightRole};
use crate::precision::Precision;
use std::marker::PhantomData;
use std::sync::Arc;

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
        let inputs: Vec<&[W]> = inputs.iter().map(|words| words.get::<W>()).collect();
        self.kernel.run(&inputs, output.get_mut::<W>(), clips);
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

/// A node in its graph, with the questions that every compilation asks.
#[derive(Clone, Copy)]
pub(super) struct Layer<'a> {
    pub(super) graph: &'a Graph,
    pub(super) node: &'a Node,
    pub(super) overflows: Overflows,
}

impl<'a> Layer<'a> {
    /// An input's tensor; its elements are those of the tensor that it is a view of.
    pub(super) fn input(self, position: usize) -> Result<&'a Tensor, EmulateError> {
        let id = self.node.inputs.get(position).ok_or_else(|| self.incomplete("input"))?;
        Ok(self.graph.tensor(*id))
    }

    /// What an element of an input can be.
    pub(super) fn input_term(self, position: usize) -> Result<Term, EmulateError> {
        self.variable(self.input(position)?.ty.precision)
    }

    pub(super) fn output(self) -> Result<&'a Tensor, EmulateError> {
        let id = self.node.outputs.first().ok_or_else(|| self.incomplete("output"))?;
        Ok(self.graph.tensor(*id))
    }

    pub(super) fn result(self) -> Result<Precision, EmulateError> {
        Ok(self.output()?.ty.precision)
    }

    pub(super) fn weight(self, role: WeightRole) -> Result<&'a Weight, EmulateError> {
        self.node.weight(role).ok_or_else(|| self.incomplete(role.attribute()))
    }

    pub(super) fn stored(self, weight: &Weight) -> Result<Vec<Stored>, EmulateError> {
        weight.stored().map_err(|source| EmulateError::Weight { layer: self.name(), source })
    }

    /// The elements of an array that holds no powers of two.
    pub(super) fn raw_weights(self, role: WeightRole) -> Result<Vec<i128>, EmulateError> {
        let stored = self.stored(self.weight(role)?)?.into_iter();
        let raws = stored.map(|stored| match stored {
            Stored::Raw(raw) => Ok(raw),
            Stored::PowerOfTwo { .. } => {
                Err(self.unsupported(format!("its {} is made of powers of two", role.attribute())))
            }
        });
        raws.collect()
    }

    pub(super) fn ty(self, role: TypeRole) -> Result<&'a NamedType, EmulateError> {
        self.node.ty(role).ok_or_else(|| self.incomplete(role.attribute()))
    }

    /// A variable of a type.
    pub(super) fn variable(self, precision: Precision) -> Result<Term, EmulateError> {
        self.bounded(Term::variable(precision))
    }

    /// Insists that a number can be computed with.
    pub(super) fn bounded<T>(self, term: Bounded<T>) -> Result<T, EmulateError> {
        term.ok_or_else(|| EmulateError::TooWide { layer: self.name() })
    }

    /// The narrowest word with so many bits.
    pub(super) fn word(self, bits: u32) -> Result<WordSize, EmulateError> {
        self.bounded(WordSize::for_bits(bits))
    }

    pub(super) fn name(self) -> String {
        self.node.name.clone()
    }

    pub(super) fn incomplete(self, missing: &'static str) -> EmulateError {
        EmulateError::Incomplete { layer: self.name(), class: self.node.op.class_name(), missing }
    }

    pub(super) fn unsupported(self, reason: impl Into<String>) -> EmulateError {
        EmulateError::Unsupported {
            layer: self.name(),
            class: self.node.op.class_name(),
            reason: reason.into(),
        }
    }
}
