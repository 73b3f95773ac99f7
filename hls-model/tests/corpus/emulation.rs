//! The emulator against hls4ml's C simulation: outputs, and the layers' results where they were recorded.

use std::fs::File;
use std::path::Path;

use hls_model::arith::ValueRanges;
use hls_model::emulate::{Emulator, Evaluation, RawTensor, Record};
use hls_model::float_model::{self, FloatResults, QuantizedModel, has_quantizers};
use hls_model::graph::{Graph, LoweredModel};
use hls_model::profile::Profiler;
use ndarray::{Array2, ArrayD, ArrayView2, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;
use serde_json::Value;

use crate::interpreter::Interpreter;

/// An npz file whose arrays are read as doubles, which every float32 is exactly.
pub struct Arrays(NpzReader<File>);

impl Arrays {
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
        NpzReader::new(file).map(Self).map_err(|e| format!("{}: {e}", path.display()))
    }

    fn names(&mut self) -> Result<Vec<String>, String> {
        let names = self.0.names().map_err(|e| e.to_string())?;
        Ok(names.into_iter().map(|name| name.trim_end_matches(".npy").to_owned()).collect())
    }

    pub fn get(&mut self, name: &str) -> Result<ArrayD<f64>, String> {
        let name = format!("{name}.npy");
        let single = self.0.by_name::<OwnedRepr<f32>, IxDyn>(&name).map(|array| array.mapv(f64::from));
        single.or_else(|_| self.0.by_name(&name)).map_err(|e| format!("array {name}: {e}"))
    }
}

/// Samples whose arrays are called `prefix` and the input's name.
fn samples(emulator: &Emulator, arrays: &mut Arrays, prefix: &str) -> Result<Vec<Array2<f32>>, String> {
    let inputs = emulator.inputs().iter().map(|port| {
        let array = arrays.get(&format!("{prefix}{}", port.name))?;
        let values: Vec<f32> = array.iter().map(|&value| value as f32).collect();
        Array2::from_shape_vec((values.len() / port.len(), port.len()), values).map_err(|e| e.to_string())
    });
    inputs.collect()
}

/// Evaluates samples whose arrays are called `prefix` and the input's name.
pub fn evaluate(graph: &Graph, arrays: &mut Arrays, prefix: &str) -> Result<Evaluation, String> {
    let emulator = Emulator::new(graph).map_err(|e| e.to_string())?;
    let inputs = samples(&emulator, arrays, prefix)?;
    let views: Vec<_> = inputs.iter().map(|array| array.view()).collect();
    emulator.evaluate(&views, Record::Layers).map_err(|e| e.to_string())
}

/// Compares a case's outputs and layers; where hls4ml has no reference, only evaluates.
pub fn check(case: &Path, facts: &Value, options: &Value, graph: &Graph) -> Result<(), String> {
    let evaluation = evaluate(graph, &mut Arrays::open(&case.join("x.npz"))?, "")?;
    if facts["undefined_behaviour"].as_array().is_some_and(|told| !told.is_empty()) {
        return Ok(());
    }
    let mut expected = Arrays::open(&case.join("y_hls.npz"))?;
    for (i, output) in evaluation.outputs.iter().enumerate() {
        compare(output, &expected.get(&format!("y{i}"))?)?;
    }
    if options["traced"] == true { check_layers(case, &evaluation) } else { Ok(()) }
}

fn check_layers(case: &Path, evaluation: &Evaluation) -> Result<(), String> {
    let mut expected = Arrays::open(&case.join("trace.npz"))?;
    for name in expected.names()? {
        let layer = evaluation.layers.iter().find(|layer| layer.port().identifier == name);
        compare(layer.ok_or_else(|| format!("no layer {name} was recorded"))?, &expected.get(&name)?)?;
    }
    Ok(())
}

pub fn compare(found: &RawTensor, expected: &ArrayD<f64>) -> Result<(), String> {
    let values = found.values();
    if values.len() != expected.len() {
        return Err(format!("{} has {} values, not {}", found.port().name, values.len(), expected.len()));
    }
    // hls4ml hands its results over as float32.
    match values.iter().zip(expected).position(|(&a, &b)| a as f32 != b as f32) {
        None => Ok(()),
        Some(at) => Err(format!(
            "{} ({}): value {at} is {}, not {}",
            found.port().name,
            found.port().class,
            values.iter().nth(at).unwrap_or(&f64::NAN),
            expected.iter().nth(at).unwrap_or(&f64::NAN)
        )),
    }
}

