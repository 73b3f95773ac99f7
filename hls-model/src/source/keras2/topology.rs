//! The architecture: `model_config` JSON to a [`KerasModel`] whose layers have no weights yet.

use std::collections::{HashMap, HashSet};

use serde_json::Value as Json;

use super::plain::plain;
use crate::source::error::Problem;
use crate::source::keras::config::RnnKind;
use crate::source::keras::{
    Bidirectional, Generation, KerasLayer, KerasModel, LayerConfig, ModelKind, Reader, TensorRef,
    canonical_class, reader_of,
};

/// Models inside models beyond this depth are refused.
const MAX_DEPTH: usize = 16;
/// The wrapper of TensorFlow's model optimization around a layer that is being pruned.
const PRUNING_WRAPPER: &str = "PruneLowMagnitude";

/// Reads `{"class_name": "Functional", "config": {…}}`.
pub(in crate::source) fn model_from_json(value: &Json) -> Result<KerasModel, Problem> {
    let value = &plain(value);
    let class =
        text_field(value, "class_name").ok_or_else(|| Problem::architecture("it has no `class_name`"))?;
    let config = value.get("config").ok_or_else(|| Problem::architecture("it has no `config`"))?;
    model(class, config, 0)
}

fn model(class: &str, config: &Json, depth: usize) -> Result<KerasModel, Problem> {
    if depth > MAX_DEPTH {
        return Err(Problem::architecture(format!("models are nested more than {MAX_DEPTH} deep")));
    }
    let model = match class {
        "Sequential" => sequential(config, depth)?,
        "Functional" | "Model" => functional(config, depth)?,
        other => {
            let reason = format!(
                "a model of class {other:?} cannot be read; only Sequential and Functional models can"
            );
            return Err(Problem::architecture(reason));
        }
    };
    check_references(&model)?;
    check_order(&model)?;
    Ok(model)
}

fn functional(config: &Json, depth: usize) -> Result<KerasModel, Problem> {
    let name = text_field(config, "name").unwrap_or("model").to_owned();
    let entries =
        list_field(config, "layers").ok_or_else(|| Problem::architecture("it has no list of `layers`"))?;
    let mut layers = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut layer = layer(entry, depth)?;
        let nodes = entry.get("inbound_nodes").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        layer.calls = nodes.iter().map(|node| call(&layer.name, node)).collect::<Result<_, _>>()?;
        layers.push(layer);
    }
    let ends = |field: &str| match config.get(field) {
        Some(value) => tensor_list(value).ok_or_else(|| {
            Problem::architecture(format!("`{field}` of model {name:?} is not a list of tensors"))
        }),
        None => Err(Problem::architecture(format!("model {name:?} has no `{field}`"))),
    };
    let (mut inputs, mut outputs) = (ends("input_layers")?, ends("output_layers")?);
    call_unwrapped_layers_by_name(&mut layers, &mut inputs, &mut outputs);
    count_nested_calls_from_zero(&mut layers, &mut inputs, &mut outputs);
    Ok(KerasModel {
        name,
        kind: ModelKind::Functional,
        layers,
        inputs,
        outputs,
        keras_version: None,
        generation: Generation::default(),
        warnings: Vec::new(),
    })
}

/// Tensors of a layer that a pruning wrapper was removed from are known in the file by the wrapper's name.
fn call_unwrapped_layers_by_name(
    layers: &mut [KerasLayer],
    inputs: &mut [TensorRef],
    outputs: &mut [TensorRef],
) {
    let unwrapped = layers.iter().filter(|layer| layer.saved_as != layer.name);
    let names: HashMap<String, String> =
        unwrapped.map(|layer| (layer.saved_as.clone(), layer.name.clone())).collect();
    let used = layers.iter_mut().flat_map(|layer| layer.calls.iter_mut().flatten());
    for tensor in used.chain(inputs).chain(outputs) {
        if let Some(name) = names.get(&tensor.layer) {
            tensor.layer.clone_from(name);
        }
    }
}

