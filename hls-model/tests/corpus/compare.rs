//! Comparison of facts, key by key, with a list of all differences.

use std::fs::File;

use hls_model::graph::op::{Cell, ResetGate};
use hls_model::graph::{Graph, Op, Strategy};
use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;
use serde_json::{Value, json};

/// What differs between ours and hls4ml's.
#[derive(Default)]
pub struct Differences(Vec<String>);

/// hls4ml's attributes that are facts about the conversion; the others are the file's own words or its bookkeeping.
const ATTRIBUTES: &[&str] = &[
    "class_name",
    "index",
    "trace",
    "n_in",
    "n_out",
    "n_filt",
    "activation",
    "activ_param",
    "slope",
    "shift",
    "threshold",
    "axis",
    "op",
    "strategy",
    "reuse_factor",
    "recurrent_activation",
    "recurrent_reuse_factor",
    "static",
    "direction",
    "n_timesteps",
    "return_sequences",
    "apply_reset_gate",
    "merge_mode",
    "forward_class_name",
    "forward_activation",
    "forward_recurrent_activation",
    "forward_n_states",
    "forward_reuse_factor",
    "forward_recurrent_reuse_factor",
    "backward_class_name",
    "backward_activation",
    "backward_recurrent_activation",
    "backward_n_states",
    "backward_reuse_factor",
    "backward_recurrent_reuse_factor",
    "target_cycles",
    "table_size",
    "implementation",
    "skip",
    "n_outer",
    "n_inner",
    "quantize",
    "target_shape",
    "input_shape",
    "_weights_transposed",
    "in_width",
    "in_height",
    "out_width",
    "out_height",
    "n_chan",
    "filt_width",
    "filt_height",
    "stride_width",
    "stride_height",
    "pad_left",
    "pad_right",
    "pad_top",
    "pad_bottom",
    "n_partitions",
    "parallelization_factor",
    "depth_multiplier",
    "pool_width",
    "pool_height",
    "pool_op",
    "count_pad",
    "crop_left",
    "crop_right",
    "crop_top",
    "crop_bottom",
    "algorithm",
    "align_corners",
    "perm",
    "dim",
    "vocab_size",
    "seq_len",
    "epsilon_power_of_10",
    "table_range_power2",
    "n_time_steps",
    "time_step_loop_parallelism",
];

/// Facts about a weight that are no facts of the graph: the quantizer is compared by its values, the storage is decided by the back
/// end, and compared there (`hls-codegen/tests/decisions.rs`).
const NOT_HERE: &[&str] = &["quantizer", "storage"];

/// Attributes of the second axis of a convolution.
const HEIGHTS: &[&str] =
    &["in_height", "out_height", "filt_height", "stride_height", "pad_top", "pad_bottom"];

impl Differences {
    pub fn into_result(self) -> Result<(), String> {
        const SHOWN: usize = 6;
        match self.0.len() {
            0 => Ok(()),
            n => Err(format!("{n} differences: {}", self.0[..n.min(SHOWN)].join("; "))),
        }
    }

    /// Without differences that there must be; one that there is not is a difference itself.
    pub fn expected(mut self, known: &[&str]) -> Self {
        let missing = known.iter().filter(|known| !self.0.iter().any(|found| found == *known));
        let missing: Vec<String> = missing.map(|known| format!("no longer differs: {known}")).collect();
        self.0.retain(|found| !known.contains(&found.as_str()));
        self.0.extend(missing);
        self
    }

    fn expect(&mut self, at: &str, expected: &Value, ours: &Value) {
        if !same(expected, ours) {
            self.0.push(format!("{at}: {ours} instead of {expected}"));
        }
    }

    pub fn facts(&mut self, expected: &Value, ours: &Value) {
        for key in ["inputs", "outputs", "input_variables", "output_variables"] {
            self.expect(key, &expected[key], &ours[key]);
        }
        let names = |v: &Value| -> Vec<Value> {
            v["layers"].as_array().into_iter().flatten().map(|l| l["name"].clone()).collect()
        };
        self.expect("layers", &names(expected).into(), &names(ours).into());
        for layer in expected["layers"].as_array().into_iter().flatten() {
            let found = ours["layers"].as_array().into_iter().flatten().find(|l| l["name"] == layer["name"]);
            if let Some(found) = found {
                self.layer(layer, &without_weights_of_sums(found));
            }
        }
    }

    fn layer(&mut self, expected: &Value, ours: &Value) {
        let name = expected["name"].as_str().unwrap_or_default();
        for key in [
            "class_name",
            "index",
            "inputs",
            "outputs",
            "output_variables",
            "types",
            "weights_transposed_for_resource",
        ] {
            self.expect(&format!("{name}.{key}"), &without_pragmas(&expected[key]), &ours[key]);
        }
        for key in ATTRIBUTES {
            // On other layers it is the file's word for a layer that has been split off.
            if *key == "activation" && ours["attributes"].get(key).is_none() {
                continue;
            }
            // The second half of a one-dimensional SeparableConv has them in hls4ml, saying one pixel.
            if HEIGHTS.contains(key)
                && ours["class_name"].as_str().is_some_and(|class| class.ends_with("Conv1D"))
            {
                continue;
            }
            if is_word_of_keras3(key, expected, ours) {
                continue;
            }
            if let Some(attribute) = expected["attributes"].get(key) {
                self.expect(&format!("{name}.{key}"), attribute, &ours["attributes"][key]);
            }
        }
        let weights = expected["weights"].as_object();
        let ours_count = ours["weights"].as_object().map_or(0, serde_json::Map::len);
        if weights.map_or(0, serde_json::Map::len) != ours_count {
            self.0.push(format!("{name}: {ours_count} weights"));
        }
        for (role, weight) in weights.into_iter().flatten() {
            if has_misread_biases(ours) && role.ends_with("bias") {
                continue;
            }
            for (key, value) in
                weight.as_object().into_iter().flatten().filter(|(k, _)| !NOT_HERE.contains(&k.as_str()))
            {
                self.expect(&format!("{name}.{role}.{key}"), value, &ours["weights"][role][key]);
            }
        }
    }

