//! The emulator as an engine.

use hls_model::emulate::{EmulateError, Emulator, NonFinite, RawTensor, Record};
use hls_model::graph::Graph;
use hls_model::samples::Batch;

use crate::engine::computed::{Computed, Engine, EngineError, LayerValues};

/// The emulator in this program.
pub struct Emulation(Emulator);

impl Emulation {
    /// Prepares a graph. Infinities and NaN are cast as the hardware would; whether they are allowed is decided before.
    ///
    /// # Errors
    /// A layer is not one that the emulator knows, or a type is too wide for it.
    pub fn new(graph: &Graph) -> Result<Self, EmulateError> {
        Ok(Self(Emulator::new(graph)?.with_non_finite(NonFinite::Cast)))
    }
}

impl Engine for Emulation {
    fn run(&self, batch: &Batch, record: Record) -> Result<Computed, EngineError> {
        let views: Vec<_> = batch.inputs.iter().map(|array| array.view()).collect();
        let evaluation = self.0.evaluate(&views, record)?;
        let values = |tensor: &RawTensor| LayerValues {
            identifier: tensor.port().identifier.clone(),
            values: tensor.values().into_iter().collect(),
        };
        Ok(Computed {
            outputs: evaluation.outputs.iter().map(|tensor| tensor.raws().collect()).collect(),
            layers: evaluation.layers.iter().map(values).collect(),
        })
    }
}
