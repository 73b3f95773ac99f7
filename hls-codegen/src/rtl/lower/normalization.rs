//! Layer normalization.

use hls_model::arith::VectorNormalization;

use super::Layer;
use crate::rtl::circuit::Wire;
use crate::rtl::error::RtlError;

impl Layer<'_> {
    pub(super) fn vector_normalization(
        &mut self,
        op: &VectorNormalization,
        x: &[Wire],
    ) -> Result<Vec<Wire>, RtlError> {
        let mut results = Vec::with_capacity(x.len());
        for vector in x.chunks_exact(op.dim.max(1)) {
            results.extend(self.normalized(op, vector)?);
        }
        Ok(results)
    }

    fn normalized(&mut self, op: &VectorNormalization, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let cast = self.only_cast(&op.sum)?;
        let numbers = x.iter().map(|&x| self.chain(x, &op.to_accum)).collect::<Result<Vec<_>, _>>()?;
        let sum = self.accumulated(numbers.iter().copied(), cast)?;
        let mean = self.chain(sum, &op.mean)?;
        let mut differences = Vec::with_capacity(x.len());
        let mut squares = Vec::with_capacity(x.len());
        for number in numbers {
            let exact = self.difference(number, mean);
            let difference = self.chain(exact, &op.difference)?;
            let square = self.multiplied(difference, difference)?;
            squares.push(self.chain(square, &op.square)?);
            differences.push(difference);
        }
        let sum = self.accumulated(squares, cast)?;
        let variance = self.chain(sum, &op.mean)?;
        let index = self.chain(variance, &op.index)?;
        let inverse_root = self.entry_of(&op.table, index)?;
        let mut results = Vec::with_capacity(x.len());
        for (difference, (&scale, &bias)) in differences.into_iter().zip(op.scales.iter().zip(&op.biases)) {
            let normalized = self.multiplied(difference, inverse_root)?;
            let scaled = self.times(normalized, scale);
            let moved = self.circuit.left(scaled, op.up);
            let sum = self.circuit.add_constant(moved, bias);
            results.push(self.chain(sum, &op.finish)?);
        }
        Ok(results)
    }
}
