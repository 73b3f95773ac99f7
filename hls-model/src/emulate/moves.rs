//! Elements in other places: concatenations, time steps, and whatever else only moves numbers.

use std::sync::Arc;

use super::EmulateError;
use super::chain::WordChain;
use super::clips::Clips;
use super::step::{Compiled, Kernel, Site, Step};
use super::word::{LANES, Word, Words, with_word};
use crate::arith::{Chain, ElementOrigin, Gather, TimeDirection, TimeStep};

/// Elements of the inputs in a new order, each cast to the result's type.
pub(super) fn gather(site: Site<'_>, op: &Gather) -> Result<Compiled, EmulateError> {
    let bits = op.casts.iter().map(Chain::bits).max().unwrap_or(1);
    Ok(with_word!(site.word(bits)?, W => {
        let casts = op.casts.iter().map(Chain::compile).collect();
        Compiled::new(Gathering::<W> { origins: op.origins.clone(), casts })
    }))
}

struct Gathering<W> {
    /// For each element of the result.
    origins: Vec<ElementOrigin>,
    /// For each input.
    casts: Vec<WordChain<W>>,
}

impl<W: Word> Kernel<W> for Gathering<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        for (i, (origin, y)) in self.origins.iter().zip(output.chunks_exact_mut(LANES)).enumerate() {
            match *origin {
                ElementOrigin::Element { input, element } => {
                    y.copy_from_slice(&inputs[input][element * LANES..(element + 1) * LANES]);
                    self.casts[input].apply(y, clips.at(i));
                }
                ElementOrigin::Nothing => y.fill(W::default()),
            }
        }
    }
}

/// A time step of a tensor, taken out or put in: each element cast to the result's type.
pub(super) fn time_step(site: Site<'_>, op: &TimeStep) -> Result<Compiled, EmulateError> {
    let size = site.word(op.cast.bits())?;
    let (direction, words) = (op.direction, op.elements * LANES);
    let step: Arc<dyn Step> =
        with_word!(size, W => Arc::new(TimeStepInWords::<W> { direction, words, cast: op.cast.compile() }));
    Ok(Compiled { size, step })
}

struct TimeStepInWords<W> {
    direction: TimeDirection,
    /// Words of a time step.
    words: usize,
    cast: WordChain<W>,
}

impl<W: Word> Step for TimeStepInWords<W> {
    fn run(&self, time: usize, inputs: &[&Words], output: &mut Words, clips: &mut Clips) {
        let Some(input) = inputs.first() else { return };
        let (input, output) = (input.get::<W>(), output.get_mut::<W>());
        let of_whole = time * self.words..(time + 1) * self.words;
        let (from, to) = match self.direction {
            TimeDirection::Take => (&input[of_whole], &mut output[..]),
            TimeDirection::Put => (input, &mut output[of_whole]),
        };
        to.copy_from_slice(from);
        self.cast.apply(to, clips);
    }
}
