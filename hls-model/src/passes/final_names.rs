//! The last step in which hls4ml names types and lays out arrays.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, Layout, NodeId};

/// Names the type of a single output `result_t`, and gives inputs their own layout.
pub(super) fn transform_types(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let output = graph.node(id).outputs[0];
    if graph.outputs == [output] {
        graph.name_result_type();
    }
    if graph.inputs.contains(&id) {
        graph.tensor_mut(output).layout = Layout::Reshape;
    }
    Ok(Outcome::Continue)
}
