//! Softmax layers are left out where the configuration says so, and their tables cut to what can index them.

use serde_json::Value;

use super::Outcome;
use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::op::{Softmax, SoftmaxImplementation};
use crate::graph::{Draft, NamedType, NodeId, Op, TypeRole};
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

/// Warns of a softmax over several axes: hls4ml's kernel for arrays normalizes all elements together, whatever the axis. Of HGQ2's it knows
/// the slices.
pub(super) fn warn_of_flat_softmax(
    graph: &mut Draft,
    id: NodeId,
    _: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let (node, shape) = (graph.node(id), &graph.output_of(id).shape);
    let is_flat = matches!(&node.op, Op::Softmax(softmax) if softmax.tables.is_none());
    if is_flat && shape.len() > 1 {
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
    let is_fixed = softmax.implementation == SoftmaxImplementation::Legacy
        && softmax.table_size != Softmax::LEGACY_STREAM_ENTRIES;
    if is_fixed {
        let name = node.name.clone();
        let entries = Softmax::LEGACY_STREAM_ENTRIES;
        let message = format!(
            "TableSize has no effect: between streams the tables of the implementation legacy have {entries} entries, as in hls4ml"
        );
        graph.warn(&name, message);
    }
    if let Op::Softmax(softmax) = &mut graph.node_mut(id).op {
        softmax.n_outer = n_outer;
    }
    Ok(Outcome::Continue)
}

/// Caps the table size at 2 to the width of what indexes it.
pub(super) fn fix_softmax_table_size(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let Op::Softmax(softmax) = &node.op else { return Ok(Outcome::Continue) };
    if softmax.implementation == SoftmaxImplementation::Precise {
        settle_precise(graph, id, lookup);
        return Ok(Outcome::Continue);
    }
    if softmax.tables.is_some() {
        return Ok(Outcome::Continue);
    }
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

/// Gives a precise softmax the tables and types that follow from its input's type.
fn settle_precise(graph: &mut Draft, id: NodeId, lookup: &Lookup) {
    let (Op::Softmax(softmax), Some(input)) = (graph.node(id).op.clone(), graph.input_of(id)) else { return };
    let Some(ty) = input.ty.precision.known() else { return };
    let (scope, node) = (graph.scope(id), graph.node(id));
    let (name, advice) = (node.name.clone(), Advice::of(graph, id));
    let types = softmax.precise_types(&ty);
    let attributes = types.iter().map(|(role, _)| role.attribute()).chain(["table_size"]);
    let ignored: Vec<_> = attributes.filter(|key| lookup.attribute(scope, key).is_some()).collect();
    let ignored = ignored.iter().filter(|key| **key != "table_size" || !is_default_size(lookup, scope));
    let mut messages: Vec<String> = ignored
        .map(|key| format!("{key} has no effect, because Implementation precise takes what its input needs"))
        .collect();
    if !softmax.resolves(&ty) {
        let few = format!("fixed<{},{}>", ty.integer() + 10, ty.integer());
        messages.push(format!(
            "inputs of the type {ty} that are closer than 2^-10 get equal probabilities, of which the first counts as the largest; \
             to tell all of them apart, give \"{}\" a result with at most 10 fractional bits (--set \
             LayerName.{}.Precision.result='{few}'), or set Implementation to argmax",
            advice.producer, advice.producer
        ));
    }
    let wanted = softmax.probability_bits(&ty);
    if let Some(result) =
        graph.output_of(id).ty.precision.known().filter(|r| i64::from(r.frac()) < i64::from(wanted))
    {
        messages.push(format!(
            "its result {result} has fewer than the {wanted} fractional bits that keep probabilities of different inputs apart; leave \
             it open (--set LayerName.{}.Precision.result=auto)",
            advice.layer
        ));
    }
    messages.into_iter().for_each(|message| graph.warn(&name, message));
    let node = graph.node_mut(id);
    node.op.set_table_size(softmax.precise_reciprocals());
    for (role, precision) in types {
        node.set_ty(role, NamedType::new(format!("{name}_{}", role.attribute()), precision.into()));
    }
}

/// Whether the table has as many entries as a generated configuration says.
fn is_default_size(lookup: &Lookup, scope: Scope<'_>) -> bool {
    lookup.attribute(scope, "table_size").and_then(Value::as_u64) == Some(1024)
}

/// Names for advice: what a person sets to get another softmax.
struct Advice {
    /// The softmax.
    layer: String,
    /// What computes its input.
    producer: String,
}

impl Advice {
    fn of(graph: &Draft, id: NodeId) -> Self {
        let node = graph.node(id);
        let producer = node.inputs.first().and_then(|&tensor| graph.producer(tensor));
        let producer = producer.map_or("the layer before it", |id| &graph.node(id).config_name);
        Self { layer: node.config_name.clone(), producer: producer.to_owned() }
    }

    /// The two settings that keep the class.
    fn settings(&self) -> String {
        let Self { layer, .. } = self;
        format!(
            "--set LayerName.{layer}.Implementation=precise makes the largest output that of the largest input and the others close to \
             Keras's, --set LayerName.{layer}.Implementation=argmax a one for the largest and zeros"
        )
    }
}

/// A table over the whole range of a wide input, such as an inferred one, only distinguishes numbers that are far apart.
fn warn_of_coarse_table(graph: &mut Draft, id: NodeId) {
    let node = graph.node(id);
    let (Op::Softmax(softmax), Some(input)) = (&node.op, graph.input_of(id)) else { return };
    let Some(ty) = input.ty.precision.known() else { return };
    let Some(step) = softmax.table_step(&ty).filter(|&step| step >= 1.0) else { return };
    let advice = Advice::of(graph, id);
    let message = format!(
        "its table of exponentials has steps of {step} for inputs of the type {ty}, so its outputs are far from Keras's, and those of \
         several classes are often equal; give \"{}\" a result with few integer bits (--set \
         LayerName.{}.Precision.result='fixed<16,6>'), or choose another softmax: {}",
        advice.producer,
        advice.producer,
        advice.settings()
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
    let (advice, wider) = (Advice::of(graph, id), format!("fixed<{},{}>", ty.width() + 1, ty.integer() + 1));
    let message = format!(
        "inputs that are {limit} or more apart wrap around in hls4ml's kernel, and the smallest becomes probable; unless those \
         of the type {ty} are never that far apart, give \"{}\" a result with one more integer bit (--set \
         LayerName.{}.Precision.result='{wider}'), or choose another softmax: {}. Profiling counts how often it happens",
        advice.producer,
        advice.producer,
        advice.settings()
    );
    let name = node.name.clone();
    graph.warn(&name, message);
}
