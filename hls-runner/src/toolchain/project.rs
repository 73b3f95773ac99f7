//! What a toolchain is given: a project, what is known of it, and who knows more.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use hls_codegen::{Avoided, VivadoOptions};

use crate::plan::grid::Point;

/// What a converter reports when a model cannot become a project; its whole cause chain is shown.
pub type ConvertError = Box<dyn std::error::Error + Send + Sync>;

/// Turns one model file into an hls4ml-style project. Called from several worker threads at once.
pub trait Converter: Send + Sync {
    /// Everything apart from the model file itself that shapes its project, as text: two models with the same bytes and settings share one run, and
    /// one that an earlier sweep finished is not run again while this text stays the same.
    fn settings(&self, _model: &Path) -> String {
        String::new()
    }

    /// Writes the project for `model` into `project_dir`, which exists and holds nothing that counts.
    ///
    /// # Errors
    /// Anything that keeps this model from becoming a complete project. It fails this job only.
    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError>;

    /// The converter for jobs with these settings, a point of the sweep's grid; `None` if it knows no such point. It is not asked for jobs
    /// without settings.
    fn at(&self, _settings: &Point) -> Option<&dyn Converter> {
        None
    }
}

/// The converter for a job with these settings: without any, the converter itself.
pub(crate) fn at<'a>(converter: &'a dyn Converter, settings: &Point) -> Option<&'a dyn Converter> {
    if settings.is_empty() { Some(converter) } else { converter.at(settings) }
}

/// What the runner needs to know about a project that a [`Converter`] wrote.
#[derive(Debug, Clone, Default)]
pub struct ConvertedProject {
    /// hls4ml's project name, which is also the name of the top function: `firmware/NAME.cpp`, `NAME_prj/`.
    pub name: String,
    /// Sentences for the person who has to know what the project does not do as the model says.
    pub warnings: Vec<String>,
    /// What the C simulation's results are to be compared with.
    pub expectation: Expectation,
    /// What the C simulation must compute on further samples, if anybody knows.
    pub reference: Option<Arc<dyn Reference>>,
    /// HGQ2's cost figure of the model, if the file has one.
    pub ebops: Option<u64>,
    /// Blocks of the device that the hardware must do without: the tools' reports are checked for them.
    pub avoided: Avoided,
    /// What the project's script for Vivado does: which reports there must be.
    pub vivado: VivadoOptions,
}

/// Knows, without compiling anything, what a project's C simulation must compute.
pub trait Reference: fmt::Debug + Send + Sync {
    /// Number of samples that it knows.
    fn count(&self) -> usize;

    /// Those samples, in the bytes that the test bench's mode `--raw` reads.
    fn samples(&self) -> Vec<u8>;

    /// The same samples and what must be computed of them, as the raw numbers of the model's inputs and outputs: for a simulation of the hardware.
    fn vectors(&self) -> Vectors;

    /// Compares what the test bench wrote for those samples: outputs, and layers where the project records them.
    ///
    /// # Errors
    /// They differ; the message names the first place.
    fn check(&self, simulated: &Simulated) -> Result<(), Mismatch>;

    /// Writes the same project into an empty folder so that it records every layer: to find where a difference begins.
    ///
    /// # Errors
    /// The project cannot be written.
    fn write_traced(&self, folder: &Path) -> Result<(), ConvertError>;
}

/// Samples and their outputs as raw numbers: what a port of the hardware carries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vectors {
    /// For each input of the model, in the order of the top function's arguments.
    pub inputs: Vec<PortValues>,
    /// For each output of the model, likewise.
    pub outputs: Vec<PortValues>,
}

/// What an input or output of the model carries in all samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortValues {
    /// Its name in the firmware: the argument of the top function.
    pub name: String,
    /// Its name in the model.
    pub layer: String,
    /// Numbers in a sample.
    pub elements: usize,
    /// Bits of a number.
    pub bits: u32,
    /// Whether a number has a sign, in two's complement.
    pub signed: bool,
    /// Bits of a number after the binary point: its value is `raw · 2^-fraction`.
    pub fraction: i32,
    /// The raw numbers, one sample after another.
    pub raws: Vec<i128>,
}

/// Where a C simulation first differs from its [`Reference`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Mismatch(pub String);

/// What `tb_data/tb_output_predictions.dat` means for the C simulation's results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Expectation {
    /// Nothing was promised: the file is absent, or holds outputs of another arithmetic (Keras floats).
    #[default]
    None,
    /// Every number must be equal after parsing.
    Exact,
}

/// What a simulation wrote, as bytes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Simulated {
    /// The test bench's OUTPUT.
    pub outputs: Vec<u8>,
    /// The test bench's TRACE; empty where no layer was recorded.
    pub trace: Vec<u8>,
}
