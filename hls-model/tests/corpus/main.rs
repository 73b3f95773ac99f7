//! Every case of `fixtures/corpus` and `fixtures/corpus3` against what hls4ml made of it: graph facts, weights, default configuration, and what the emulator
//! computes.
//!
//! Cases that cannot be converted yet stand in the folder's `not_yet.json` with the reason; one of them that passes
//! fails the test, so the list can only shrink. What the compiled firmware computes is checked in `hls-cli/tests/corpus`.

mod compare;
mod emulation;
mod interpreter;
mod masks;
mod queues;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use hls_model::config::{ConfigFile, Generator, Granularity};
use hls_model::graph::{self, Graph, LoweredModel};
use hls_model::precision::Precision;
use hls_model::streams;
use hls_model::{Target, lower};
use serde_json::Value;

use compare::Differences;
use emulation::Arrays;

/// The folders with cases, of Keras 2 and of Keras 3, and how many each has; a checkout that lost some must not pass.
const FOLDERS: [(&str, usize); 2] = [("corpus", 157), ("corpus3", 89)];

/// Facts in which hls4ml is wrong and ours differ, by the case: these, and no others.
const WRONG_IN_HLS4ML: &[(&str, &[&str])] = &[(
    // hls4ml puts both paddings on one branch.
    "zoo_fork_same_stream",
    &[
        r#"zp1d_c0.inputs: ["a_cpy1"] instead of ["zp1d_c1"]"#,
        r#"c1.inputs: ["zp1d_c1"] instead of ["a_cpy2"]"#,
    ],
)];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures")
}

