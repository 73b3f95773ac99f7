//! A stream is emptied by whoever reads it, so a value that is read several times becomes several streams.

use super::Outcome;
use crate::build::NewNode;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::Copies;
use crate::graph::{Draft, NodeId, Op, TensorId};

/// Copies what a node writes for each of its readers; being an output of the network is one more.
pub(super) fn clone_output(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    if matches!(graph.node(id).op, Op::Clone(_)) {
        return Ok(Outcome::Continue);
    }
    let several = graph.node(id).outputs.iter().copied().find(|&tensor| readers(graph, tensor) > 1);
    let Some(tensor) = several else { return Ok(Outcome::Continue) };
    let clone = graph.make_node(copies(graph, id, tensor), lookup)?;
    let ty = graph.tensor(tensor).ty.clone();
    for copy in graph.node(clone).outputs.clone() {
        graph.tensor_mut(copy).ty = ty.clone();
    }
    graph.fork(tensor, clone);
    Ok(Outcome::Restart)
}

fn readers(graph: &Draft, tensor: TensorId) -> usize {
    graph.consumers(tensor).len() + graph.outputs.iter().filter(|&&output| output == tensor).count()
}

fn copies(graph: &Draft, writer: NodeId, tensor: TensorId) -> NewNode {
    let (node, value) = (graph.node(writer), graph.tensor(tensor));
    let op = Copies { of: value.name.clone(), count: readers(graph, tensor), elements: value.len() };
    NewNode {
        name: format!("clone_{}", node.name),
        config_name: format!("clone_{}", node.config_name),
        source_class: None,
        op: Op::Clone(op),
        inputs: vec![tensor],
        shape: value.shape.clone(),
        weights: Vec::new(),
        result: Some(value.ty.precision),
        trace: false,
        activation_quantizer: None,
    }
}
