//! The stable softmax keeps the distance to the largest input in a type that wraps: who is told, and how often it happens.

use std::path::Path;

use hls_model::config::Generator;
use hls_model::graph::Graph;
use hls_model::profile::{Profile, Profiler};
use hls_model::target::Target;
use hls_model::{convert, lower, source};
use ndarray::arr2;
use serde_json::json;

/// A softmax over three inputs of this type.
fn softmax(ty: &str, implementation: &str) -> Graph {
    let input = json!({ "name": "logits", "batch_input_shape": [null, 3], "dtype": "float32" });
    let layers = json!([
        { "class_name": "InputLayer", "config": input },
        { "class_name": "Softmax", "config": { "name": "probable", "axis": -1 } },
    ]);
    let architecture = json!({ "class_name": "Sequential", "config": { "name": "s", "layers": layers } });
    let model = source::assemble(&architecture, [], Path::new("model")).expect("a model");
    let model = lower(&model).expect("layers");
    let mut config = Generator::default().generate(&model).expect("a configuration");
    let settings = [
        format!("LayerName.logits.Precision.result={ty}"),
        format!("LayerName.probable.Implementation={implementation}"),
    ];
    let settings = settings.map(|setting| setting.parse().expect("a setting"));
    config.apply(&settings, &model).expect("a configuration");
    convert(&model, &config, Target::default()).expect("a graph")
}

#[test]
fn types_that_allow_a_distance_that_wraps_are_warned_of() {
    for (ty, implementation, expected) in [
        ("fixed<16,6>", "stable", Some(("that are 32 or more apart", "such as fixed<17,7>"))),
        ("fixed<8,1>", "stable", Some(("that are 1 or more apart", "such as fixed<9,2>"))),
        ("ufixed<16,6>", "stable", None),
        ("fixed<16,6>", "legacy", None),
        ("fixed<16,6>", "latency", None),
        ("fixed<16,6>", "argmax", None),
    ] {
        let graph = softmax(ty, implementation);
        let warnings: Vec<String> = graph.warnings.iter().map(ToString::to_string).collect();
        let found = warnings.iter().find(|warning| warning.contains("apart"));
        assert_eq!(found.is_some(), expected.is_some(), "{ty} {implementation}: {warnings:?}");
        let (Some(found), Some((limit, cure))) = (found, expected) else { continue };
        for part in
            ["layer \"probable\"", limit, cure, "\"logits\"", "LayerName.probable.Implementation to legacy"]
        {
            assert!(found.contains(part), "{part:?} is not in {found}");
        }
    }
}

fn profile(graph: &Graph) -> Profile {
    let mut profiler = Profiler::new(graph).expect("a profiler");
    // The second and the third have a distance of 32 or more.
    let samples = arr2(&[[1.0_f32, 2.0, -3.0], [20.0, -20.0, 0.0], [31.0, -1.0, -31.0], [15.0, 0.0, -15.0]]);
    profiler.add(&[samples.view()]).expect("samples");
    profiler.finish()
}

#[test]
fn a_profile_blames_the_distance_and_not_the_result() {
    let wide = profile(&softmax("fixed<17,7>", "stable"));
    let narrow = profile(&softmax("fixed<16,6>", "stable"));
    let [wide, narrow] = [&wide, &narrow].map(|profile| {
        let layer = profile.layers.iter().find(|layer| layer.result.name == "probable").expect("the softmax");
        (layer.distances, layer.result.clipped, layer.result.advice("values"))
    });
    assert_eq!(wide, (None, 0, None));
    let distances = narrow.0.expect("distances that wrap");
    assert_eq!((distances.times, distances.largest, narrow.1, narrow.2), (2, 62.0, 0, None));
    let advice = distances.advice("probable", 4);
    assert!(
        advice.starts_with("2 times in 4 samples") && advice.contains("an input with 7 integer bits"),
        "{advice}"
    );
}