    /// Values, bit for bit (hls4ml's were stored as float32).
    pub fn weights(&mut self, mut npz: NpzReader<File>, graph: &Graph) {
        let mut expected = npz.names().expect("names");
        let names = expected.clone();
        for (node, weight) in graph.nodes().flat_map(|n| n.weights.iter().map(move |weight| (n, weight))) {
            let name = format!("{}.npy", weight.variable);
            expected.retain(|e| *e != name && *e != weight.variable);
            let Some(array) = read(&mut npz, &name).or_else(|| read(&mut npz, &weight.variable)) else {
                // They are in the kernel.
                let is_in_sums =
                    node.op.matrix().map(|matrix| matrix.strategy) == Some(Strategy::DistributedArithmetic);
                if is_in_sums && !names.iter().any(|e| *e == name || *e == weight.variable) {
                    continue;
                }
                self.0.push(format!("{} is not among hls4ml's", weight.variable));
                continue;
            };
            let is_bias = weight.role.attribute().ends_with("bias");
            if is_bias && matches!(&node.op, Op::Recurrent(op) if op.cell == Cell::Gru(ResetGate::Before)) {
                continue;
            }
            let ours = weight.values.to_f32();
            let differing = ours.iter().zip(array.iter()).filter(|(a, b)| a != b).count();
            if array.shape() != ours.shape() || differing > 0 {
                let (a, b) = (array.shape(), ours.shape());
                self.0.push(format!(
                    "{}: shape {b:?} instead of {a:?}, {differing} values differ",
                    weight.variable
                ));
            }
        }
        if !expected.is_empty() {
            self.0.push(format!("weights missing: {expected:?}"));
        }
    }
}

/// hls4ml takes the first number of a GRU's only row of biases for all of them where the reset gate comes before the product.
fn has_misread_biases(layer: &Value) -> bool {
    layer["attributes"]["apply_reset_gate"] == "before"
}

/// Attributes that only hls4ml's reader of Keras 3 (whose layers name their module) gives: the shapes of all inputs, and extents of poolings under
/// second names. Its `op` of a merge begins with a capital.
fn is_word_of_keras3(key: &str, expected: &Value, ours: &Value) -> bool {
    let (theirs, class) = (&expected["attributes"], ours["class_name"].as_str().unwrap_or_default());
    let lacks = ours["attributes"].get(key).is_none();
    let lower = |attributes: &Value| attributes[key].as_str().map(str::to_lowercase);
    theirs.get("module").is_some()
        && match key {
            "input_shape" => lacks && theirs[key][0].is_array(),
            "op" => lower(theirs) == lower(&ours["attributes"]),
            _ => lacks && class.contains("Pooling"),
        }
}

fn is_distributed_arithmetic(layer: &Value) -> bool {
    layer["attributes"]["strategy"] == "distributed_arithmetic"
}

/// A layer without its weights if they are in a kernel of distributed arithmetic, where hls4ml forgets them.
fn without_weights_of_sums(layer: &Value) -> Value {
    let mut layer = layer.clone();
    if is_distributed_arithmetic(&layer) {
        layer["weights"] = json!({});
        for ty in ["weight_t", "bias_t"] {
            layer["types"].as_object_mut().map(|types| types.remove(ty));
        }
    }
    layer
}

fn read(npz: &mut NpzReader<File>, name: &str) -> Option<ArrayD<f32>> {
    let double =
        |npz: &mut NpzReader<File>| npz.by_name::<OwnedRepr<f64>, IxDyn>(name).map(|a| a.mapv(|v| v as f32));
    npz.by_name(name).or_else(|_| double(npz)).ok()
}

/// Variables without what the back end decides about them, and compares itself (`hls-codegen/tests/decisions.rs`).
fn without_pragmas(value: &Value) -> Value {
    let mut value = value.clone();
    for variable in value.as_array_mut().into_iter().flatten() {
        if let Value::Object(variable) = variable {
            variable.remove("pragma");
        }
    }
    value
}

/// Equality in which 1 and 1.0 are the same number, and the last digit is not counted (the facts have 16).
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) => {
            x == y || x.as_f64().zip(y.as_f64()).is_some_and(|(x, y)| (x - y).abs() <= 1e-15 * x.abs())
        }
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y)),
        (Value::Object(x), Value::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, v)| y.get(k).is_some_and(|w| same(v, w)))
        }
        _ => a == b,
    }
}
