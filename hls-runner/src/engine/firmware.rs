//! The compiled firmware as an engine.

use hls_codegen::vitis::raw::{self, RawError};
use hls_codegen::{Converted, Trace};
use hls_model::emulate::Record;
use hls_model::graph::Graph;
use hls_model::samples::Batch;
use tempfile::TempDir;

use crate::engine::computed::{Computed, Engine, EngineError, LayerValues};
use crate::process::cancel::CancelToken;
use crate::process::spec::Limits;
use crate::toolchain::csim::simulator::{LayerOutputs, Simulator};
use crate::toolchain::csim::{Csim, Effort};
use crate::toolchain::project::Simulated;

/// With more samples than this, a longer compilation pays off.
const MANY_SAMPLES: usize = 20_000;

/// The firmware, compiled with g++ or clang++.
pub struct CompiledFirmware {
    graph: Graph,
    simulator: Simulator,
    /// Holds the project while it is needed.
    _folder: TempDir,
}

impl CompiledFirmware {
    /// Writes the project into a scratch folder and compiles it. The number of samples decides how long the compiler may optimize.
    ///
    /// # Errors
    /// There is no compiler, no space, or the project does not compile.
    pub fn new(converted: &Converted, samples: usize, cancel: &CancelToken) -> Result<Self, EngineError> {
        let csim = Csim::find()?;
        let folder = tempfile::Builder::new().prefix("hls-").tempdir().map_err(EngineError::Scratch)?;
        converted.traced_project()?.write_to(folder.path())?;
        let effort = if samples > MANY_SAMPLES { Effort::FastRun } else { Effort::FastCompile };
        let (name, limits) = (converted.layout().top_function, Limits::default());
        let simulator = Simulator::build(&csim, folder.path(), &name, effort, limits, cancel)?;
        Ok(Self { graph: converted.graph.clone(), simulator, _folder: folder })
    }
}

impl Engine for CompiledFirmware {
    fn run(&self, batch: &Batch, record: Record) -> Result<Computed, EngineError> {
        let wanted = match record {
            Record::Outputs => LayerOutputs::Discard,
            Record::Layers => LayerOutputs::Record,
        };
        let simulated = self.simulator.run(&raw::encode_samples(batch.numbers()), wanted)?;
        Ok(decode(&self.graph, batch.len(), &simulated, record)?)
    }
}

/// What a test bench wrote for a number of samples.
///
/// # Errors
/// It is not the results of so many samples.
pub fn decode(
    graph: &Graph,
    samples: usize,
    simulated: &Simulated,
    record: Record,
) -> Result<Computed, RawError> {
    let outputs = raw::decode_outputs(graph, samples, &simulated.outputs)?;
    let layers = match record {
        Record::Outputs => Vec::new(),
        Record::Layers => raw::decode_trace(graph, Trace::All, samples, &simulated.trace)?,
    };
    let layers = layers.into_iter().map(|(identifier, values)| LayerValues { identifier, values });
    Ok(Computed { outputs, layers: layers.collect() })
}
