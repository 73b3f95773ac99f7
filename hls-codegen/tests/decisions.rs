//! What the Vitis back end decides about every case of the corpus, against what hls4ml decided: schedule, pragmas, storage.

mod common;

use std::collections::BTreeMap;
use std::fs;

use hls_codegen::vitis::decisions;
use serde_json::Value;

fn json(path: &str) -> Value {
    let path = common::fixtures().join("corpus").join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The cases that can be converted.
fn cases() -> Vec<String> {
    let not_yet: BTreeMap<String, String> = serde_json::from_value(json("not_yet.json")).expect("names");
    let entries = fs::read_dir(common::fixtures().join("corpus")).expect("the corpus");
    let folders = entries.map(|entry| entry.expect("an entry")).filter(|entry| entry.path().is_dir());
    let mut names: Vec<String> =
        folders.map(|entry| entry.file_name().into_string().expect("a name")).collect();
    names.retain(|name| !not_yet.contains_key(name));
    names.sort();
    names
}

/// The facts that are decisions, each with where it is.
fn decided(facts: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for key in ["pipeline_style", "pipeline_ii"] {
        found.insert(key.to_owned(), facts[key].clone());
    }
    for layer in facts["layers"].as_array().into_iter().flatten() {
        let name = layer["name"].as_str().unwrap_or_default();
        for variable in layer["output_variables"].as_array().into_iter().flatten() {
            found.insert(format!("{name} {} pragma", variable["variable"]), variable["pragma"].clone());
        }
        for (role, weight) in layer["weights"].as_object().into_iter().flatten() {
            found.insert(format!("{name} {role} storage"), weight["storage"].clone());
        }
    }
    found
}

#[test]
fn decisions_equal_hls4mls() {
    let cases = cases();
    assert!(cases.len() > 100, "only {} cases", cases.len());
    let mut compared = 0;
    for case in cases {
        let (graph, _) = common::case(&case);
        let (ours, theirs) =
            (decided(&decisions::facts(&graph)), decided(&json(&format!("{case}/graph.json"))));
        assert!(ours.values().any(|value| !value.is_null()), "{case}");
        assert_eq!(ours, theirs, "{case}");
        compared += ours.len();
    }
    assert!(compared > 1500, "only {compared} decisions");
}

#[test]
fn facts_have_hls4mls_keys_in_their_order() {
    let (graph, _) = common::case("cfg_bram_factor");
    let facts = decisions::facts(&graph);
    let keys = |value: &Value| value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&facts)[..7],
        [
            "inputs",
            "outputs",
            "input_variables",
            "output_variables",
            "pipeline_style",
            "pipeline_ii",
            "layers"
        ]
    );
    let variable = &facts["layers"][0]["output_variables"][0];
    assert_eq!(keys(variable), ["output", "variable", "shape", "type", "pragma", "kind", "inplace_of"]);
    let layers = facts["layers"].as_array().expect("layers").iter();
    let weight = layers.filter_map(|layer| layer["weights"].as_object()?.values().next()).next();
    let expected = ["type", "weight_class", "storage", "text_format", "min", "max"];
    assert_eq!(keys(weight.expect("a weight"))[6..], expected);
}
