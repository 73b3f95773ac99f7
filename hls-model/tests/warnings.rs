//! What hls4ml ignores without a word, and the words that we have for it.

use std::path::Path;

use hls_model::config::{ConfigFile, Generator, Granularity};
use hls_model::graph::LoweredModel;
use hls_model::{Target, lower};
use serde_json::{Value, json};

fn model(case: &str) -> LoweredModel {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(case).join("model.h5");
    let model = hls_model::source::read(&path).unwrap_or_else(|error| panic!("{case}: {error}"));
    lower(&model).unwrap_or_else(|error| panic!("{case}: {error}"))
}

/// The generated configuration with a value at a path.
fn configured(model: &LoweredModel, granularity: Granularity, path: &[&str], value: Value) -> ConfigFile {
    let generator = Generator { granularity, ..Generator::default() };
    let mut config = generator.generate(model).expect("a configuration").as_value();
    let (last, parents) = path.split_last().expect("a path");
    let mut place = &mut config;
    for key in parents {
        place = &mut place[*key];
    }
    place[*last] = value;
    ConfigFile::from_value(config).expect("a valid configuration")
}

#[test]
fn what_the_configuration_says_in_vain_gives_a_warning() {
    use Granularity::{Model, Name};
    /// Case and granularity, what is set where, and words of the warning.
    type Row = (&'static str, Granularity, &'static [&'static str], Value, Option<&'static str>);
    let table: [Row; 10] = [
        ("zoo_qdense_bits", Name, &["Model", "TraceOutput"], json!(false), None),
        (
            "zoo_qdense_bits",
            Name,
            &["LayerName", "d0", "ReuseFactr"],
            json!(4),
            Some("LayerName.d0.ReuseFactr has no effect"),
        ),
        (
            "zoo_qdense_bits",
            Name,
            &["Model", "ReuseFactor"],
            json!(4),
            Some("Model.ReuseFactor (4) has no effect"),
        ),
        (
            "zoo_qdense_bits",
            Name,
            &["LayerName", "d0", "Precision", "weight"],
            json!("fixed<9,3>"),
            Some("has no effect: the layer's quantizer decides"),
        ),
        (
            "zoo_qdense_bits",
            Model,
            &["Model", "TraceOutput"],
            json!(false),
            Some("the configuration has no entry for the layer"),
        ),
        ("zoo_dense_relu", Model, &["Model", "ReuseFactor"], json!(4), None),
        (
            "zoo_lstm",
            Name,
            &["LayerName", "rnn0", "RecurrentReuseFactor"],
            json!(4),
            Some("recurrent_reuse_factor (4) has no effect"),
        ),
        (
            "zoo_gru",
            Name,
            &["LayerName", "rnn0", "Strategy"],
            json!("ResourceUnrolled"),
            Some("ResourceUnrolled cannot be combined with reuse factor 1; using Resource"),
        ),
        ("zoo_gru", Name, &["LayerName", "rnn0", "Strategy"], json!("DistributedArithmetic"), None),
        (
            "zoo_qlstm_plainact",
            Name,
            &["Model", "TraceOutput"],
            json!(false),
            Some("hls4ml does not apply the quantizer of the recurrent_weight"),
        ),
    ];
    for (case, granularity, path, value, expected) in table {
        let model = model(case);
        let config = configured(&model, granularity, path, value.clone());
        let graph = hls_model::convert(&model, &config.hls, Target::default())
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        let messages: Vec<_> = graph.warnings.iter().map(|warning| warning.message.as_str()).collect();
        match expected {
            Some(words) => {
                assert!(messages.iter().any(|m| m.contains(words)), "{path:?} {value}: {messages:?}");
            }
            None => assert!(messages.is_empty(), "{path:?} {value}: {messages:?}"),
        }
    }
}

/// A configuration calls layers as Keras does, whatever the firmware calls them.
#[test]
fn a_generated_configuration_covers_layers_of_any_name() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/failing/cfg_layer_name_slash/model.h5");
    let model = lower(&hls_model::source::read(&path).expect("a model")).expect("layers");
    let mut config = Generator::default().generate(&model).expect("a configuration");
    config.apply(&["LayerName.blk/d0.ReuseFactor=4".parse().expect("a setting")], &model).expect("a layer");
    let graph = hls_model::convert(&model, &config, Target::default()).expect("a graph");
    let reuse_factor =
        |name: &str| graph.nodes().find(|node| node.name == name).map(|node| node.reuse_factor);
    assert_eq!([reuse_factor("blk_d0"), reuse_factor("blk_d1")], [Some(4), Some(1)]);
    let unmatched = graph.warnings.iter().find(|warning| warning.message.contains("no such layer"));
    assert_eq!(unmatched, None);
}

/// hls4ml fuses a batch normalization into a layer although that is an output, too, and so do we.
#[test]
fn an_output_that_is_changed_by_a_fusion_gives_a_warning() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/h5/output_before_scale.h5");
    let model = lower(&hls_model::source::read(&path).expect("a model")).expect("layers");
    let config = Generator::default().generate(&model).expect("a configuration");
    let graph = hls_model::convert(&model, &config, Target::default()).expect("a graph");
    let layers: Vec<_> = graph.nodes().map(|node| (node.name.as_str(), node.op.class_name())).collect();
    assert_eq!(layers, [("in0", "Input"), ("d", "Dense"), ("r", "Activation")]);
    let bias = graph.nodes().flat_map(|node| &node.weights).find(|weight| weight.variable == "b2");
    let bias: Vec<f32> = bias.expect("a bias").values.to_f32().iter().copied().collect();
    assert_eq!(bias, [1.078_822_9, 0.677_562_1], "hls4ml's");
    let told = graph
        .warnings
        .iter()
        .any(|warning| warning.message.contains("although it is an output of the model"));
    assert!(told, "{:?}", graph.warnings);
}
