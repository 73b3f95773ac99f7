//! What the emulator computes, for comparison with C simulations.

use std::fmt;
use std::path::Path;

use hls_codegen::vitis::raw;
use hls_codegen::{CodegenError, Converted, Project, ReferenceValues};
use hls_model::emulate::Record;
use hls_model::graph::{Graph, Tensor};
use hls_model::samples::{Batch, Samples};

use crate::engine::{Computed, Emulation, Engine, EngineError, compare, decode};
use crate::toolchain::project::{ConvertError, Mismatch, PortValues, Reference, Simulated, Vectors};

/// What the emulator computes on samples made for finding differences.
pub(super) struct EmulatedReference {
    converted: Converted,
    batch: Batch,
    emulated: Computed,
}

impl EmulatedReference {
    /// Computes it; the name decides the samples.
    ///
    /// # Errors
    /// The model cannot be emulated.
    pub fn new(name: &str, converted: Converted) -> Result<Self, EngineError> {
        let batch = Batch { first: 0, inputs: Samples::corners(name, &converted.graph) };
        let emulated = Emulation::new(&converted.graph)?.run(&batch, Record::Layers)?;
        Ok(Self { converted, batch, emulated })
    }

    /// Writes the samples and their outputs into the project's folder, where the project simulates itself with them: those of this reference, and
    /// after them those that a person gave.
    ///
    /// # Errors
    /// A file cannot be written, or the outputs that the person gave are not what the emulator computes.
    pub fn write_files(&self, given: Option<&Samples>, folder: &Path) -> Result<(), GivenError> {
        let (backend, graph) = (self.converted.backend(), &self.converted.graph);
        let mut values = self.values();
        if is_empty(&backend.reference_files(graph, &values)) {
            return Ok(());
        }
        if let Some(given) = given {
            let batch = Batch { first: 0, inputs: given.inputs.clone() };
            let emulated = Emulation::new(graph).map_err(EngineError::from)?.run(&batch, Record::Outputs)?;
            require_known(graph, given, &emulated)?;
            append(&mut values.inputs, raw_inputs(graph, &batch));
            append(&mut values.outputs, emulated.outputs);
        }
        Ok(backend.reference_files(graph, &values).write_to(folder)?)
    }

    fn values(&self) -> ReferenceValues {
        ReferenceValues {
            inputs: raw_inputs(&self.converted.graph, &self.batch),
            outputs: self.emulated.outputs.clone(),
        }
    }
}

/// Why samples that a person gave are no reference.
#[derive(Debug, thiserror::Error)]
pub(super) enum GivenError {
    /// They cannot be computed.
    #[error(transparent)]
    Emulate(#[from] EngineError),
    /// A file cannot be written.
    #[error(transparent)]
    Write(#[from] CodegenError),
    /// The outputs that came with them are others.
    #[error(
        "the known outputs of the samples are not what the model computes: sample {sample}, output \"{output}\", element {element} \
         (counted from 0) is {given}, but the emulator computes {emulated}"
    )]
    Outputs { sample: usize, output: String, element: usize, given: f64, emulated: f64 },
}

fn is_empty(files: &Project) -> bool {
    files.files().next().is_none()
}

/// The raw numbers that enter each input of the graph.
fn raw_inputs(graph: &Graph, batch: &Batch) -> Vec<Vec<i128>> {
    let inputs = graph.inputs.iter().zip(&batch.inputs).map(|(&id, array)| {
        let ty = graph.output_of(id).ty.precision;
        array.iter().map(|&value| ty.cast_f64(value.into())).collect()
    });
    inputs.collect()
}

/// Adds further samples to each port.
fn append(ports: &mut [Vec<i128>], more: Vec<Vec<i128>>) {
    ports.iter_mut().zip(more).for_each(|(numbers, more)| numbers.extend(more));
}

/// Insists that outputs that came with samples, if any did, are those of the emulator.
fn require_known(graph: &Graph, given: &Samples, emulated: &Computed) -> Result<(), GivenError> {
    let outputs = graph.outputs.iter().zip(&graph.output_names).zip(&emulated.outputs);
    for (((&id, name), raws), known) in outputs.zip(given.expected.iter().flatten()) {
        let ty = graph.tensor(id).ty.precision.storage();
        for (((sample, element), &given), &raw) in known.indexed_iter().zip(raws) {
            let emulated = ty.to_f64(raw);
            if given != emulated {
                return Err(GivenError::Outputs { sample, output: name.clone(), element, given, emulated });
            }
        }
    }
    Ok(())
}

fn port_values(tensor: &Tensor, layer: &str, raws: Vec<i128>) -> PortValues {
    let precision = tensor.ty.precision;
    PortValues {
        name: tensor.variable.clone(),
        layer: layer.to_owned(),
        elements: tensor.len(),
        bits: precision.width(),
        signed: precision.is_signed(),
        fraction: precision.frac(),
        raws,
    }
}

impl fmt::Debug for EmulatedReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmulatedReference({} samples)", self.batch.len())
    }
}

impl Reference for EmulatedReference {
    fn count(&self) -> usize {
        self.batch.len()
    }

    fn samples(&self) -> Vec<u8> {
        raw::encode_samples(self.batch.numbers())
    }

    fn vectors(&self) -> Vectors {
        let (graph, values) = (&self.converted.graph, self.values());
        let inputs = graph
            .inputs
            .iter()
            .zip(values.inputs)
            .map(|(&id, raws)| port_values(graph.output_of(id), &graph.node(id).config_name, raws));
        let outputs = graph.outputs.iter().zip(&graph.output_names).zip(values.outputs);
        let outputs = outputs.map(|((&id, name), raws)| port_values(graph.tensor(id), name, raws));
        Vectors { inputs: inputs.collect(), outputs: outputs.collect() }
    }

    fn check(&self, simulated: &Simulated) -> Result<(), Mismatch> {
        let record = if simulated.trace.is_empty() { Record::Outputs } else { Record::Layers };
        let graph = &self.converted.graph;
        let computed = decode(graph, self.batch.len(), simulated, record)
            .map_err(|error| Mismatch(error.to_string()))?;
        compare(graph, &self.batch, &self.emulated, &computed).map_err(|error| Mismatch(error.to_string()))
    }

    fn write_traced(&self, folder: &Path) -> Result<(), ConvertError> {
        Ok(self.converted.traced_project()?.write_to(folder)?)
    }
}
