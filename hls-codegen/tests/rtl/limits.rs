//! What is refused before it is built.

use std::path::Path;
use std::time::{Duration, Instant};

use hls_codegen::Conversion;
use hls_codegen::adder_graph::Effort;
use hls_codegen::rtl::RtlError;
use hls_codegen::rtl::lower::lower;
use hls_model::Target;
use hls_model::config::Generator;
use hls_model::emulate::{Emulator, NonFinite};
use hls_model::graph::Graph;
use hls_model::samples::Samples;
use hls_model::source::assemble;
use hls_model::source::keras::{Dtype, NamedArray};
use ndarray::Array2;
use serde_json::json;

use crate::equal;

#[test]
fn a_network_larger_than_any_device_is_refused_at_once() {
    let graph = dense(800);
    let start = Instant::now();
    let Err(error) = lower(&graph, Effort::Low) else { panic!("it is not refused") };
    assert!(start.elapsed() < Duration::from_secs(20), "refused after {:?}", start.elapsed());
    let text = error.to_string();
    let RtlError::TooLarge { layer, class, luts, limit } = error else { panic!("another reason: {text}") };
    assert_eq!((layer.as_str(), class), ("big", "Dense"));
    assert!(luts > 5 * limit);
    for part in [layer, luts.to_string(), limit.to_string()] {
        assert!(text.contains(&part), "{text}");
    }
}

/// A dense layer of so many inputs and outputs with weights of all kinds.
fn dense(n: usize) -> Graph {
    let config = json!({ "name": "big", "units": n, "activation": "linear", "use_bias": false });
    let input = json!({ "name": "x", "batch_input_shape": [null, n] });
    let architecture = json!({ "class_name": "Functional", "config": {
        "layers": [
            { "class_name": "InputLayer", "name": "x", "config": input, "inbound_nodes": [] },
            { "class_name": "Dense", "name": "big", "config": config, "inbound_nodes": [[["x", 0, 0, {}]]] },
        ],
        "input_layers": [["x", 0, 0]],
        "output_layers": [["big", 0, 0]],
    } });
    let data = Array2::from_shape_fn((n, n), |(i, j)| ((i * 31 + j * 17) % 997) as f64 / 500.0 - 1.0);
    let kernel = NamedArray {
        name: "big/kernel:0".to_owned(),
        role: "kernel".to_owned(),
        data: data.into_dyn(),
        dtype: Dtype::F32,
    };
    let model = assemble(&architecture, [("big".to_owned(), vec![kernel])], "model.json".as_ref());
    let model = hls_model::lower(&model.expect("a model")).expect("a model");
    let config = Generator::default().generate(&model).expect("a configuration");
    hls_model::convert(&model, &config, Target::default()).expect("a graph")
}

/// The corpus has it with `io_stream`.
#[test]
fn a_convolutional_network_is_computed_as_the_emulator_computes_it() {
    let name = "wk_svhn_cnn";
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(name).join("model.h5");
    let graph = Conversion::default().convert(&file).expect("io_parallel").graph;
    let circuit = lower(&graph, Effort::Low).expect("it is not too large");
    let emulator = Emulator::new(&graph).expect(name).with_non_finite(NonFinite::Cast);
    let resources = equal::check(&emulator, &Samples::corners(name, &graph), &circuit).expect(name);
    println!("{name}: {resources:?}");
}
