//! The converter of model files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hls_codegen::test_data::write_samples;
use hls_codegen::{Conversion, Converted};
use hls_model::graph::Graph;
use hls_model::samples::{SampleError, Samples};

use crate::converter::reference::{EmulatedReference, GivenError};
use crate::plan::fingerprint::Fingerprint;
use crate::plan::grid::Point;
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
    /// The content of the file with all samples.
    samples: Option<Fingerprint>,
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
        let settings = settings(&conversion, None);
        Self { conversion, data: TestData::Random, samples: None, comparison: Comparison::None, settings }
    }

    /// Takes the samples of test benches from files.
    #[must_use]
    pub fn with_data(self, data: TestData) -> Self {
        // A file that cannot be read makes each job fail, which says why.
        let samples = match &data {
            TestData::File(path) => Fingerprint::of_file(path).ok(),
            TestData::Random | TestData::Folder(_) => None,
        };
        Self { data, settings: settings(&self.conversion, samples.as_ref()), samples, ..self }
    }

    /// The same for another conversion.
    fn with_conversion(&self, conversion: Conversion) -> Self {
        let settings = settings(&conversion, self.samples.as_ref());
        let (data, samples) = (self.data.clone(), self.samples.clone());
        Self { conversion, data, samples, comparison: self.comparison, settings }
    }

    /// A converter for a grid: each of its points with its conversion, and everything else as here.
    #[must_use]
    pub fn for_points(self, points: impl IntoIterator<Item = (Point, Conversion)>) -> GridConverter {
        let points = points.into_iter().map(|(point, conversion)| (point, self.with_conversion(conversion)));
        GridConverter { points: points.collect(), without_settings: self }
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

/// What holds for every model.
fn settings(conversion: &Conversion, samples: Option<&Fingerprint>) -> Fingerprint {
    Fingerprint::of_bytes(format!("{conversion:?} {samples:?}").as_bytes())
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
        let ebops = converted.graph.total_ebops();
        let (avoided, vivado) = (converted.options.avoided, converted.options.vivado);
        let reference = self.reference(model, converted, given, project_dir, &mut warnings)?;
        let name = layout.top_function;
        Ok(ConvertedProject { name, warnings, expectation, reference, ebops, avoided, vivado })
    }
}

/// A converter for each point of a grid, made once for all models.
#[derive(Debug)]
pub struct GridConverter {
    without_settings: ModelConverter,
    points: HashMap<Point, ModelConverter>,
}

impl Converter for GridConverter {
    fn settings(&self, model: &Path) -> String {
        self.without_settings.settings(model)
    }

    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError> {
        self.without_settings.convert(model, project_dir)
    }

    fn at(&self, settings: &Point) -> Option<&dyn Converter> {
        self.points.get(settings).map(|converter| converter as &dyn Converter)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use hls_codegen::Options;
    use hls_codegen::vitis::Kernels;

    use super::*;
    use crate::plan::grid::SettingValue;

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

    #[test]
    fn a_point_of_a_grid_has_the_settings_of_its_conversion() {
        let clock = |ns: f64| {
            let mut options = Options::default();
            options.clock_period = hls_codegen::settings::ClockPeriod::from_ns(ns).unwrap();
            Conversion::default().with_options(options)
        };
        let point = |text: &str| Point::new(vec![("clock-period".into(), SettingValue::of_text(text))]);
        let data = TestData::File("there is none".into());
        let base = || ModelConverter::new(Conversion::default()).with_data(data.clone());
        let grid = base().for_points([(point("5"), clock(5.0)), (point("10"), clock(10.0))]);
        let settings = |converter: &dyn Converter| converter.settings(Path::new("m.h5"));
        let at = |text: &str| grid.at(&point(text)).map(settings);
        assert_eq!(at("10"), Some(settings(&ModelConverter::new(clock(10.0)).with_data(data.clone()))));
        assert_eq!(at("5"), Some(settings(&base())), "what is asked for is the default");
        assert_ne!(at("5"), at("10"));
        assert_eq!(settings(&grid), settings(&base()));
        assert!(at("7").is_none());
    }
}
