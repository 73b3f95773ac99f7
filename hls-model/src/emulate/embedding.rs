//! Tables of rows.

use super::EmulateError;
use super::chain::WordChain;
use super::clips::Clips;
use super::step::{Compiled, Kernel, Site};
use super::word::{LANES, Word, clamped, with_word, words};
use crate::arith::{Chain, TableRows, signed_bits};

/// A row of a table for each number.
pub(super) fn compile(site: Site<'_>, op: &TableRows) -> Result<Compiled, EmulateError> {
    let widest = op.entries.iter().copied().map(signed_bits).max().unwrap_or(1);
    let bits = op.columns.iter().map(Chain::bits).max().unwrap_or(1).max(widest).max(32);
    let bits = bits.max(site.result_bits());
    Ok(with_word!(site.word(bits)?, W => Compiled::new(Rows::<W> {
        columns: op.columns.iter().map(Chain::compile).collect(),
        entries: words(&op.entries),
    })))
}

struct Rows<W> {
    /// For each column the way from a number to the element.
    columns: Vec<WordChain<W>>,
    /// The table, row by row.
    entries: Vec<W>,
}

impl<W: Word> Kernel<W> for Rows<W> {
    fn run(&self, inputs: &[&[W]], output: &mut [W], _: &mut Clips) {
        let rows =
            inputs[0].chunks_exact(LANES).zip(output.chunks_exact_mut(LANES * self.columns.len().max(1)));
        for (x, row) in rows {
            for (column, y) in self.columns.iter().zip(row.chunks_exact_mut(LANES)) {
                y.copy_from_slice(x);
                column.apply(y, &mut Clips::ignored());
                for y in y {
                    *y = self.entries[clamped(y.raw() as i64, self.entries.len())];
                }
            }
        }
    }
}
