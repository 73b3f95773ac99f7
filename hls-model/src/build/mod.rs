//! Lowered layers and a configuration become a draft graph.

mod attributes;
mod node;
mod unread;

pub(crate) use attributes::{PARALLELIZATION, configured_op, flag, loop_parallelism};
pub(crate) use node::NewNode;

use std::collections::HashMap;

use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::{Draft, LayerSpec, LoweredModel, NodeId, Op, TensorId};
use crate::precision::PrecisionSpec;
use crate::target::{IoType, Target};
use crate::warning::Warning;

/// Builds the draft: one node for each layer, with what the configuration says about it.
///
/// # Errors
/// A layer reads one that does not exist, a weight cannot be quantized, or the configuration sets an attribute to
/// an impossible value.
pub fn build(model: &LoweredModel, lookup: &Lookup, target: Target) -> Result<Draft, ConvertError> {
    let mut graph = Draft::empty(model.name.clone(), target);
    graph.requests = lookup.requests;
    graph.warnings.extend(model.warnings.iter().cloned());
    let mut by_name: HashMap<&str, NodeId> = HashMap::new();
    for layer in &model.layers {
        let inputs = layer
            .inputs
            .iter()
            .map(|name| find(&by_name, name, &layer.name))
            .collect::<Result<Vec<_>, _>>()?;
        let inputs = inputs.into_iter().map(|node| graph.node(node).outputs[0]).collect();
        let id = add_layer(&mut graph, layer, inputs, lookup)?;
        graph.append(id);
        by_name.insert(&layer.name, id);
    }
    graph.inputs =
        model.inputs.iter().map(|name| find(&by_name, name, "the model")).collect::<Result<_, _>>()?;
    let outputs =
        model.outputs.iter().map(|name| find(&by_name, name, "the model")).collect::<Result<Vec<_>, _>>()?;
    graph.outputs = outputs.into_iter().map(|id| graph.node(id).outputs[0]).collect();
    graph.name_result_type();
    graph.output_names = model.output_names.clone();
    graph.ebops.clone_from(&model.ebops);
    warn_of_unmatched(&mut graph, model, lookup);
    unread::warn_of_unread_keys(&mut graph, model, lookup);
    Ok(graph)
}

/// Makes the node of a layer, with what the configuration says about it; it is not yet in the order of execution.
///
/// # Errors
/// As [`build`].
pub(crate) fn add_layer(
    graph: &mut Draft,
    layer: &LayerSpec,
    inputs: Vec<TensorId>,
    lookup: &Lookup,
) -> Result<NodeId, ConvertError> {
    let scope = Scope { name: &layer.config_name, class: layer.op.class_name() };
    let new = NewNode {
        name: layer.name.clone(),
        config_name: layer.config_name.clone(),
        source_class: Some(layer.source_class.clone()),
        op: configured_op(&layer.op, lookup, scope)?,
        inputs,
        shape: layer.shape.clone(),
        weights: layer.weights.clone(),
        result: None,
        trace: flag(lookup, scope, "trace")?.unwrap_or(false),
        activation_quantizer: layer.activation_quantizer.clone(),
    };
    let id = graph.make_node(new, lookup)?;
    warn_of_ignored(graph, layer, lookup);
    if let (Op::Conv(file), Op::Conv(made)) = (&layer.op, &graph.node(id).op) {
        let (of_model, used) = (file.parallelization_factor, made.parallelization_factor);
        warn_of_replaced_factor(graph, id, of_model, used);
    }
    Ok(id)
}

/// Warns of a factor of the configuration that takes the place of one in the model. HGQ2's layers have one, and it is 1 in all others.
/// Between streams it has no effect.
pub(crate) fn warn_of_replaced_factor(graph: &mut Draft, id: NodeId, of_model: u64, used: u64) {
    if of_model == 1 || of_model == used || graph.target.io_type() == IoType::Stream {
        return;
    }
    let node = graph.node(id);
    let (name, entry) = (node.name.clone(), node.config_name.clone());
    let message = format!(
        "ParallelizationFactor {used} of the configuration replaces {of_model}, which HGQ2's layer has (pixels computed at once), as in hls4ml; \
         set LayerName.{entry}.ParallelizationFactor to {of_model} to keep it"
    );
    graph.warn(&name, message);
}

fn find(by_name: &HashMap<&str, NodeId>, name: &str, reader: &str) -> Result<NodeId, ConvertError> {
    by_name
        .get(name)
        .copied()
        .ok_or_else(|| ConvertError::UnknownInput { layer: reader.into(), input: name.into() })
}

