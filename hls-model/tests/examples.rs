//! The programs in `examples/` do what they say.

#[path = "../examples/own_format.rs"]
#[allow(dead_code)]
mod own_format;

use std::fs::{self, File};
use std::path::Path;

use hls_model::config::Generator;
use hls_model::graph::facts;
use hls_model::source::{self, KerasModel};
use hls_model::{Target, convert, lower};
use ndarray_npy::NpzWriter;
use serde_json::json;

/// Writes a sequential model in the format of the example.
fn save(model: &KerasModel, folder: &Path) {
    let layers =
        model.layers.iter().map(|layer| json!({ "class_name": layer.class_name, "config": layer.raw }));
    let config = json!({ "name": model.name, "layers": layers.collect::<Vec<_>>() });
    let architecture = json!({ "class_name": "Sequential", "config": config });
    fs::write(folder.join("architecture.json"), architecture.to_string()).expect("a file");
    let mut archive = NpzWriter::new(File::create(folder.join("weights.npz")).expect("a file"));
    for layer in &model.layers {
        for array in &layer.weights {
            let name = format!("{}/{}:0", layer.name, array.role);
            archive.add_array(name, &array.data.mapv(|value| value as f32)).expect("an array");
        }
    }
    archive.finish().expect("an archive");
}

#[test]
fn a_format_of_ones_own_holds_the_same_model_as_the_h5_file() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus");
    let model = source::read(&corpus.join("zoo_sequential_plain/model.h5")).expect("a model");
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    save(&model, folder.path());
    let graph = own_format::to_graph(folder.path()).expect("the folder can be converted");
    let model = lower(&model).expect("layers");
    let config = Generator::default().generate(&model).expect("a configuration");
    let expected = convert(&model, &config, Target::default()).expect("a graph");
    assert_eq!(facts(&graph), facts(&expected));
    assert!(graph.nodes().any(|node| !node.weights.is_empty()));
}
