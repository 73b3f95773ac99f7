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
    if let Op::Recurrent(mut op) = graph.node(id).op.clone() {
        let factor = init_direction(graph, id, lookup, &mut op, &["recurrent_reuse_factor"])?;
        let has_index = op.cell != Cell::Simple;
        let node = graph.node_mut(id);
        node.reuse_factor = factor;
        node.op = Op::Recurrent(op);
        if has_index {
            set_index_type(graph, id);
        }
    } else if let Op::Bidirectional(mut op) = graph.node(id).op.clone() {
        let forward = ["forward_reuse_factor", "forward_recurrent_reuse_factor"];
        let backward = ["backward_reuse_factor", "backward_recurrent_reuse_factor"];
        op.reuse_factors = [
            init_direction(graph, id, lookup, &mut op.forward, &forward)?,
            init_direction(graph, id, lookup, &mut op.backward, &backward)?,
        ];
        graph.node_mut(id).op = Op::Bidirectional(op);
        set_index_type(graph, id);
    }
    Ok(Outcome::Continue)
}

/// Settles a direction, and gives the reuse factor of its product with the input. `hidden` are the settings that have no effect.
fn init_direction(
    graph: &mut Draft,
    id: NodeId,
    lookup: &Lookup,
    op: &mut Recurrent,
    hidden: &[&str],
) -> Result<u64, ConvertError> {
    let asked = graph.node(id).reuse_factor;
    for key in hidden {
        warn_of_hidden_factor(graph, id, lookup, key, asked)?;
    }
    op.strategy = strategy(graph, id, lookup);
    op.recurrent_reuse_factor = snapped(graph, id, op.strategy, asked, (op.units, op.width()));
    Ok(snapped(graph, id, op.strategy, asked, (op.n_in, op.width())))
}

fn set_index_type(graph: &mut Draft, id: NodeId) {
    let node = graph.node_mut(id);
    let index = NamedType::new(format!("layer{}_index", node.index), Precision::uint(1).into());
    node.set_ty(TypeRole::Index, index);
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
