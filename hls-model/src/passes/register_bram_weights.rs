//! Large weight arrays become arguments of the top function.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Storage};

/// Moves arrays with more elements than `BramFactor` outside.
pub(super) fn register_bram_weights(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let Some(limit) = lookup.bram_factor else { return Ok(Outcome::Continue) };
    for weight in &mut graph.node_mut(id).weights {
        if weight.census.shape.iter().product::<usize>() as u64 > limit {
            weight.storage = Storage::Bram;
        }
    }
    Ok(Outcome::Continue)
}
