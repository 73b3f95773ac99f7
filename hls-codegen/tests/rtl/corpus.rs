//! The cases of `fixtures/corpus` as graphs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hls_model::config::{ConfigFile, Generator};
use hls_model::graph::Graph;
use hls_model::target::IoType;
use hls_model::{Target, convert, lower, source};
use serde_json::Value;

/// The corpus has this many cases; a checkout that lost some must not pass.
const CASES: usize = 157;

/// And so many of HGQ2's layers and contractions.
const KERAS3_CASES: usize = 32;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus")
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names of all cases.
pub fn cases() -> Vec<String> {
    let entries = fs::read_dir(corpus()).expect("fixtures/corpus");
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let mut names: Vec<String> =
        folders.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned()).collect();
    names.sort();
    assert_eq!(names.len(), CASES, "cases in fixtures/corpus");
    names
}

/// The names of the cases with operations that only files of Keras 3 have: HGQ2's layers and contractions.
pub fn cases_of_keras3() -> Vec<String> {
    let entries = fs::read_dir(keras3()).expect("fixtures/corpus3");
    let folders = entries.map(|entry| entry.expect("an entry").path()).filter(|path| path.is_dir());
    let names = folders.map(|path| path.file_name().expect("a name").to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| name.starts_with("hgq_") || name.contains("einsum")).collect();
    names.sort();
    assert_eq!(names.len(), KERAS3_CASES, "cases in fixtures/corpus3");
    names
}

fn keras3() -> PathBuf {
    corpus().join("../corpus3")
}

/// Grouped and transposed convolutions, with hls4ml's default configuration: their names and graphs.
pub fn convolutions(io_type: IoType) -> Vec<(String, Graph)> {
    let folder = corpus().join("../failing");
    let entries = fs::read_dir(&folder).expect("fixtures/failing");
    let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        names.filter(|name| name.starts_with("conv_") && folder.join(name).is_dir()).collect();
    names.sort();
    let graph = |name: String| {
        let model = source::read(&folder.join(&name).join("model.h5")).expect(&name);
        let model = lower(&model).expect(&name);
        let config = Generator::default().generate(&model).expect(&name);
        let target = Target::default().with_io_type(io_type).expect(&name);
        let graph = convert(&model, &config, target).expect(&name);
        (name, graph)
    };
    names.into_iter().map(graph).collect()
}

/// The graph of a case; `None` for one that is not converted yet, whatever the back end.
pub fn graph(case: &str) -> Option<Graph> {
    let corpus = [corpus(), keras3()].into_iter().find(|corpus| corpus.join(case).is_dir()).expect(case);
    let not_yet: BTreeMap<String, String> =
        serde_json::from_value(json(&corpus.join("not_yet.json"))).expect("names and reasons");
    if not_yet.contains_key(case) {
        return None;
    }
    let folder = corpus.join(case);
    let options = json(&folder.join("options.json"));
    let io_type = options["io_type"].as_str().expect("an interface").parse().expect(case);
    Some(converted(&folder, &options, io_type))
}

/// The graph of a model that hls4ml cannot convert.
pub fn beyond(case: &str, io_type: IoType) -> Graph {
    let folder = corpus().join("../failing").join(case);
    converted(&folder, &json(&folder.join("options.json")), io_type)
}

fn converted(folder: &Path, options: &Value, io_type: IoType) -> Graph {
    let case = &folder.display().to_string();
    let file = options["model_file"].as_str().unwrap_or("model.h5");
    let config = ConfigFile::from_value(options["config"].clone()).expect(case);
    let model = source::read(&folder.join(file)).expect(case);
    let model = lower(&model).expect(case);
    let target = Target::default().with_io_type(io_type).expect(case);
    convert(&model, &config.hls, target).expect(case)
}
