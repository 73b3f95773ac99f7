//! From a model file to a graph and the options of its project, in one call.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use hls_model::config::{ConfigFile, Generator, HlsConfig, ProjectSettings, Setting};
use hls_model::graph::{Graph, LoweredModel};
use hls_model::source::{self, KerasModel, SourceError};
use hls_model::streams::{self, StreamError};
use hls_model::target::IoType;
use hls_model::{ConvertError, Target, Warning, convert};

use crate::CodegenError;
use crate::backend::{Backend, ProjectLayout};
use crate::backends;
use crate::options::{FifoDepths, Options, Trace};
use crate::project::Project;

/// How model files are converted: a configuration, settings on top of it, and the options of the projects. Made once, used for any
/// number of models, from any number of threads.
///
/// ```no_run
/// use hls_codegen::Conversion;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let converted = Conversion::default().convert("model.h5".as_ref())?;
/// for warning in converted.warnings() {
///     eprintln!("{warning}");
/// }
/// converted.project()?.write_to("project".as_ref())?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Conversion {
    /// Always one of `backend`'s kind.
    target: Target,
    backend: Arc<dyn Backend>,
    source: Source,
    settings: Vec<Setting>,
    options: Options,
    strictness: Strictness,
}

/// Where the configuration comes from.
#[derive(Debug, Clone)]
enum Source {
    /// It is the same for all models.
    Given(HlsConfig),
    /// It is made for each model.
    Generated(Generator),
}

/// What warnings lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strictness {
    /// The model is converted anyway.
    #[default]
    Lenient,
    /// The model is refused.
    Strict,
}

/// Why a model was not converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConversionError {
    /// The file is not a model that can be read.
    #[error(transparent)]
    Read(#[from] SourceError),
    /// The file holds a layer that is not supported, or is inconsistent.
    #[error("{}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: Box<ConvertError>,
    },
    /// The configuration does not fit the model, or the model cannot be converted under it.
    #[error(transparent)]
    Convert(Box<ConvertError>),
    /// The conversion gives warnings, which [`Strictness::Strict`] treats as errors.
    #[error("the conversion gave warnings, which are treated as errors: {}", sentences(.0))]
    Warnings(Vec<Warning>),
    /// The layers do not get through with their queues.
    #[error(transparent)]
    Streams(#[from] StreamError),
    /// The configuration cannot be written as YAML.
    #[error("the configuration cannot be written: {0}")]
    Configuration(String),
}

impl From<ConvertError> for ConversionError {
    fn from(error: ConvertError) -> Self {
        Self::Convert(Box::new(error))
    }
}

