//! Keras 3's architecture in the words of Keras 2: the same classes, calls and outputs, written as that one writes them.
//!
//! | Keras 3 | Keras 2 |
//! |---|---|
//! | `{"args": […], "kwargs": {…}}`, tensors as objects anywhere in them | `[["layer", call, tensor, {}], …]` |
//! | `"input_layers": ["a", 0, 0]`, a list of such, a dictionary of such | a list of such |
//! | calls of a model in a model are counted from 0 | from 1 |
//! | `class_name` with `module` and `registered_name` | `class_name`; the package decides whether it is one that is read |

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value as Json, json};

use crate::source::error::Problem;

/// Models, wrappers and arguments inside each other beyond this depth are refused.
const MAX_DEPTH: usize = 32;
/// Packages beside Keras whose layers are read.
const READ_PACKAGES: [&str; 3] = ["qkeras", "hgq", "hgq2"];
/// Classes whose configuration is again a list of layers.
const MODELS: [&str; 2] = ["Functional", "Sequential"];

/// The architecture in the words of Keras 2.
///
/// # Errors
/// Something cannot be said in them.
pub(in crate::source) fn in_words_of_keras2(model: &Json) -> Result<Json, Problem> {
    let mut model = model.as_object().cloned().unwrap_or_default();
    translate_model(&mut model, 0)?;
    Ok(Json::Object(model))
}

fn translate_model(model: &mut Map<String, Json>, depth: usize) -> Result<(), Problem> {
    check_depth(depth)?;
    let Some(config) = model.get_mut("config").and_then(Json::as_object_mut) else { return Ok(()) };
    let mut layers = match config.get_mut("layers") {
        Some(Json::Array(layers)) => std::mem::take(layers),
        _ => return Ok(()),
    };
    let nested: HashSet<String> = layers.iter().filter(|layer| is_model(layer)).filter_map(name_of).collect();
    // The ends of a model, unlike what its layers read, count the calls of a functional model from 1 in the file already.
    let is_sequential = |layer: &&Json| is_model(layer) && text(layer, "class_name") == Some("Sequential");
    let sequential: HashSet<String> = layers.iter().filter(is_sequential).filter_map(name_of).collect();
    for layer in &mut layers {
        translate_layer(layer, &nested, depth)?;
    }
    config.insert("layers".into(), Json::Array(layers));
    for field in ["input_layers", "output_layers"] {
        if let Some(ends) = config.get(field) {
            let mut tensors = Vec::new();
            collect_ends(ends, &sequential, &mut tensors, 0)?;
            config.insert(field.into(), Json::Array(tensors));
        }
    }
    Ok(())
}

fn check_depth(depth: usize) -> Result<(), Problem> {
    match depth {
        ..MAX_DEPTH => Ok(()),
        _ => Err(Problem::architecture(format!("models or layers are nested more than {MAX_DEPTH} deep"))),
    }
}

fn text<'a>(value: &'a Json, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

fn name_of(layer: &Json) -> Option<String> {
    let own = layer.get("config").and_then(|config| text(config, "name"));
    own.or_else(|| text(layer, "name")).map(str::to_owned)
}

fn is_model(layer: &Json) -> bool {
    text(layer, "class_name").is_some_and(|class| MODELS.contains(&class))
        && layer.get("config").is_some_and(|config| config.get("layers").is_some())
}

fn translate_layer(entry: &mut Json, nested: &HashSet<String>, depth: usize) -> Result<(), Problem> {
    check_depth(depth)?;
    let is_model = is_model(entry);
    let class = class_of(entry);
    let name = name_of(entry).unwrap_or_default();
    let Some(layer) = entry.as_object_mut() else { return Ok(()) };
    if let Some(class) = class {
        refuse_strangers(&class, &name)?;
        // A layer of another package may have the name of one of QKeras and be something else: those keep the package's.
        let class = class.strip_prefix("qkeras>").unwrap_or(&class).to_owned();
        layer.insert("class_name".into(), class.into());
    }
    if let Some(Json::Array(nodes)) = layer.get("inbound_nodes") {
        let calls: Vec<Json> =
            nodes.iter().map(|node| call(&name, node, nested)).collect::<Result<_, _>>()?;
        layer.insert("inbound_nodes".into(), calls.into());
    }
    if is_model {
        return translate_model(layer, depth + 1);
    }
    // Wrappers hold layers.
    if let Some(Json::Object(config)) = layer.get_mut("config") {
        for field in ["layer", "backward_layer"] {
            if let Some(inner) = config.get_mut(field).filter(|inner| inner.get("class_name").is_some()) {
                translate_layer(inner, nested, depth + 1)?;
            }
        }
    }
    Ok(())
}

