//! Model files become projects, for the runner: graph, project, samples for its test bench, and what its C simulation must compute.

use crate::data::{Portion, Samples};
use crate::engine::{Computed, Emulation, Engine, Layers, decode, require_equal};
use crate::error::chain;
use hls_codegen::{Conversion, Converted};
use hls_model::graph::Graph;
use hls_runner::{
    ConvertError, ConvertedProject, Converter, Expectation, Fingerprint, Mismatch, Reference, Simulated,
};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where the samples of test benches come from.
pub enum Data {
    /// Made up.
    Random,
    /// One file for all models.
    File(PathBuf),
    /// A folder with a file for each model, where it has one.
    Folder(PathBuf),
}

/// The converter of this tool: model file → graph → project with samples for its test bench.
pub struct ModelConverter {
    conversion: Conversion,
    data: Data,
    /// Whether the toolchain compares what it simulates with a reference.
    with_reference: bool,
    /// All options that hold for every model, with the contents of the files that they name.
    settings: Fingerprint,
}

impl ModelConverter {
    pub fn new(conversion: Conversion, data: Data, with_reference: bool) -> Self {
        // A file that cannot be read makes each job fail, which says why.
        let samples = match &data {
            Data::File(path) => Fingerprint::of_file(path).ok(),
            Data::Random | Data::Folder(_) => None,
        };
        let settings = Fingerprint::of_bytes(format!("{conversion:?} {samples:?}").as_bytes());
        Self { conversion, data, with_reference, settings }
    }

    /// The file with a model's samples, if it has one.
    fn samples_file(&self, model: &Path) -> Option<PathBuf> {
        match &self.data {
            Data::Random => None,
            Data::File(path) => Some(path.clone()),
            Data::Folder(folder) => {
                Some(folder.join(format!("{}.npz", name_of(model)))).filter(|path| path.exists())
            }
        }
    }

    fn samples(&self, model: &Path, graph: &Graph) -> Result<Samples, anyhow::Error> {
        let name = name_of(model);
        match self.samples_file(model) {
            Some(path) => Samples::read(&path, graph),
            None => Ok(Samples::random(&name, graph)),
        }
    }
}

fn name_of(model: &Path) -> String {
    model.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl Converter for ModelConverter {
    fn settings(&self, model: &Path) -> String {
        let own = self.samples_file(model).filter(|_| matches!(self.data, Data::Folder(_)));
        let own = own.and_then(|path| Fingerprint::of_file(&path).ok());
        format!("{} {own:?}", self.settings)
    }

    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError> {
        let converted = self.conversion.convert(model)?;
        let samples = self.samples(model, &converted.graph)?;
        let project = converted.project()?;
        project.write_to(project_dir)?;
        samples.write(project_dir)?;
        let mut warnings: Vec<_> = converted.graph.warnings.iter().map(ToString::to_string).collect();
        let name = converted.options.project_name.clone();
        let expectation = if samples.expected.is_some() { Expectation::Exact } else { Expectation::None };
        let reference = match self.with_reference {
            false => None,
            true => match EmulatedReference::new(&name_of(model), converted) {
                Ok(reference) => Some(Arc::new(reference) as Arc<dyn Reference>),
                Err(error) => {
                    let why = chain(error.as_ref());
                    warnings.push(format!("the C simulation is not compared with the emulator: {why}"));
                    None
                }
            },
        };
        Ok(ConvertedProject { name, warnings, expectation, reference })
    }
}

/// What the emulator computes on samples made for finding differences.
struct EmulatedReference {
    converted: Converted,
    portion: Portion,
    emulated: Computed,
}

impl EmulatedReference {
    fn new(name: &str, converted: Converted) -> Result<Self, anyhow::Error> {
        let portion = Portion { first: 0, inputs: Samples::corners(name, &converted.graph) };
        let emulated = Emulation::new(&converted.graph)?.run(&portion, Layers::Record)?;
        Ok(Self { converted, portion, emulated })
    }
}

impl fmt::Debug for EmulatedReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmulatedReference({} samples)", self.portion.len())
    }
}

impl Reference for EmulatedReference {
    fn count(&self) -> usize {
        self.portion.len()
    }

    fn samples(&self) -> Vec<u8> {
        self.portion.encoded()
    }

    fn check(&self, simulated: &Simulated) -> Result<(), Mismatch> {
        let layers = if simulated.trace.is_empty() { Layers::Discard } else { Layers::Record };
        let graph = &self.converted.graph;
        let computed = decode(graph, self.portion.len(), simulated, layers);
        let equal =
            computed.and_then(|computed| require_equal(graph, &self.portion, &self.emulated, &computed));
        equal.map_err(|error| {
            let difference = chain(error.as_ref());
            Mismatch(format!(
                "{difference}; if kernels were given with --kernels, look for the mistake there"
            ))
        })
    }

    fn write_traced(&self, folder: &Path) -> Result<(), ConvertError> {
        Ok(self.converted.traced_project()?.write_to(folder)?)
    }
}
