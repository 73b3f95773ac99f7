//! Recurrent layers: the circuit of a time step as often as there are time steps, one after the other.

use hls_model::arith::{Recurrence, TimePass};

use super::Layer;
use crate::rtl::circuit::Wire;
use crate::rtl::error::RtlError;

impl Layer<'_> {
    pub(super) fn recurrence(&mut self, op: &Recurrence, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let mut results = Vec::with_capacity(op.passes.len());
        for pass in &op.passes {
            results.push(self.time_pass(pass, x)?);
        }
        match &op.join {
            Some(join) => self.operation(join, &results.iter().map(Vec::as_slice).collect::<Vec<_>>()),
            None => Ok(results.concat()),
        }
    }

    fn time_pass(&mut self, pass: &TimePass, x: &[Wire]) -> Result<Vec<Wire>, RtlError> {
        let zero = self.circuit.constant(0);
        let mut result = vec![zero; pass.result_elements()];
        let mut states: Vec<Vec<Wire>> = pass.states.iter().map(|state| vec![zero; state.elements]).collect();
        for k in 0..pass.n_time_steps {
            let first = pass.time(k) * pass.elements;
            let mut registers = vec![x[first..first + pass.elements].to_vec()];
            registers.append(&mut states);
            for part in &pass.parts {
                let inputs: Vec<&[Wire]> = part.inputs.iter().map(|&at| registers[at].as_slice()).collect();
                let wires = self.operation(&part.arithmetic, &inputs)?;
                registers.push(wires);
            }
            if let Some(place) = pass.place(k) {
                let first = place * pass.output_elements;
                result[first..first + pass.output_elements].copy_from_slice(&registers[pass.output]);
            }
            states = pass.states.iter().map(|state| registers[state.next].clone()).collect();
        }
        Ok(result)
    }
}
