//! The converter of model files.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hls_codegen::test_data::write_samples;
use hls_codegen::{Conversion, Converted};
use hls_model::graph::Graph;
use hls_model::samples::{SampleError, Samples};

use crate::converter::reference::{EmulatedReference, GivenError};
use crate::plan::fingerprint::Fingerprint;
use crate::toolchain::project::{ConvertError, ConvertedProject, Converter, Expectation, Reference};

/// Where the samples of test benches come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum TestData {
    /// They are made up.
    #[default]
    Random,
    /// One file for all models.
    File(PathBuf),
    /// A folder with a file `MODEL.npz` for each model; those without one get made-up samples.
    Folder(PathBuf),
}

/// Model file → graph → project with samples for its test bench.
#[derive(Debug)]
pub struct ModelConverter {
    conversion: Conversion,
    data: TestData,
    comparison: Comparison,
    /// All options that hold for every model, with the contents of the files that they name.
    settings: Fingerprint,
}

/// Whether C simulations are compared with the emulator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    None,
    Emulator,
}

impl ModelConverter {
    /// A converter whose projects get made-up samples.
    #[must_use]
    pub fn new(conversion: Conversion) -> Self {
        let settings = Fingerprint::of_bytes(format!("{conversion:?} {:?}", None::<Fingerprint>).as_bytes());
        Self { conversion, data: TestData::Random, comparison: Comparison::None, settings }
    }

    /// Takes the samples of test benches from files.
    #[must_use]
    pub fn with_data(self, data: TestData) -> Self {
        // A file that cannot be read makes each job fail, which says why.
        let samples = match &data {
            TestData::File(path) => Fingerprint::of_file(path).ok(),
            TestData::Random | TestData::Folder(_) => None,
        };
        let settings = Fingerprint::of_bytes(format!("{:?} {samples:?}", self.conversion).as_bytes());
        Self { data, settings, ..self }
    }

    /// Hands out what the emulator computes, for toolchains that run the C simulation.
    #[must_use]
    pub fn compared_with_emulator(self) -> Self {
        Self { comparison: Comparison::Emulator, ..self }
    }

    /// The file with a model's samples, if it has one.
    fn samples_file(&self, model: &Path) -> Option<PathBuf> {
        match &self.data {
            TestData::Random => None,
            TestData::File(path) => Some(path.clone()),
            TestData::Folder(folder) => {
                Some(folder.join(format!("{}.npz", name_of(model)))).filter(|path| path.exists())
            }
        }
    }

    fn samples(&self, model: &Path, graph: &Graph) -> Result<Samples, SampleError> {
        match self.samples_file(model) {
            Some(path) => Samples::read(&path, graph),
            None => Ok(Samples::random(&name_of(model), graph)),
        }
    }

    /// What the emulator computes, also in files of the project that simulates itself with them.
    fn reference(
        &self,
        model: &Path,
        converted: Converted,
        given: Option<&Samples>,
        project_dir: &Path,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Arc<dyn Reference>>, GivenError> {
        match self.comparison {
            Comparison::None => Ok(None),
            Comparison::Emulator => match EmulatedReference::new(&name_of(model), converted) {
                Ok(reference) => {
                    reference.write_files(given, project_dir)?;
                    Ok(Some(Arc::new(reference)))
                }
                Err(why) => {
                    warnings.push(format!("the simulation is not compared with the emulator: {why}"));
                    Ok(None)
                }
            },
        }
    }
}

fn name_of(model: &Path) -> String {
    model.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

impl Converter for ModelConverter {
    fn settings(&self, model: &Path) -> String {
        let own = self.samples_file(model).filter(|_| matches!(self.data, TestData::Folder(_)));
        let own = own.and_then(|path| Fingerprint::of_file(&path).ok());
        format!("{} {own:?}", self.settings)
    }

    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError> {
        let converted = self.conversion.convert(model)?;
        let samples = self.samples(model, &converted.graph)?;
        let layout = converted.layout();
        converted.project()?.write_to(project_dir)?;
        write_samples(&layout, project_dir, &samples)?;
        let mut warnings: Vec<_> = converted.warnings().iter().map(ToString::to_string).collect();
        let expectation = if samples.expected.is_some() { Expectation::Exact } else { Expectation::None };
        let given = self.samples_file(model).map(|_| &samples);
        let (avoided, vivado) = (converted.options.avoided, converted.options.vivado);
        let reference = self.reference(model, converted, given, project_dir, &mut warnings)?;
        let name = layout.top_function;
        Ok(ConvertedProject { name, warnings, expectation, reference, avoided, vivado })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hls_codegen::Options;
    use hls_codegen::vitis::Kernels;

    use super::*;

    /// What a converter's settings say with kernels and samples that are all below `place`.
    fn settings_at(place: &Path, kernel: &str, samples: &str, shared: bool) -> String {
        for folder in ["kernels/nnet_utils", "kernels/ap_types", "data", "models"] {
            fs::create_dir_all(place.join(folder)).unwrap();
        }
        for (name, text) in [
            ("kernels/nnet_utils/nnet_dense.h", kernel),
            ("kernels/ap_types/ap_fixed.h", "// types"),
            ("data/m.npz", samples),
            ("models/m.h5", "a model"),
        ] {
            fs::write(place.join(name), text).unwrap();
        }
        let mut options = Options::default();
        options.vitis.kernels = Kernels::from_dir(&place.join("kernels")).unwrap();
        let data = place.join("data");
        let data = if shared { TestData::File(data.join("m.npz")) } else { TestData::Folder(data) };
        let conversion = Conversion::default().with_options(options);
        ModelConverter::new(conversion).with_data(data).settings(&place.join("models/m.h5"))
    }

    #[test]
    fn settings_hold_contents_and_no_paths() {
        let [here, there] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        for shared in [true, false] {
            let settings = |place: &Path, kernel, samples| settings_at(place, kernel, samples, shared);
            let first = settings(here.path(), "// dense", "samples");
            assert_eq!(settings(&there.path().join("mounted/elsewhere"), "// dense", "samples"), first);
            assert_ne!(settings(there.path(), "// another dense", "samples"), first);
            assert_ne!(settings(there.path(), "// dense", "other samples"), first);
        }
    }
}
