//! What becomes of a model between whose layers there are streams.

use hls_model::config::{Generator, HlsConfig};
use hls_model::graph::op::Op;
use hls_model::graph::{Graph, Interface, LoweredModel, Node};
use hls_model::source::keras::{Dtype, NamedArray};
use hls_model::{ConvertError, Target, lower, source};
use ndarray::{ArrayD, IxDyn};
use serde_json::{Value, json};

/// A model of layers `[class, configuration, read layers]`, with kernels of ones for each Dense of `units` that reads `reads` elements.
fn model(
    layers: &[(&str, Value, &[&str])],
    outputs: &[&str],
    kernels: &[(&str, usize, usize)],
) -> LoweredModel {
    let layers: Vec<Value> = layers
        .iter()
        .map(|(class, config, reads)| {
            let reads: Vec<Value> = reads.iter().map(|name| json!([name, 0, 0, {}])).collect();
            let inbound = if reads.is_empty() { json!([]) } else { json!([reads]) };
            json!({ "class_name": class, "name": config["name"], "config": config, "inbound_nodes": inbound })
        })
        .collect();
    let outputs: Vec<Value> = outputs.iter().map(|name| json!([name, 0, 0])).collect();
    let architecture = json!({ "class_name": "Functional", "config": {
        "name": "streams", "layers": layers, "input_layers": [["x", 0, 0]], "output_layers": outputs,
    } });
    let array = |role: &str, shape: &[usize]| NamedArray {
        name: role.into(),
        role: role.into(),
        data: ArrayD::from_elem(IxDyn(shape), 1.0),
        dtype: Dtype::F32,
    };
    let arrays = kernels.iter().map(|&(name, reads, units)| {
        (name.to_owned(), vec![array("kernel", &[reads, units]), array("bias", &[units])])
    });
    let keras = source::assemble(&architecture, arrays, "streams.json".as_ref()).expect("a model");
    lower(&keras).expect("layers")
}

fn input(shape: &[usize]) -> Value {
    let shape: Vec<Value> = [Value::Null].into_iter().chain(shape.iter().map(|&n| json!(n))).collect();
    json!({ "name": "x", "batch_input_shape": shape })
}

fn with_depth(model: &LoweredModel, layer: &str, depth: Value) -> HlsConfig {
    let mut config = Generator::default().generate(model).expect("a configuration").as_value();
    config["LayerName"][layer]["FIFODepth"] = depth;
    HlsConfig::from_value(config).expect("a valid configuration")
}

fn convert(model: &LoweredModel) -> Result<Graph, ConvertError> {
    let config = Generator::default().generate(model).expect("a configuration");
    hls_model::convert(model, &config, Target::VitisStream)
}

fn node<'a>(graph: &'a Graph, name: &str) -> &'a Node {
    graph.nodes().find(|node| node.name == name).unwrap_or_else(|| panic!("no layer {name}"))
}

/// Packets of each of a layer's streams: elements that travel together, and places in the queue.
fn queues(graph: &Graph, name: &str) -> Vec<(usize, usize)> {
    let outputs = node(graph, name).outputs.iter();
    outputs
        .map(|&id| match graph.tensor(id).interface {
            Interface::Stream { pack, depth } => (pack, depth),
            Interface::Array => panic!("{name} writes an array"),
        })
        .collect()
}

fn says(graph: &Graph, layer: &str, words: &str) -> bool {
    graph.warnings.iter().any(|w| w.layer.as_deref() == Some(layer) && w.message.contains(words))
}

/// A Flatten that is read by what stands after it.
fn flattened(readers: &[(&str, Value, &[&str])], outputs: &[&str]) -> LoweredModel {
    let start: [(&str, Value, &[&str]); 3] = [
        ("InputLayer", input(&[3, 4]), &[]),
        ("Activation", json!({ "name": "act", "activation": "relu" }), &["x"]),
        ("Flatten", json!({ "name": "flat" }), &["act"]),
    ];
    let kernels: Vec<_> =
        ["d0", "d1"].into_iter().filter(|name| outputs.contains(name)).map(|name| (name, 12, 2)).collect();
    model(&[&start, readers].concat(), outputs, &kernels)
}

fn dense(name: &str) -> Value {
    json!({ "name": name, "units": 2 })
}

#[test]
fn a_flatten_is_a_view_for_layers_that_collect_a_vector() {
    let graph = convert(&flattened(&[("Dense", dense("d0"), &["flat"])], &["d0"])).expect("a graph");
    let flat =
        graph.output_of(*graph.order().iter().find(|&&id| graph.node(id).name == "flat").expect("flat"));
    assert!(flat.in_place_of.is_some());
    assert_eq!(queues(&graph, "flat"), [(4, 3)]);
}

#[test]
fn a_flatten_packs_anew_for_layers_that_take_one_packet() {
    let tanh = json!({ "name": "tanh", "activation": "tanh" });
    let graph = convert(&flattened(&[("Activation", tanh, &["flat"])], &["tanh"])).expect("a graph");
    assert_eq!(queues(&graph, "repack_flat"), [(12, 1)]);
}

