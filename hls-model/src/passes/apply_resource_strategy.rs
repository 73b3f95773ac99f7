//! The resource strategy reads weights output by output, so they are stored transposed.

use super::Outcome;
use crate::config::{Lookup, Strategy};
use crate::error::ConvertError;
use crate::graph::op::CellWeights;
use crate::graph::{Draft, NodeId, Op, WeightRole};

/// Turns `[n_in, n_out]` into `[n_out, n_in]`; of a convolution `[…, n_chan, n_filt]` into `[n_filt, …, n_chan]`.
pub(super) fn apply_resource_strategy(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node_mut(id);
    for role in transposed_kernels(&mut node.op) {
        if let Some(weight) = node.weight_mut(role) {
            weight.values = weight.values.last_axis_first();
        }
    }
    let Some((strategy, transposed)) = node.op.matrix_storage() else { return Ok(Outcome::Continue) };
    if *transposed || !wants_transposed(strategy) {
        return Ok(Outcome::Continue);
    }
    *transposed = true;
    if let Some(weight) = node.weight_mut(WeightRole::Weight) {
        weight.values = weight.values.last_axis_first();
    }
    Ok(Outcome::Continue)
}

fn wants_transposed(strategy: Strategy) -> bool {
    match strategy {
        Strategy::Latency | Strategy::DistributedArithmetic => false,
        Strategy::Resource | Strategy::ResourceUnrolled => true,
    }
}

/// The kernels of a recurrent layer that are to be transposed, marked as done.
fn transposed_kernels(op: &mut Op) -> Vec<WeightRole> {
    let directions = if let Op::Recurrent(one) = op {
        vec![(one, CellWeights::ONLY)]
    } else if let Op::Bidirectional(both) = op {
        both.each_mut().into_iter().zip([CellWeights::FORWARD, CellWeights::BACKWARD]).collect()
    } else {
        Vec::new()
    };
    let mut kernels = Vec::new();
    for (direction, weights) in directions {
        if wants_transposed(direction.strategy) && !direction.transposed {
            direction.transposed = true;
            kernels.extend([weights.kernel, weights.recurrent_kernel]);
        }
    }
    kernels
}
