//! ResourceUnrolled computes what Resource does, to the bit: for a table of shapes, reuse factors and weights, the emitted
//! kernels of both run side by side in one C++ program, compiled against our kernels and, where `HLS4ML_KERNELS` names a
//! folder with `nnet_utils/` and `ap_types/`, against those too.

mod common;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hls_codegen::vitis::layers::{self, LayerEmission};
use hls_codegen::vitis::{self, Kernels};
use hls_model::config::Strategy;
use hls_model::graph::op::Dense;
use hls_model::graph::{Graph, Node, Op, TypeRole, Values, WeightRole};

/// Sixteenths of a weight, by its place in the array.
type Pattern = fn(usize) -> i8;

const DENSE: Pattern = |i| [7, -15, 3, 11, -2, 14, -9, 1, -12, 5, -6][i % 11];
const SPARSE: Pattern = |i| if i * i % 5 < 2 { 0 } else { DENSE(i) };
/// Multipliers without work.
const BLOCKS: Pattern = |i| if i % 24 < 12 { 0 } else { DENSE(i) };
const ZERO: Pattern = |_| 0;

/// n_in, n_out, weights, reuse factors.
const CASES: [(usize, usize, Pattern, &[u64]); 5] = [
    (12, 5, DENSE, &[1, 2, 3, 4, 6, 12, 60]),
    (12, 8, SPARSE, &[2, 6, 12, 24, 48]),
    (6, 8, BLOCKS, &[2, 3, 6, 12]),
    (1, 4, SPARSE, &[1, 2, 4]),
    (4, 3, ZERO, &[2, 4]),
];

/// Narrow enough that overflow shows, and with saturation the order of the products as well.
const ACCUMULATORS: [&str; 2] = ["ap_fixed<9, 4, AP_RND, AP_SAT>", "ap_fixed<8, 4>"];

/// Unknown pragmas are HLS's own.
const STRICT: [&str; 5] = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"];

const PRELUDE: &str = r#"
#include "check.h"
#include "nnet_code_gen.h"
#include "nnet_dense.h"

typedef ap_fixed<8, 4> data_t;
typedef ap_fixed<12, 6> res_t;

template <class UNROLLED, class RESOURCE> void compare(const char *what, const int sixteenths[]) {
    const unsigned n_in = UNROLLED::n_in, n_out = UNROLLED::n_out;
    check::numbers numbers(1);
    typename UNROLLED::weight_t weights[n_in * n_out];
    for (unsigned i = 0; i < n_in * n_out; i++) {
        weights[i] = sixteenths[i] / 16.0;
    }
    for (unsigned sample = 0; sample < 20; sample++) {
        data_t data[n_in];
        typename UNROLLED::bias_t biases[n_out];
        res_t got[n_out], want[n_out];
        for (unsigned i = 0; i < n_in; i++) {
            data[i] = numbers.next(-128, 127) / 16.0;
        }
        for (unsigned i = 0; i < n_out; i++) {
            biases[i] = numbers.next(-16, 15) / 16.0;
        }
        nnet::dense<data_t, res_t, UNROLLED>(data, got, weights, biases);
        nnet::dense<data_t, res_t, RESOURCE>(data, want, weights, biases);
        for (unsigned i = 0; i < n_out; i++) {
            check::equal(what, i, got[i].to_double(), want[i].to_double());
        }
    }
}
"#;

fn ours() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vitis/kernels")
}

/// Folders of kernel libraries, each with the flags under which it must compile.
fn libraries() -> Vec<(PathBuf, &'static [&'static str])> {
    let mut found: Vec<(PathBuf, &[&str])> = vec![(ours(), &STRICT)];
    match std::env::var_os("HLS4ML_KERNELS") {
        Some(dir) => found.push((dir.into(), &["-std=c++11", "-w"])),
        None => println!("skipped: HLS4ML_KERNELS names no folder with nnet_utils/ and ap_types/"),
    }
    found
}

fn expect_success(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"));
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} failed ({}):\n{said}", output.status);
    said
}

/// A Dense layer whose types have names, for its other properties to be replaced.
fn layer(graph: &Graph) -> Node {
    graph.nodes().find(|node| matches!(node.op, Op::Dense(_))).expect("a Dense layer").clone()
}

fn emit(graph: &Graph, index: usize, dense: Dense, reuse_factor: u64, weights: Pattern) -> LayerEmission {
    let mut values = Values::full(&[dense.n_out, dense.n_in], 0.0);
    for (i, value) in values.data.iter_mut().enumerate() {
        *value = f64::from(weights(i)) / 16.0;
    }
    let mut node = layer(graph);
    for weight in node.weights.iter_mut().filter(|weight| weight.role == WeightRole::Weight) {
        weight.values = values.clone();
    }
    (node.op, node.index, node.reuse_factor) = (Op::Dense(dense), index, reuse_factor);
    layers::emit(graph, &node, "nnet").expect("a layer that can be emitted")
}