#[test]
fn copies_of_a_view_come_in_its_packets() {
    let readers: [(&str, Value, &[&str]); 2] =
        [("Dense", dense("d0"), &["flat"]), ("Dense", dense("d1"), &["flat"])];
    let graph = convert(&flattened(&readers, &["d0", "d1"])).expect("a graph");
    assert_eq!(queues(&graph, "clone_flat"), [(4, 3), (4, 3)]);
    let origin = |name: &str| graph.origin_of(node(&graph, name).inputs[0]);
    assert_eq!(origin("d0"), node(&graph, "act").outputs[0]);
    assert_eq!(origin("d0"), origin("d1"));
}

#[test]
fn each_output_and_each_reader_has_a_stream_of_its_own() {
    let layers: [(&str, Value, &[&str]); 3] = [
        ("InputLayer", input(&[12]), &[]),
        ("Activation", json!({ "name": "act", "activation": "relu" }), &["x"]),
        ("Dense", dense("d0"), &["act"]),
    ];
    let graph = convert(&model(&layers, &["act", "d0", "act"], &[("d0", 12, 2)])).expect("a graph");
    let copies = &node(&graph, "clone_act").outputs;
    assert_eq!(copies.len(), 3);
    assert_eq!([graph.outputs[0], graph.outputs[2], node(&graph, "d0").inputs[0]], copies[..]);
}

#[test]
fn depths_of_queues_are_those_of_the_configuration() {
    let readers: [(&str, Value, &[&str]); 2] =
        [("Dense", dense("d0"), &["flat"]), ("Dense", dense("d1"), &["flat"])];
    let model = flattened(&readers, &["d0", "d1"]);
    let convert = |layer: &str, depth: Value, target| {
        hls_model::convert(&model, &with_depth(&model, layer, depth), target).expect("a graph")
    };
    let streams = Target::VitisStream;
    assert_eq!(queues(&convert("act", json!(7), streams), "act"), [(4, 7)]);
    assert_eq!(queues(&convert("clone_flat", json!(5), streams), "clone_flat"), [(4, 5), (4, 5)]);
    assert_eq!(queues(&convert("clone_flat", json!([5, 6]), streams), "clone_flat"), [(4, 5), (4, 6)]);
    for (layer, depth, words) in [
        ("x", json!(7), "an argument of the top function"),
        ("d0", json!(7), "an argument of the top function"),
        ("flat", json!(7), "set it for the layer before"),
        ("act", json!([7, 8]), "FIFODepth has no effect"),
    ] {
        assert!(says(&convert(layer, depth.clone(), streams), layer, words), "{layer} {depth}");
    }
    let parallel = convert("act", json!(7), Target::VitisParallel);
    let ignored = |w: &hls_model::Warning| w.message.contains("LayerName.act.FIFODepth has no effect");
    assert!(parallel.warnings.iter().any(ignored), "{:?}", parallel.warnings);
}

#[test]
fn a_softmax_normalizes_each_packet() {
    let softmax = |axis: i64| {
        let layers: [(&str, Value, &[&str]); 2] = [
            ("InputLayer", input(&[3, 4]), &[]),
            ("Softmax", json!({ "name": "soft", "axis": axis }), &["x"]),
        ];
        convert(&model(&layers, &["soft"], &[]))
    };
    for axis in [-1, 2] {
        let graph = softmax(axis).expect("a graph");
        let Op::Softmax(op) = &node(&graph, "soft").op else { panic!("no softmax") };
        assert_eq!((op.n_outer, op.n_slice(), op.n_inner), (3, Some(4), 1));
        assert!(!says(&graph, "soft", "together"));
    }
    let refused = softmax(1).expect_err("another axis").to_string();
    assert!(refused.contains("\"soft\"") && refused.contains("Permute"), "{refused}");
}

#[test]
fn axes_of_one_element_are_repeated_before_a_merge() {
    for (shape, target) in [([1, 4], [3, 4]), ([3, 1], [3, 4])] {
        let pool = json!({ "name": "small", "target_shape": shape });
        let elements: usize = shape.iter().product();
        let layers: [(&str, Value, &[&str]); 5] = [
            ("InputLayer", input(&[3, 4]), &[]),
            ("Flatten", json!({ "name": "flat" }), &["x"]),
            ("Dense", json!({ "name": "d0", "units": elements }), &["flat"]),
            ("Reshape", pool, &["d0"]),
            ("Add", json!({ "name": "sum" }), &["x", "small"]),
        ];
        let graph = convert(&model(&layers, &["sum"], &[("d0", 12, elements)])).expect("a graph");
        let repeated = node(&graph, "broadcast_repack_small");
        assert_eq!(graph.tensor(repeated.outputs[0]).shape, target);
        assert!(!graph.warnings.iter().any(|w| w.message.contains("over and over")));
    }
}