/// Keras numbers the calls of a nested model from 1: number 0 is the model's own construction, which is not saved.
fn count_nested_calls_from_zero(
    layers: &mut [KerasLayer],
    inputs: &mut [TensorRef],
    outputs: &mut [TensorRef],
) {
    let nested = layers.iter().filter(|layer| matches!(layer.config, LayerConfig::Model(_)));
    let nested: HashSet<String> = nested.map(|layer| layer.name.clone()).collect();
    let used = layers.iter_mut().flat_map(|layer| layer.calls.iter_mut().flatten());
    for tensor in used.chain(inputs).chain(outputs) {
        if nested.contains(&tensor.layer) {
            tensor.node = tensor.node.saturating_sub(1);
        }
    }
}

fn sequential(config: &Json, depth: usize) -> Result<KerasModel, Problem> {
    let name = text_field(config, "name").unwrap_or("sequential").to_owned();
    // Before Keras 2.2.3 the configuration of a Sequential model was the list itself.
    let entries = list_field(config, "layers")
        .or(config.as_array().map(Vec::as_slice))
        .ok_or_else(|| Problem::architecture("it has no list of `layers`"))?;
    let mut layers: Vec<KerasLayer> =
        entries.iter().map(|entry| layer(entry, depth)).collect::<Result<_, _>>()?;
    if !layers.first().is_some_and(|first| matches!(first.config, LayerConfig::Input(_))) {
        let input = implicit_input(config, layers.first())?;
        layers.insert(0, input);
    }
    let mut previous: Option<TensorRef> = None;
    for layer in &mut layers {
        layer.calls = previous.map(|tensor| vec![tensor]).into_iter().collect();
        previous = Some(TensorRef { layer: layer.name.clone(), node: 0, tensor: 0 });
    }
    let inputs = layers.first().map(first_tensor).into_iter().collect();
    let outputs = layers.last().map(first_tensor).into_iter().collect();
    Ok(KerasModel {
        name,
        kind: ModelKind::Sequential,
        layers,
        inputs,
        outputs,
        keras_version: None,
        generation: Generation::default(),
        warnings: Vec::new(),
    })
}

fn first_tensor(layer: &KerasLayer) -> TensorRef {
    TensorRef { layer: layer.name.clone(), node: 0, tensor: 0 }
}

/// The input that a Sequential model leaves out: its shape is given on the first layer, or with the model.
fn implicit_input(config: &Json, first: Option<&KerasLayer>) -> Result<KerasLayer, Problem> {
    let first = first.ok_or_else(|| Problem::architecture("the model has no layers"))?;
    let on_layer = |field: &str| first.raw.get(field).filter(|shape| shape.is_array());
    let shape = on_layer("batch_input_shape")
        .or_else(|| on_layer("batch_shape"))
        .or_else(|| match &first.config {
            // A nested model knows its own input.
            LayerConfig::Model(inner) => inner.layers.first()?.raw.get("batch_input_shape"),
            _ => None,
        })
        .or_else(|| config.get("build_input_shape").filter(|shape| shape.is_array()))
        .ok_or_else(|| {
            Problem::architecture(
                "the Sequential model does not say its input shape; begin it with an `Input`, give the first layer an \
                 `input_shape` (Keras 2), or call `model.build(...)`, before saving",
            )
        })?;
    let dtype = first.raw.get("dtype").cloned().unwrap_or(Json::Null);
    // Keras gives the input this name when it reads the file.
    let name = format!("{}_input", first.saved_as);
    let raw = serde_json::json!({ "name": name, "batch_input_shape": shape, "dtype": dtype });
    layer(&serde_json::json!({ "class_name": "InputLayer", "config": raw }), 0)
}

