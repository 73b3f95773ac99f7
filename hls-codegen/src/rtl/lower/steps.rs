//! Layers once, or once for each time step.

use hls_model::arith::{Arithmetic, Operation, TimeDirection, TimeStep};
use hls_model::graph::{Graph, Node};

use super::Layer;
use super::tensors::Tensors;
use crate::rtl::circuit::Wire;
use crate::rtl::error::RtlError;

impl Layer<'_> {
    /// What a node computes, once or for each time step.
    pub(super) fn node(
        &mut self,
        graph: &Graph,
        node: &Node,
        arithmetic: &Arithmetic,
        tensors: &mut Tensors,
    ) -> Result<(), RtlError> {
        let inputs: Option<Vec<&[Vec<Wire>]>> =
            node.inputs.iter().map(|&tensor| tensors.get(graph, tensor)).collect();
        let inputs = inputs.filter(|inputs| inputs.iter().all(|copies| !copies.is_empty()));
        let inputs = inputs.ok_or_else(|| self.unsupported("nothing writes its input".to_owned()))?;
        let times = inputs.iter().map(|copies| copies.len()).max().unwrap_or(1);
        let results = match &arithmetic.operation {
            Operation::TimeStep(op) if op.direction == TimeDirection::Take => self.taken(op, inputs[0])?,
            Operation::TimeStep(op) => {
                let whole = self.put_together(op, inputs[0])?;
                tensors.end_loop();
                vec![whole]
            }
            _ => {
                let at =
                    |time: usize| inputs.iter().map(move |copies| copies[time % copies.len()].as_slice());
                (0..times)
                    .map(|time| self.operation(arithmetic, &at(time).collect::<Vec<_>>()))
                    .collect::<Result<_, _>>()?
            }
        };
        tensors.insert(node.outputs[0], results);
        Ok(())
    }

    /// The time steps of a tensor.
    fn taken(&mut self, op: &TimeStep, copies: &[Vec<Wire>]) -> Result<Vec<Vec<Wire>>, RtlError> {
        let steps = copies[0].chunks(op.elements.max(1)).take(op.n_time_steps);
        let cast = |step: &[Wire]| step.iter().map(|&x| self.chain(x, &op.cast)).collect();
        steps.map(cast).collect()
    }

    /// All time steps as one tensor.
    fn put_together(&mut self, op: &TimeStep, copies: &[Vec<Wire>]) -> Result<Vec<Wire>, RtlError> {
        let steps = (0..op.n_time_steps).flat_map(|time| &copies[time % copies.len()]);
        steps.map(|&x| self.chain(x, &op.cast)).collect()
    }
}
