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
    if let Op::Resize(_) = graph.node(id).op {
        widen(graph, id);
        return Ok(Outcome::Continue);
    }
    let node = graph.node(id);
    let (Op::Merge(_), &[first, second]) = (&node.op, &node.inputs[..]) else { return Ok(Outcome::Continue) };
    let shapes = [first, second].map(|tensor| &graph.tensor(tensor).shape[..]);
    let Some(target) = broadcast(shapes) else {
        return Err(ConvertError::Unsupported {
            layer: node.name.clone(),
            class: node.op.class_name().into(),
            reason: format!(
                "its inputs have the shapes {:?} and {:?}, which cannot be combined",
                shapes[0], shapes[1]
            ),
        });
    };
    let smaller = [first, second].into_iter().find(|&tensor| graph.tensor(tensor).shape != target);
    let Some(smaller) = smaller else { return Ok(Outcome::Continue) };
    let node = graph.make_node(repeated(graph, smaller, target), lookup)?;
    graph.insert(node, Some(id));
    Ok(Outcome::Restart)
}

/// Repeating the elements of a packet is no enlargement of an image, which repeats packets.
fn widen(graph: &mut Draft, id: NodeId) {
    let Some(input) = graph.input_of(id).map(|tensor| tensor.shape.clone()) else { return };
    let target_shape = graph.output_of(id).shape.clone();
    if input.last() != target_shape.last() {
        graph.node_mut(id).op = Op::Broadcast(Broadcast::of(&input, target_shape));
    }
}

fn repeated(graph: &Draft, tensor: TensorId, target: Vec<usize>) -> NewNode {
    let input = graph.tensor(tensor);
    let op = Broadcast::of(&input.shape, target.clone());
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
