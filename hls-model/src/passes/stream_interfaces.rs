//! How each tensor travels through its queue.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, Interface, NodeId, Op, TensorId};

/// Packs the last axis of what a node writes, and gives its queue a place for each packet, or as many as the configuration says.
///
/// Views and copies come in the packets of what they are views and copies of.
pub(super) fn stream_interfaces(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let asked = lookup.fifo_depths(graph.scope(id)).map(<[usize]>::to_vec);
    let outputs = graph.node(id).outputs.clone();
    if asked.as_ref().is_some_and(|depths| depths.len() != 1 && depths.len() != outputs.len()) {
        let name = graph.node(id).name.clone();
        let message = format!(
            "FIFODepth has no effect: it lists other depths than the {} of the layer's output streams, in their order; or give one for all",
            outputs.len()
        );
        graph.warn(&name, message);
    }
    for (position, &output) in outputs.iter().enumerate() {
        let pack = packed(graph, id, output);
        let natural = graph.tensor(output).len() / pack.max(1);
        let depth = asked.as_deref().and_then(|depths| match depths {
            [depth] => Some(*depth),
            _ if depths.len() == outputs.len() => depths.get(position).copied(),
            _ => None,
        });
        if depth.is_some() {
            warn_without_queue(graph, id, output);
        }
        graph.tensor_mut(output).interface = Interface::Stream { pack, depth: depth.unwrap_or(natural) };
        name_its_own_packet(graph, id, output, pack);
    }
    Ok(Outcome::Continue)
}

/// A layer that was the last one before others were put after it still calls the type of its result `result_t`, as the last one does. Arrays may share the name of
/// their elements' type; packets of different sizes need names of their own.
fn name_its_own_packet(graph: &mut Draft, id: NodeId, output: TensorId, pack: usize) {
    let [last] = graph.outputs[..] else { return };
    let (own, result) = (graph.tensor(output), graph.tensor(last));
    if output != last && own.ty.name == result.ty.name && result.shape.last() != Some(&pack) {
        let name = format!("layer{}_t", graph.node(id).index);
        graph.tensor_mut(output).ty.name = name;
    }
}

/// Elements that travel together.
fn packed(graph: &Draft, id: NodeId, output: TensorId) -> usize {
    let copied = match graph.node(id).op {
        Op::Clone(_) => graph.node(id).inputs.first().copied(),
        _ => None,
    };
    let tensor = graph.tensor(output);
    let same = tensor.in_place_of.or(copied).map(|same| graph.tensor(same).interface);
    match same {
        Some(Interface::Stream { pack, .. }) => pack,
        Some(Interface::Array) | None => tensor.shape.last().copied().unwrap_or(1),
    }
}

/// Streams that the project does not declare: another part of the design decides how deep they are.
fn warn_without_queue(graph: &mut Draft, id: NodeId, output: TensorId) {
    let node = graph.node(id);
    let reason = if graph.inputs.contains(&id) || graph.outputs.contains(&output) {
        "the stream is an argument of the top function, so that its queue belongs to the design around it"
    } else if graph.tensor(output).in_place_of.is_some() {
        "the layer reads and writes the same stream; set it for the layer before"
    } else {
        return;
    };
    let name = node.name.clone();
    graph.warn(&name, format!("FIFODepth has no effect: {reason}"));
}
