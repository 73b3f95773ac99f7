//! A compiled project, to see what it computes.

use std::time::Duration;

use hls_codegen::Options;
use hls_codegen::vitis::{self, raw};
use hls_model::graph::Graph;
use hls_runner::process::Limits;
use hls_runner::toolchain::{Csim, Effort};
use hls_runner::{CancelToken, LayerOutputs, Simulated, Simulator};
use ndarray::Array2;
use tempfile::TempDir;

/// Far more than the largest model needs on a busy machine.
const LIMITS: Limits =
    Limits { timeout: Some(Duration::from_secs(900)), grace: Duration::from_secs(1), ..Limits::NONE };

/// A compiled project in a folder of its own.
pub struct Firmware {
    simulator: Simulator,
    _folder: TempDir,
}

impl Firmware {
    pub fn build(graph: &Graph, options: &Options) -> Result<Self, String> {
        let folder = TempDir::new().map_err(|e| e.to_string())?;
        let project = vitis::emit(graph, options).map_err(|e| e.to_string())?;
        project.write_to(folder.path()).map_err(|e| e.to_string())?;
        let csim = Csim::find().map_err(|e| e.to_string())?;
        let (name, cancel) = (&options.project_name, CancelToken::new());
        let simulator = Simulator::build(&csim, folder.path(), name, Effort::FastCompile, LIMITS, &cancel);
        Ok(Self { simulator: simulator.map_err(|e| e.to_string())?, _folder: folder })
    }

    /// What it makes of samples: for each input of the graph `[samples, elements]`. Layers are recorded as the options say.
    pub fn run(&self, samples: &[Array2<f32>]) -> Result<Simulated, String> {
        let count = samples.first().map_or(0, Array2::nrows);
        let rows = (0..count).flat_map(|i| samples.iter().flat_map(move |array| array.row(i).to_vec()));
        let ran = self.simulator.run(&raw::encode_samples(rows), LayerOutputs::Record);
        ran.map_err(|e| e.to_string())
    }
}
