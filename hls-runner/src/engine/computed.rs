//! What an engine is, and what it computes.

use std::io;

use hls_codegen::CodegenError;
use hls_codegen::vitis::raw::RawError;
use hls_model::emulate::{EmulateError, Record};
use hls_model::samples::Batch;

use crate::toolchain::csim::simulator::SimulateError;
use crate::toolchain::search::ToolNotFound;

/// Something that computes a model's outputs.
pub trait Engine {
    /// Computes the outputs of samples, and the results of the layers if they are to be recorded.
    ///
    /// # Errors
    /// The samples are not the model's, or a tool fails.
    fn run(&self, batch: &Batch, record: Record) -> Result<Computed, EngineError>;
}

/// What an engine computed for some samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Computed {
    /// For each output of the model its raw numbers, sample after sample.
    pub outputs: Vec<Vec<i128>>,
    /// The results of the layers, if they were recorded.
    pub layers: Vec<LayerValues>,
}

/// The result of a layer, sample after sample.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerValues {
    /// The layer's name in the firmware.
    pub identifier: String,
    /// Its numbers.
    pub values: Vec<f64>,
}

/// Why an engine computed nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The emulator does not know a layer, or the samples are not the model's.
    #[error(transparent)]
    Emulate(#[from] EmulateError),
    /// There is no C++ compiler.
    #[error(transparent)]
    NoCompiler(#[from] ToolNotFound),
    /// There is no place for the project.
    #[error("cannot create a scratch folder: {0}")]
    Scratch(io::Error),
    /// The project cannot be written.
    #[error(transparent)]
    Project(#[from] CodegenError),
    /// The project does not compile, or its test bench fails.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// The test bench wrote something else than results.
    #[error(transparent)]
    Results(#[from] RawError),
}
