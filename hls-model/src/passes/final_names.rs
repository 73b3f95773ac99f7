//! The last step in which hls4ml names types.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId};

/// Names the type of a single output `result_t`.
pub(super) fn transform_types(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let output = graph.node(id).outputs[0];
    if graph.outputs == [output] {
        graph.name_result_type();
    }
    Ok(Outcome::Continue)
}