/// The class, with its package if it is none of Keras's: `Dense`, `qkeras>QDense`, `my.module>MyDense`.
fn class_of(entry: &Json) -> Option<String> {
    let class = text(entry, "class_name")?;
    let registered = text(entry, "registered_name").filter(|name| name.contains('>'));
    let module = text(entry, "module").unwrap_or("keras");
    let is_kerass = module == "keras" || module.starts_with("keras.");
    Some(match registered {
        Some(registered) => registered.to_owned(),
        None if is_kerass && module.contains(".ops") => format!("{module}.{class}"),
        None if is_kerass => class.to_owned(),
        None => format!("{module}>{class}"),
    })
}

/// Refuses what only resembles a layer that can be read: a layer of another package has the name of one, and so have Python operators and
/// functions of `keras.ops` on tensors, which are entries like layers.
fn refuse_strangers(class: &str, name: &str) -> Result<(), Problem> {
    let function = match class.split_once('>') {
        Some((package, _)) if READ_PACKAGES.contains(&package) => return Ok(()),
        Some(_) => None,
        None if class.starts_with("keras.") => {
            let operation = class.rsplit('.').next().unwrap_or(class);
            Some(format!("keras.ops.{}", snake_case(operation)))
        }
        None => return Ok(()),
    };
    Err(Problem::UnsupportedLayer { layer: name.to_owned(), class: class.to_owned(), function })
}

