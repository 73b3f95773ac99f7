//! A reshape at the end of the network vanishes: the outputs are flat arrays anyway.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Op};

/// Removes a reshape that nothing reads.
pub(super) fn remove_final_reshape(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let is_last = graph.consumers(node.outputs[0]).is_empty();
    if !matches!(node.op, Op::Reshape(_)) || !is_last || !graph.is_removable(id) {
        return Ok(Outcome::Continue);
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}
