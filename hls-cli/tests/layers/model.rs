//! Models made of samples: each reads the inputs and is an output.

use std::path::Path;

use hls_model::graph::LoweredModel;
use hls_model::source::keras::{Dtype, NamedArray};
use hls_model::{lower, source};
use ndarray::{ArrayD, IxDyn};
use serde_json::{Value, json};

use crate::samples::{Input, Sample};

/// The model of some samples.
pub fn lowered(samples: &[&Sample]) -> Result<LoweredModel, String> {
    let inputs: Vec<Input> = Input::ALL
        .into_iter()
        .filter(|input| samples.iter().any(|sample| sample.inputs.contains(input)))
        .collect();
    let layers: Vec<Value> = inputs
        .iter()
        .map(|&input| input_entry(input))
        .chain(samples.iter().flat_map(|s| entries(s)))
        .collect();
    let ends = |names: Vec<String>| names.iter().map(|name| json!([name, 0, 0])).collect::<Vec<_>>();
    let config = json!({
        "name": "model",
        "layers": layers,
        "input_layers": ends(inputs.iter().map(|input| input.name().to_owned()).collect()),
        "output_layers": ends(samples.iter().map(|sample| sample.output()).collect()),
    });
    let architecture = json!({ "class_name": "Functional", "config": config });
    let arrays = samples.iter().map(|sample| (sample.name.clone(), arrays(sample)));
    let model = source::assemble(&architecture, arrays, Path::new("model.json"));
    // The file's name is none, so the reason alone.
    let model = model.map_err(|error| error.problem.to_string())?;
    lower(&model).map_err(|error| error.to_string())
}

fn input_entry(input: Input) -> Value {
    let shape: Vec<Value> =
        [Value::Null].into_iter().chain(input.shape().iter().map(|&n| json!(n))).collect();
    let config = json!({ "name": input.name(), "batch_input_shape": shape, "dtype": input.dtype() });
    json!({ "class_name": "InputLayer", "name": input.name(), "config": config, "inbound_nodes": [] })
}

fn entries(sample: &Sample) -> Vec<Value> {
    let mut config = sample.config.clone();
    config["name"] = json!(sample.name);
    let call: Vec<_> = sample.inputs.iter().map(|input| json!([input.name(), 0, 0, {}])).collect();
    let layer =
        json!({ "class_name": sample.class, "name": sample.name, "config": config, "inbound_nodes": [call] });
    let name = sample.output();
    let behind = json!({ "class_name": "ReLU", "name": name, "config": { "name": name },
        "inbound_nodes": [[[sample.name, 0, 0, {}]]] });
    if sample.followed { vec![layer, behind] } else { vec![layer] }
}

/// Random multiples of 1/16; the same for each sample of a name.
fn arrays(sample: &Sample) -> Vec<NamedArray> {
    let seed = sample.name.bytes().fold(1_u64, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
    let mut random = fastrand::Rng::with_seed(seed);
    let itself = [sample.name.as_str()];
    let owners = if sample.inner.is_empty() { &itself } else { sample.inner };
    let named = owners.iter().flat_map(|owner| sample.arrays.iter().map(move |array| (owner, array)));
    let arrays = named.map(|(owner, (role, shape))| {
        let range = if *role == "moving_variance" { 4..32 } else { -15..16 };
        let data = ArrayD::from_shape_fn(IxDyn(shape), |_| f64::from(random.i8(range.clone())) / 16.0);
        NamedArray { name: format!("{owner}/{role}:0"), role: (*role).to_owned(), data, dtype: Dtype::F32 }
    });
    arrays.collect()
}
