//! The programs in `examples/` do what they say.

#[path = "../examples/circuit.rs"]
#[allow(dead_code)]
mod circuit;
#[path = "../examples/convert.rs"]
#[allow(dead_code)]
mod convert;
#[path = "../examples/own_backend.rs"]
#[allow(dead_code)]
mod own_backend;

use std::fs;
use std::path::{Path, PathBuf};

use hls_codegen::Conversion;
use serde_json::Value;

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus/smartpix_asic_t000/model.h5")
}

#[test]
fn convert_writes_a_project() {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    convert::convert(&model(), &folder.path().join("project")).expect("the model can be converted");
    assert!(folder.path().join("project/firmware/myproject.cpp").is_file());
}

#[test]
fn circuit_writes_verilog_and_says_what_it_takes() {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    let facts = circuit::circuit(&model(), folder.path()).expect("the model can be a circuit");
    let verilog = fs::read_to_string(folder.path().join("rtl/myproject.v")).expect("Verilog");
    assert!(verilog.contains("module myproject"));
    let written = fs::read_to_string(folder.path().join("circuit.json")).expect("figures");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(written, serde_json::to_value(&facts).expect("figures as JSON"));
}

#[test]
fn a_back_end_of_ones_own_writes_the_graphs_weights() {
    let folder = tempfile::tempdir().expect("a scratch folder can be made");
    own_backend::write(&model(), folder.path()).expect("the model can be converted");
    let read = |path: &str| -> Value {
        let text = fs::read_to_string(folder.path().join(path)).expect(path);
        serde_json::from_str(&text).expect(path)
    };
    let graph = Conversion::default().convert(&model()).expect("the model can be converted").graph;
    assert_eq!(read("manifest.json"), hls_model::graph::facts(&graph));
    let mut weights = 0;
    for weight in graph.nodes().flat_map(|node| &node.weights) {
        let raw = read(&format!("weights/{}.json", weight.variable));
        let raw = raw.as_array().expect("an array").iter().map(|number| number.as_i64().expect("an integer"));
        let raw: Vec<i64> = raw.collect();
        assert_eq!(raw.len(), weight.values.data.len(), "{}", weight.variable);
        // Values that are off the grid are rounded, as in the firmware.
        let ty = weight.ty.precision.storage();
        for (&raw, value) in raw.iter().zip(&weight.values.data) {
            let stored = ty.to_f64(raw.into());
            assert!((stored - value).abs() < ty.to_f64(1), "{}: {stored} for {value}", weight.variable);
        }
        weights += 1;
    }
    assert!(weights > 0);
}
