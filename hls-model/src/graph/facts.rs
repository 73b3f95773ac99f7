//! The graph as data, under the keys that hls4ml's own objects have.
//!
//! The corpus compares them with hls4ml's, and a back end adds what it decides (`hls-cli inspect --json` prints both); the keys
//! are stable.

use serde_json::{Map, Value, json};

use super::model::Graph;
use super::node::Node;
use super::quantized::WeightEncoding;
use super::tensor::{Interface, Tensor};
use super::types::NamedType;
use super::weight::Weight;
use crate::precision::Precision;

/// The facts of a converted model.
#[must_use]
pub fn facts(graph: &Graph) -> Value {
    let name_of = |t: &super::TensorId| graph.tensor(*t).name.clone();
    json!({
        "inputs": graph.inputs.iter().map(|&n| graph.node(n).name.clone()).collect::<Vec<_>>(),
        "outputs": graph.outputs.iter().map(name_of).collect::<Vec<_>>(),
        "input_variables": graph.inputs.iter().map(|&n| variable(graph.output_of(n))).collect::<Vec<_>>(),
        "output_variables": graph.outputs.iter().map(|&t| variable(graph.tensor(graph.storage_of(t)))).collect::<Vec<_>>(),
        "layers": graph.nodes().map(|node| layer(graph, node)).collect::<Vec<_>>(),
        "warnings": graph.warnings.iter().map(|w| json!({ "layer": w.layer, "message": w.message })).collect::<Vec<_>>(),
    })
}

fn variable(tensor: &Tensor) -> Value {
    json!({ "name": tensor.variable, "shape": tensor.shape, "type": travelling(tensor) })
}

fn named(ty: &NamedType) -> Value {
    let mut value = json!({ "name": ty.name, "precision": ty.precision.graph_form() });
    if let (Precision::Exponent { .. }, Value::Object(map)) = (ty.precision, &mut value) {
        map.insert("sign_precision".into(), json!(Precision::Xnor.graph_form()));
    }
    value
}

/// The type of a tensor's elements; in a stream that of what travels together.
fn travelling(tensor: &Tensor) -> Value {
    let mut value = named(&tensor.ty);
    if let (Interface::Stream { pack, .. }, Value::Object(map)) = (tensor.interface, &mut value) {
        map.extend([("n_elem", json!(pack)), ("n_pack", json!(1)), ("unpack", json!(false))].map(owned));
    }
    value
}

fn owned((key, value): (&str, Value)) -> (String, Value) {
    (key.to_owned(), value)
}

fn layer(graph: &Graph, node: &Node) -> Value {
    let inputs = match node.op.arity() {
        // hls4ml's convention: the inputs of the network read something called "input".
        Some(0) => vec!["input".to_owned()],
        Some(_) | None => node.inputs.iter().map(|&t| graph.tensor(t).name.clone()).collect(),
    };
    let outputs: Vec<_> = node.outputs.iter().map(|&t| graph.tensor(t)).collect();
    let mut types = Map::new();
    for tensor in &outputs {
        types.insert("result_t".into(), travelling(tensor));
    }
    for weight in &node.weights {
        types.insert(format!("{}_t", weight.role.attribute()), named(&weight.ty));
    }
    for (role, ty) in &node.types {
        types.insert(role.attribute().into(), named(ty));
    }
    let weights: Map<_, _> =
        node.weights.iter().map(|w| (w.role.attribute().to_owned(), weight(w))).collect();
    json!({
        "name": node.name,
        "class_name": node.op.class_name(),
        "index": node.index,
        "inputs": inputs,
        "outputs": outputs.iter().map(|t| t.name.clone()).collect::<Vec<_>>(),
        "output_variables": outputs.iter().map(|t| output_variable(graph, t)).collect::<Vec<_>>(),
        "types": types,
        "weights": weights,
        "weights_transposed_for_resource": node.op.matrix().is_some_and(|matrix| matrix.transposed),
        "attributes": attributes(node),
    })
}

fn output_variable(graph: &Graph, tensor: &Tensor) -> Value {
    let kind = match tensor.interface {
        Interface::Array => "VivadoArrayVariable",
        Interface::Stream { .. } => "VivadoStreamVariable",
    };
    json!({
        "output": tensor.name,
        "variable": tensor.variable,
        "shape": tensor.shape,
        "type": travelling(tensor),
        "kind": kind,
        "inplace_of": tensor.in_place_of.map(|t| graph.tensor(t).variable.clone()),
    })
}

fn weight(weight: &Weight) -> Value {
    let power_of_two = weight.quantizer.as_ref().is_some_and(|q| q.encoding == WeightEncoding::PowerOfTwo);
    json!({
        "variable": weight.variable,
        "shape": weight.census.shape,
        "data_shape": weight.values.data.shape(),
        "n_zeros": weight.census.zeros,
        "n_nonzeros": weight.census.nonzeros,
        "data_length": weight.values.data.len(),
        "type": named(&weight.ty),
        "weight_class": if power_of_two { "ExponentWeightVariable" } else { "WeightVariable" },
        "text_format": format!("{{:.{}f}}", weight.ty.precision.decimal_places()),
        "min": weight.census.min,
        "max": weight.census.max,
    })
}

fn attributes(node: &Node) -> Map<String, Value> {
    let mut attributes = Map::new();
    if let Some(class) = &node.source_class {
        attributes.insert("class_name".into(), json!(class));
    }
    attributes.insert("index".into(), json!(node.index));
    attributes.insert("trace".into(), json!(node.trace));
    attributes.insert("reuse_factor".into(), json!(node.reuse_factor));
    attributes.insert("target_cycles".into(), json!(node.target_cycles));
    attributes.extend(node.op.attributes().into_iter().map(owned));
    attributes
}