/// Reads a layer entry, without its calls and weights.
fn layer(entry: &Json, depth: usize) -> Result<KerasLayer, Problem> {
    let class = text_field(entry, "class_name")
        .ok_or_else(|| Problem::architecture("a layer has no `class_name`"))?;
    let class = canonical_class(class).to_owned();
    let raw = entry.get("config").cloned().unwrap_or(Json::Null);
    if class == PRUNING_WRAPPER {
        return without_wrapper(entry, &raw, depth);
    }
    let name = text_field(&raw, "name")
        .or_else(|| text_field(entry, "name"))
        .ok_or_else(|| Problem::architecture(format!("a layer of class {class:?} has no name")))?
        .to_owned();
    let unusable =
        |reason: String| Problem::LayerConfig { layer: name.clone(), class: class.clone(), reason };
    let config = match reader_of(&class) {
        None => {
            let function = text_field(&raw, "function").map(str::to_owned);
            return Err(Problem::UnsupportedLayer { layer: name, class, function });
        }
        Some(Reader::Plain(read)) => read(&raw).map_err(unusable)?,
        Some(Reader::Hgq(read)) => LayerConfig::Hgq(Box::new(read(&raw).map_err(unusable)?)),
        Some(Reader::Model) => LayerConfig::Model(Box::new(model(base_class(&class), &raw, depth + 1)?)),
        Some(Reader::TimeDistributed) => LayerConfig::TimeDistributed(Box::new(
            wrapped(&raw, "layer", depth)?.ok_or_else(|| no_inner(&unusable))?,
        )),
        Some(Reader::Bidirectional) => {
            let forward = wrapped(&raw, "layer", depth)?.ok_or_else(|| no_inner(&unusable))?;
            let backward = wrapped(&raw, "backward_layer", depth)?;
            let merge_mode = text_field(&raw, "merge_mode").map(str::to_owned);
            let both = bidirectional(forward, backward, merge_mode).map_err(unusable)?;
            LayerConfig::Bidirectional(Box::new(both))
        }
    };
    let saved_as = name.clone();
    Ok(KerasLayer { name, class_name: class, config, calls: Vec::new(), saved_as, weights: Vec::new(), raw })
}

/// The layer inside a pruning wrapper, as `strip_pruning` returns it: the layer itself, with the shape of the model's input if only
/// the wrapper has that.
fn without_wrapper(entry: &Json, wrapper: &Json, depth: usize) -> Result<KerasLayer, Problem> {
    let saved_as =
        text_field(wrapper, "name").or_else(|| text_field(entry, "name")).unwrap_or(PRUNING_WRAPPER);
    let unusable = |reason: String| Problem::LayerConfig {
        layer: saved_as.to_owned(),
        class: PRUNING_WRAPPER.to_owned(),
        reason,
    };
    let mut inner = wrapped(wrapper, "layer", depth)?.ok_or_else(|| no_inner(&unusable))?;
    saved_as.clone_into(&mut inner.saved_as);
    if let (Some(raw), Some(shape)) = (inner.raw.as_object_mut(), wrapper.get("batch_input_shape")) {
        raw.entry("batch_input_shape").or_insert_with(|| shape.clone());
    }
    Ok(inner)
}

fn base_class(class: &str) -> &str {
    class.rsplit('>').next().unwrap_or(class)
}

fn no_inner(unusable: &dyn Fn(String) -> Problem) -> Problem {
    unusable("the wrapped `layer` is missing".to_owned())
}

fn wrapped(config: &Json, field: &str, depth: usize) -> Result<Option<KerasLayer>, Problem> {
    match config.get(field) {
        None | Some(Json::Null) => Ok(None),
        Some(_) if depth >= MAX_DEPTH => {
            Err(Problem::architecture(format!("layers are wrapped more than {MAX_DEPTH} deep")))
        }
        Some(entry) => layer(entry, depth + 1).map(Some),
    }
}

fn bidirectional(
    forward: KerasLayer,
    backward: Option<KerasLayer>,
    merge_mode: Option<String>,
) -> Result<Bidirectional, String> {
    let explicit_backward = backward.is_some();
    let backward = backward.unwrap_or_else(|| forward.clone());
    for layer in [&forward, &backward] {
        if recurrence(layer).is_none() {
            return Err(format!(
                "it wraps {:?} of class {:?}, which is not recurrent",
                layer.name, layer.class_name
            ));
        }
    }
    Ok(Bidirectional { forward, backward, explicit_backward, merge_mode })
}

fn recurrence(layer: &KerasLayer) -> Option<RnnKind> {
    match &layer.config {
        LayerConfig::Rnn(rnn) => Some(rnn.kind),
        _ => None,
    }
}

/// One call: a list of tensors, or a single tensor.
fn call(layer: &str, node: &Json) -> Result<Vec<TensorRef>, Problem> {
    let refuse = |reason: &str| {
        let class = String::from("call");
        Problem::LayerConfig { layer: layer.to_owned(), class, reason: reason.to_owned() }
    };
    let entries =
        node.as_array().ok_or_else(|| refuse("its inputs are named tensors, which is not supported"))?;
    let single = entries.first().is_some_and(Json::is_string);
    let tensors: &[Json] = if single { std::slice::from_ref(node) } else { entries };
    tensors
        .iter()
        .map(|tensor| {
            if has_tensor_arguments(tensor) {
                return Err(refuse("it is called with tensors as keyword arguments, which is not supported"));
            }
            tensor_ref(tensor)
                .ok_or_else(|| refuse("an input is not a tensor of another layer (a constant?)"))
        })
        .collect()
}

