//! The strategy DistributedArithmetic: what it needs, what it ignores, and what it computes.

use std::path::Path;

use hls_model::config::Generator;
use hls_model::emulate::Emulator;
use hls_model::graph::{Graph, LoweredModel};
use hls_model::source::keras::{Dtype, NamedArray};
use hls_model::target::Target;
use hls_model::{convert, lower, source};
use ndarray::{Array2, arr1, arr2};
use serde_json::json;

fn model() -> LoweredModel {
    let input = json!({ "name": "x", "batch_input_shape": [null, 3], "dtype": "float32" });
    let dense = json!({ "name": "d", "units": 2, "activation": "linear", "use_bias": true });
    let layers =
        json!([{ "class_name": "InputLayer", "config": input }, { "class_name": "Dense", "config": dense }]);
    let architecture = json!({ "class_name": "Sequential", "config": { "name": "s", "layers": layers } });
    let named = |role: &str, data| NamedArray {
        name: format!("d/{role}:0"),
        role: role.to_owned(),
        data,
        dtype: Dtype::F32,
    };
    let kernel = arr2(&[[0.5, -1.0], [0.0, 2.25], [0.3, 1.5]]).into_dyn();
    let arrays = vec![named("kernel", kernel), named("bias", arr1(&[1.0, -0.5]).into_dyn())];
    let model =
        source::assemble(&architecture, [("d".to_owned(), arrays)], Path::new("model")).expect("a model");
    lower(&model).expect("layers")
}

fn converted(settings: &[&str]) -> Result<Graph, String> {
    let model = model();
    let mut config = Generator::default().generate(&model).expect("a configuration");
    let settings: Vec<_> = settings.iter().map(|setting| setting.parse().expect("a setting")).collect();
    config.apply(&settings, &model).expect("a configuration");
    convert(&model, &config, Target::default()).map_err(|error| error.to_string())
}

#[test]
fn it_is_refused_by_name_where_it_cannot_be() {
    for word in ["distributed_arithmetic", "DistributedArithmetic", "da"] {
        let strategy = format!("LayerName.d.Strategy={word}");
        assert_eq!(converted(&[&strategy]).map(|graph| graph.warnings), Ok(Vec::new()), "{word}");
        let error = converted(&[&strategy, "LayerName.d.ReuseFactor=2"]).expect_err("a refusal");
        assert!(error.contains("\"d\"") && error.contains("needs ReuseFactor 1"), "{error}");
    }
}

#[test]
fn its_sums_are_exact_whatever_the_accumulator() {
    let samples = Array2::from_shape_fn((200, 3), |(i, j)| ((i * 37 + j * 101) % 401) as f32 / 16.0 - 12.5);
    let outputs = |settings: &[&str]| {
        let graph = converted(settings).expect("a graph");
        let emulator = Emulator::new(&graph).expect("an emulator");
        (emulator.predict(&[samples.view().into_dyn()]).expect("outputs"), graph.warnings)
    };
    let strategy = "LayerName.d.Strategy=da";
    let (exact, _) = outputs(&[]);
    assert_eq!(outputs(&[strategy]).0, exact);
    let narrow = "LayerName.d.Precision.accum=fixed<8,4>";
    let (with_accumulator, warnings) = outputs(&[strategy, narrow]);
    assert_eq!(with_accumulator, exact);
    assert!(
        warnings.iter().any(|warning| warning.to_string().contains("Precision.accum has no effect")),
        "{warnings:?}"
    );
    assert_ne!(outputs(&[narrow]).0, exact);
}

/// hls4ml uses Latency for recurrent layers.
#[test]
fn in_a_cell_it_has_the_bits_of_latency_or_gives_way_to_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus/zoo_gru/model.h5");
    let model = lower(&source::read(&file).expect("a model")).expect("layers");
    let outputs = |settings: &[&str]| {
        let mut config = Generator::default().generate(&model).expect("a configuration");
        let settings: Vec<_> = settings.iter().map(|setting| setting.parse().expect("a setting")).collect();
        config.apply(&settings, &model).expect("a configuration");
        let graph = convert(&model, &config, Target::default()).expect("a graph");
        let inputs = Emulator::new(&graph).expect("an emulator");
        let samples = Array2::from_shape_fn((50, inputs.inputs()[0].len()), |(i, j)| {
            ((i * 37 + j * 101) % 401) as f32 / 64.0 - 3.0
        });
        let shaped =
            samples.into_shape_with_order([&[50], &inputs.inputs()[0].shape[..]].concat()).expect("samples");
        (inputs.predict(&[shaped.view()]).expect("outputs"), graph.warnings)
    };
    let narrow = "LayerName.rnn0.Precision.accum=fixed<8,4>";
    let (expected, _) = outputs(&[narrow]);
    let strategy = "LayerName.rnn0.Strategy=da";
    assert_eq!(outputs(&[narrow, strategy]), (expected.clone(), Vec::new()));
    let (shared, warnings) = outputs(&[narrow, strategy, "LayerName.rnn0.ReuseFactor=2"]);
    assert_eq!(shared, expected);
    assert!(
        warnings.iter().any(|warning| warning.to_string().contains("it needs ReuseFactor 1")),
        "{warnings:?}"
    );
}