/// The profile's extremes are those of the layers' results, though its sums are computed in other words.
pub fn check_profile(case: &Path, graph: &Graph) -> Result<(), String> {
    let emulator = Emulator::new(graph).map_err(|e| e.to_string())?;
    let inputs = samples(&emulator, &mut Arrays::open(&case.join("x.npz"))?, "")?;
    let views: Vec<_> = inputs.iter().map(|array| array.view()).collect();
    let mut profiler = Profiler::new(graph).map_err(|e| e.to_string())?;
    // Two portions, the second not of full blocks.
    for portion in [0..30, 30..views[0].nrows()] {
        let portion: Vec<_> = views.iter().map(|view| view.slice(ndarray::s![portion.clone(), ..])).collect();
        profiler.add(&portion).map_err(|e| e.to_string())?;
    }
    let profile = profiler.finish();
    let evaluation = emulator.evaluate(&views, Record::Layers).map_err(|e| e.to_string())?;
    for (layer, numbers) in profile.layers.iter().zip(&evaluation.layers) {
        let values = numbers.values();
        let extreme = |pick: fn(f64, f64) -> f64| values.iter().copied().reduce(pick).unwrap_or(0.0);
        let expected = (extreme(f64::min), extreme(f64::max), values.len() as u64);
        let found = (layer.result.min, layer.result.max, layer.result.count);
        if found != expected {
            return Err(format!("{}: {found:?} instead of {expected:?}", layer.result.name));
        }
        let wide = layer.result.clipped == 0 || layer.result.clip_range.is_some();
        if !wide {
            return Err(format!("{}: what did not fit has no range", layer.result.name));
        }
    }
    Ok(())
}

/// Whether the emulator computes HGQ2's own numbers, bit for bit.
pub fn check_hgq2(case: &Path, graph: &Graph) -> Result<(), String> {
    let evaluation = evaluate(graph, &mut Arrays::open(&case.join("x.npz"))?, "")?;
    let mut expected = Arrays::open(&case.join("y_keras.npz"))?;
    let mut outputs = evaluation.outputs.iter().enumerate();
    outputs.try_for_each(|(i, output)| compare(output, &expected.get(&format!("y{i}"))?))
}

/// The float model computes what Keras computes, up to Keras's float32; `None` for a model with quantizers or with something that hls4ml
/// ignores.
pub fn check_float(case: &Path, model: &LoweredModel) -> Option<Result<(), String>> {
    if has_quantizers(model) || !model.warnings.is_empty() {
        return None;
    }
    let compare = || {
        let results =
            float_model::evaluate(model, &views(&inputs(case, model)?)).map_err(|e| e.to_string())?;
        compare_with_keras(case, model, &results, 0.0)
    };
    Some(compare())
}

/// Numbers that may differ because a sum in float32 and one in float64 are on either side of the middle between two steps of a quantizer.
const ROUNDED_APART: f64 = 0.05;

/// The model with its quantizers computes what QKeras computes; `None` for a model without, or with something that hls4ml ignores.
pub fn check_quantized(case: &Path, model: &LoweredModel) -> Option<Result<(), String>> {
    if !has_quantizers(model) || !model.warnings.is_empty() {
        return None;
    }
    // States and gates of recurrent layers are refused, and say so.
    let quantized = QuantizedModel::new(model.clone()).ok()?;
    let compare = || {
        let results = quantized.evaluate(&views(&inputs(case, model)?)).map_err(|e| e.to_string())?;
        compare_with_keras(case, model, &results, ROUNDED_APART)
    };
    Some(compare())
}

fn views(inputs: &[Array2<f32>]) -> Vec<ArrayView2<'_, f32>> {
    inputs.iter().map(|array| array.view()).collect()
}

fn inputs(case: &Path, model: &LoweredModel) -> Result<Vec<Array2<f32>>, String> {
    let mut arrays = Arrays::open(&case.join("x.npz"))?;
    let inputs = model.inputs.iter().map(|name| {
        let layer = model.layers.iter().find(|layer| layer.name == *name).ok_or("no such input")?;
        let array = arrays.get(&layer.config_name)?.mapv(|value| value as f32);
        let samples = array.shape()[0];
        array.to_shape((samples, array.len() / samples)).map(|a| a.into_owned()).map_err(|e| e.to_string())
    });
    inputs.collect()
}

