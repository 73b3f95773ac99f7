//! Sums of functions of single elements.

use super::EmulateError;
use super::chain::WordChain;
use super::clips::Clips;
use super::step::{Compiled, Kernel, Site};
use super::word::{LANES, Word, clamped, with_word, words};
use crate::arith::{Chain, FunctionSums, FunctionTerm, SummedFunctions, TermValue};

/// A sum of functions for each element of the result.
pub(super) fn compile(site: Site<'_>, op: &FunctionSums) -> Result<Compiled, EmulateError> {
    let bits = op.sums.iter().map(|sum| sum.bits).max().unwrap_or(1);
    let bits = bits.max(site.input(0)?.bits()).max(site.result_bits());
    Ok(with_word!(site.word(bits)?, W => Compiled::new(Sums::<W> {
        sums: op.sums.iter().map(Sum::new).collect(),
        tables: op.tables.iter().map(|table| words(table)).collect(),
    })))
}

struct Sums<W> {
    sums: Vec<Sum<W>>,
    tables: Vec<Vec<W>>,
}

struct Sum<W> {
    terms: Vec<TermInWords<W>>,
    constant: W,
    relu: bool,
    /// Nothing for a result that is always zero.
    finish: Option<WordChain<W>>,
}

struct TermInWords<W> {
    element: usize,
    argument: WordChain<W>,
    value: TermValue,
    up: u32,
}

impl<W: Word> Sum<W> {
    fn new(sum: &SummedFunctions) -> Self {
        let term = |term: &FunctionTerm| TermInWords {
            element: term.element,
            argument: term.argument.compile(),
            value: term.value,
            up: term.up.min(W::BITS - 1),
        };
        Self {
            terms: sum.terms.iter().map(term).collect(),
            constant: W::from_raw(sum.constant),
            relu: sum.relu,
            finish: sum.finish.as_ref().map(Chain::compile),
        }
    }
}

impl<W: Word> Kernel<W> for Sums<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], clips: &mut Clips) {
        let mut argument = [W::default(); LANES];
        for (at, (sum, y)) in self.sums.iter().zip(output.chunks_exact_mut(LANES)).enumerate() {
            let Some(finish) = &sum.finish else {
                y.fill(W::default());
                continue;
            };
            y.fill(sum.constant);
            for term in &sum.terms {
                argument.copy_from_slice(&inputs[0][term.element * LANES..(term.element + 1) * LANES]);
                // What an argument's quantizer cuts off is the model's own doing.
                term.argument.apply(&mut argument, &mut Clips::ignored());
                match term.value {
                    TermValue::Argument => {
                        y.iter_mut().zip(argument).for_each(|(y, x)| *y = y.add(x.shl(term.up)));
                    }
                    TermValue::Entry { table, offset } => {
                        let table = &self.tables[table];
                        // There are no more entries than a machine can address.
                        let offset = offset as i64;
                        for (y, x) in y.iter_mut().zip(argument) {
                            let entry = table[clamped(x.raw() as i64 + offset, table.len())];
                            *y = y.add(entry.shl(term.up));
                        }
                    }
                }
            }
            if sum.relu {
                y.iter_mut().for_each(|y| *y = (*y).max(W::default()));
            }
            finish.apply(y, clips.at(at));
        }
    }
}
