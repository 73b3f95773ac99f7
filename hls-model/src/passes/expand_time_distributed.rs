//! The layer inside a `TimeDistributed` enters the graph, between a begin and an end.

use super::Outcome;
use crate::build::{NewNode, add_layer, flag, loop_parallelism};
use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::op::{TimeDistributed, TimePart};
use crate::graph::{Draft, NodeId, Op};
use crate::precision::PrecisionSpec;

/// Makes the block a begin, which yields one time step, and puts the layer inside and an end after it.
pub(super) fn expand_time_distributed(
    graph: &mut Draft,
    id: NodeId,
    lookup: &mut Lookup,
) -> Result<Outcome, ConvertError> {
    let node = graph.node(id);
    let Op::TimeDistributed(block) = node.op.clone() else { return Ok(Outcome::Continue) };
    let TimePart::Whole { inner, step } = &block.part else { return Ok(Outcome::Continue) };
    let (name, config_name) = (format!("{}_end", node.name), format!("{}_end", node.config_name));
    let (output, whole) = (node.outputs[0], graph.output_of(id).shape.clone());

    graph.node_mut(id).op = Op::TimeDistributed(TimeDistributed { part: TimePart::Begin, ..block.clone() });
    graph.tensor_mut(output).shape = step.clone();
    let inner = add_layer(graph, inner, vec![output], lookup)?;

    let scope = Scope { name: &config_name, class: graph.node(id).op.class_name() };
    let parallelism = loop_parallelism(lookup, scope)?.unwrap_or_default();
    // Where nobody says otherwise, the type of what is inside: with another one hls4ml's firmware does not compile.
    let result = (!lookup.names_precision(scope, "result")).then_some(PrecisionSpec::Auto);
    let end = NewNode {
        name,
        source_class: None,
        op: Op::TimeDistributed(TimeDistributed { part: TimePart::End, parallelism, ..block }),
        inputs: vec![graph.node(inner).outputs[0]],
        shape: whole,
        weights: Vec::new(),
        result,
        trace: flag(lookup, scope, "trace")?.unwrap_or(false),
        activation_quantizer: None,
        config_name: config_name.clone(),
    };
    let end = graph.make_node(end, lookup)?;
    let result = graph.node(end).outputs[0];
    // The begin keeps its place; the other two follow it.
    graph.redirect(output, result);
    graph.insert_behind(id, &[inner, end]);
    Ok(Outcome::Restart)
}
