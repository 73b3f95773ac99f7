//! Elements in other places: concatenations and whatever else only moves numbers.

use super::EmulateError;
use super::chain::{Chain, ChainRule};
use super::clips::Clips;
use super::step::{Compiled, Kernel, Layer};
use super::word::{LANES, Word, with_word};
use crate::graph::op::Concatenate;

/// Where an element of the result comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// An element of one of the inputs.
    Element {
        /// Which input.
        input: usize,
        /// Which of its elements.
        element: usize,
    },
    /// Zero.
    Nothing,
}

/// Two tensors behind each other along an axis.
pub(super) fn concatenate(layer: Layer<'_>, op: &Concatenate) -> Result<Compiled, EmulateError> {
    let runs = op.runs();
    let repeats = layer.input(0)?.len() / runs[0].max(1);
    let run = |input: usize, repeat: usize| {
        let elements = repeat * runs[input]..(repeat + 1) * runs[input];
        elements.map(move |element| Origin::Element { input, element })
    };
    let origins = (0..repeats).flat_map(|repeat| run(0, repeat).chain(run(1, repeat)));
    gather(layer, origins.collect())
}

/// For each element of the result one of the input, or zero.
pub(super) fn copy(
    layer: Layer<'_>,
    source: impl Fn(usize) -> Option<usize>,
) -> Result<Compiled, EmulateError> {
    let origin = |element| match source(element) {
        Some(element) => Origin::Element { input: 0, element },
        None => Origin::Nothing,
    };
    let origins = (0..layer.output()?.len()).map(origin).collect();
    gather(layer, origins)
}

/// Elements of the inputs in a new order, each cast to the result's type.
pub(super) fn gather(layer: Layer<'_>, origins: Vec<Origin>) -> Result<Compiled, EmulateError> {
    let result = layer.result()?;
    let casts =
        (0..layer.node.inputs.len()).map(|input| Ok(ChainRule::of(layer.input_term(input)?).cast(result)));
    let casts = casts.collect::<Result<Vec<_>, EmulateError>>()?;
    let bits = casts.iter().map(ChainRule::bits).max().unwrap_or(1);
    Ok(with_word!(layer.word(bits)?, W => {
        let casts = casts.iter().map(ChainRule::compile).collect();
        Compiled::new(Gather::<W> { origins, casts })
    }))
}

struct Gather<W> {
    /// For each element of the result.
    origins: Vec<Origin>,
    /// For each input.
    casts: Vec<Chain<W>>,
}

impl<W: Word> Kernel<W> for Gather<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        for (i, (origin, y)) in self.origins.iter().zip(output.chunks_exact_mut(LANES)).enumerate() {
            match *origin {
                Origin::Element { input, element } => {
                    y.copy_from_slice(&inputs[input][element * LANES..(element + 1) * LANES]);
                    self.casts[input].apply(y, clips.at(i));
                }
                Origin::Nothing => y.fill(W::default()),
            }
        }
    }
}
