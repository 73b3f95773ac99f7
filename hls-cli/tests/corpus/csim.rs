//! The compiled firmware against hls4ml's C simulation, and the emulator against both.

use std::path::Path;

use hls_codegen::vitis::{Kernels, raw};
use hls_codegen::{Converted, Trace};
use hls_model::emulate::{Emulator, Record};
use hls_model::graph::op::{Cell, ResetGate};
use hls_model::graph::{Graph, Op};
use hls_runner::Simulated;
use hls_runner::toolchain::Effort;
use ndarray::{Array2, ArrayD};

use crate::arrays::Arrays;
use crate::case::{Case, SweepModel, fixtures};
use crate::firmware::Firmware;

/// Random samples on which the engines are compared in addition to those of the corpus.
const RANDOM_SAMPLES: usize = 64;

pub fn check(case: &Case, conversion: Converted, upstream: Option<&Kernels>) -> Result<(), String> {
    let samples = Samples::read(&mut Arrays::open(&case.folder.join("x.npz"))?, &conversion.graph, "")?;
    let firmware = Firmware::build(&conversion.graph, &conversion.options)?;
    let simulated = firmware.run(&samples.0)?;
    let graph = &conversion.graph;
    if case.has_reference_outputs() {
        let mut expected = Arrays::open(&case.folder.join("y_hls.npz"))?;
        compare_outputs(graph, &samples, &simulated, |i| expected.get(&format!("y{i}")).map(flat))?;
        if case.is_traced() {
            let expected = Arrays::open(&case.folder.join("trace.npz"))?;
            compare_traces(graph, &samples, &simulated, expected)?;
        }
    }
    compare_engines(graph, &firmware, &samples, &simulated)?;
    let upstream = upstream.filter(|_| graph.nodes().all(|node| hls4ml_has_kernels(&node.op)));
    let defined = case.largest_defined_reuse_factors();
    if defined.is_empty() {
        return compare_kernels(conversion, &samples, &simulated, upstream);
    }
    // Where hls4ml's kernels have no outcome, ours have that of the same model with reuse factors where they have one.
    let conversion = case.convert_with(&defined)?;
    if Firmware::build(&conversion.graph, &conversion.options)?.run(&samples.0)? != simulated {
        return Err(format!("with reuse factors {defined:?} it puts out something else"));
    }
    compare_kernels(conversion, &samples, &simulated, upstream)
}

/// hls4ml has no kernel of a SimpleRNN, and none of a GRU that resets the state before the product.
fn hls4ml_has_kernels(op: &Op) -> bool {
    !matches!(op, Op::Recurrent(op) if matches!(op.cell, Cell::Simple | Cell::Gru(ResetGate::Before)))
}

pub fn check_sweep(
    model: &SweepModel,
    conversion: Converted,
    upstream: Option<&Kernels>,
) -> Result<(), String> {
    let mut arrays = Arrays::open(&fixtures().join("sweep_data.npz"))?;
    let samples = Samples::read(&mut arrays, &conversion.graph, &format!("{}:x:", model.file))?;
    let firmware = Firmware::build(&conversion.graph, &conversion.options)?;
    let simulated = firmware.run(&samples.0)?;
    compare_outputs(&conversion.graph, &samples, &simulated, |_| {
        arrays.get(&format!("{}:y_hls", model.file)).map(flat)
    })?;
    compare_engines(&conversion.graph, &firmware, &samples, &simulated)?;
    compare_kernels(conversion, &samples, &simulated, upstream)
}

/// Emulator and firmware on samples for which Keras's outputs are known: equal in every bit, and near those.
pub fn check_with_keras(arrays: &Path, conversion: &Converted, tolerance: f64) -> Result<(), String> {
    let mut arrays = Arrays::open(arrays)?;
    let graph = &conversion.graph;
    let samples = Samples::of(graph, |position, _| arrays.get(&format!("x{position}")))?;
    let firmware = Firmware::build(&conversion.graph, &conversion.options)?;
    let simulated = firmware.run(&samples.0)?;
    compare_engines(graph, &firmware, &samples, &simulated)?;
    for (i, (name, ours)) in outputs(graph, &samples, &simulated)?.into_iter().enumerate() {
        let keras = flat(arrays.get(&format!("y{i}"))?);
        let furthest = ours.iter().zip(&keras).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        if ours.len() != keras.len() || furthest > tolerance {
            return Err(format!("output {name} is {furthest} from Keras's, {tolerance} is allowed"));
        }
    }
    Ok(())
}

fn flat(array: ndarray::ArrayD<f64>) -> Vec<f64> {
    array.iter().copied().collect()
}

/// Samples: for each input of the graph `[samples, elements]`.
struct Samples(Vec<Array2<f32>>);

impl Samples {
    /// The arrays of the graph's inputs, which are called `prefix` and the Keras layer's name.
    fn read(arrays: &mut Arrays, graph: &Graph, prefix: &str) -> Result<Self, String> {
        Self::of(graph, |_, name| arrays.get(&format!("{prefix}{name}")))
    }