/// Precisions that the configuration names and hls4ml does not read, or that the model asks for and the configuration hides.
fn warn_of_ignored(graph: &mut Draft, layer: &LayerSpec, lookup: &Lookup) {
    let scope = Scope { name: &layer.config_name, class: layer.op.class_name() };
    let quantized = layer.quantized_precisions();
    if let Some((_, asked)) = quantized.iter().find(|(variable, _)| *variable == "result") {
        let (given, _) = lookup.precision(scope, "result");
        if layer.activation_quantizer.is_some()
            && lookup.precision_variables(scope).is_empty()
            && given != PrecisionSpec::Is(*asked)
        {
            let message = format!(
                "the quantizer ({asked}) has no effect: the configuration has no entry for the layer, so the result is {given}. Use \
                 granularity name, or set LayerName.{}.Precision.result",
                layer.config_name
            );
            graph.warn(&layer.name, message);
        }
    }
    let configurable = layer.op.configurable();
    for variable in lookup.precision_variables(scope) {
        let (spec, _) = lookup.precision(scope, variable);
        // A Dense over several axes becomes a convolution, which has lost the quantizers.
        let keeps_quantizers = !matches!(layer.op, Op::Dense(_)) || layer.shape.len() == 1;
        let decided = layer.weight_precisions().find(|(v, _)| v == variable && keeps_quantizers);
        if let (Some((_, asked)), PrecisionSpec::Is(given)) = (decided, spec)
            && asked.cpp() != given.cpp()
            && layer.op.read_precisions().contains(&variable.as_str())
        {
            let message = format!(
                "Precision.{variable} ({spec}) has no effect: the layer's quantizer decides ({asked})"
            );
            graph.warn(&layer.name, message);
        }
        if layer.op.read_precisions().contains(&variable.as_str()) || variable == "default" {
            continue;
        }
        let default = configurable.precisions.iter().find(|(v, _)| v == variable).and_then(|(_, d)| *d);
        let is_default = match default {
            Some(text) => text.parse().ok() == Some(spec),
            None => spec == PrecisionSpec::Auto,
        };
        let from_quantizer = quantized.iter().any(|(v, _)| v == variable);
        if !is_default && !from_quantizer {
            let is_type =
                layer.op.fixed_types().iter().any(|(role, _)| {
                    role.attribute().strip_suffix("_t").is_some_and(|name| name == variable)
                });
            let instead =
                if is_type { format!("; to change the type set {variable}_t") } else { String::new() };
            graph.warn(
                &layer.name,
                format!("Precision.{variable} ({spec}) has no effect: hls4ml does not read it{instead}"),
            );
        }
    }
}

/// Checks the entries for layers that the model does not have, once the passes have made theirs.
///
/// # Errors
/// A setting of the command line is about a layer that neither the model has nor a pass has made.
pub(crate) fn check_entries_of_made_layers(
    graph: &mut Draft,
    model: &LoweredModel,
    lookup: &Lookup,
) -> Result<(), ConvertError> {
    let of_model = |entry: &str| {
        model.layers.iter().any(|l| l.config_name.eq_ignore_ascii_case(entry))
            || model.removed.iter().any(|n| n == entry)
    };
    let is_made = |graph: &Draft, entry: &str| {
        graph.every_node().any(|node| node.config_name.eq_ignore_ascii_case(entry))
    };
    lookup.check_pending(|name| is_made(graph, name))?;
    for entry in lookup.name_entries().filter(|entry| !of_model(entry)) {
        if is_made(graph, entry) {
            unread::warn_of_made_layer(graph, entry, lookup);
        } else {
            graph.warn(
                entry,
                "the configuration has an entry for a layer of this name, but the model has no such layer, and the conversion \
                 creates none",
            );
        }
    }
    Ok(())
}

/// Entries of the configuration that are about no layer of this model.
fn warn_of_unmatched(graph: &mut Draft, model: &LoweredModel, lookup: &Lookup) {
    warn_of_hidden_reuse_factor(graph, model, lookup);
    for entry in lookup.type_entries() {
        let matches = |l: &&LayerSpec| l.op.class_name().eq_ignore_ascii_case(entry);
        let source = model.layers.iter().find(|l| l.source_class == entry && l.op.class_name() != entry);
        if let (None, Some(layer)) = (model.layers.iter().find(matches), source) {
            let class = layer.op.class_name();
            graph.warn(
                entry,
                format!("LayerType.{entry} has no effect: hls4ml looks layer types up under its own class names, here {class}"),
            );
        }
    }
}

/// A reuse factor of the model that each layer's own entry hides. One that no layer needs to hide is the default.
fn warn_of_hidden_reuse_factor(graph: &mut Draft, model: &LoweredModel, lookup: &Lookup) {
    let Some(factor) = lookup.model_reuse_factor().filter(|&factor| factor > 1) else { return };
    let mut layers = model.layers.iter().filter(|layer| layer.op.matrix().is_some()).peekable();
    let own = |layer: &LayerSpec| {
        lookup.reuse_factor(Scope { name: &layer.config_name, class: layer.op.class_name() }).ok()
    };
    if layers.peek().is_some() && layers.all(|layer| own(layer) != Some(factor)) {
        let message = format!(
            "Model.ReuseFactor ({factor}) has no effect: every layer has an entry with a ReuseFactor of its own, which takes \
             precedence"
        );
        graph.warnings.push(Warning { layer: None, message });
    }
}
