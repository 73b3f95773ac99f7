//! Between streams a reshape is work: other elements travel together.

use super::Outcome;
use super::inplace_stream_flatten::is_view;
use crate::build::NewNode;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::Repack;
use crate::graph::{Draft, NodeId, Op};

/// Puts a node that packs the elements anew in the place of a reshape that is no view.
pub(super) fn reshape_stream(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let Op::Reshape(reshape) = &node.op else { return Ok(Outcome::Continue) };
    let output = graph.output_of(id);
    if output.in_place_of.is_some() || is_view(graph, id) {
        return Ok(Outcome::Continue);
    }
    let ty = output.ty.clone();
    let repack = NewNode {
        name: format!("repack_{}", node.name),
        config_name: format!("repack_{}", node.config_name),
        source_class: None,
        op: Op::Repack(Repack { target_shape: reshape.target_shape.clone() }),
        inputs: node.inputs.clone(),
        shape: output.shape.clone(),
        weights: Vec::new(),
        result: Some(ty.precision),
        trace: false,
        activation_quantizer: None,
    };
    let repack = graph.make_node(repack, lookup)?;
    let packed = graph.node(repack).outputs[0];
    graph.tensor_mut(packed).ty = ty;
    graph.replace(id, repack);
    Ok(Outcome::Restart)
}
