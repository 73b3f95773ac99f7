//! Settings of a configuration that nothing reads.

use std::collections::BTreeSet;

use crate::config::{Lookup, snake_case};
use crate::graph::{Draft, LayerSpec, LoweredModel, Op};
use crate::target::IoType;
use crate::warning::Warning;

/// What an entry can hold.
struct KnownKeys {
    /// Keys that must be written exactly so.
    exact: &'static [&'static str],
    /// Keys that hls4ml turns into snake case first, so that `TableSize` and `table_size` are the same.
    attributes: Vec<&'static str>,
}

/// The section `Model`. `TraceOutput` is in every generated configuration and does nothing for Vitis.
const OF_MODELS: &[&str] = &[
    "Precision",
    "ReuseFactor",
    "Strategy",
    "TargetCycles",
    "BramFactor",
    "PipelineStyle",
    "PipelineInterval",
    "TraceOutput",
    "Compression",
    "BitExact",
];
const OF_NAMES: &[&str] =
    &["Precision", "ReuseFactor", "Strategy", "TargetCycles", "Compression", "BitExact"];
/// The same where there are queues between the layers.
const OF_NAMES_WITH_STREAMS: &[&str] =
    &["Precision", "ReuseFactor", "Strategy", "TargetCycles", "Compression", "BitExact", "FIFODepth"];
const OF_TYPES: &[&str] = &["Precision", "ReuseFactor", "Strategy", "Compression", "BitExact"];
const OF_CONVOLUTIONS: [&str; 2] = ["ParallelizationFactor", "ConvImplementation"];

/// Warns of each key that has no effect where it is, with those that would have one.
pub(super) fn warn_of_unread_keys(graph: &mut Draft, model: &LoweredModel, lookup: &Lookup) {
    for unread in lookup.unread_keys() {
        let message = format!(
            "{} has no effect: nothing reads it; what can be set there is {}",
            unread.key,
            unread.instead.join(", ")
        );
        graph.warnings.push(Warning { layer: None, message });
    }
    let of_model = KnownKeys { exact: OF_MODELS, attributes: OF_CONVOLUTIONS.to_vec() };
    warn(graph, "Model", lookup.model_keys(), &of_model);
    for entry in lookup.name_entries() {
        let layer = model.layers.iter().find(|layer| layer.config_name.eq_ignore_ascii_case(entry));
        if let Some(layer) = layer {
            let known = KnownKeys { exact: of_names(graph), attributes: attributes_of(&layer.op) };
            warn(graph, &format!("LayerName.{entry}"), lookup.name_keys(entry), &known);
        }
    }
    for entry in lookup.type_entries() {
        let has_class = |layer: &&LayerSpec| layer.op.class_name().eq_ignore_ascii_case(entry);
        if let Some(layer) = model.layers.iter().find(has_class) {
            let known = KnownKeys { exact: OF_TYPES, attributes: attributes_of(&layer.op) };
            warn(graph, &format!("LayerType.{entry}"), lookup.type_keys(entry), &known);
        }
    }
}

fn of_names(graph: &Draft) -> &'static [&'static str] {
    match graph.target.io_type() {
        IoType::Parallel => OF_NAMES,
        IoType::Stream => OF_NAMES_WITH_STREAMS,
    }
}

/// As [`warn_of_unread_keys`], for the entry of a layer that a pass has made.
pub(super) fn warn_of_made_layer(graph: &mut Draft, entry: &str, lookup: &Lookup) {
    let made = graph.every_node().find(|node| node.config_name.eq_ignore_ascii_case(entry));
    let Some(attributes) = made.map(|node| attributes_of(&node.op)) else { return };
    let known = KnownKeys { exact: of_names(graph), attributes };
    warn(graph, &format!("LayerName.{entry}"), lookup.name_keys(entry), &known);
}

/// Attributes that layers have in hls4ml, which writes a key of that name over them; here they are the model's.
const OF_LAYERS_IN_HLS4ML: &[&str] = &[
    "activation",
    "axis",
    "bias_data",
    "count_pad",
    "data_format",
    "dilation_height",
    "dilation_width",
    "epsilon",
    "filt_height",
    "filt_width",
    "in_height",
    "in_width",
    "n_chan",
    "n_filt",
    "n_in",
    "n_inner",
    "n_out",
    "n_outer",
    "op",
    "out_height",
    "out_width",
    "pad_bottom",
    "pad_left",
    "pad_right",
    "pad_top",
    "padding",
    "perm",
    "pool_height",
    "pool_op",
    "pool_width",
    "shift_prec",
    "slope_prec",
    "stride_height",
    "stride_width",
    "target_shape",
    "use_bias",
    "weight_data",
];

