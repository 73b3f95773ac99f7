//! Softmax layers are left out where the configuration says so, and their tables cut to what can index them.

use super::Outcome;
use crate::config::Lookup;
use crate::error::ConvertError;
use crate::graph::{Draft, NodeId, Op, TypeRole};
use crate::precision::PrecisionSpec;

/// Removes a softmax with `Skip: true`.
pub(super) fn skip_softmax(graph: &mut Draft, id: NodeId, _: &mut Lookup) -> Result<Outcome, ConvertError> {
    let skip = matches!(&graph.node(id).op, Op::Softmax(softmax) if softmax.skip);
    if !skip || !graph.is_removable(id) {
        return Ok(Outcome::Continue);
    }
    graph.remove(id);
    Ok(Outcome::Restart)
}

/// Warns of a softmax over several axes: hls4ml's kernel for arrays normalizes all elements together, whatever the axis.
pub(super) fn warn_of_flat_softmax(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let (node, shape) = (graph.node(id), &graph.output_of(id).shape);
    if matches!(node.op, Op::Softmax(_)) && shape.len() > 1 {
        let name = node.name.clone();
        let message =
            format!("hls4ml normalizes all elements of the shape {shape:?} together, Keras each row");
        graph.warn(&name, message);
    }
    Ok(Outcome::Continue)
}

/// Divides a softmax into slices, one for each packet of its stream.
pub(super) fn slice_softmax(graph: &mut Draft, id: NodeId, _: &mut Lookup) -> Result<Outcome, ConvertError> {
    let (node, shape) = (graph.node(id), &graph.output_of(id).shape);
    let Op::Softmax(softmax) = &node.op else { return Ok(Outcome::Continue) };
    let Some([n_outer, _, 1]) = softmax.split(shape) else {
        return Err(ConvertError::Unsupported {
            layer: node.name.clone(),
            class: node.op.class_name().into(),
            reason: format!(
                "a stream of the shape {shape:?} has the elements of the last axis together, and its axis is {}; put a Permute before and \
                 after the layer, or use io_parallel",
                softmax.axis
            ),
        });
    };
    if let Op::Softmax(softmax) = &mut graph.node_mut(id).op {
        softmax.n_outer = n_outer;
    }
    Ok(Outcome::Continue)
}

/// Caps the table size at 2 to the width of what indexes it.
pub(super) fn fix_softmax_table_size(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let Op::Softmax(softmax) = &node.op else { return Ok(Outcome::Continue) };
    let width = |spec: Option<PrecisionSpec>| spec.and_then(PrecisionSpec::known).map(|p| p.width());
    let input = width(graph.input_of(id).map(|t| t.ty.precision));
    let table = width(node.ty(TypeRole::InvTable).map(|t| t.precision));
    let (Some(input), Some(table)) = (input, table) else { return Ok(Outcome::Continue) };
    let possible = 1u64.checked_shl(input.min(table)).unwrap_or(u64::MAX);
    let (name, asked) = (node.name.clone(), softmax.table_size);
    warn_of_coarse_table(graph, id);
    warn_of_wrapping_distances(graph, id);
    if possible < asked {
        graph.node_mut(id).op.set_table_size(possible);
        graph.warn(
            &name,
            format!("table size {asked} is more than {} bits can index; using {possible}", input.min(table)),
        );
    }
    Ok(Outcome::Continue)
}

/// A table over the whole range of a wide input, such as an inferred one, only distinguishes numbers that are far apart.
fn warn_of_coarse_table(graph: &mut Draft, id: NodeId) {
    let node = graph.node(id);
    let (Op::Softmax(softmax), Some(input)) = (&node.op, graph.input_of(id)) else { return };
    let Some(ty) = input.ty.precision.known() else { return };
    let Some(step) = softmax.table_step(&ty).filter(|&step| step >= 1.0) else { return };
    let producer = node.inputs.first().and_then(|&tensor| graph.producer(tensor));
    let producer = producer.map_or("the layer before it", |id| &graph.node(id).config_name);
    let message = format!(
        "its table of exponentials has steps of {step} for inputs of the type {ty}, so its outputs are far from Keras's; give \
         \"{producer}\" a result with few integer bits (Precision.result, such as fixed<16,6>)"
    );
    let name = node.name.clone();
    graph.warn(&name, message);
}

/// The distance to the largest input is kept in the input's type without its sign, which wraps: it holds half of how far apart
/// inputs of the type can be.
fn warn_of_wrapping_distances(graph: &mut Draft, id: NodeId) {
    let node = graph.node(id);
    let (Op::Softmax(softmax), Some(input)) = (&node.op, graph.input_of(id)) else { return };
    let Some(ty) = input.ty.precision.known() else { return };
    let Some(limit) = softmax.distance_limit(&ty) else { return };
    let producer = node.inputs.first().and_then(|&tensor| graph.producer(tensor));
    let producer = producer.map_or("the layer before it", |id| &graph.node(id).config_name);
    let wider = format!("fixed<{},{}>", ty.width() + 1, ty.integer() + 1);
    let message = format!(
        "inputs that are {limit} or more apart wrap around in hls4ml's kernel, and the smallest becomes probable; unless those \
         of the type {ty} are never that far apart, give \"{producer}\" a result with one more integer bit (Precision.result, \
         such as {wider}) or set LayerName.{}.Implementation to legacy. Profiling counts how often it happens",
        node.config_name
    );
    let name = node.name.clone();
    graph.warn(&name, message);
}
