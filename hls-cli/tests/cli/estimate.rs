//! `estimate`: one model, folders with good and broken ones, and its three forms.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use super::support::*;

/// Small models of the corpus under their names, and half of one as `broken`.
pub fn models() -> TempDir {
    let folder = tempdir().expect("scratch");
    for case in ["zoo_qdense_binary", "zoo_qdense_ternary"] {
        fs::copy(corpus(case).join("model.h5"), folder.path().join(format!("{case}.h5"))).expect("copy");
    }
    let whole = fs::read(corpus("zoo_qdense_binary").join("model.h5")).expect("model");
    fs::write(folder.path().join("broken.h5"), &whole[..whole.len() / 2]).expect("file");
    folder
}

fn estimate(path: &Path, options: &[&str], code: i32) -> Ran {
    let args = [&["estimate", text(path), "--pattern", "*.h5"], options].concat();
    run(&mut hls_cli(), args).expect(code)
}

fn document(path: &Path, options: &[&str], code: i32) -> Value {
    let args = [&["--json"], options].concat();
    serde_json::from_str(&estimate(path, &args, code).stdout).expect("JSON")
}

/// A number of the only model's circuit.
fn number(document: &Value, key: &str) -> u64 {
    let circuit = &document["models"][0]["circuit"];
    circuit.pointer(key).and_then(Value::as_u64).unwrap_or_else(|| panic!("no {key} in {document:#}"))
}

#[test]
fn a_broken_model_is_a_row_and_the_others_have_numbers() {
    let folder = models();
    let document = document(folder.path(), &[], 1);
    let models = document["models"].as_array().expect("models");
    let says = |model: &Value| {
        let word = |key: &str| model[key].as_str().unwrap_or_default().to_owned();
        (word("model"), word("status"), model["circuit"].is_object())
    };
    let expected = [
        ("broken", "failed", false),
        ("zoo_qdense_binary", "success", true),
        ("zoo_qdense_ternary", "success", true),
    ];
    let expected = expected.map(|(model, status, known)| (model.to_owned(), status.to_owned(), known));
    assert_eq!(models.iter().map(says).collect::<Vec<_>>(), expected);
    let error = models[0]["error"].as_str().expect("an error");
    assert!(error.contains("broken.h5") && error.contains("truncated"), "{error}");
    assert_eq!(document["note"], "estimate (no tool ran)");
}

#[test]
fn layers_add_up_to_the_whole() {
    let model = corpus("zoo_qdense_ternary").join("model.h5");
    let document = document(&model, &[], 0);
    let layers = document["models"][0]["circuit"]["layers"].as_array().expect("layers");
    let sum = |key: &str| layers.iter().filter_map(|layer| layer[key].as_u64()).sum::<u64>();
    assert_eq!(sum("lut"), number(&document, "/estimated/lut"));
    assert_eq!(sum("carry"), number(&document, "/estimated/carry"));
    // Registers that hold inputs and pass on `valid` belong to no layer.
    assert!(sum("ff") < number(&document, "/estimated/ff"));
    let last = layers.iter().filter_map(|layer| layer["latency_cycles"].as_u64()).max();
    assert_eq!(last, Some(number(&document, "/latency_cycles")));
}

#[test]
fn a_slower_clock_takes_fewer_cycles_and_registers() {
    let model = corpus("zoo_qdense_ternary").join("model.h5");
    let [fast, slow] = ["5", "20"].map(|period| document(&model, &["--clock-period", period], 0));
    for key in ["/latency_cycles", "/estimated/ff"] {
        assert!(number(&slow, key) < number(&fast, key), "{key}");
    }
}

#[test]
fn the_csv_has_a_line_for_each_model_or_layer() {
    let folder = models();
    let csv = estimate(folder.path(), &["--csv"], 1).stdout;
    let mut lines = csv.lines();
    let header = "model,tier,status,instant_lut,instant_ff,instant_carry,instant_dsp,instant_bram_18k,\
                  circuit_latency_cycles,circuit_interval_cycles,circuit_latency_ns,circuit_clock_period_ns,\
                  longest_path_ns,error";
    assert_eq!(lines.next(), Some(header));
    assert_eq!(lines.clone().count(), 3);
    assert!(lines.all(|line| line.starts_with("broken,,failed,,") || line.contains(",,success,")), "{csv}");
    let layers = estimate(folder.path(), &["--csv", "--layers"], 1).stdout;
    assert!(layers.starts_with("model,tier,layer,class,lut,ff,carry,latency_cycles\n"), "{layers}");
    assert!(layers.contains("zoo_qdense_ternary,,"), "{layers}");
}

#[test]
fn names_have_the_folders_in_which_files_of_the_same_name_are() {
    let folder = tempdir().expect("scratch");
    for case in ["a", "b"] {
        fs::create_dir(folder.path().join(case)).expect("folder");
        let to = folder.path().join(case).join("model.h5");
        fs::copy(corpus("zoo_qdense_binary").join("model.h5"), to).expect("copy");
    }
    let args = ["estimate", text(folder.path()), "--pattern", "*/model.h5", "--csv"];
    let csv = run(&mut hls_cli(), args).expect(0).stdout;
    let names: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert_eq!(names, ["a/model", "b/model"]);
}

#[test]
fn the_project_of_a_circuit_says_what_was_estimated() {
    let scratch = tempdir().expect("scratch");
    let (model, project) = (corpus("zoo_qdense_binary").join("model.h5"), scratch.path().join("p"));
    let args = ["convert", text(&model), "-o", text(&project), "--toolchain", "open", "--goal", "area"];
    run(&mut hls_cli(), args).expect(0).says_out("circuit myproject");
    let written = fs::read_to_string(project.join("circuit.json")).expect("circuit.json");
    let written: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(written, document(&model, &["--goal", "area"], 0)["models"][0]["circuit"]);
    let lines = |file: &str| fs::read_to_string(project.join("sim").join(file)).expect(file).lines().count();
    assert_eq!(lines("inputs.hex"), lines("expected.hex"));
    assert!(lines("inputs.hex") >= 200);
}