/// A class's name as Keras 3 makes names of variables and groups of it: `Conv2D` becomes `conv2d`, `QConv1D` `q_conv1d`.
///
/// Source: Keras 3, `keras/src/utils/naming.py`, `to_snake_case`.
pub(super) fn snake_case(class: &str) -> String {
    let letters: Vec<char> = class.chars().filter(|c| c.is_alphanumeric() || *c == '_').collect();
    // `(.)([A-Z][a-z]+)` → `\1_\2`: before a capital that a small letter follows.
    let mut parted: Vec<char> = Vec::with_capacity(letters.len() * 2);
    let mut at = 0;
    while at < letters.len() {
        let word = |i: usize| {
            letters.get(i).is_some_and(char::is_ascii_uppercase)
                && letters.get(i + 1).is_some_and(char::is_ascii_lowercase)
        };
        parted.push(letters[at]);
        at += 1;
        if word(at) {
            parted.push('_');
            parted.push(letters[at]);
            at += 1;
            while letters.get(at).is_some_and(char::is_ascii_lowercase) {
                parted.push(letters[at]);
                at += 1;
            }
        }
    }
    // `([a-z])([A-Z])` → `\1_\2`.
    let mut out = String::with_capacity(parted.len() + 4);
    for (i, letter) in parted.iter().enumerate() {
        if letter.is_ascii_uppercase() && i > 0 && parted[i - 1].is_ascii_lowercase() {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
    }
    out
}

/// One call: its tensors in the order of its arguments, those of keyword arguments after the others.
fn call(layer: &str, node: &Json, nested: &HashSet<String>) -> Result<Json, Problem> {
    let refuse = |reason: &str| Problem::LayerConfig {
        layer: layer.to_owned(),
        class: "call".to_owned(),
        reason: reason.to_owned(),
    };
    if node.get("args").is_none() {
        return Ok(node.clone());
    }
    let mut tensors = Vec::new();
    for field in ["args", "kwargs"] {
        let before = tensors.len();
        collect_arguments(node.get(field).unwrap_or(&Json::Null), nested, &mut tensors, 0)?;
        if before > 0 && tensors.len() > before {
            return Err(refuse("it is called with tensors as keyword arguments, which is not supported"));
        }
    }
    if tensors.is_empty() {
        return Err(refuse("it is called without a tensor of another layer"));
    }
    Ok(Json::Array(tensors))
}

/// All tensors in an argument, depth first; dictionaries in the order of their keys, as Keras flattens them.
fn collect_arguments(
    value: &Json,
    nested: &HashSet<String>,
    into: &mut Vec<Json>,
    depth: usize,
) -> Result<(), Problem> {
    check_depth(depth)?;
    match value {
        Json::Array(items) => {
            items.iter().try_for_each(|item| collect_arguments(item, nested, into, depth + 1))
        }
        Json::Object(fields)
            if fields.get("class_name").and_then(Json::as_str) == Some("__keras_tensor__") =>
        {
            let history = value.get("config").and_then(|config| config.get("keras_history"));
            let tensor = history.and_then(|history| tensor(history, nested));
            into.push(tensor.ok_or_else(|| {
                Problem::architecture("a tensor in a call has no `keras_history` of a layer and two numbers")
            })?);
            Ok(())
        }
        Json::Object(fields) => sorted(fields)
            .into_values()
            .try_for_each(|value| collect_arguments(value, nested, into, depth + 1)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Ok(()),
    }
}

fn sorted(fields: &Map<String, Json>) -> BTreeMap<&str, &Json> {
    fields.iter().map(|(key, value)| (key.as_str(), value)).collect()
}

/// `["layer", call, tensor]`, as Keras 2 writes it.
fn tensor(history: &Json, nested: &HashSet<String>) -> Option<Json> {
    let [name, call, tensor] = history.as_array()?.as_slice() else { return None };
    let (name, call, tensor) = (name.as_str()?, call.as_u64()?, tensor.as_u64()?);
    let first = u64::from(nested.contains(name));
    Some(json!([name, call.checked_add(first)?, tensor, {}]))
}

/// The tensors of `input_layers` or `output_layers`: one, a list, or a dictionary.
fn collect_ends(
    value: &Json,
    nested: &HashSet<String>,
    into: &mut Vec<Json>,
    depth: usize,
) -> Result<(), Problem> {
    check_depth(depth)?;
    if let Some(tensor) = tensor(value, nested) {
        into.push(tensor);
        return Ok(());
    }
    match value {
        Json::Array(items) => items.iter().try_for_each(|item| collect_ends(item, nested, into, depth + 1)),
        Json::Object(fields) => {
            sorted(fields).into_values().try_for_each(|value| collect_ends(value, nested, into, depth + 1))
        }
        other => Err(Problem::architecture(format!("{other} is no input or output of a model"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_keras_names_in_snake_case() {
        for (class, group) in [
            ("Dense", "dense"),
            ("Conv2D", "conv2d"),
            ("QConv1D", "q_conv1d"),
            ("QDense", "q_dense"),
            ("LSTM", "lstm"),
            ("InputLayer", "input_layer"),
            ("BatchNormalization", "batch_normalization"),
            ("PReLU", "p_re_lu"),
            ("ReLU", "re_lu"),
            ("GlobalAveragePooling1D", "global_average_pooling1d"),
            ("QEinsumDenseBatchnorm", "q_einsum_dense_batchnorm"),
            ("DepthwiseConv2D", "depthwise_conv2d"),
        ] {
            assert_eq!(snake_case(class), group);
        }
    }

    #[test]
    fn calls_and_ends_become_lists() {
        let tensor = |name: &str, call: u64| {
            let config = json!({ "shape": [null, 5], "dtype": "float32", "keras_history": [name, call, 0] });
            json!({ "class_name": "__keras_tensor__", "config": config })
        };
        let nested = HashSet::from(["inner".to_owned()]);
        for (node, expected) in [
            (json!({ "args": [tensor("a", 0)], "kwargs": { "mask": null } }), json!([["a", 0, 0, {}]])),
            (
                json!({ "args": [[tensor("a", 1), tensor("inner", 0)]], "kwargs": {} }),
                json!([["a", 1, 0, {}], ["inner", 1, 0, {}]]),
            ),
            (
                json!({ "args": [], "kwargs": { "inputs": { "b": tensor("x", 0), "a": tensor("y", 0) } } }),
                json!([["y", 0, 0, {}], ["x", 0, 0, {}]]),
            ),
        ] {
            assert_eq!(call("l", &node, &nested).expect("a call"), expected);
        }
        let both = json!({ "args": [tensor("a", 0)], "kwargs": { "initial_state": [tensor("b", 0)] } });
        assert!(call("l", &both, &nested).is_err());
        assert!(call("l", &json!({ "args": [2.0], "kwargs": {} }), &nested).is_err());

        for (ends, expected) in [
            (json!(["a", 0, 0]), json!([["a", 0, 0, {}]])),
            (json!([["a", 0, 0]]), json!([["a", 0, 0, {}]])),
            (json!({ "z": ["a", 0, 0], "b": ["c", 0, 1] }), json!([["c", 0, 1, {}], ["a", 0, 0, {}]])),
        ] {
            let mut tensors = Vec::new();
            collect_ends(&ends, &nested, &mut tensors, 0).expect("tensors");
            assert_eq!(Json::Array(tensors), expected);
        }
    }
}
