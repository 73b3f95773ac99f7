//! Sums of functions of single elements.

use hls_model::arith::{FunctionSums, SummedFunctions, TermValue};

use super::Layer;
use crate::rtl::circuit::{Term, Wire};
use crate::rtl::error::RtlError;

impl Layer<'_> {
    /// A sum of tables, and of elements, for each element of the result.
    pub(super) fn function_sums(&mut self, op: &FunctionSums, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        op.sums.iter().map(|sum| self.function_sum(op, sum, x)).collect()
    }

    fn function_sum(
        &mut self,
        op: &FunctionSums,
        sum: &SummedFunctions,
        x: &[Wire],
    ) -> Result<Wire, RtlError> {
        let Some(finish) = &sum.finish else { return Ok(self.circuit.constant(0)) };
        let mut terms = Vec::with_capacity(sum.terms.len());
        for term in &sum.terms {
            let element = x.get(term.element).copied();
            let element = element
                .ok_or_else(|| self.unsupported("it reads more elements than there are".to_owned()))?;
            let argument = self.chain(element, &term.argument)?;
            let wire = match term.value {
                TermValue::Argument => argument,
                TermValue::Entry { table, offset } => {
                    let place = self.circuit.add_constant(argument, offset);
                    self.entry_of(&op.tables[table], place)?
                }
            };
            terms.push(Term { wire, shift: term.up, negative: false });
        }
        let widths = terms.iter().map(|term| self.circuit.width(term.wire) + term.shift).max();
        self.count_bits(widths.unwrap_or(0).saturating_mul(terms.len() as u32))?;
        let total = self.circuit.sum(terms, sum.constant);
        let total = if sum.relu { self.circuit.clamp(total, (0, i128::MAX)) } else { total };
        self.chain(total, finish)
    }
}
