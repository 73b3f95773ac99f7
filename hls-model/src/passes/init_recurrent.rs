//! What the back end decides for recurrent layers: the strategy of both products, and their reuse factors.

use super::Outcome;
use super::init_layers::known_strategy;
use super::reuse_factor::{closest, valid_reuse_factors};
use crate::config::{Lookup, Strategy};
use crate::error::ConvertError;
use crate::graph::op::{Cell, Recurrent};
use crate::graph::{Draft, NamedType, NodeId, Op, TypeRole};
use crate::precision::Precision;

/// Chooses the strategy of a recurrent layer and snaps the reuse factors of its products. Both begin with the layer's `ReuseFactor`.
pub(super) fn init_recurrent(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let (mut op, asked) = (graph.node(id).op.clone(), graph.node(id).reuse_factor);
    let directions: Vec<(&mut Recurrent, &[&str])> = match &mut op {
        Op::Recurrent(one) => vec![(one, &["recurrent_reuse_factor"])],
        Op::Bidirectional(both) => {
            let keys: [&[&str]; 2] = [
                &["forward_reuse_factor", "forward_recurrent_reuse_factor"],
                &["backward_reuse_factor", "backward_recurrent_reuse_factor"],
            ];
            both.each_mut().into_iter().zip(keys).collect()
        }
        _ => return Ok(Outcome::Continue),
    };
    let strategy = strategy(graph, id, lookup);
    let mut factors = Vec::new();
    for (direction, keys) in directions {
        for key in keys {
            warn_of_hidden_factor(graph, id, lookup, key, asked)?;
        }
        direction.strategy = strategy;
        let [input, state] = [direction.n_in, direction.units].map(|n_in| (n_in, direction.width()));
        factors.push(snapped(graph, id, strategy, asked, input));
        direction.recurrent_reuse_factor = snapped(graph, id, strategy, asked, state);
    }
    let has_index = match &mut op {
        Op::Bidirectional(both) => {
            both.reuse_factors.iter_mut().zip(&factors).for_each(|(slot, factor)| *slot = *factor);
            true
        }
        Op::Recurrent(one) => one.cell != Cell::Simple,
        _ => false,
    };
    let is_single = matches!(op, Op::Recurrent(_));
    let node = graph.node_mut(id);
    node.op = op;
    if let (true, Some(&factor)) = (is_single, factors.first()) {
        node.reuse_factor = factor;
    }
    if has_index {
        let index = NamedType::new(format!("layer{}_index", node.index), Precision::uint(1).into());
        node.set_ty(TypeRole::Index, index);
    }
    Ok(Outcome::Continue)
}

fn strategy(graph: &mut Draft, id: NodeId, lookup: &Lookup) -> Strategy {
    let asked = known_strategy(graph, id, lookup);
    let chosen = match asked {
        Strategy::Latency | Strategy::Resource => return asked,
        Strategy::ResourceUnrolled => Strategy::Resource,
        // As in hls4ml.
        Strategy::DistributedArithmetic => Strategy::Latency,
    };
    let name = graph.node(id).name.clone();
    graph.warn(&name, format!("{asked:?} is not available for recurrent layers; using {chosen:?}"));
    chosen
}

/// The nearest reuse factor that a product of `n_in` inputs and `n_out` outputs can have.
fn snapped(
    graph: &mut Draft,
    id: NodeId,
    strategy: Strategy,
    asked: u64,
    (n_in, n_out): (usize, usize),
) -> u64 {
    if strategy == Strategy::Latency {
        return asked;
    }
    let valid = valid_reuse_factors(n_in, n_out);
    let chosen = closest(&valid, asked as f64);
    if chosen != asked {
        let name = graph.node(id).name.clone();
        let list: Vec<_> = valid.iter().map(u64::to_string).collect();
        graph.warn(
            &name,
            format!(
                "ReuseFactor {asked} is not valid for its product of {n_in} with {n_out}; using {chosen}. Valid ones are {}",
                list.join(", ")
            ),
        );
    }
    chosen
}

/// hls4ml reads one reuse factor and overwrites the others with it.
fn warn_of_hidden_factor(
    graph: &mut Draft,
    id: NodeId,
    lookup: &Lookup,
    key: &str,
    factor: u64,
) -> Result<(), ConvertError> {
    let given = lookup.natural_attribute(graph.scope(id), key)?;
    if let Some(given) = given.filter(|&given| given != 1 && given != factor) {
        let name = graph.node(id).name.clone();
        graph.warn(
            &name,
            format!(
                "{key} ({given}) has no effect: as in hls4ml, the layer's ReuseFactor ({factor}) holds for all its products"
            ),
        );
    }
    Ok(())
}
