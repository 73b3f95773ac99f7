//! Poolings.

use multiversion::multiversion;

use super::EmulateError;
use super::chain::WordChain;
use super::clips::Clips;
use super::step::{Compiled, Kernel, Site};
use super::word::{LANES, Word, with_word};
use crate::arith::{PoolWindow, Reduction, WindowReduction, signed_bits};

pub(super) fn compile(site: Site<'_>, op: &WindowReduction) -> Result<Compiled, EmulateError> {
    let pools = op.pools.clone();
    match &op.reduction {
        Reduction::Maximum { padding, finish } => {
            let bits = finish.bits().max(signed_bits(*padding));
            Ok(with_word!(site.word(bits)?, W => {
                Compiled::new(Maximum::<W> { pools, padding: W::from_raw(*padding), finish: finish.compile() })
            }))
        }
        Reduction::Average { up, sum, finish } => {
            let bits = sum.bits().max(finish.bits()).max(site.input(0)?.bits());
            Ok(with_word!(site.word(bits)?, W => {
                Compiled::new(Average::<W> { pools, up: *up, step: sum.compile(), finish: finish.compile() })
            }))
        }
    }
}

struct Maximum<W> {
    pools: Vec<PoolWindow>,
    padding: W,
    finish: WordChain<W>,
}

impl<W: Word> Kernel<W> for Maximum<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (input, _) = inputs[0].as_chunks::<LANES>();
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
    /// How far the sum and an element move left to be added.
    up: [u32; 2],
    /// What happens to the sum after each addition.
    step: WordChain<W>,
    finish: WordChain<W>,
}

impl<W: Word> Kernel<W> for Average<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let (input, _) = inputs[0].as_chunks::<LANES>();
        let (output_rows, _) = output.as_chunks_mut::<LANES>();
        for (i, (pool, sum)) in self.pools.iter().zip(output_rows).enumerate() {
            *sum = [W::default(); LANES];
            for x in pool.elements.iter().map(|&element| &input[element]) {
                *sum = std::array::from_fn(|i| sum[i].shl(self.up[0]).add(x[i].shl(self.up[1])));
                self.step.apply(sum, clips.at(i));
            }
            // The quotient keeps the accumulator's binary point and drops what is left towards zero.
            let cells = pool.elements.len().max(1) as i128;
            *sum = sum.map(|sum| W::from_raw(sum.raw() / cells));
        }
        self.finish.apply(output, clips.at(0));
    }
}