fn warn(graph: &mut Draft, entry: &str, keys: BTreeSet<String>, known: &KnownKeys) {
    for key in keys.iter().filter(|key| !known.holds(key)) {
        let all: Vec<_> = known.exact.iter().chain(&known.attributes).copied().collect();
        let is_attribute = entry != "Model" && OF_LAYERS_IN_HLS4ML.contains(&snake_case(key).as_str());
        let why = if is_attribute {
            " here: hls4ml overwrites the layer's attribute of that name with it; this conversion takes the attribute from the \
             model alone"
        } else {
            ""
        };
        let message =
            format!("{entry}.{key} has no effect{why}; what can be set there is {}", all.join(", "));
        graph.warnings.push(Warning { layer: None, message });
    }
}

impl KnownKeys {
    fn holds(&self, key: &str) -> bool {
        let attribute = snake_case(key);
        self.exact.contains(&key) || self.attributes.iter().any(|known| snake_case(known) == attribute)
    }
}

/// What can be set for the layer besides what every layer has.
fn attributes_of(op: &Op) -> Vec<&'static str> {
    // Over several axes a Dense becomes a convolution under the same name.
    let as_convolution = OF_CONVOLUTIONS.iter().filter(|_| matches!(op, Op::Dense(_))).copied();
    let types = op.fixed_types().iter().map(|(role, _)| role.attribute());
    let own = op.configurable().settings.iter().map(|(key, _)| *key);
    let mut copy = op.clone();
    let numbers = copy.numbers().into_iter().map(|(attribute, _)| attribute);
    ["Trace"].into_iter().chain(own).chain(types).chain(as_convolution).chain(numbers).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::HlsConfig;
    use crate::graph::op::{Activation, Elements, Function, Input};

    fn layer(name: &str, op: Op, inputs: &[&str]) -> LayerSpec {
        LayerSpec {
            name: name.into(),
            config_name: name.into(),
            source_class: op.class_name().into(),
            op,
            inputs: inputs.iter().map(|&input| input.into()).collect(),
            shape: vec![4],
            weights: Vec::new(),
            activation_quantizer: None,
            ignored_precisions: Vec::new(),
        }
    }

    fn model() -> LoweredModel {
        let input = Op::Input(Input { shape: vec![4], elements: Elements::Float });
        let tanh = Activation { function: Function::Tanh, label: "tanh".into(), n_in: 4, table_size: 1024 };
        LoweredModel {
            name: "model".into(),
            layers: vec![layer("in", input, &[]), layer("act", Op::Activation(tanh), &["in"])],
            inputs: vec!["in".into()],
            outputs: vec!["act".into()],
            output_names: vec!["act".into()],
            removed: Vec::new(),
            ebops: Vec::new(),
            warnings: Vec::new(),
        }
    }

    #[test]
    fn keys_that_nothing_reads_are_named() {
        let config = json!({
            "Model": { "Precision": "fixed<16,6>", "ReuseFactor": 1, "TableSize": 64, "BramFactor": 9 },
            "LayerType": { "Activation": { "table_size": 64, "TargetCycles": 3, "reuse_factor": 2 } },
            "LayerName": {
                "act": { "TableSize": 64, "TableType": "fixed<9,3>", "table_t": "fixed<9,3>", "TargetCycles": 3 },
                "in": { "Trace": true, "ParallelizationFactor": 2 },
            },
            "LayerNames": { "act": { "TableSize": 64 } },
        });
        let config = HlsConfig::from_value(config).expect("valid");
        let draft = crate::build::build(&model(), &config.lookup().expect("valid"), crate::Target::default())
            .expect("a graph");
        let unread = draft.warnings.iter().filter_map(|warning| warning.message.split_once(" has no effect"));
        let unread: Vec<_> = unread.map(|(key, _)| key).collect();
        assert_eq!(
            unread,
            [
                "LayerNames",
                "Model.TableSize",
                "LayerName.act.TableType",
                "LayerName.in.ParallelizationFactor",
                "LayerType.Activation.TargetCycles",
                "LayerType.Activation.reuse_factor",
            ]
        );
    }
}
