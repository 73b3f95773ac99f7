//! The conversion that the command line asks for.

use std::path::Path;

use anyhow::{Context, Error, anyhow};
use hls_codegen::settings::ClockPeriod;
use hls_codegen::vitis::Kernels;
use hls_codegen::{Conversion, ConversionError, Converted, Options, Strictness};
use hls_model::config::{ConfigFile, Generator, Granularity, ProjectSettings, Strategy};

use crate::args::{ConversionArgs, GranularityArg, StrategyArg};
use crate::error::CliError;

/// The FPGA of the sweeps that this tool was made for.
const DEFAULT_PART: &str = "xc7z020clg400-1";

/// Reads and checks what the options name, once for all models.
pub fn conversion(args: &ConversionArgs) -> Result<Conversion, CliError> {
    read(args).map_err(CliError::usage)
}

/// Converts a model file.
pub fn convert(conversion: &Conversion, model: &Path) -> Result<Converted, CliError> {
    conversion.convert(model).map_err(|error| match error {
        ConversionError::Warnings(_) => CliError::failed(anyhow!(error).context("--strict")),
        other => CliError::failed(other),
    })
}

fn read(args: &ConversionArgs) -> Result<Conversion, Error> {
    let (conversion, project) = match &args.config {
        Some(path) => {
            let file = ConfigFile::read(path).with_context(|| format!("--config {}", path.display()))?;
            (Conversion::configured(file.hls), file.project)
        }
        None => (Conversion::generated(generator(args)), ProjectSettings::default()),
    };
    let defaults = Options::default().with_part(DEFAULT_PART.parse()?);
    // The command line first, then the configuration file, then the defaults.
    let conversion = conversion.with_options(defaults).with_project_settings(&project).context("--config")?;
    let target = conversion.target();
    let target = match args.io_type {
        Some(io_type) => target.with_io_type(io_type).context("--io-type")?,
        None => target,
    };
    let options = options(args, conversion.options().clone())?;
    let strictness = if args.strict { Strictness::Strict } else { Strictness::Lenient };
    let settings = args.settings.iter().cloned();
    Ok(conversion
        .with_target(target)
        .with_options(options)
        .with_settings(settings)
        .with_strictness(strictness))
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

/// What the command line says goes over the options that are there.
fn options(args: &ConversionArgs, mut options: Options) -> Result<Options, Error> {
    if let Some(name) = &args.project_name {
        options.project_name.clone_from(name);
    }
    if let Some(part) = &args.part {
        options.part = part.clone();
    }
    if let Some(period) = args.clock_period {
        options.clock_period = ClockPeriod::from_ns(period)?;
    }
    if let Some(uncertainty) = &args.clock_uncertainty {
        options.clock_uncertainty = uncertainty.clone();
    }
    if let Some(dir) = &args.kernels {
        let kernels = Kernels::from_dir(dir).with_context(|| format!("--kernels {}", dir.display()))?;
        options.vitis.kernels = kernels;
    }
    Ok(options)
}
