//! The resource strategy reads weights output by output, so they are stored transposed.

use super::Outcome;
use crate::ConvertError;
use crate::config::{Lookup, Strategy};
use crate::graph::{Draft, NodeId, Op, WeightRole};

/// Turns `[n_in, n_out]` into `[n_out, n_in]`.
pub(super) fn apply_resource_strategy(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node_mut(id);
    let Op::Dense(dense) = &mut node.op else { return Ok(Outcome::Continue) };
    if dense.strategy == Strategy::Latency || dense.transposed {
        return Ok(Outcome::Continue);
    }
    dense.transposed = true;
    if let Some(weight) = node.weight_mut(WeightRole::Weight) {
        weight.values = weight.values.transposed();
    }
    Ok(Outcome::Continue)
}
