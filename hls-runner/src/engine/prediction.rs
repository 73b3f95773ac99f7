//! What an engine computes, as npz files: outputs, and the results of all layers.

use std::path::Path;

use hls_codegen::Converted;
use hls_model::graph::{Graph, Node, Tensor};
use hls_model::samples::{NpzSpool, WriteError};

use crate::engine::computed::Computed;

/// Why results were not written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PredictionError {
    /// The disk refuses.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A layer's results are to be written and were not recorded.
    #[error("layer \"{0}\" was not recorded")]
    NotRecorded(String),
    /// float64 does not hold a number.
    #[error("the output \"{output}\" of type {ty} does not fit into float64; give it a narrower precision")]
    TooWide {
        /// The output.
        output: String,
        /// Its type.
        ty: String,
    },
}

/// Writes outputs, and the results of all layers if they are wanted, as float64. The files are there whole or not at all.
pub struct PredictionWriter<'a> {
    graph: &'a Graph,
    outputs: NpzSpool,
    trace: Option<TraceSpool>,
}

/// The layers' results on their way to a file.
struct TraceSpool {
    spool: NpzSpool,
    /// The layers' names in the firmware, in the order of the arrays.
    identifiers: Vec<String>,
}

impl<'a> PredictionWriter<'a> {
    /// Begins a file with an array for each output, named after its layer, and one with an array for each layer.
    ///
    /// # Errors
    /// A folder cannot be written to.
    pub fn new(
        converted: &'a Converted,
        outputs: &Path,
        trace: Option<&Path>,
    ) -> Result<Self, PredictionError> {
        let graph = &converted.graph;
        let tensors = graph.outputs.iter().map(|&id| graph.tensor(id).shape.as_slice());
        let arrays = graph.output_names.iter().map(String::as_str).zip(tensors);
        Ok(Self {
            graph,
            outputs: NpzSpool::new(outputs, arrays)?,
            trace: trace.map(|path| TraceSpool::new(converted, path)).transpose()?,
        })
    }

    /// Appends what was computed for the next samples.
    ///
    /// # Errors
    /// The disk is full, a number does not fit, or layers are wanted that were not recorded.
    pub fn append(&mut self, computed: &Computed) -> Result<(), PredictionError> {
        for (i, (raws, &id)) in computed.outputs.iter().zip(&self.graph.outputs).enumerate() {
            let tensor = self.graph.tensor(id);
            let values = raws.iter().map(|&raw| exact(tensor, raw)).collect::<Result<Vec<_>, _>>()?;
            self.outputs.append(i, values)?;
        }
        self.trace.as_mut().map_or(Ok(()), |trace| trace.append(computed))
    }

    /// Puts the files in their places.
    ///
    /// # Errors
    /// The disk is full.
    pub fn finish(self) -> Result<(), PredictionError> {
        self.outputs.finish()?;
        Ok(self.trace.map_or(Ok(()), |trace| trace.spool.finish())?)
    }
}

impl TraceSpool {
    fn new(converted: &Converted, path: &Path) -> Result<Self, WriteError> {
        let (graph, backend) = (&converted.graph, converted.backend());
        let recorded: Vec<&Node> = graph.nodes().filter(|node| backend.records(&node.op)).collect();
        let arrays = recorded.iter().filter_map(|node| {
            Some((node.config_name.as_str(), graph.tensor(*node.outputs.first()?).shape.as_slice()))
        });
        let spool = NpzSpool::new(path, arrays)?;
        Ok(Self { spool, identifiers: recorded.iter().map(|node| node.name.clone()).collect() })
    }

    fn append(&mut self, computed: &Computed) -> Result<(), PredictionError> {
        for (i, identifier) in self.identifiers.iter().enumerate() {
            let layer = computed.layers.iter().find(|layer| layer.identifier == *identifier);
            let layer = layer.ok_or_else(|| PredictionError::NotRecorded(identifier.clone()))?;
            self.spool.append(i, layer.values.iter().copied())?;
        }
        Ok(())
    }
}

/// A raw number as float64, if that holds it.
fn exact(tensor: &Tensor, raw: i128) -> Result<f64, PredictionError> {
    if (raw as f64) as i128 == raw {
        return Ok(tensor.ty.precision.storage().to_f64(raw));
    }
    Err(PredictionError::TooWide { output: tensor.name.clone(), ty: tensor.ty.precision.cpp() })
}
