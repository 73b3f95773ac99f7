//! The loops of activations that are read from a table.

use crate::emulate::chain::WordChain;
use crate::emulate::clips::Clips;
use crate::emulate::step::Kernel;
use crate::emulate::word::{Word, clamped};

/// A table, addressed by what a chain makes of the input.
pub(super) struct TableLookup<W> {
    pub(super) index: WordChain<W>,
    /// What is added to each index.
    pub(super) offset: i64,
    pub(super) table: Vec<W>,
    /// What happens to numbers that are not negative, if not that.
    pub(super) positive: Option<WordChain<W>>,
}

impl<W: Word> Kernel<W> for TableLookup<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        output.copy_from_slice(inputs[0]);
        // An index that wraps is none of the result's business.
        self.index.apply(output, &mut Clips::ignored());
        for y in output.iter_mut() {
            *y = self.table[clamped(y.raw() as i64 + self.offset, self.table.len())];
        }
        let Some(positive) = &self.positive else { return };
        let mut numbers: Vec<W> = inputs[0].iter().map(|&x| x.max(W::default())).collect();
        positive.apply(&mut numbers, clips);
        for ((y, &x), &positive) in output.iter_mut().zip(inputs[0]).zip(&numbers) {
            if x >= W::default() {
                *y = positive;
            }
        }
    }
}

/// The input where it is positive, and added to it an entry of a table.
pub(super) struct SmoothRelu<W> {
    /// The indices of negative and of other numbers.
    pub(super) below: WordChain<W>,
    pub(super) above: WordChain<W>,
    /// At the binary point of the sum.
    pub(super) entries: Vec<W>,
    /// How far inputs move left to the binary point of the sum.
    pub(super) up: u32,
    pub(super) after: WordChain<W>,
}

impl<W: Word> Kernel<W> for SmoothRelu<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (mut below, mut above) = (inputs[0].to_vec(), inputs[0].to_vec());
        below.iter_mut().for_each(|x| *x = (*x).min(W::default()));
        above.iter_mut().for_each(|x| *x = (*x).max(W::default()));
        self.below.apply(&mut below, &mut Clips::ignored());
        self.above.apply(&mut above, &mut Clips::ignored());
        for (((y, &x), below), above) in output.iter_mut().zip(inputs[0]).zip(below).zip(above) {
            let (positive, index) = if x >= W::default() {
                (x.shl(self.up.min(W::BITS - 1)), above)
            } else {
                (W::default(), below)
            };
            *y = positive.add(self.entries[clamped(index.raw() as i64, self.entries.len())]);
        }
        self.after.apply(output, clips);
    }
}