fn json(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn cases() -> Vec<PathBuf> {
    let of_folder = |(folder, count): (&str, usize)| {
        let entries = fs::read_dir(fixtures().join(folder)).expect(folder);
        let mut cases: Vec<_> = entries.map(|e| e.expect("entry").path()).filter(|p| p.is_dir()).collect();
        cases.sort();
        assert_eq!(cases.len(), count, "cases in fixtures/{folder}");
        cases
    };
    FOLDERS.into_iter().flat_map(of_folder).collect()
}

/// Every case, or those with a part of the environment variable `CASE` (`name,name`) in their names.
fn wanted_cases() -> Vec<PathBuf> {
    let part = std::env::var("CASE").unwrap_or_default();
    cases().into_iter().filter(|case| part.split(',').any(|part| name_of(case).contains(part))).collect()
}

fn name_of(case: &Path) -> String {
    case.file_name().expect("name").to_string_lossy().into_owned()
}

fn not_yet() -> BTreeMap<String, String> {
    let of_folder = |(folder, _): (&str, usize)| -> BTreeMap<String, String> {
        serde_json::from_value(json(&fixtures().join(folder).join("not_yet.json")))
            .expect("names and reasons")
    };
    FOLDERS.into_iter().flat_map(of_folder).collect()
}

fn lowered(case: &Path) -> Result<LoweredModel, String> {
    let options = json(&case.join("options.json"));
    let file = options["model_file"].as_str().unwrap_or("model.h5");
    let model = hls_model::source::read(&case.join(file)).map_err(|e| e.to_string())?;
    lower(&model).map_err(|e| e.to_string())
}

fn converted(case: &Path, options: &Value) -> Result<Graph, String> {
    let io_type = options["io_type"].as_str().unwrap_or_default().parse().map_err(|e| format!("{e}"))?;
    let target = Target::default().with_io_type(io_type).map_err(|e| e.to_string())?;
    let mut config = options["config"].clone();
    // An argument of hls4ml's function, which is a key here.
    if let Value::Bool(bit_exact) = options["convert_args"]["bit_exact"] {
        config["Model"]["BitExact"] = bit_exact.into();
    }
    let config = ConfigFile::from_value(config).map_err(|e| e.to_string())?;
    hls_model::convert(&lowered(case)?, &config.hls, target).map_err(|e| e.to_string())
}

fn check(case: &Path) -> Result<(), String> {
    let options = json(&case.join("options.json"));
    let graph = converted(case, &options)?;
    let mut differences = Differences::default();
    differences.facts(&json(&case.join("graph.json")), &graph::facts(&graph));
    let file = File::open(case.join("weights.npz")).map_err(|e| e.to_string())?;
    differences.weights(ndarray_npy::NpzReader::new(file).map_err(|e| e.to_string())?, &graph);
    let name = case.file_name().unwrap_or_default();
    let wrong = WRONG_IN_HLS4ML.iter().find(|(case, _)| *case == name);
    differences.expected(wrong.map_or(&[], |(_, differences)| differences)).into_result()
}

#[test]
fn facts_and_weights_equal_hls4mls() {
    every_case(check);
}

#[test]
fn quantizers_keep_the_bits_that_hls4mls_keep() {
    every_case(|case| masks::check(case, &converted(case, &json(&case.join("options.json")))?));
}

#[test]
fn the_emulator_computes_hls4mls_bits() {
    every_case(bits);
}

fn bits(case: &Path) -> Result<(), String> {
    let options = json(&case.join("options.json"));
    let graph = converted(case, &options)?;
    emulation::check(case, &json(&case.join("graph.json")), &options, &graph)
}

#[test]
fn the_arithmetic_written_down_is_what_the_emulator_computes() {
    every_case(|case| {
        emulation::check_arithmetic(case, &converted(case, &json(&case.join("options.json")))?)
    });
}

#[test]
fn no_number_leaves_its_range() {
    every_case(|case| emulation::check_ranges(&converted(case, &json(&case.join("options.json")))?));
}

#[test]
fn profiles_see_the_numbers_that_the_emulator_computes() {
    every_case(|case| emulation::check_profile(case, &converted(case, &json(&case.join("options.json")))?));
}

#[test]
fn queues_between_layers_are_deep_enough_and_empty_in_the_end() {
    // What does not convert as in hls4ml may have queues without a fault.
    let not_yet = not_yet();
    let mut wrong = Vec::new();
    for case in wanted_cases().into_iter().filter(|case| !not_yet.contains_key(&name_of(case))) {
        let checked =
            converted(&case, &json(&case.join("options.json"))).and_then(|graph| queues::check(&graph));
        wrong.extend(checked.err().map(|error| format!("{}: {error}", name_of(&case))));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_queue_that_waits_for_a_longer_branch_is_deep_and_others_are_not() {
    let case = fixtures().join("corpus/zoo_merge_stream");
    let mut graph = converted(&case, &json(&case.join("options.json"))).expect("a graph");
    let queues = streams::queues(&graph).expect("streams");
    // The input of five pixels passes a convolution of three taps; whatever goes past it waits.
    assert_eq!(queues::named(&queues, "layer9_cpy1").smallest, 2);
    let waiting = queues::named(&queues, "layer10_cpy2");
    assert!(waiting.smallest > 2, "{waiting:?}");

    graph.set_stream_depth(waiting.tensor, 1);
    let slower = streams::queues(&graph).expect("streams");
    assert_eq!(queues::named(&slower, "layer10_cpy2").depth, 1);
    assert!(
        streams::check(&graph).is_ok(),
        "a fork whose branches are as long as each other only gets slower"
    );
}

/// Models of HGQ2 whose numbers hls4ml changes, and words of the warning that says so.
const UNLIKE_HGQ2: [(&str, &str); 2] = [
    ("hgq_quantizer", "quantizers with different overflow modes (SAT, SAT_SYM, WRAP) read this input"),
    ("hgq_relu_layer", "negative numbers pass this ReLU layer"),
];

/// A second reference: HGQ2's own quantized forward pass.
#[test]
fn hgq2_computes_the_same_bits_or_a_warning_says_why_not() {
    let (not_yet, mut compared, mut wrong) = (not_yet(), 0, Vec::new());
    for case in wanted_cases() {
        let (name, options) = (name_of(&case), json(&case.join("options.json")));
        if options["family"] != "hgq" || not_yet.contains_key(&name) {
            continue;
        }
        compared += 1;
        let graph = converted(&case, &options).unwrap_or_else(|error| panic!("{name}: {error}"));
        let told = |words: &str| graph.warnings.iter().any(|warning| warning.message.contains(words));
        let unlike = UNLIKE_HGQ2.iter().find(|(case, _)| *case == name);
        match (emulation::check_hgq2(&case, &graph), unlike) {
            (Ok(()), None) => {}
            (Err(_), Some((_, words))) if told(words) => {}
            (Err(error), Some((_, words))) => wrong.push(format!("{name}: no warning {words:?} of {error}")),
            (Err(error), None) => wrong.push(format!("{name}: {error}")),
            (Ok(()), Some(_)) => wrong.push(format!("{name} is like HGQ2; take it off the list")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 30 || std::env::var_os("CASE").is_some(), "only {compared} models were compared");
}

#[test]
fn the_float_model_computes_what_keras_computes() {
    let not_yet = not_yet();
    let convertible = cases()
        .into_iter()
        .filter(|case| !not_yet.contains_key(case.file_name().expect("name").to_string_lossy().as_ref()));
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in convertible {
        let model = lowered(&case).unwrap_or_else(|e| panic!("{}: {e}", case.display()));
        match emulation::check_float(&case, &model) {
            None => {}
            Some(Ok(())) => compared += 1,
            Some(Err(error)) => wrong.push(format!("{}: {error}", case.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 30, "only {compared} models were compared");
}

#[test]
fn the_quantized_model_computes_what_qkeras_computes() {
    let not_yet = not_yet();
    let (mut compared, mut wrong) = (0, Vec::new());
    for case in cases() {
        if not_yet.contains_key(case.file_name().expect("name").to_string_lossy().as_ref()) {
            continue;
        }
        let model = lowered(&case).unwrap_or_else(|e| panic!("{}: {e}", case.display()));
        match emulation::check_quantized(&case, &model) {
            None => {}
            Some(Ok(())) => compared += 1,
            Some(Err(error)) => wrong.push(format!("{}: {error}", case.display())),
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), wrong.len() + compared, wrong.join("\n"));
    assert!(compared >= 30, "only {compared} models were compared");
}

/// Cases that stand in `not_yet.json` may pass some of the checks, but not all ([`what_is_not_right_yet_fails_somewhere`]).
fn every_case(check: impl Fn(&Path) -> Result<(), String>) {
    let not_yet = not_yet();
    let mut wrong = Vec::new();
    let cases: Vec<_> =
        wanted_cases().into_iter().filter(|case| !not_yet.contains_key(&name_of(case))).collect();
    for case in &cases {
        wrong.extend(check(case).err().map(|difference| format!("{}: {difference}", name_of(case))));
    }
    assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn what_is_not_right_yet_fails_somewhere() {
    let not_yet = not_yet();
    for case in wanted_cases() {
        let Some(reason) = not_yet.get(&name_of(&case)) else { continue };
        let facts_and_bits = check(&case).and_then(|()| bits(&case));
        assert!(facts_and_bits.is_err(), "{} passes, take it off not_yet.json ({reason})", name_of(&case));
    }
}

#[test]
fn the_generated_configuration_equals_hls4mls() {
    let not_yet = not_yet();
    let mut compared = 0;
    let mut wrong = Vec::new();
    for case in wanted_cases() {
        let name = name_of(&case);
        let options = json(&case.join("options.json"));
        let untouched = options["overrides"].as_object().is_none_or(serde_json::Map::is_empty);
        if !untouched || not_yet.contains_key(&name) {
            continue;
        }
        let generated =
            lowered(&case).and_then(|model| generator(&options).generate(&model).map_err(|e| e.to_string()));
        // hls4ml repeats the model's precisions as they were given; here they are types, which are written in one way.
        let mut expected = options["config"].clone();
        for (_, precision) in expected["Model"]["Precision"].as_object_mut().expect("precisions") {
            let given: Precision =
                precision.as_str().and_then(|text| text.parse().ok()).expect("a precision");
            *precision = given.configuration_form().into();
        }
        match generated {
            Ok(config) if config.as_value() == expected => compared += 1,
            Ok(config) => wrong.push(format!("{name}: {} instead of {expected}", config.as_value())),
            Err(e) => wrong.push(format!("{name}: {e}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared >= 30 || std::env::var("CASE").is_ok(), "only {compared} configurations were compared");
}

fn generator(options: &Value) -> Generator {
    let arguments = &options["config_args"];
    let precision = |key: &str| arguments[key].as_str().map(|text| text.parse().expect("a precision"));
    let default = Generator::default();
    Generator {
        granularity: match options["granularity"].as_str() {
            Some("model") => Granularity::Model,
            Some("type") => Granularity::Type,
            _ => Granularity::Name,
        },
        default_precision: precision("default_precision").unwrap_or(default.default_precision),
        max_precision: precision("max_precision"),
        reuse_factor: arguments["default_reuse_factor"].as_u64().unwrap_or(1),
        strategy: default.strategy,
    }
}

/// The sweep's facts are shorter: name, class, index, shape and precision of each layer.
#[test]
fn the_sweep_converts_and_computes_as_with_hls4ml() {
    let facts = json(&fixtures().join("sweep_facts.json"));
    let mut data = Arrays::open(&fixtures().join("sweep_data.npz")).expect("the sweep's data");
    let mut converted = 0;
    for (file, expected) in facts.as_object().expect("facts by file") {
        let result = hls_model::source::read(&fixtures().join(file)).map_err(|e| e.to_string());
        let result = result.and_then(|model| lower(&model).map_err(|e| e.to_string()));
        if expected["status"] == "failed" {
            assert!(result.is_err(), "{file} must not be convertible");
            continue;
        }
        let model = result.unwrap_or_else(|e| panic!("{file}: {e}"));
        let config = Generator::default().generate(&model).expect("configuration");
        let graph =
            hls_model::convert(&model, &config, Target::default()).unwrap_or_else(|e| panic!("{file}: {e}"));
        let ours: Vec<Value> = graph.order().iter().map(|&id| short_facts(&graph, id)).collect();
        assert_eq!(Value::from(ours), expected["graph"], "{file}");
        let evaluation = emulation::evaluate(&graph, &mut data, &format!("{file}:x:"));
        let evaluation = evaluation.unwrap_or_else(|e| panic!("{file}: {e}"));
        let outputs = data.get(&format!("{file}:y_hls")).unwrap_or_else(|e| panic!("{file}: {e}"));
        emulation::compare(&evaluation.outputs[0], &outputs).unwrap_or_else(|e| panic!("{file}: {e}"));
        converted += 1;
    }
    assert_eq!(converted, 27, "models of the sweep");
}

fn short_facts(graph: &Graph, id: graph::NodeId) -> Value {
    let (node, output) = (graph.node(id), graph.output_of(id));
    serde_json::json!([
        node.name,
        node.op.class_name(),
        node.index,
        output.shape,
        output.ty.precision.graph_form()
    ])
}