    /// The arrays for the inputs, given the position and the Keras name of each.
    fn of(
        graph: &Graph,
        mut array: impl FnMut(usize, &str) -> Result<ArrayD<f64>, String>,
    ) -> Result<Self, String> {
        let inputs = graph.inputs.iter().enumerate().map(|(position, &id)| {
            let array = array(position, &graph.node(id).config_name)?;
            let values: Vec<f32> = array.iter().map(|&value| value as f32).collect();
            let len = graph.output_of(id).len();
            Array2::from_shape_vec((values.len() / len, len), values).map_err(|error| error.to_string())
        });
        let samples = Self(inputs.collect::<Result<_, String>>()?);
        match samples.0.iter().find(|array| array.nrows() != samples.count()) {
            None => Ok(samples),
            Some(array) => Err(format!("inputs have {} and {} samples", samples.count(), array.nrows())),
        }
    }

    /// Numbers of all magnitudes up to twice the largest of each input's type.
    fn random(graph: &Graph) -> Self {
        let mut random = fastrand::Rng::with_seed(7);
        let inputs = graph.inputs.iter().map(|&id| {
            let tensor = graph.output_of(id);
            let ty = tensor.ty.precision.storage();
            let largest = ty.to_f64(ty.max_raw());
            Array2::from_shape_fn((RANDOM_SAMPLES, tensor.len()), |_| {
                let magnitude = 2.0 * largest * 2_f64.powf(-f64::from(ty.width) * random.f64());
                (if random.bool() { magnitude } else { -magnitude }) as f32
            })
        });
        Self(inputs.collect())
    }

    fn count(&self) -> usize {
        self.0.first().map_or(0, Array2::nrows)
    }
}

/// The emulator on the same samples, and both on random ones: every bit of every output, and what the firmware records of its layers.
fn compare_engines(
    graph: &Graph,
    firmware: &Firmware,
    samples: &Samples,
    simulated: &Simulated,
) -> Result<(), String> {
    let emulator = Emulator::new(graph).map_err(|error| error.to_string())?;
    compare_with_emulator(graph, &emulator, samples, simulated)?;
    let random = Samples::random(graph);
    let simulated = firmware.run(&random.0)?;
    compare_with_emulator(graph, &emulator, &random, &simulated)
        .map_err(|error| format!("random samples: {error}"))
}

fn compare_with_emulator(
    graph: &Graph,
    emulator: &Emulator,
    samples: &Samples,
    simulated: &Simulated,
) -> Result<(), String> {
    let views: Vec<_> = samples.0.iter().map(|array| array.view()).collect();
    let evaluation = emulator.evaluate(&views, Record::Layers).map_err(|error| error.to_string())?;
    let traces = raw::decode_trace(graph, Trace::Marked, samples.count(), &simulated.trace);
    for (name, values) in traces.map_err(|error| error.to_string())? {
        let layer = evaluation.layers.iter().find(|layer| layer.port().identifier == name);
        let layer = layer.ok_or_else(|| format!("the emulator has no layer {name}"))?;
        if !layer.values().iter().eq(&values) {
            return Err(format!("the emulator computes something else for layer {name}"));
        }
    }
    let outputs = raw::decode_outputs(graph, samples.count(), &simulated.outputs);
    for (ours, firmware) in evaluation.outputs.iter().zip(outputs.map_err(|error| error.to_string())?) {
        if !ours.raws().eq(firmware) {
            return Err(format!("the emulator computes something else for output {}", ours.port().name));
        }
    }
    Ok(())
}

fn compare_outputs(
    graph: &Graph,
    samples: &Samples,
    simulated: &Simulated,
    mut expected: impl FnMut(usize) -> Result<Vec<f64>, String>,
) -> Result<(), String> {
    for (i, (name, values)) in outputs(graph, samples, simulated)?.into_iter().enumerate() {
        compare(&format!("output {name}"), &expected(i)?, &values)?;
    }
    Ok(())
}

/// The names of the outputs and what the firmware puts out.
fn outputs<'a>(
    graph: &'a Graph,
    samples: &Samples,
    simulated: &Simulated,
) -> Result<Vec<(&'a str, Vec<f64>)>, String> {
    let outputs =
        raw::decode_outputs(graph, samples.count(), &simulated.outputs).map_err(|error| error.to_string())?;
    let named = outputs.iter().zip(&graph.outputs).map(|(raws, &id)| {
        let (tensor, ty) = (graph.tensor(id), graph.tensor(id).ty.precision.storage());
        (tensor.name.as_str(), raws.iter().map(|&raw| ty.to_f64(raw)).collect())
    });
    Ok(named.collect())
}

fn compare_traces(
    graph: &Graph,
    samples: &Samples,
    simulated: &Simulated,
    mut expected: Arrays,
) -> Result<(), String> {
    let traces = raw::decode_trace(graph, Trace::Marked, samples.count(), &simulated.trace);
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
    conversion: Converted,
    samples: &Samples,
    ours: &Simulated,
    upstream: Option<&Kernels>,
) -> Result<(), String> {
    let Some(kernels) = upstream else { return Ok(()) };
    let mut options = conversion.options;
    options.vitis.kernels = kernels.clone();
    // Theirs take two to three times as long to compile as ours, and run once.
    let theirs = Firmware::build_with(&conversion.graph, &options, Effort::ShortestCompile)?;
    let theirs = theirs.run(&samples.0)?;
    if theirs == *ours { Ok(()) } else { Err("hls4ml's own kernels put out something else".into()) }
}