fn sentences(warnings: &[Warning]) -> String {
    warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Default for Conversion {
    /// hls4ml's default configuration, generated for each model, and its default project.
    fn default() -> Self {
        Self::generated(Generator::default())
    }
}

impl Conversion {
    /// A configuration that is generated for each model.
    #[must_use]
    pub fn generated(generator: Generator) -> Self {
        Self::new(Source::Generated(generator))
    }

    /// The same configuration for all models.
    #[must_use]
    pub fn configured(config: HlsConfig) -> Self {
        Self::new(Source::Given(config))
    }

    /// A configuration file: its configuration for all models, and what it says about the project.
    ///
    /// # Errors
    /// It asks for something that the back end does not support.
    pub fn from_file(file: ConfigFile) -> Result<Self, CodegenError> {
        Self::configured(file.hls).with_project_settings(&file.project)
    }

    fn new(source: Source) -> Self {
        let target = Target::default();
        Self {
            target,
            backend: backends::of(target.backend()),
            source,
            settings: Vec::new(),
            options: Options::default(),
            strictness: Strictness::default(),
        }
    }

    /// Applies single settings on top of the configuration; later ones override earlier ones.
    #[must_use]
    pub fn with_settings(mut self, settings: impl IntoIterator<Item = Setting>) -> Self {
        self.settings.extend(settings);
        self
    }

    /// Applies what a configuration file says about the project; settings that it leaves out keep their values.
    ///
    /// # Errors
    /// It asks for something that the back end does not support.
    pub fn with_project_settings(mut self, settings: &ProjectSettings) -> Result<Self, CodegenError> {
        let backend = settings.backend.unwrap_or(self.target.backend());
        let io_type = settings.io_type.unwrap_or(self.target.io_type());
        self = self.with_target(Target::new(backend, io_type)?);
        self.options = self.options.with_settings(settings)?;
        Ok(self)
    }

    /// Replaces what the models are converted for. A [back end of your own](Self::with_backend) stays as long as the target is of its kind.
    #[must_use]
    pub fn with_target(mut self, target: Target) -> Self {
        if target.backend() != self.backend.kind() {
            self.backend = backends::of(target.backend());
        }
        self.target = target;
        self
    }

    /// Has the projects written by a back end of your own, from the graphs that are made for its [kind](Backend::kind).
    ///
    /// # Errors
    /// That kind does not have the present target's interface between layers.
    pub fn with_backend(mut self, backend: Arc<dyn Backend>) -> Result<Self, CodegenError> {
        self.target = Target::new(backend.kind(), self.target.io_type())?;
        self.backend = backend;
        Ok(self)
    }

    /// Replaces the options of the projects.
    #[must_use]
    pub fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Sets what warnings lead to.
    #[must_use]
    pub fn with_strictness(mut self, strictness: Strictness) -> Self {
        self.strictness = strictness;
        self
    }

    /// The options of the projects, without the configuration that is copied into each.
    #[must_use]
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// The back end that writes the projects.
    #[must_use]
    pub fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// What the models are converted for.
    #[must_use]
    pub fn target(&self) -> Target {
        self.target
    }

    /// The configuration for a model, with the single settings on top.
    ///
    /// # Errors
    /// A setting does not fit the model, or the configuration cannot be generated.
    pub fn config_for(&self, model: &LoweredModel) -> Result<HlsConfig, ConvertError> {
        let mut config = match &self.source {
            Source::Given(config) => config.clone(),
            Source::Generated(generator) => generator.generate(model)?,
        };
        config.apply(&self.settings, model)?;
        Ok(config)
    }

    /// Converts a model file.
    ///
    /// # Errors
    /// The file cannot be read, a layer is not supported, the configuration does not fit, or warnings are refused.
    pub fn convert(&self, path: &Path) -> Result<Converted, ConversionError> {
        Ok(self.convert_model(&read_model(path)?)?.made_from(path))
    }

    /// Converts the bytes of a model file; `origin` is its name in errors.
    ///
    /// # Errors
    /// As [`convert`](Self::convert).
    pub fn convert_bytes(&self, bytes: &[u8], origin: &Path) -> Result<Converted, ConversionError> {
        Ok(self.convert_model(&lower(&source::open(bytes, origin)?, origin)?)?.made_from(origin))
    }

    /// Converts a model that has been read.
    ///
    /// # Errors
    /// A layer cannot be converted, the configuration does not fit, or warnings are refused.
    pub fn convert_model(&self, model: &LoweredModel) -> Result<Converted, ConversionError> {
        let config = self.config_for(model)?;
        let mut graph = convert(model, &config, self.target)?;
        self.settle_queues(&mut graph)?;
        let too_much = self.backend.warnings(&graph, &self.options);
        graph.warnings.extend(too_much);
        if self.strictness == Strictness::Strict && !graph.warnings.is_empty() {
            return Err(ConversionError::Warnings(graph.warnings));
        }
        let config_yaml = config.to_yaml().map_err(ConversionError::Configuration)?;
        let options = self.options.clone().with_config_yaml(config_yaml);
        Ok(Converted { graph, config, options, backend: Arc::clone(&self.backend) })
    }
}

impl Conversion {
    /// Gives queues between layers their depths.
    fn settle_queues(&self, graph: &mut Graph) -> Result<(), StreamError> {
        match (self.target.io_type(), self.options.fifo_depths) {
            (IoType::Stream, FifoDepths::Whole) => streams::check(graph),
            (_, FifoDepths::Estimated) => streams::shrink(graph),
            (IoType::Parallel, FifoDepths::Whole) => Ok(()),
        }
    }
}

/// Reads a model file and lowers it to hls4ml's layers.
///
/// # Errors
/// The file cannot be read, or a layer is not supported.
pub fn read_model(path: &Path) -> Result<LoweredModel, ConversionError> {
    lower(&source::read(path)?, path)
}

fn lower(model: &KerasModel, path: &Path) -> Result<LoweredModel, ConversionError> {
    hls_model::lower(model)
        .map_err(|source| ConversionError::Model { path: path.to_owned(), source: Box::new(source) })
}

/// A converted model.
#[derive(Debug, Clone)]
pub struct Converted {
    /// The graph, with all warnings of the conversion.
    pub graph: Graph,
    /// The configuration under which it was converted.
    pub config: HlsConfig,
    /// The options of its project.
    pub options: Options,
    backend: Arc<dyn Backend>,
}

impl Converted {
    fn made_from(mut self, path: &Path) -> Self {
        self.options = self.options.with_model_file(path);
        self
    }

    /// Where the firmware differs from the model, and where it asks more of the tools than they are known to handle.
    #[must_use]
    pub fn warnings(&self) -> &[Warning] {
        &self.graph.warnings
    }

    /// The back end that writes the project.
    #[must_use]
    pub fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// The project, in memory.
    ///
    /// # Errors
    /// When the back end cannot write it; the error names the layer or the setting.
    pub fn project(&self) -> Result<Project, CodegenError> {
        self.backend.emit(&self.graph, &self.options)
    }

    /// The same project, recording the results of every layer.
    ///
    /// # Errors
    /// As [`project`](Self::project).
    pub fn traced_project(&self) -> Result<Project, CodegenError> {
        let options = self.options.clone().with_trace(Trace::All);
        self.backend.emit(&self.graph, &options)
    }

    /// Where things are in the project.
    #[must_use]
    pub fn layout(&self) -> ProjectLayout {
        self.backend.layout(&self.options)
    }
}
