//! Linear activations vanish: where they cast nothing, and where the layer before may take over their precision.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::{Activation, Function};
use crate::graph::{Draft, NodeId, Op};
use crate::precision::PrecisionSpec;
use crate::quantizer::Quantizer;

fn is_linear(graph: &Draft, id: NodeId) -> bool {
    matches!(&graph.node(id).op, Op::Activation(Activation { function: Function::Linear, .. }))
}

/// Removes a linear activation whose input and output have the same precision.
pub(super) fn eliminate_linear_activation(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let casts = graph.input_of(id).is_none_or(|t| t.ty.precision != graph.output_of(id).ty.precision);
    if !is_linear(graph, id) || casts || !graph.is_removable(id) {
        return Ok(Outcome::Continue);
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}

/// Removes a linear activation after a layer whose precision is still to be inferred. The precision of the
/// activation is lost with it, which is hls4ml's behaviour and worth a warning where a quantizer asked for it.
pub(super) fn merge_linear_activation(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let Some(&input) = graph.node(id).inputs.first() else { return Ok(Outcome::Continue) };
    let Some(parent) = graph.producer(input) else { return Ok(Outcome::Continue) };
    let parent_op = &graph.node(parent).op;
    let safe =
        matches!(parent_op, Op::Dense(_) | Op::Conv(_)) || parent_op.is_affine() || parent_op.is_activation();
    let open = graph.tensor(input).ty.precision == PrecisionSpec::Auto;
    if !is_linear(graph, id) || !safe || !open || !graph.is_removable(id) {
        return Ok(Outcome::Continue);
    }
    let node = graph.node(id);
    if node.activation_quantizer.as_ref().is_some_and(|q| matches!(q, Quantizer::Bits(_))) {
        let (name, precision) = (node.name.clone(), graph.output_of(id).ty.precision);
        let parent = graph.node(parent).name.clone();
        graph.warn(
            &name,
            format!(
                "the quantizer ({precision}) has no effect: hls4ml merges it into \"{parent}\" and infers that layer's \
                 precision; set LayerName.{parent}.Precision.result to keep it"
            ),
        );
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}
