//! The compiled firmware against hls4ml's C simulation.

use crate::arrays::Arrays;
use crate::case::{Case, Conversion, SweepModel, fixtures};
use hls_codegen::options::Trace;
use hls_codegen::{Kernels, raw};
use hls_model::graph::Graph;
use hls_runner::process::Limits;
use hls_runner::toolchain::{Csim, Effort};
use hls_runner::{CancelToken, LayerOutputs, Simulated, Simulator};
use std::time::Duration;
use tempfile::TempDir;

/// Far more than the largest case needs on a busy machine.
const LIMITS: Limits = Limits { timeout: Some(Duration::from_secs(600)), grace: Duration::from_secs(1) };

pub fn check(case: &Case, conversion: Conversion, upstream: Option<&Kernels>) -> Result<(), String> {
    let samples = Samples::read(&mut Arrays::open(&case.folder.join("x.npz"))?, &conversion.graph, "")?;
    let simulated = simulate(&conversion, &samples)?;
    let graph = &conversion.graph;
    if case.has_reference_outputs() {
        let mut expected = Arrays::open(&case.folder.join("y_hls.npz"))?;
        compare_outputs(graph, &samples, &simulated, |i| expected.get(&format!("y{i}")).map(flat))?;
        if case.is_traced() {
            let expected = Arrays::open(&case.folder.join("trace.npz"))?;
            compare_traces(graph, &samples, &simulated, expected)?;
        }
    }
    let defined = case.largest_defined_reuse_factors();
    if defined.is_empty() {
        return compare_kernels(conversion, &samples, &simulated, upstream);
    }
    // Where hls4ml's kernels have no outcome, ours have that of the same model with reuse factors where they have one.
    let conversion = case.convert_with(&defined)?;
    if simulate(&conversion, &samples)? != simulated {
        return Err(format!("with reuse factors {defined:?} it puts out something else"));
    }
    compare_kernels(conversion, &samples, &simulated, upstream)
}

pub fn check_sweep(
    model: &SweepModel,
    conversion: Conversion,
    upstream: Option<&Kernels>,
) -> Result<(), String> {
    let mut arrays = Arrays::open(&fixtures().join("sweep_data.npz"))?;
    let samples = Samples::read(&mut arrays, &conversion.graph, &format!("{}:x:", model.file))?;
    let simulated = simulate(&conversion, &samples)?;
    compare_outputs(&conversion.graph, &samples, &simulated, |_| {
        arrays.get(&format!("{}:y_hls", model.file)).map(flat)
    })?;
    compare_kernels(conversion, &samples, &simulated, upstream)
}

fn flat(array: ndarray::ArrayD<f64>) -> Vec<f64> {
    array.iter().copied().collect()
}

/// Inputs as the test bench reads them.
struct Samples {
    count: usize,
    bytes: Vec<u8>,
}

impl Samples {
    /// Interleaves the arrays of the graph's inputs, which are called `prefix` and the Keras layer's name.
    fn read(arrays: &mut Arrays, graph: &Graph, prefix: &str) -> Result<Self, String> {
        let inputs: Vec<(Vec<f64>, usize)> = graph
            .inputs
            .iter()
            .map(|&id| {
                let array = arrays.get(&format!("{prefix}{}", graph.node(id).config_name))?;
                Ok((flat(array), graph.output_of(id).len()))
            })
            .collect::<Result<_, String>>()?;
        let count = inputs.first().map_or(0, |(values, len)| values.len() / len);
        if let Some((values, len)) = inputs.iter().find(|(values, len)| values.len() != count * len) {
            return Err(format!(
                "an input has {} values, {count} samples of {len} are expected",
                values.len()
            ));
        }
        let interleaved = (0..count).flat_map(|sample| {
            inputs.iter().flat_map(move |(values, len)| &values[sample * len..(sample + 1) * len])
        });
        Ok(Self { count, bytes: raw::encode_samples(interleaved.map(|&value| value as f32)) })
    }
}

fn simulate(conversion: &Conversion, samples: &Samples) -> Result<Simulated, String> {
    let folder = TempDir::new().map_err(|error| error.to_string())?;
    crate::project(conversion)?.write_to(folder.path()).map_err(|error| error.to_string())?;
    let csim = Csim::find().map_err(|error| error.to_string())?;
    let (name, cancel) = (&conversion.options.project_name, CancelToken::new());
    let simulator = Simulator::build(&csim, folder.path(), name, Effort::FastCompile, LIMITS, &cancel);
    simulator
        .and_then(|built| built.run(&samples.bytes, LayerOutputs::Record))
        .map_err(|error| error.to_string())
}

fn compare_outputs(
    graph: &Graph,
    samples: &Samples,
    simulated: &Simulated,
    mut expected: impl FnMut(usize) -> Result<Vec<f64>, String>,
) -> Result<(), String> {
    let outputs =
        raw::decode_outputs(graph, samples.count, &simulated.outputs).map_err(|error| error.to_string())?;
    for (i, (raw, &id)) in outputs.iter().zip(&graph.outputs).enumerate() {
        let ty = graph.tensor(id).ty.precision.storage();
        let values: Vec<f64> = raw.iter().map(|&raw| ty.to_f64(raw)).collect();
        compare(&format!("output {}", graph.tensor(id).name), &expected(i)?, &values)?;
    }
    Ok(())
}

fn compare_traces(
    graph: &Graph,
    samples: &Samples,
    simulated: &Simulated,
    mut expected: Arrays,
) -> Result<(), String> {
    let traces = raw::decode_trace(graph, Trace::Marked, samples.count, &simulated.trace);
    let traces = traces.map_err(|error| error.to_string())?;
    let mut names = expected.names()?;
    for (layer, values) in &traces {
        compare(&format!("layer {layer}"), &flat(expected.get(layer)?), values)?;
        names.retain(|name| name != layer);
    }
    if names.is_empty() { Ok(()) } else { Err(format!("layers {names:?} are not traced")) }
}

/// hls4ml's numbers are float32, which ours must be in the end.
fn compare(what: &str, expected: &[f64], ours: &[f64]) -> Result<(), String> {
    if expected.len() != ours.len() {
        return Err(format!("{what} has {} values instead of {}", ours.len(), expected.len()));
    }
    let wrong: Vec<usize> = (0..ours.len()).filter(|&i| ours[i] as f32 != expected[i] as f32).collect();
    match wrong.first() {
        None => Ok(()),
        Some(&i) => Err(format!(
            "{what}: {} of {} values differ, first value {i}: {} instead of {}",
            wrong.len(),
            ours.len(),
            ours[i],
            expected[i]
        )),
    }
}

/// The same firmware over hls4ml's kernels: every bit of every output and layer.
fn compare_kernels(
    conversion: Conversion,
    samples: &Samples,
    ours: &Simulated,
    upstream: Option<&Kernels>,
) -> Result<(), String> {
    let Some(kernels) = upstream else { return Ok(()) };
    let options = hls_codegen::Options { kernels: kernels.clone(), ..conversion.options };
    let theirs = simulate(&Conversion { graph: conversion.graph, options }, samples)?;
    if theirs == *ours { Ok(()) } else { Err("hls4ml's own kernels put out something else".into()) }
}
