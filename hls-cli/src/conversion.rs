//! From conversion options and a model file to a graph and the options of its project.

use crate::args::{ConversionArgs, GranularityArg, IoTypeArg, StrategyArg};
use crate::error::CliError;
use anyhow::{Context, anyhow, bail};
use hls_codegen::preflight::{self, Limits};
use hls_codegen::{Kernels, Options};
use hls_model::config::{ConfigFile, Generator, Granularity, HlsConfig, ProjectSettings, Setting, Strategy};
use hls_model::graph::{Graph, LoweredModel};
use hls_model::{ConvertError, convert, lower, source};
use std::path::Path;

/// The FPGA of the sweeps that this tool was made for.
const DEFAULT_PART: &str = "xc7z020clg400-1";

/// What the options of the command line say, read and checked once for all models.
#[derive(Debug, Clone)]
pub struct Conversion {
    source: Source,
    settings: Vec<Setting>,
    options: Options,
    policy: Policy,
}

/// Where the configuration comes from.
#[derive(Debug, Clone)]
enum Source {
    File(HlsConfig),
    Generated(Generator),
}

/// What a warning means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Policy {
    Lenient,
    Strict,
}

/// A converted model.
pub struct Converted {
    /// The graph.
    pub graph: Graph,
    /// What its project is written with.
    pub options: Options,
}

impl Conversion {
    /// Reads what the options name.
    pub fn new(args: &ConversionArgs) -> Result<Self, CliError> {
        Self::read(args).map_err(CliError::usage)
    }

    fn read(args: &ConversionArgs) -> Result<Self, anyhow::Error> {
        let (source, project) = match &args.config {
            Some(path) => {
                let file = ConfigFile::read(path).with_context(|| format!("--config {}", path.display()))?;
                (Source::File(file.hls), file.project)
            }
            None => (Source::Generated(generator(args)), ProjectSettings::default()),
        };
        if args.io_type == Some(IoTypeArg::Stream) {
            bail!("--io-type io_stream is not supported yet; leave it out for io_parallel");
        }
        let policy = if args.strict { Policy::Strict } else { Policy::Lenient };
        Ok(Self { source, settings: args.settings.clone(), options: options(args, &project)?, policy })
    }

    /// The configuration for a model, with the `--set` settings on top.
    pub fn config_for(&self, model: &LoweredModel) -> Result<HlsConfig, ConvertError> {
        let mut config = match &self.source {
            Source::File(config) => config.clone(),
            Source::Generated(generator) => generator.generate(model)?,
        };
        config.apply(&self.settings, model)?;
        Ok(config)
    }

    /// Converts a model file.
    pub fn convert(&self, path: &Path) -> Result<Converted, anyhow::Error> {
        let model = read_model(path)?;
        let config = self.config_for(&model)?;
        let mut graph = convert(&model, &config)?;
        let too_much = preflight::warnings(&graph, Limits::of(&self.options));
        graph.warnings.extend(too_much);
        if self.policy == Policy::Strict && !graph.warnings.is_empty() {
            let all: Vec<_> = graph.warnings.iter().map(ToString::to_string).collect();
            bail!("--strict refuses the conversion because of its warnings: {}", all.join("; "));
        }
        let config_yaml =
            config.to_yaml().map_err(|e| anyhow!("the configuration cannot be written: {e}"))?;
        Ok(Converted { graph, options: Options { config_yaml, ..self.options.clone() } })
    }
}

/// Reads a model file and lowers it.
pub fn read_model(path: &Path) -> Result<LoweredModel, anyhow::Error> {
    let model = source::read(path)?;
    lower(&model).with_context(|| path.display().to_string())
}

fn generator(args: &ConversionArgs) -> Generator {
    let default = Generator::default();
    Generator {
        granularity: match args.granularity {
            Some(GranularityArg::Model) => Granularity::Model,
            Some(GranularityArg::Type) => Granularity::Type,
            Some(GranularityArg::Name) | None => Granularity::Name,
        },
        default_precision: args.precision.clone().unwrap_or(default.default_precision),
        max_precision: args.max_precision.clone(),
        reuse_factor: args.reuse_factor.unwrap_or(default.reuse_factor),
        strategy: match args.strategy {
            Some(StrategyArg::Resource) => Strategy::Resource,
            Some(StrategyArg::ResourceUnrolled) => Strategy::ResourceUnrolled,
            Some(StrategyArg::Latency) | None => Strategy::Latency,
        },
    }
}

/// The command line first, then the configuration file, then the defaults.
fn options(args: &ConversionArgs, file: &ProjectSettings) -> Result<Options, anyhow::Error> {
    let defaults = Options { part: DEFAULT_PART.into(), ..Options::default() };
    let mut options = defaults.with_settings(file).context("--config")?;
    for (slot, given) in [
        (&mut options.project_name, args.project_name.clone()),
        (&mut options.part, args.part.clone()),
        (&mut options.clock_period, args.clock_period.map(|ns| ns.to_string())),
        (&mut options.clock_uncertainty, args.clock_uncertainty.clone()),
    ] {
        if let Some(value) = given {
            *slot = value;
        }
    }
    if let Some(dir) = &args.kernels {
        options.kernels = Kernels::from_dir(dir).with_context(|| format!("--kernels {}", dir.display()))?;
    }
    Ok(options)
}
