//! The layers of a nested model take its place.

use std::collections::HashMap;

use super::Outcome;
use crate::build::add_layer;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::op::LayerGroup;
use crate::graph::{Draft, NodeId, Op, TensorId};

/// Replaces a nested model by its layers. They are made now, after all layers of the outer model, so their indices
/// follow; a generated configuration has no entries for them, so the model's defaults hold.
pub(super) fn expand_layer_group(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let Op::LayerGroup(LayerGroup { layers, inputs, output }) = graph.node(id).op.clone() else {
        return Ok(Outcome::Continue);
    };
    let name = graph.node(id).name.clone();
    let unknown = |input: &str| ConvertError::UnknownInput { layer: name.clone(), input: input.into() };
    let mut results: HashMap<String, TensorId> =
        inputs.into_iter().zip(graph.node(id).inputs.clone()).collect();
    let mut inner = Vec::new();
    for layer in &layers {
        if let Op::Input(_) = layer.op {
            // hls4ml makes a node of it and removes that again.
            graph.take_index();
            if !results.contains_key(&layer.name) {
                return Err(unknown(&layer.name));
            }
            continue;
        }
        let reads = layer.inputs.iter().map(|i| results.get(i).copied().ok_or_else(|| unknown(i)));
        let node = add_layer(graph, layer, reads.collect::<Result<_, _>>()?, lookup)?;
        results.insert(layer.name.clone(), graph.node(node).outputs[0]);
        inner.push(node);
    }
    let result = results.get(&output).copied().ok_or_else(|| unknown(&output))?;
    graph.expand(id, &inner, result);
    Ok(Outcome::Restart)
}
