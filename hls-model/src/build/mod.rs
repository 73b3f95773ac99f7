//! Lowered layers and a configuration become a draft graph.

mod node;
mod unread;

pub(crate) use node::NewNode;

use crate::config::{Lookup, Scope};
use crate::error::ConvertError;
use crate::graph::op::{SoftmaxImplementation, TimeParallelism};
use crate::graph::{Draft, LayerSpec, LoweredModel, NodeId, Op, TensorId};
use crate::precision::PrecisionSpec;
use crate::warning::Warning;
use serde_json::Value;
use std::collections::HashMap;

/// Builds the draft: one node for each layer, with what the configuration says about it.
///
/// # Errors
/// A layer reads one that does not exist, a weight cannot be quantized, or the configuration sets an attribute to
/// something that it cannot be.
pub fn build(model: &LoweredModel, lookup: &Lookup) -> Result<Draft, ConvertError> {
    let mut graph = Draft::empty(model.name.clone());
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
    Ok(id)
}

fn find(by_name: &HashMap<&str, NodeId>, name: &str, reader: &str) -> Result<NodeId, ConvertError> {
    by_name
        .get(name)
        .copied()
        .ok_or_else(|| ConvertError::UnknownInput { layer: reader.into(), input: name.into() })
}

/// Variances beyond 2⁻³⁰ are too small for any table.
const MAX_RANGE_POWER: u32 = 30;

/// The attribute of a convolution that says how many pixels are computed side by side.
pub(crate) const PARALLELIZATION: &str = "parallelization_factor";

/// The operation with the attributes that the configuration sets.
///
/// # Errors
/// It sets one to something that it cannot be.
pub(crate) fn configured_op(op: &Op, lookup: &Lookup, scope: Scope<'_>) -> Result<Op, ConvertError> {
    let mut op = op.clone();
    if op.table_size().is_some()
        && let Some(value) = lookup.attribute(scope, "table_size")
    {
        let size = value.as_u64().filter(|n| (2..=1 << 24).contains(n));
        let size =
            size.ok_or_else(|| bad(scope, "TableSize", "a number of entries from 2 to 16777216", value))?;
        op.set_table_size(size);
    }
    if let Op::Conv(conv) = &mut op
        && let Some(factor) = lookup.natural_attribute(scope, PARALLELIZATION)?
    {
        conv.parallelization_factor = factor;
    }
    if let Op::Softmax(softmax) = &mut op {
        softmax.skip = flag(lookup, scope, "skip")?.unwrap_or(false);
        if let Some(value) = lookup.attribute(scope, "implementation") {
            let known = value.as_str().and_then(|s| SoftmaxImplementation::from_name(&s.to_lowercase()));
            let expected = "latency, stable, argmax or legacy";
            softmax.implementation = known.ok_or_else(|| bad(scope, "Implementation", expected, value))?;
        }
    }
    if let Op::LayerNormalization(norm) = &mut op
        && let Some(value) = lookup.attribute(scope, "table_range_power2")
    {
        let power = value.as_u64().and_then(|n| u32::try_from(n).ok()).filter(|&n| n <= MAX_RANGE_POWER);
        let expected = "a power of two from 0 to 30";
        norm.table_range_power2 = power.ok_or_else(|| bad(scope, "TableRangePower2", expected, value))?;
    }
    if let Op::TimeDistributed(block) = &mut op {
        block.parallelism = loop_parallelism(lookup, scope)?.unwrap_or_default();
    }
    if let (Op::Resize(_), Some(value)) = (&op, lookup.attribute(scope, "algorithm"))
        && value.as_str() != Some("nearest")
    {
        return Err(bad(scope, "Algorithm", "nearest", value));
    }
    for (role, _) in op.fixed_types() {
        if let Some(value) = lookup.attribute(scope, role.attribute()) {
            let parsed = value.as_str().and_then(|s| s.parse::<PrecisionSpec>().ok());
            if !matches!(parsed, Some(PrecisionSpec::Is(_))) {
                return Err(bad(scope, role.attribute(), "a precision such as \"fixed<18,8>\"", value));
            }
        }
    }
    Ok(op)
}

/// What the configuration says about the loop over time steps.
///
/// # Errors
/// It says something else.
pub(crate) fn loop_parallelism(
    lookup: &Lookup,
    scope: Scope<'_>,
) -> Result<Option<TimeParallelism>, ConvertError> {
    let Some(value) = lookup.attribute(scope, "time_step_loop_parallelism") else { return Ok(None) };
    let known = value.as_str().and_then(TimeParallelism::from_name);
    let expected = "Off, Unroll or Pipeline";
    known.map(Some).ok_or_else(|| bad(scope, "TimeStepLoopParallelism", expected, value))
}

/// A truth value that the configuration sets as an attribute of the layer.
///
/// # Errors
/// It is something else.
pub(crate) fn flag(lookup: &Lookup, scope: Scope<'_>, key: &str) -> Result<Option<bool>, ConvertError> {
    match lookup.attribute(scope, key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(value) => match value.as_u64() {
            Some(n) if n <= 1 => Ok(Some(n == 1)),
            _ => Err(bad(scope, key, "true or false", value)),
        },
    }
}

fn bad(scope: Scope<'_>, key: &str, expected: &'static str, found: &Value) -> ConvertError {
    ConvertError::Attribute { layer: scope.name.into(), key: key.into(), expected, found: found.to_string() }
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
        let decided =
            quantized.iter().find(|(v, _)| v == variable && variable != "result" && keeps_quantizers);
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
                format!("Precision.{variable} ({spec}) has no effect, hls4ml does not read it{instead}"),
            );
        }
    }
}

/// Entries of the configuration that are about no layer of this model.
fn warn_of_unmatched(graph: &mut Draft, model: &LoweredModel, lookup: &Lookup) {
    warn_of_hidden_reuse_factor(graph, model, lookup);
    for entry in lookup.name_entries() {
        let known = model.layers.iter().any(|l| l.config_name.eq_ignore_ascii_case(entry))
            || model.removed.iter().any(|n| n == entry);
        if !known {
            graph.warn(
                entry,
                "the configuration has an entry for a layer of this name, but the model has no such layer",
            );
        }
    }
    for entry in lookup.type_entries() {
        let matches = |l: &&LayerSpec| l.op.class_name().eq_ignore_ascii_case(entry);
        let source = model.layers.iter().find(|l| l.source_class == entry && l.op.class_name() != entry);
        if let (None, Some(layer)) = (model.layers.iter().find(matches), source) {
            let class = layer.op.class_name();
            graph.warn(
                entry,
                format!("LayerType.{entry} has no effect: hls4ml looks layer types up as its own class, here {class}"),
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
            "Model.ReuseFactor ({factor}) has no effect: every layer has an entry with a ReuseFactor of its own, which counts more"
        );
        graph.warnings.push(Warning { layer: None, message });
    }
}
