//! Poolings.

use std::borrow::Cow;

use multiversion::multiversion;

use super::EmulateError;
use super::chain::WordChain;
use super::clips::Clips;
use super::step::{Compiled, Kernel, Site};
use super::word::{LANES, Word, with_word};
use crate::arith::{Additions, Chain, PoolWindow, Reduction, WindowReduction, left_terms, signed_bits};

pub(super) fn compile(site: Site<'_>, op: &WindowReduction) -> Result<Compiled, EmulateError> {
    let pools = op.pools.clone();
    match &op.reduction {
        Reduction::Maximum { element, padding, finish } => {
            let bits = element.bits().max(finish.bits()).max(signed_bits(*padding));
            Ok(with_word!(site.word(bits)?, W => {
                let (padding, finish) = (W::from_raw(*padding), finish.compile());
                Compiled::new(Maximum::<W> { pools, prepare: prepared(element), padding, finish })
            }))
        }
        Reduction::Average { element, up, sum, order, finish } => {
            let bits = element.bits().max(sum.bits()).max(finish.bits()).max(site.input(0)?.bits());
            Ok(with_word!(site.word(bits)?, W => {
                let (step, finish) = (sum.compile(), finish.compile());
                let (up, order) = (*up, *order);
                Compiled::new(Average::<W> { pools, prepare: prepared(element), up, step, order, finish })
            }))
        }
    }
}

/// What happens to the elements before they meet; `None` for nothing.
fn prepared<W: Word>(element: &Chain) -> Option<WordChain<W>> {
    (!element.links().is_empty()).then(|| element.compile())
}

/// The elements, prepared.
fn elements<'a, W: Word>(prepare: Option<&WordChain<W>>, input: &'a [W], clips: &mut Clips) -> Cow<'a, [W]> {
    let Some(chain) = prepare else { return Cow::Borrowed(input) };
    let mut elements = input.to_vec();
    for (i, row) in elements.chunks_exact_mut(LANES).enumerate() {
        chain.apply(row, clips.at(i));
    }
    Cow::Owned(elements)
}

struct Maximum<W> {
    pools: Vec<PoolWindow>,
    prepare: Option<WordChain<W>>,
    padding: W,
    finish: WordChain<W>,
}

impl<W: Word> Kernel<W> for Maximum<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let elements = elements(self.prepare.as_ref(), inputs[0], clips);
        let (input, _) = elements.as_chunks::<LANES>();
        let (output_rows, _) = output.as_chunks_mut::<LANES>();
        for (pool, y) in self.pools.iter().zip(output_rows) {
            match (pool.is_padded, pool.elements.split_first()) {
                (false, Some((&first, others))) => {
                    *y = input[first];
                    raise(y, input, others);
                }
                _ => {
                    *y = [self.padding; LANES];
                    raise(y, input, &pool.elements);
                }
            }
        }
        self.finish.apply(output, clips);
    }
}

/// Raises numbers to those of some elements.
#[multiversion(targets("x86_64+avx2"))]
fn raise<W: Word>(y: &mut [W; LANES], input: &[[W; LANES]], elements: &[usize]) {
    for &element in elements {
        for (y, &x) in y.iter_mut().zip(&input[element]) {
            *y = (*y).max(x);
        }
    }
}

struct Average<W> {
    pools: Vec<PoolWindow>,
    prepare: Option<WordChain<W>>,
    /// How far the two terms of an addition move left.
    up: [u32; 2],
    /// What happens to the sum after each addition.
    step: WordChain<W>,
    order: Additions,
    finish: WordChain<W>,
}

impl<W: Word> Kernel<W> for Average<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let elements = elements(self.prepare.as_ref(), inputs[0], clips);
        let (input, _) = elements.as_chunks::<LANES>();
        let (output_rows, _) = output.as_chunks_mut::<LANES>();
        for (i, (pool, sum)) in self.pools.iter().zip(output_rows).enumerate() {
            *sum = match self.order {
                Additions::InTurn => pool
                    .elements
                    .iter()
                    .fold([W::default(); LANES], |sum, &x| self.add(&sum, &input[x], clips.at(i))),
                Additions::Tree => self.tree(&pool.elements, input, clips.at(i)),
            };
            // The quotient keeps the accumulator's binary point and drops what is left towards zero.
            let cells = pool.elements.len().max(1) as i128;
            *sum = sum.map(|sum| W::from_raw(sum.raw() / cells));
        }
        self.finish.apply(output, clips.at(0));
    }
}

impl<W: Word> Average<W> {
    fn add(&self, a: &[W; LANES], b: &[W; LANES], clips: &mut Clips) -> [W; LANES] {
        let mut sum = std::array::from_fn(|i| a[i].shl(self.up[0]).add(b[i].shl(self.up[1])));
        self.step.apply(&mut sum, clips);
        sum
    }

    /// The sum of elements in a balanced tree.
    fn tree(&self, elements: &[usize], input: &[[W; LANES]], clips: &mut Clips) -> [W; LANES] {
        match elements {
            [] => [W::default(); LANES],
            [element] => input[*element],
            _ => {
                let (left, right) = elements.split_at(left_terms(elements.len()));
                let (left, right) = (self.tree(left, input, clips), self.tree(right, input, clips));
                self.add(&left, &right, clips)
            }
        }
    }
}
