//! What the back end decides for recurrent layers: the strategy of both products, and their reuse factors.

use super::Outcome;
use super::init_layers::known_strategy;
use super::reuse_factor::{closest, valid_reuse_factors};
use crate::config::{Lookup, Strategy};
use crate::error::ConvertError;
use crate::graph::op::{Cell, Recurrent};
use crate::graph::{Draft, NamedType, Node, NodeId, Op, Tensor, TypeRole};
use crate::precision::{Precision, PrecisionSpec};

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
    op.strategy = strategy(graph, id, lookup, op);
    op.recurrent_reuse_factor = snapped(graph, id, op.strategy, asked, (op.units, op.width()));
    Ok(snapped(graph, id, op.strategy, asked, (op.n_in, op.width())))
}

fn set_index_type(graph: &mut Draft, id: NodeId) {
    let node = graph.node_mut(id);
    let index = NamedType::new(format!("layer{}_index", node.index), Precision::uint(1).into());
    node.set_ty(TypeRole::Index, index);
}

/// The strategy that is asked for, or the one that hls4ml uses in its place.
fn strategy(graph: &mut Draft, id: NodeId, lookup: &Lookup, op: &Recurrent) -> Strategy {
    let asked = known_strategy(graph, id, lookup);
    let reuse_factor = graph.node(id).reuse_factor;
    let instead = match asked {
        Strategy::Latency | Strategy::Resource => None,
        Strategy::ResourceUnrolled => (reuse_factor == 1).then(|| {
            let message = "ResourceUnrolled cannot be combined with reuse factor 1; using Resource";
            (Strategy::Resource, message.to_owned())
        }),
        Strategy::DistributedArithmetic if reuse_factor != 1 => Some((
            Strategy::Latency,
            format!(
                "DistributedArithmetic uses every sum in every cycle, so it needs ReuseFactor 1, and the layer has {reuse_factor}; using \
                 Latency"
            ),
        )),
        Strategy::DistributedArithmetic => multiplied_types(graph, id, op).find(|ty| !is_number(*ty)).map(|ty| {
            let message = format!(
                "DistributedArithmetic needs inputs and states of a fixed-point type, and there are {}; using Latency",
                ty.cpp()
            );
            (Strategy::Latency, message)
        }),
    };
    let Some((strategy, message)) = instead else { return asked };
    let name = graph.node(id).name.clone();
    graph.warn(&name, message);
    strategy
}

/// The types of what is multiplied with the kernels, as far as they are known: input and state.
fn multiplied_types(graph: &Draft, id: NodeId, op: &Recurrent) -> impl Iterator<Item = Precision> {
    let known = |tensor: &Tensor<PrecisionSpec>| tensor.ty.precision.known();
    let input = graph.input_of(id).and_then(known);
    let state = op.state_type.or_else(|| known(graph.output_of(id)));
    [input, state].into_iter().flatten()
}

/// Whether the bits of such a number are a binary number.
fn is_number(ty: Precision) -> bool {
    match ty {
        Precision::Fixed(_) | Precision::Integer { .. } => true,
        Precision::Xnor | Precision::Exponent { .. } => false,
    }
}

/// The nearest reuse factor that a product of `n_in` inputs and `n_out` outputs can have.
fn snapped(
    graph: &mut Draft,
    id: NodeId,
    strategy: Strategy,
    asked: u64,
    (n_in, n_out): (usize, usize),
) -> u64 {
    let mut valid = match strategy {
        Strategy::Latency | Strategy::DistributedArithmetic => return asked,
        Strategy::Resource | Strategy::ResourceUnrolled => valid_reuse_factors(n_in, n_out),
    };
    if strategy == Strategy::ResourceUnrolled && valid.len() > 1 && leaves_out_largest(graph.node(id)) {
        valid.pop();
    }
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

/// Whether hls4ml rules out the largest reuse factor with ResourceUnrolled. Of a bidirectional layer it makes Resource, whose reuse
/// factors, and with them the order of additions, are kept.
fn leaves_out_largest(node: &Node<PrecisionSpec>) -> bool {
    !matches!(node.op, Op::Bidirectional(_))
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
