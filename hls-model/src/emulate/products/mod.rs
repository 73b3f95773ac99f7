//! Sums of products: Dense and convolutions.
//!
//! [`MatrixProduct`] says what is to be added up; here it becomes one of five loops, all exact:
//!
//! | way | where | inner loop |
//! |---|---|---|
//! | plain | [`Summation::Exact`] | multiply, add |
//! | grouped | as before, and several products fit in half a word | the same, with twice as many samples in a register |
//! | floored | [`Summation::Floored`] | multiply, shift, add |
//! | floored in short words | as before, and inputs and sums have 16 bits | the upper half of a product, add |
//! | stepwise | [`Summation::Stepwise`] | multiply, cast, add, cast |
//!
//! A sum that wraps may do so in the machine's word: only its lowest bits count. Where it saturates, the order of the additions
//! matters, and is the kernel's.

mod kernels;
mod short;

use super::EmulateError;
use super::chain::WordChain;
use super::step::{Compiled, Overflows, Site};
use super::word::{Word, WordSize, with_word};
use crate::arith::{Cast, Chain, MatrixProduct, Row, Summation};
use kernels::{Floored, Grouped, Plain, SparseMatrix, Stepwise};
use short::FlooredShort;
pub(super) use short::upper_half;

/// Compiles the sums of a layer with weights and biases.
pub(super) fn compile(site: Site<'_>, op: &MatrixProduct) -> Result<Compiled, EmulateError> {
    let (x, finish) = (site.input(0)?, &op.finish);
    let (windows, rows) = (&op.windows, &op.rows);
    match &op.summation {
        Summation::Exact { sum } => {
            let sum = WholeSum::new(site, sum, finish);
            let size = site.word(sum.bits.max(x.bits()))?;
            Ok(with_word!(size, W => {
                let grouped = Grouped::<W>::new(windows, rows, &x, sum.compile());
                // There is no vector instruction for products of eight bits.
                match grouped.filter(|grouped| size > WordSize::Bits16 && grouped.pays()) {
                    Some(grouped) => Compiled::new(grouped),
                    None => {
                        let halves = x.bits() <= W::BITS / 2 && fit_in_halves(rows, W::BITS);
                        let matrix = SparseMatrix::<W>::new(windows, rows);
                        Compiled::new(Plain { matrix, halves, finish: sum.compile() })
                    }
                }
            }))
        }
        Summation::Floored { down, sum } => {
            let sum = WholeSum::new(site, sum, finish);
            if site.word(sum.bits.max(x.bits()))? == WordSize::Bits16
                && let Some(short) = FlooredShort::new(windows, rows, *down, sum.compile())
            {
                return Ok(Compiled::new(short));
            }
            let bits = sum.bits.max(x.bits()).max(op.product.bits());
            Ok(with_word!(site.word(bits)?, W => {
                let halves = x.bits() <= W::BITS / 2 && fit_in_halves(rows, W::BITS);
                let matrix = SparseMatrix::<W>::new(windows, rows);
                // A word has no more bits to lose: what is left of any product is its sign.
                let shift = (*down).min(W::BITS - 1);
                Compiled::new(Floored { matrix, halves, shift, finish: sum.compile() })
            }))
        }
        Summation::Stepwise { product, sum } => {
            let bits = finish.bits().max(sum.bits()).max(product.bits()).max(x.bits());
            Ok(with_word!(site.word(bits)?, W => {
                let product = product.compile();
                Compiled::new(Stepwise::<W>::new(windows, rows, product, sum.compile(), finish.compile()))
            }))
        }
    }
}

/// The way of a whole sum to the result.
struct WholeSum<'a> {
    sum: &'a Cast,
    finish: &'a Chain,
    bits: u32,
}

impl<'a> WholeSum<'a> {
    fn new(site: Site<'_>, sum: &'a Cast, finish: &'a Chain) -> Self {
        let exact = site.overflows == Overflows::Counted || !sum.may_overflow();
        // Else the sum may wrap in the word as well.
        let bits = if exact { finish.bits().max(sum.bits()) } else { finish.bits() };
        Self { sum, finish, bits }
    }

    fn compile<W: Word>(&self) -> WordChain<W> {
        self.finish.compile().after(self.sum.compile())
    }
}

fn fit_in_halves(rows: &[Row], bits: u32) -> bool {
    let limit = 1_i128 << (bits / 2 - 1);
    rows.iter().flat_map(|row| &row.taps).all(|tap| (-limit..limit).contains(&tap.line.factor))
}