/// The typedefs that a layer's configuration names.
fn typedefs(node: &Node, accumulator: &str) -> String {
    let weights = node.weights.iter().map(|weight| (weight.ty.precision.cpp(), &weight.ty.name));
    let index = node.ty(TypeRole::Index).expect("an index type");
    let accum = (accumulator.to_owned(), &node.ty(TypeRole::Accum).expect("an accumulator").name);
    let types = weights.chain([(index.precision.cpp(), &index.name), accum]);
    types.map(|(cpp, name)| format!("typedef {cpp} {name};\n")).collect()
}

/// A program that compares every case under every accumulator.
fn program(graph: &Graph) -> String {
    let (mut text, mut main) = (PRELUDE.to_owned(), String::new());
    let factors = CASES.iter().flat_map(|case| case.3.iter().map(move |factor| (case, *factor)));
    for (index, (&(n_in, n_out, weights, _), factor)) in factors.enumerate() {
        let [unrolled, resource] = [Strategy::ResourceUnrolled, Strategy::Resource].map(|strategy| {
            let dense = Dense {
                n_in,
                n_out,
                parallelization_factor: None,
                strategy,
                transposed: true,
                input_quantizer: None,
            };
            emit(graph, index, dense, factor, weights)
        });
        assert!(resource.generated_kernel.is_empty(), "the library has the Resource kernel");
        let numbers: Vec<String> = (0..n_in * n_out).map(|i| weights(i).to_string()).collect();
        let mut put = |piece: String| text.write_str(&piece).expect("a String takes everything");
        put(format!("namespace nnet {{\n{}}}\n", unrolled.generated_kernel));
        put(format!("static const int weights{index}[] = {{{}}};\n", numbers.join(", ")));
        for (i, accumulator) in ACCUMULATORS.iter().enumerate() {
            let at = format!("at_{index}_{i}");
            let types = typedefs(&layer(graph), accumulator);
            let (ours, reference) = (&unrolled.config, &resource.config);
            put(format!("namespace {at} {{\n{types}namespace unrolled {{\n{ours}}}\n"));
            put(format!("namespace resource {{\n{reference}}}\n}}\n"));
            let what =
                format!("{n_in} inputs, {n_out} outputs, reuse factor {factor}, {accumulator}, output");
            main += &format!("    compare<{at}::unrolled::config{index}, {at}::resource::config{index}>(");
            main += &format!("\"{what}\", weights{index});\n");
        }
    }
    text + &format!("int main() {{\n{main}    return check::outcome();\n}}\n")
}

#[test]
fn unrolled_kernels_equal_the_resource_kernels() {
    let (graph, _) = common::case("cfg_unrolled");
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let (source, binary) = (scratch.path().join("unrolled.cpp"), scratch.path().join("unrolled"));
    fs::write(&source, program(&graph)).expect("a scratch file can be written");
    for (library, flags) in libraries() {
        let mut compiler = Command::new("g++");
        compiler.args(flags).arg("-O0").arg("-I").arg(ours().join("tests/nnet_utils"));
        compiler.arg("-I").arg(library.join("nnet_utils")).arg("-I").arg(library.join("ap_types"));
        expect_success(compiler.arg(&source).arg("-o").arg(&binary));
        let said = expect_success(&mut Command::new(&binary));
        assert!(said.contains(", 0 failures"), "{said}");
    }
}

/// The kernels follow the project's namespace, and still find the library's names.
#[test]
fn a_project_with_a_namespace_compiles() {
    let (graph, mut options) = common::case("cfg_unrolled");
    for (library, flags) in libraries() {
        options.vitis.kernels = Kernels::from_dir(&library).expect("a kernel library");
        options.vitis.namespace = Some("mine".into());
        let project = vitis::emit(&graph, &options).expect("a project");
        let scratch = tempfile::tempdir().expect("a scratch folder can be made");
        project.write_to(scratch.path()).expect("written");
        let firmware = scratch.path().join("firmware");
        let parameters = fs::read_to_string(firmware.join("parameters.h")).expect("a header");
        assert!(parameters.contains("mine::dense_resource_unrolled_2<"), "{parameters}");
        let mut compiler = Command::new("g++");
        compiler.args(flags).arg("-fsyntax-only").arg("-I").arg(firmware.join("ap_types"));
        expect_success(compiler.arg(firmware.join("myproject.cpp")));
    }
}