/// Fails if more than a share of the numbers are not Keras's.
fn compare_with_keras(
    case: &Path,
    model: &LoweredModel,
    results: &FloatResults,
    share: f64,
) -> Result<(), String> {
    let mut keras = Arrays::open(&case.join("y_keras.npz"))?;
    for (i, output) in model.outputs.iter().enumerate() {
        let expected = keras.get(&format!("y{i}"))?;
        let found = results.get(output).ok_or_else(|| format!("no result {output}"))?;
        let scale = expected.iter().fold(1.0_f64, |scale, value| scale.max(value.abs()));
        let distances = || found.iter().zip(&expected).map(|(a, b)| (a - b).abs());
        let apart = distances().filter(|distance| distance.is_nan() || *distance > 1e-5 * scale).count();
        if found.len() != expected.len() || apart as f64 > share * expected.len() as f64 {
            let worst = distances().fold(0.0, f64::max);
            return Err(format!(
                "{output}: {apart} of {} numbers are up to {worst} away from Keras's, which go up to {scale}",
                found.len()
            ));
        }
    }
    Ok(())
}

/// No number of samples drawn from all that the inputs' types hold, their ends most of all, is outside the range that is given for it.
pub fn check_ranges(graph: &Graph) -> Result<(), String> {
    const SAMPLES: usize = 64;
    let emulator = Emulator::new(graph).map_err(|e| e.to_string())?;
    let ranges = ValueRanges::of(graph).map_err(|e| e.to_string())?;
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let inputs = emulator.inputs().iter().map(|port| {
        let ty = port.precision.storage();
        let (low, high) = (ty.to_f64(ty.min_raw()), ty.to_f64(ty.max_raw()));
        Array2::from_shape_fn((SAMPLES, port.len()), |_| match random() {
            end if end % 4 == 0 => low as f32,
            end if end % 4 == 1 => high as f32,
            between => (low + (between >> 2) as f64 / (u64::MAX >> 2) as f64 * (high - low)) as f32,
        })
    });
    let inputs: Vec<_> = inputs.collect();
    let views: Vec<_> = inputs.iter().map(|array| array.view()).collect();
    let evaluation = emulator.evaluate(&views, Record::Layers).map_err(|e| e.to_string())?;
    for layer in &evaluation.layers {
        let node = graph.nodes().find(|node| node.name == layer.port().identifier).ok_or("no such layer")?;
        let ranges = ranges.get(graph, node.outputs[0]).ok_or("no ranges")?;
        for (at, (raw, &(low, high))) in layer.raws().zip(ranges.iter().cycle()).enumerate() {
            if raw < low || high < raw {
                return Err(format!("{}, number {at}: {raw} is outside {low} to {high}", node.name));
            }
        }
    }
    Ok(())
}

/// What the arithmetic says, number by number, is what the emulator computes.
pub fn check_arithmetic(case: &Path, graph: &Graph) -> Result<(), String> {
    const SAMPLES: usize = 3;
    let emulator = Emulator::new(graph).map_err(|e| e.to_string())?;
    let inputs = samples(&emulator, &mut Arrays::open(&case.join("x.npz"))?, "")?;
    let views: Vec<_> = inputs.iter().map(|array| array.slice(ndarray::s![..SAMPLES, ..])).collect();
    let evaluation = emulator.evaluate(&views, Record::Layers).map_err(|e| e.to_string())?;
    let interpreter = Interpreter::new(graph)?;
    for sample in 0..SAMPLES {
        let values: Vec<Vec<f32>> = views.iter().map(|view| view.row(sample).to_vec()).collect();
        let numbers = interpreter.run(&values);
        for layer in &evaluation.layers {
            let node =
                graph.nodes().find(|node| node.name == layer.port().identifier).ok_or("no such layer")?;
            let found = &numbers[&node.outputs[0]];
            let expected = (0..found.len()).map(|element| layer.get(sample, element));
            if let Some(at) = found.iter().zip(expected).position(|(&raw, expected)| Some(raw) != expected) {
                let (ours, emulated) = (found[at], layer.get(sample, at));
                return Err(format!("{}, element {at}: {ours} instead of {emulated:?}", node.name));
            }
        }
    }
    Ok(())
}
