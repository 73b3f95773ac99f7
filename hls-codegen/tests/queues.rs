//! Depths of the queues between layers, as a conversion settles them.

use std::path::Path;

use hls_codegen::{Conversion, FifoDepths, Options};
use hls_model::graph::LoweredModel;
use hls_model::source::assemble;
use hls_model::streams::queues;
use hls_model::target::{BackendKind, IoType, Target};
use serde_json::{Value, json};

/// `x + transposed(x)`: the transposition reads all of `x` before it writes, and the sum wants one token of each.
fn model() -> LoweredModel {
    let node = |class: &str, name: &str, config: Value, inputs: &[&str]| {
        let inbound: Vec<Value> = inputs.iter().map(|input| json!([input, 0, 0, {}])).collect();
        let inbound = if inbound.is_empty() { json!([]) } else { json!([inbound]) };
        let mut config = config;
        config["name"] = json!(name);
        json!({ "class_name": class, "name": name, "config": config, "inbound_nodes": inbound })
    };
    let architecture = json!({ "class_name": "Functional", "config": {
        "layers": [
            node("InputLayer", "x", json!({ "batch_input_shape": [null, 4, 4] }), &[]),
            node("Permute", "turned", json!({ "dims": [2, 1] }), &["x"]),
            node("Add", "sum", json!({}), &["x", "turned"]),
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["sum", 0, 0]],
    } });
    let model = assemble(&architecture, [], Path::new("model.json")).expect("a model");
    hls_model::lower(&model).expect("known layers")
}

fn conversion() -> Conversion {
    Conversion::default().with_target(Target::new(BackendKind::Vitis, IoType::Stream).expect("a target"))
}

#[test]
fn the_branch_past_a_transposition_must_hold_what_that_reads_first() {
    let whole = conversion().convert_model(&model()).expect("converts");
    let options = Options::default().with_fifo_depths(FifoDepths::Estimated);
    let estimated = conversion().with_options(options).convert_model(&model()).expect("converts");
    let depths = |graph| -> Vec<(String, usize)> {
        let queues = queues(graph).expect("streams");
        queues.iter().map(|queue| (queue.reader.clone(), queue.depth)).collect()
    };
    let named = |depths: [usize; 3]| {
        let readers = ["turned", "sum", "sum"].map(str::to_owned);
        readers.into_iter().zip(depths).collect::<Vec<_>>()
    };
    assert_eq!(depths(&whole.graph), named([4, 4, 4]));
    let fewer = depths(&estimated.graph);
    assert_eq!(fewer[1], ("sum".to_owned(), 4), "all of it waits");
    assert!(fewer[0].1 < 4, "{fewer:?}");
}

#[test]
fn depths_at_which_layers_wait_for_ever_are_refused() {
    let set = |places: usize| {
        let setting = format!("LayerName.clone_x.FIFODepth={places}").parse().expect("a setting");
        conversion().with_settings([setting]).convert_model(&model())
    };
    let error = set(1).expect_err("a standstill").to_string();
    for words in
        ["wait for each other for ever", "no room in layer", "nothing comes out of layer", "FIFODepth"]
    {
        assert!(error.contains(words), "{words:?} is not in {error:?}");
    }
    assert!(set(4).is_ok(), "room for all of it");
}

#[test]
fn arrays_have_no_depths() {
    let options = Options::default().with_fifo_depths(FifoDepths::Estimated);
    let error = Conversion::default().with_options(options).convert_model(&model()).expect_err("no queues");
    assert!(error.to_string().contains("io_stream"), "{error}");
}
