//! Merges of streams take an element of each at a time, so both must have as many.

use super::Outcome;
use crate::build::NewNode;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::Broadcast;
use crate::graph::{Draft, NodeId, Op, TensorId, broadcast};

/// Repeats an input of a merge along its axes of one element, as Keras does. hls4ml has this for its back end Vivado, and two forms of it.
pub(super) fn broadcast_stream(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let (Op::Merge(_), &[first, second]) = (&node.op, &node.inputs[..]) else { return Ok(Outcome::Continue) };
    let shapes = [first, second].map(|tensor| &graph.tensor(tensor).shape[..]);
    let Some(target) = broadcast(shapes) else { return Ok(Outcome::Continue) };
    let smaller = [first, second].into_iter().find(|&tensor| graph.tensor(tensor).shape != target);
    let Some(smaller) = smaller else { return Ok(Outcome::Continue) };
    let node = graph.make_node(repeated(graph, smaller, target), lookup)?;
    graph.insert(node, Some(id));
    Ok(Outcome::Restart)
}

fn repeated(graph: &Draft, tensor: TensorId, target: Vec<usize>) -> NewNode {
    let input = graph.tensor(tensor);
    let leading = target.len().saturating_sub(input.shape.len());
    let op = Broadcast {
        input_shape: [&vec![1; leading], &input.shape[..]].concat(),
        target_shape: target.clone(),
    };
    let name = format!("broadcast_{}", input.name);
    NewNode {
        config_name: name.clone(),
        name,
        source_class: None,
        op: Op::Broadcast(op),
        inputs: vec![tensor],
        shape: target,
        weights: Vec::new(),
        result: None,
        trace: false,
        activation_quantizer: None,
    }
}
