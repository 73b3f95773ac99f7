//! What the back end decides for each layer: reuse factor, strategy.

use super::Outcome;
use super::reuse_factor::{closest, valid_reuse_factors};
use crate::ConvertError;
use crate::config::{Lookup, Recognised, Strategy};
use crate::graph::{Draft, NamedType, NodeId, Op, TypeRole};
use crate::precision::Precision;

/// Clock cycles that hls4ml reckons for moving data around, per output.
const SHUFFLE_CYCLES: u64 = 6;

/// Takes reuse factor and target cycles from the configuration.
pub(super) fn init_base_layer(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let (reuse_factor, target_cycles) =
        (lookup.reuse_factor(graph.scope(id))?, lookup.target_cycles(graph.scope(id)));
    let node = graph.node_mut(id);
    node.reuse_factor = reuse_factor;
    node.target_cycles = target_cycles;
    Ok(Outcome::Continue)
}

/// Chooses the strategy of a Dense layer and snaps its reuse factor.
pub(super) fn init_dense(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let Op::Dense(dense) = graph.node(id).op.clone() else { return Ok(Outcome::Continue) };
    let name = graph.node(id).name.clone();
    let (asked, recognised) = lookup.strategy(graph.scope(id));
    if let Recognised::No(word) = recognised {
        graph.warn(
            &name,
            format!("Strategy \"{word}\" is unknown (Latency, Resource, ResourceUnrolled); using Latency"),
        );
    }
    let unrolled_once = asked == Strategy::ResourceUnrolled && graph.node(id).reuse_factor == 1;
    if unrolled_once {
        graph.warn(&name, "ResourceUnrolled cannot be combined with reuse factor 1; using Resource");
    }
    let strategy = if unrolled_once { Strategy::Resource } else { asked };
    if strategy != Strategy::Latency {
        let mut valid = valid_reuse_factors(dense.n_in, dense.n_out);
        if strategy == Strategy::ResourceUnrolled && valid.len() > 1 {
            valid.pop();
        }
        snap(graph, id, &name, dense.n_out as u64, &valid);
    }
    let node = graph.node_mut(id);
    if let Op::Dense(dense) = &mut node.op {
        dense.strategy = strategy;
    }
    let index = NamedType::new(format!("layer{}_index", node.index), Precision::uint(1).into());
    node.set_ty(TypeRole::Index, index);
    Ok(Outcome::Continue)
}

fn snap(graph: &mut Draft, id: NodeId, name: &str, n_out: u64, valid: &[u64]) {
    let node = graph.node(id);
    let asked = match node.target_cycles {
        None => node.reuse_factor as f64,
        Some(cycles) if cycles < SHUFFLE_CYCLES * n_out => {
            let minimum = SHUFFLE_CYCLES * n_out + 1;
            let keep = node.reuse_factor as f64;
            graph.warn(
                name,
                format!(
                    "TargetCycles {cycles} cannot be reached; the minimum is {minimum}, so it is ignored"
                ),
            );
            keep
        }
        Some(cycles) => (cycles - SHUFFLE_CYCLES * n_out) as f64 / n_out as f64,
    };
    let chosen = closest(valid, asked);
    if chosen as f64 != asked {
        let list: Vec<_> = valid.iter().map(u64::to_string).collect();
        graph.warn(
            name,
            format!("ReuseFactor {asked} is not valid; using {chosen}. Valid ones are {}", list.join(", ")),
        );
    }
    graph.node_mut(id).reuse_factor = chosen;
}

/// Warns of a reuse factor for which old Vitis HLS versions build dividers.
pub(super) fn validate_resource_strategy(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    if let Op::Dense(dense) = &node.op {
        let (rf, n_in) = (node.reuse_factor, dense.n_in as u64);
        if dense.strategy == Strategy::Resource && rf > n_in && n_in > 0 && rf % n_in > 0 {
            let name = node.name.clone();
            graph.warn(
                &name,
                "this reuse factor may be slow in Vitis HLS 2022.1 and older, which build dividers for it",
            );
        }
    }
    Ok(Outcome::Continue)
}