/// Keyword arguments such as `training` are plain values; tensors (`initial_state`) are lists.
fn has_tensor_arguments(tensor: &Json) -> bool {
    let arguments = tensor.get(3).and_then(Json::as_object);
    arguments.is_some_and(|arguments| arguments.values().any(|value| value.is_array() || value.is_object()))
}

/// `["layer", node, tensor]`, possibly with keyword arguments as fourth element.
fn tensor_ref(value: &Json) -> Option<TensorRef> {
    let index = |at: usize| value.get(at)?.as_u64().and_then(|index| usize::try_from(index).ok());
    Some(TensorRef { layer: value.get(0)?.as_str()?.to_owned(), node: index(1)?, tensor: index(2)? })
}

/// A list of tensors, a single tensor, or (Keras 2.13+, named outputs) an object of tensors.
fn tensor_list(value: &Json) -> Option<Vec<TensorRef>> {
    match value {
        Json::Array(_) if value.get(0).is_some_and(Json::is_string) => Some(vec![tensor_ref(value)?]),
        Json::Array(all) => all.iter().map(tensor_ref).collect(),
        Json::Object(named) => named.values().map(tensor_ref).collect(),
        _ => None,
    }
}

/// Every name is unique, and every tensor that is used exists.
fn check_references(model: &KerasModel) -> Result<(), Problem> {
    let mut calls = HashMap::new();
    for layer in &model.layers {
        if calls.insert(layer.name.as_str(), layer.calls.len()).is_some() {
            return Err(Problem::architecture(format!("two layers are named {:?}", layer.name)));
        }
    }
    let used = model.layers.iter().flat_map(|l| l.calls.iter().flatten().map(|t| (l.name.as_str(), t)));
    let ends = model.inputs.iter().chain(&model.outputs).map(|t| (model.name.as_str(), t));
    for (user, tensor) in used.chain(ends) {
        match calls.get(tensor.layer.as_str()) {
            None => {
                let reason = format!("{user:?} uses the layer {:?}, which does not exist", tensor.layer);
                return Err(Problem::architecture(reason));
            }
            // An input layer is never called but has one tensor.
            Some(&count) if tensor.node >= count.max(1) => {
                let reason =
                    format!("{user:?} uses call {} of {:?}, which has {count}", tensor.node, tensor.layer);
                return Err(Problem::architecture(reason));
            }
            Some(_) => {}
        }
    }
    if model.inputs.is_empty() || model.outputs.is_empty() {
        return Err(Problem::architecture(format!("model {:?} has no inputs or no outputs", model.name)));
    }
    Ok(())
}

/// No call depends on its own output.
fn check_order(model: &KerasModel) -> Result<(), Problem> {
    let mut waiting: Vec<(&str, usize, &[TensorRef])> = model
        .layers
        .iter()
        .flat_map(|layer| {
            layer.calls.iter().enumerate().map(|(node, inputs)| (layer.name.as_str(), node, &inputs[..]))
        })
        .collect();
    let uncalled = model.layers.iter().filter(|layer| layer.calls.is_empty());
    let mut ready: HashSet<(&str, usize)> = uncalled.map(|layer| (layer.name.as_str(), 0)).collect();
    // Files list layers in topological order or nearly so: a pass settles most of what is left.
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|(name, node, inputs)| {
            let known = inputs.iter().all(|tensor| ready.contains(&(tensor.layer.as_str(), tensor.node)));
            if known {
                ready.insert((name, *node));
            }
            !known
        });
        if waiting.len() == before {
            let names: Vec<&str> = waiting.iter().take(8).map(|(name, ..)| *name).collect();
            return Err(Problem::architecture(format!(
                "these layers wait for each other's output: {names:?}"
            )));
        }
    }
    Ok(())
}

fn text_field<'a>(value: &'a Json, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

fn list_field<'a>(value: &'a Json, field: &str) -> Option<&'a [Json]> {
    value.get(field)?.as_array().map(Vec::as_slice)
}
