//! A batch normalization with scale 1 and bias 0 vanishes.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, WeightRole};

/// Removes a normalization that changes nothing.
pub(super) fn remove_nop_batch_normalization(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let all = |role, value| node.weight(role).is_some_and(|w| w.unquantized.all_equal(value));
    let idle = node.op.is_affine() && all(WeightRole::Scale, 1.0) && all(WeightRole::Bias, 0.0);
    if !idle || !graph.is_removable(id) {
        return Ok(Outcome::Continue);
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}
