//! Random small graphs, far beyond what anybody would train: circuits compute what the emulator computes.
//!
//! The draws are those of `hls-cli/tests/differential`, the same in each run; `HLS_RANDOM_GRAPHS=N` takes N of them, `HLS_RANDOM_SEED=S` others.

use std::collections::{BTreeMap, BTreeSet};

use fastrand::Rng;
use hls_codegen::adder_graph::Effort;
use hls_codegen::rtl::RtlError;
use hls_codegen::rtl::lower::lower;
use hls_model::Target;
use hls_model::arith::ArithError;
use hls_model::emulate::{EmulateError, Emulator};
use hls_model::graph::Graph;

use crate::draw::{self, Drawn};
use crate::equal;

/// Draws unless the environment says otherwise. Not every draw is a model.
const DRAWS: u64 = 150;
const SAMPLES: usize = 128;
/// Classes that some draws contain.
const COMMON: [&str; 8] =
    ["Dense", "Conv2D", "Pooling2D", "Activation", "Softmax", "Merge", "BatchNormalization", "Concatenate"];

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

/// What came of a draw.
enum Checked {
    /// The circuit computes the same; the classes of the layers.
    Equal(Vec<&'static str>),
    /// There is no such model, or no emulator for it.
    NoModel,
    /// There is no circuit, and why.
    Refused(&'static str),
}

#[test]
fn circuits_compute_random_graphs() {
    let first = number("HLS_RANDOM_SEED").unwrap_or(1);
    let (mut wrong, mut seen, mut equal) = (Vec::new(), BTreeSet::new(), 0);
    let mut refused: BTreeMap<&str, usize> = BTreeMap::new();
    let draws = number("HLS_RANDOM_GRAPHS").unwrap_or(DRAWS);
    for seed in first..first + draws {
        match check(seed) {
            Ok(Checked::Equal(classes)) => {
                equal += 1;
                seen.extend(classes);
            }
            Ok(Checked::NoModel) => {}
            Ok(Checked::Refused(reason)) => *refused.entry(reason).or_default() += 1,
            Err(error) => wrong.push(format!("seed {seed}: {error}")),
        }
    }
    println!("{equal} graphs are equal, {refused:?} are refused");
    assert!(wrong.is_empty(), "{} graphs:\n{}", wrong.len(), wrong.join("\n"));
    let refusals: usize = refused.values().sum();
    assert!(refusals * 5 <= equal, "{equal} graphs are equal, and as many as {refused:?} are refused");
    for class in COMMON {
        assert!(seen.contains(class) || draws < DRAWS, "no graph with a {class} was compared, only {seen:?}");
    }
}

/// A random graph, if the draw is a model that the emulator can compute.
pub fn graph(random: &mut Rng, target: Target) -> Option<Graph> {
    let Drawn { model, config } = draw::draw(random, target.io_type());
    let graph = hls_model::convert(&model, &config, target).ok()?;
    match Emulator::new(&graph) {
        Err(EmulateError::Arith(ArithError::TooWide { .. } | ArithError::Unsupported { .. })) => None,
        other => other.is_ok().then_some(graph),
    }
}

fn check(seed: u64) -> Result<Checked, String> {
    let mut random = Rng::with_seed(seed);
    // Half of them between streams, whose kernels add and round in their own ways.
    let target = if seed.is_multiple_of(2) { Target::VitisStream } else { Target::VitisParallel };
    let Some(mut graph) = graph(&mut random, target) else { return Ok(Checked::NoModel) };
    // Else most of what is drawn ends in a few bits.
    graph.outputs = graph.order().iter().map(|&id| graph.node(id).outputs[0]).collect();
    graph.output_names = graph.order().iter().map(|&id| graph.node(id).name.clone()).collect();
    let emulator = Emulator::new(&graph).map_err(|error| error.to_string())?;
    let circuit = match lower(&graph, Effort::Low) {
        Err(RtlError::TooWide { .. }) => return Ok(Checked::Refused("too wide")),
        Err(RtlError::Unsupported { .. }) => return Ok(Checked::Refused("unsupported")),
        Err(error @ RtlError::TooLarge { .. }) => {
            println!("seed {seed}: {error}");
            return Ok(Checked::Refused("too large"));
        }
        other => other.map_err(|error| error.to_string())?,
    };
    let samples = draw::samples(&graph, SAMPLES, &mut random);
    let resources = equal::check(&emulator, &samples, &circuit)?;
    println!("seed {seed}: {resources:?}");
    Ok(Checked::Equal(graph.nodes().map(|node| node.op.class_name()).collect()))
}
