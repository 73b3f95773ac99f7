//! What the emulator computes, for comparison with C simulations.

use std::fmt;
use std::path::Path;

use hls_codegen::vitis::raw;
use hls_codegen::{CodegenError, Converted, ReferenceValues};
use hls_model::emulate::Record;
use hls_model::graph::Tensor;
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

    /// Writes the samples and their outputs into the project's folder, where the project simulates itself with them.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn write_files(&self, folder: &Path) -> Result<(), CodegenError> {
        let files = self.converted.backend().reference_files(&self.converted.graph, &self.values());
        if files.files().next().is_none() { Ok(()) } else { files.write_to(folder) }
    }

    fn values(&self) -> ReferenceValues {
        let graph = &self.converted.graph;
        let inputs = graph.inputs.iter().zip(&self.batch.inputs).map(|(&id, array)| {
            let ty = graph.output_of(id).ty.precision;
            array.iter().map(|&value| ty.cast_f64(value.into())).collect()
        });
        ReferenceValues { inputs: inputs.collect(), outputs: self.emulated.outputs.clone() }
    }
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
