//! What the planner puts between the parts of a recurrence: it moves numbers between the whole sequence, a time step and the states.

use super::clips::Clips;
use super::step::Step;
use super::word::{LANES, Words, copy, with_word};
use crate::arith::TimePass;

/// Elements that are copied in a time step, into whatever words the output has.
pub(super) struct Moved {
    elements: usize,
    /// For each time step, in the order of reading: the first element of the input, and that of the output.
    places: Vec<Option<(usize, usize)>>,
}

impl Moved {
    /// A time step out of the input.
    pub(super) fn taken(pass: &TimePass) -> Self {
        let places = (0..pass.n_time_steps).map(|k| Some((pass.time(k) * pass.elements, 0)));
        Self { elements: pass.elements, places: places.collect() }
    }

    /// An output into the result.
    pub(super) fn put(pass: &TimePass) -> Self {
        let places = (0..pass.n_time_steps).map(|k| Some((0, pass.place(k)? * pass.output_elements)));
        Self { elements: pass.output_elements, places: places.collect() }
    }

    /// A state for the next time step.
    pub(super) fn kept(pass: &TimePass, elements: usize) -> Self {
        Self { elements, places: vec![Some((0, 0)); pass.n_time_steps] }
    }
}

impl Step for Moved {
    fn run(&self, time: usize, inputs: &[&Words], output: &mut Words, _: &mut Clips) {
        let (Some(input), Some(Some((from, to)))) = (inputs.first(), self.places.get(time)) else { return };
        let words = |first: usize| first * LANES..(first + self.elements) * LANES;
        with_word!(input.size(), From => with_word!(output.size(), To => {
            copy(&input.get::<From>()[words(*from)], &mut output.get_mut::<To>()[words(*to)]);
        }));
    }
}

/// A state before the first time step.
pub(super) struct Zeros;

impl Step for Zeros {
    fn run(&self, _: usize, _: &[&Words], output: &mut Words, _: &mut Clips) {
        with_word!(output.size(), W => output.get_mut::<W>().fill(W::default()));
    }
}
