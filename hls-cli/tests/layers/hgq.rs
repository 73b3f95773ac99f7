//! The table of HGQ2's layers. Their quantizers are arrays of a file, so that the samples are models of the fixtures.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hls_codegen::{Conversion, Options, vitis};
use hls_model::emulate::Emulator;
use hls_model::graph::Graph;
use hls_model::source::keras::config::HGQ_CLASSES;
use hls_model::source::keras::{KerasLayer, KerasModel};
use hls_model::{lower, source};

use crate::root;

/// Models beside the corpus, in the fixtures.
const OTHERS: [&str; 5] = [
    "hgq2/model.keras",
    "hgq_tables/dense/model.keras",
    "hgq_tables/image/model.keras",
    "hgq_tables/sequence/model.h5",
    "hgq_tables/sums/model.keras",
];

/// A row for each class: what it becomes, which engines take it, and how many cases of the corpus have it.
pub fn rows(corpus: &[PathBuf], cases: &BTreeMap<String, usize>) -> Vec<Vec<String>> {
    // Layers that the corpus lacks.
    let others = OTHERS.iter().map(|file| root().join("fixtures").join(file));
    let files = corpus.iter().map(|case| case.join("model.keras")).chain(others);
    let models = files.filter(|file| file.is_file()).map(|file| source::read(&file).expect("a model"));
    let models: Vec<(KerasModel, Graph)> = models
        .filter(|model| model.layers.iter().any(|layer| layer.class_name.starts_with("hgq>")))
        .map(|model| {
            let graph = converted(&model);
            (model, graph)
        })
        .collect();
    HGQ_CLASSES.iter().map(|class| row(class, &models, cases)).collect()
}

fn converted(model: &KerasModel) -> Graph {
    let lowered = lower(model).unwrap_or_else(|error| panic!("{}: {error}", model.name));
    let conversion = Conversion::default().convert_model(&lowered);
    conversion.unwrap_or_else(|error| panic!("{}: {error}", model.name)).graph
}

fn row(class: &str, models: &[(KerasModel, Graph)], cases: &BTreeMap<String, usize>) -> Vec<String> {
    // Some classes are registered under another package.
    let names = ["hgq", "hgq2"].map(|package| format!("{package}>{class}"));
    let is = |layer: &KerasLayer| names.contains(&layer.class_name);
    let having = || models.iter().filter(|(model, _)| model.layers.iter().any(is));
    assert!(having().next().is_some(), "no model of the fixtures has a {class}");
    let mut becomes: Vec<String> = Vec::new();
    for (model, graph) in having() {
        let layers = model.layers.iter().filter(|layer| is(layer));
        let nodes = layers.flat_map(|layer| graph.nodes().filter(|node| node.config_name == layer.name));
        becomes.extend(nodes.map(|node| format!("`{}`", node.op.class_name())));
    }
    becomes.sort();
    becomes.dedup();
    let firmware = having().all(|(_, graph)| vitis::emit(graph, &Options::default()).is_ok());
    let emulator = having().all(|(_, graph)| Emulator::new(graph).is_ok());
    let engines = [(firmware, "C++"), (emulator, "emulator")];
    let engines: Vec<_> = engines.iter().filter(|(works, _)| *works).map(|(_, name)| *name).collect();
    vec![
        format!("`{class}`"),
        if becomes.is_empty() { "a type".to_owned() } else { becomes.join(", ") },
        engines.join(", "),
        names.iter().find_map(|name| cases.get(name)).map_or("–".into(), usize::to_string),
    ]
}
