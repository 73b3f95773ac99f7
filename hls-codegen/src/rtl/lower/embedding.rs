//! Tables of rows.

use hls_model::arith::{Chain, TableRows};

use super::Layer;
use super::cast::MAX_ENTRIES;
use crate::rtl::circuit::Wire;
use crate::rtl::error::RtlError;

impl Layer<'_> {
    /// A row of a table for each number.
    pub(super) fn table_rows(&mut self, op: &TableRows, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let mut results = Vec::with_capacity(x.len() * op.columns.len());
        for &x in x {
            for column in &op.columns {
                results.push(self.column(column, &op.entries, x)?);
            }
        }
        Ok(results)
    }

    /// An element of a row: a function of the number if that has few values, else found by its place in the table.
    fn column(&mut self, column: &Chain, entries: &[i128], x: Wire) -> Result<Wire, RtlError> {
        let (low, high) = self.circuit.range(x);
        if high.saturating_sub(low) < MAX_ENTRIES {
            let last = entries.len().max(1) as i128 - 1;
            let entry = |place: i128| entries.get(place.clamp(0, last) as usize).copied().unwrap_or(0);
            return self.tabulated(x, |x| entry(column.apply(x)));
        }
        let place = self.chain(x, column)?;
        self.entry_of(entries, place)
    }
}
