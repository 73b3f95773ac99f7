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
        Compiled::new(Gathering::<W> { runs: runs(&op.origins), casts })
    }))
}

/// Elements of the result that lie next to each other in an input as well.
#[derive(Debug, PartialEq)]
struct Run {
    /// The first one's origin.
    origin: ElementOrigin,
    len: usize,
}

fn runs(origins: &[ElementOrigin]) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for &origin in origins {
        match (runs.last_mut(), origin) {
            (Some(Run { origin: ElementOrigin::Nothing, len }), ElementOrigin::Nothing) => *len += 1,
            (
                Some(Run { origin: ElementOrigin::Element { input, element: first }, len }),
                ElementOrigin::Element { input: same, element },
            ) if *input == same && *first + *len == element => *len += 1,
            _ => runs.push(Run { origin, len: 1 }),
        }
    }
    runs
}

struct Gathering<W> {
    /// What the result consists of, in order.
    runs: Vec<Run>,
    /// For each input.
    casts: Vec<WordChain<W>>,
}

impl<W: Word> Kernel<W> for Gathering<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let mut at = 0;
        for run in &self.runs {
            let y = &mut output[at * LANES..(at + run.len) * LANES];
            match run.origin {
                ElementOrigin::Element { input, element } => {
                    y.copy_from_slice(&inputs[input][element * LANES..(element + run.len) * LANES]);
                    if !self.casts[input].is_identity() {
                        for (i, y) in y.chunks_exact_mut(LANES).enumerate() {
                            self.casts[input].apply(y, clips.at(at + i));
                        }
                    }
                }
                ElementOrigin::Nothing => y.fill(W::default()),
            }
            at += run.len;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_that_stay_together_are_moved_together() {
        let from = |input, element| ElementOrigin::Element { input, element };
        let run = |origin, len| Run { origin, len };
        let origins =
            [from(0, 2), from(0, 3), from(1, 4), ElementOrigin::Nothing, ElementOrigin::Nothing, from(1, 3)];
        let expected =
            [run(from(0, 2), 2), run(from(1, 4), 1), run(ElementOrigin::Nothing, 2), run(from(1, 3), 1)];
        assert_eq!(runs(&origins), expected);
    }
}
