//! The Verilog of circuits in Icarus: readable for many cases, in primitives for small ones.
//!
//! What the emulator computes comes from [`hls_model`]; the lines of the test bench from [`vectors`].

use std::fs;
use std::path::Path;
use std::process::Command;

use hls_codegen::rtl::{Rtl, layout, vectors};
use hls_codegen::{Backend, Options};
use hls_model::Target;
use hls_model::emulate::{Emulator, NonFinite, Record};
use hls_model::graph::Graph;
use hls_model::samples::Samples;
use hls_model::target::IoType;

use crate::{corpus, random};

/// Random graphs that are drawn for Icarus.
const RANDOM: u64 = 12;

/// Cases with all kinds of operations, each with the clock period that it is pipelined for, in ns.
const READABLE: [(&str, &str); 14] = [
    ("smartpix_m1_4w0i_t000", "5"),
    ("cfg_default_modes2", "3"),
    ("cfg_qkeras_accum", "1000"),
    ("zoo_act_piecewise", "4"),
    ("zoo_act_tables", "5"),
    ("zoo_bn_standalone", "10"),
    ("zoo_conv1d", "5"),
    ("zoo_embedding", "5"),
    ("zoo_layernorm", "10"),
    ("zoo_merge_ops", "4"),
    ("zoo_pool2d", "5"),
    ("zoo_qdense_binary", "2"),
    ("zoo_softmax_stable", "5"),
    ("zoo_multi_output", "5"),
];

/// Models of `fixtures/failing`, likewise.
const BEYOND: [(&str, &str); 3] = [("bad_average", "4"), ("bad_exponential", "5"), ("bad_mish", "5")];

/// Cases that are small enough to be simulated in primitives.
const PRIMITIVE: [(&str, &str); 5] = [
    ("cfg_default_modes2", "3"),
    ("zoo_act_piecewise", "4"),
    ("zoo_merge_ops", "4"),
    ("zoo_qdense_binary", "2"),
    ("zoo_multi_output", "5"),
];

#[test]
fn readable_verilog_computes_what_the_emulator_computes() {
    let sources = |name: &str| vec![layout::plain(name)];
    if compare_all(&READABLE, sources) {
        for (case, period) in BEYOND {
            compare(case, &corpus::beyond(case, IoType::Parallel), period, sources);
        }
    }
}

#[test]
fn verilog_in_primitives_computes_what_the_emulator_computes() {
    compare_all(&PRIMITIVE, |name| vec![layout::primitives(name), layout::CELLS.to_owned()]);
}

/// Whether there is a simulator to compare with.
fn compare_all(cases: &[(&str, &str)], sources: impl Fn(&str) -> Vec<String>) -> bool {
    if Command::new("iverilog").arg("-V").output().is_err() {
        skipped("simulating the Verilog of circuits: iverilog is not installed");
        return false;
    }
    for (case, period) in cases {
        compare(case, &corpus::graph(case).expect(case), period, &sources);
    }
    true
}

#[test]
fn readable_verilog_computes_random_graphs() {
    if Command::new("iverilog").arg("-V").output().is_err() {
        skipped("simulating the Verilog of random circuits: iverilog is not installed");
        return;
    }
    let mut compared = 0;
    for seed in 1..=RANDOM {
        let Some(graph) = random::graph(&mut fastrand::Rng::with_seed(seed), Target::default()) else {
            continue;
        };
        compare(&format!("seed {seed}"), &graph, "4", |name| vec![layout::plain(name)]);
        compared += 1;
    }
    assert!(compared > RANDOM / 2, "only {compared} graphs were compared");
}

fn compare(case: &str, graph: &Graph, period: &str, sources: impl Fn(&str) -> Vec<String>) {
    let options = Options::default().with_clock_period(period.parse().expect("a period"));
    let folder = tempfile::tempdir().expect("a folder");
    let project = Rtl.emit(graph, &options).expect(case);
    project.write_to(folder.path()).expect(case);
    let expected = write_samples(case, graph, folder.path());
    let sources = sources(&options.project_name);
    let said = simulate(folder.path(), &sources, &options.project_name);
    let found = fs::read_to_string(folder.path().join(layout::RESULTS)).expect("results");
    assert!(found == expected, "{case}: {}", first_difference(&found, &expected));
    let facts = project.file(layout::FACTS).expect("figures");
    let facts: serde_json::Value = serde_json::from_slice(&facts.bytes).expect("JSON");
    assert_eq!(said["latency_cycles"], facts["latency_cycles"], "{case}");
    assert_eq!(said["interval_cycles"], 1, "{case}");
}

/// Writes the samples; what must come out.
fn write_samples(case: &str, graph: &Graph, folder: &Path) -> String {
    let samples = Samples::corners(case, graph);
    let emulator = Emulator::new(graph).expect(case).with_non_finite(NonFinite::Cast);
    let views: Vec<_> = samples.iter().map(|array| array.view()).collect();
    let evaluation = emulator.evaluate(&views, Record::Outputs).expect(case);
    let inputs: Vec<Vec<i128>> = graph
        .inputs
        .iter()
        .zip(&samples)
        .map(|(&id, array)| {
            let precision = graph.output_of(id).ty.precision;
            array.iter().map(|&x| precision.cast_f64(x.into())).collect()
        })
        .collect();
    let outputs: Vec<Vec<i128>> = evaluation.outputs.iter().map(|tensor| tensor.raws().collect()).collect();
    fs::write(folder.join(layout::INPUTS), vectors::inputs(graph, &inputs)).expect("inputs");
    vectors::outputs(graph, &outputs)
}

/// Compiles and runs the test bench; the numbers that it prints, by name.
fn simulate(folder: &Path, sources: &[String], name: &str) -> serde_json::Map<String, serde_json::Value> {
    let run = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).current_dir(folder).output().expect(program);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let mut args = vec!["-g2005", "-o", "sim/test.vvp"];
    let test_bench = layout::test_bench(name);
    args.extend(sources.iter().map(String::as_str).chain([test_bench.as_str()]));
    run("iverilog", &args);
    let said = run("vvp", &["-n", "sim/test.vvp"]);
    let lines = said.lines().filter_map(|line| line.split_once(' '));
    lines.filter_map(|(name, value)| Some((name.to_owned(), value.parse::<u64>().ok()?.into()))).collect()
}

fn first_difference(found: &str, expected: &str) -> String {
    let lines = found.lines().zip(expected.lines()).enumerate();
    let different = lines.into_iter().find(|(_, (found, expected))| found != expected);
    match different {
        Some((sample, (found, expected))) => format!("sample {sample}: {found} instead of {expected}"),
        None => format!("{} lines instead of {}", found.lines().count(), expected.lines().count()),
    }
}

/// Tells `./run-tests` what this machine cannot run.
fn skipped(reason: &str) {
    use std::io::Write;
    eprintln!("SKIPPED: {reason}");
    if let Some(path) = std::env::var_os("HLS_SKIPPED") {
        let mut file = fs::OpenOptions::new().append(true).create(true).open(path).expect("HLS_SKIPPED");
        writeln!(file, "{reason}").expect("HLS_SKIPPED");
    }
}
