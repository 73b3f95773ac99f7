//! What a conversion costs inside one process, whole and stage by stage: no disk but where `write_to_disk` says so.
//!
//! `cargo bench -p hls-codegen`; the whole process against `cp -r` is in `hls-cli/benches/process.rs`.

use std::path::{Path, PathBuf};

use divan::{Bencher, black_box};
use hls_codegen::{Conversion, Options, Project, vitis};
use hls_model::config::{Generator, HlsConfig};
use hls_model::graph::{Graph, LoweredModel};
use hls_model::source::{self, KerasModel};

/// Pixel-detector models of the sweep's kind, one of dense layers and one with a convolution and a pooling, and the largest dense network of
/// the corpus that people know.
const CASES: [&str; 3] = ["smartpix_m2_4w0i_t000", "smartpix_m3_4w0i_resource_t000", "wk_jet_tagger_6b"];

fn main() {
    divan::main();
}

fn model_file(case: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(case).join("model.h5")
}

fn bytes(case: &str) -> Vec<u8> {
    std::fs::read(model_file(case)).expect("the corpus holds the case")
}

fn read(bytes: &[u8]) -> KerasModel {
    source::open(bytes, "model.h5".as_ref()).expect("the case can be read")
}

fn lower(model: &KerasModel) -> LoweredModel {
    hls_model::lower(model).expect("the case can be lowered")
}

fn generate(model: &LoweredModel) -> HlsConfig {
    Generator::default().generate(model).expect("the default configuration is valid")
}

fn build(model: &LoweredModel, config: &HlsConfig) -> Graph {
    hls_model::convert(model, config, hls_model::Target::default()).expect("the case can be converted")
}

fn project(graph: &Graph, config: &HlsConfig) -> Project {
    let config_yaml = config.to_yaml().expect("a configuration can be written as YAML");
    vitis::emit(graph, &Options::default().with_config_yaml(config_yaml)).expect("the graph can be emitted")
}

fn convert(bytes: &[u8]) -> Project {
    let converted = Conversion::default().convert_bytes(bytes, "model.h5".as_ref());
    converted.expect("the case can be converted").project().expect("the graph can be emitted")
}

/// From the bytes of the file to the project in memory.
#[divan::bench(args = CASES)]
fn whole_in_memory(bencher: Bencher, case: &str) {
    let bytes = bytes(case);
    bencher.bench_local(|| convert(black_box(&bytes)));
}

/// As `whole_in_memory`, and written to a fresh folder.
#[divan::bench(args = CASES)]
fn whole_to_disk(bencher: Bencher, case: &str) {
    let bytes = bytes(case);
    let fresh = || tempfile::tempdir().expect("a scratch folder can be made");
    bencher.with_inputs(fresh).bench_local_refs(|folder| {
        let project = convert(black_box(&bytes));
        project.write_to(&folder.path().join("project")).expect("the project can be written");
    });
}

#[divan::bench(args = CASES)]
fn stage_1_read(bencher: Bencher, case: &str) {
    let bytes = bytes(case);
    bencher.bench_local(|| read(black_box(&bytes)));
}

#[divan::bench(args = CASES)]
fn stage_2_lower(bencher: Bencher, case: &str) {
    let model = read(&bytes(case));
    bencher.bench_local(|| lower(black_box(&model)));
}

#[divan::bench(args = CASES)]
fn stage_3_configuration(bencher: Bencher, case: &str) {
    let model = lower(&read(&bytes(case)));
    bencher.bench_local(|| generate(black_box(&model)));
}

#[divan::bench(args = CASES)]
fn stage_4_graph(bencher: Bencher, case: &str) {
    let model = lower(&read(&bytes(case)));
    let config = generate(&model);
    bencher.bench_local(|| build(black_box(&model), &config));
}

#[divan::bench(args = CASES)]
fn stage_5_project(bencher: Bencher, case: &str) {
    let model = lower(&read(&bytes(case)));
    let config = generate(&model);
    let graph = build(&model, &config);
    bencher.bench_local(|| project(black_box(&graph), &config));
}

#[divan::bench(args = CASES)]
fn stage_6_write(bencher: Bencher, case: &str) {
    let project = convert(&bytes(case));
    let fresh = || tempfile::tempdir().expect("a scratch folder can be made");
    bencher.with_inputs(fresh).bench_local_refs(|folder| {
        project.write_to(&folder.path().join("project")).expect("the project can be written");
    });
}
