//! The emulator against hls4ml's C simulation: outputs, and the layers' results where they were recorded.

use hls_model::emulate::{Emulator, Evaluation, RawTensor, Record};
use hls_model::graph::Graph;
use ndarray::{Array2, ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::NpzReader;
use serde_json::Value;
use std::fs::File;
use std::path::Path;

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

/// Evaluates samples whose arrays are called `prefix` and the input's name.
pub fn evaluate(graph: &Graph, arrays: &mut Arrays, prefix: &str) -> Result<Evaluation, String> {
    let emulator = Emulator::new(graph).map_err(|e| e.to_string())?;
    let inputs = emulator.inputs().iter().map(|port| {
        let array = arrays.get(&format!("{prefix}{}", port.name))?;
        let values: Vec<f32> = array.iter().map(|&value| value as f32).collect();
        Array2::from_shape_vec((values.len() / port.len(), port.len()), values).map_err(|e| e.to_string())
    });
    let inputs = inputs.collect::<Result<Vec<_>, String>>()?;
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
