//! The conversion that the command line asks for.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error, anyhow, bail};
use hls_codegen::settings::ClockPeriod;
use hls_codegen::vitis::Kernels;
use hls_codegen::{Avoided, Conversion, ConversionError, Converted, Options, Strictness, UserTcl};
use hls_model::config::{
    ConfigError, ConfigFile, Generator, Granularity, LayerFamily, ProjectSettings, Setting, Strategy,
};
use hls_model::precision::{Precision, PrecisionError};
use hls_model::target::IoType;

use crate::args::{
    CircuitArgs, ConversionArgs, FifoDepthsArg, GranularityArg, ImplementationArgs, StrategyArg,
};
use crate::error::CliError;

/// The FPGA of the sweeps that this tool was made for.
const DEFAULT_PART: &str = "xc7z020clg400-1";

/// Reads and checks everything that the options name, once for all models.
pub fn conversion(args: &ConversionArgs) -> Result<Conversion, CliError> {
    let generator = generator(args).map_err(CliError::failed)?;
    read(args, generator).map_err(CliError::usage)
}

/// With the options of circuits that this program writes itself.
pub fn with_circuit(conversion: Conversion, args: &CircuitArgs) -> Conversion {
    let mut options = conversion.options().clone();
    if let Some(effort) = args.effort {
        options.rtl.effort = effort.into();
    }
    if let Some(goal) = args.goal {
        options.rtl.goal = goal.into();
    }
    conversion.with_options(options)
}

/// With what the hardware must do without, what Vivado does, and the user's own Tcl.
pub fn with_implementation(
    conversion: Conversion,
    args: &ImplementationArgs,
) -> Result<Conversion, CliError> {
    let mut options = conversion.options().clone();
    options.avoided = Avoided { dsp: args.no_dsp, bram: args.no_bram };
    options.vivado.out_of_context = args.out_of_context;
    options.vivado.timing = args.vivado_timing;
    options.vivado.power = args.vivado_power;
    options.vivado.place_and_route = args.place_and_route;
    let tcl = |option, path: &Option<PathBuf>| path.as_deref().map(|path| user_tcl(option, path)).transpose();
    options.vitis.before_synth = tcl("--tcl-before-synth", &args.tcl_before_synth)?;
    options.vitis.before_vsynth = tcl("--tcl-before-vsynth", &args.tcl_before_vsynth)?;
    Ok(conversion.with_options(options))
}

/// Scripts have a few kilobytes; what is larger is another file.
const LARGEST_TCL: u64 = 4 << 20;

/// Reads a user's own Tcl.
fn user_tcl(option: &str, path: &Path) -> Result<UserTcl, CliError> {
    let refused = |why: String| {
        let what = "it takes a file with Tcl commands, of which each project gets a copy";
        CliError::usage(anyhow!("{option} {}: {why}; {what}", path.display()))
    };
    // Asked before reading: a named pipe would wait for ever.
    let found = std::fs::metadata(path).map_err(|error| refused(error.to_string()))?;
    if !found.is_file() {
        return Err(refused("this is not a file".to_owned()));
    }
    if found.len() > LARGEST_TCL {
        return Err(refused(format!("it has {} bytes, which is no script", found.len())));
    }
    let bytes = std::fs::read(path).map_err(|error| refused(error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| refused("it is not UTF-8 text".to_owned()))?;
    Ok(UserTcl::new(text))
}

/// Converts a model file.
pub fn convert(conversion: &Conversion, model: &Path) -> Result<Converted, CliError> {
    conversion.convert(model).map_err(|error| match error {
        ConversionError::Warnings(_) => CliError::failed(anyhow!(error).context("--strict")),
        other => CliError::failed(other),
    })
}

fn read(args: &ConversionArgs, generator: Generator) -> Result<Conversion, Error> {
    let (conversion, project) = match &args.config {
        Some(path) => {
            let file = ConfigFile::read(path).with_context(|| format!("--config {}", path.display()))?;
            (Conversion::configured(file.hls), file.project)
        }
        None => (Conversion::generated(generator), ProjectSettings::default()),
    };
    let defaults = Options::default().with_part(DEFAULT_PART.parse()?);
    // The command line first, then the configuration file, then the defaults.
    let conversion = conversion.with_options(defaults).with_project_settings(&project).context("--config")?;
    let target = conversion.target();
    let target = match args.io_type {
        Some(io_type) => target.with_io_type(io_type).context("--io-type")?,
        None => target,
    };
    if args.fifo_depths == Some(FifoDepthsArg::Estimated) && target.io_type() != IoType::Stream {
        bail!("--fifo-depths: only the layers of --io-type io_stream have queues between them");
    }
    let options = options(args, conversion.options().clone())?;
    let strictness = if args.strict { Strictness::Strict } else { Strictness::Lenient };
    let families =
        [(LayerFamily::Convolutions, args.conv_reuse_factor), (LayerFamily::Dense, args.dense_reuse_factor)];
    let factors = families.into_iter().filter_map(|(family, n)| Some(Setting::reuse_factor(family, n?)));
    // What is said of a layer or class counts more than what is said of many.
    let settings = factors.chain(args.settings.iter().cloned());
    Ok(conversion
        .with_target(target)
        .with_options(options)
        .with_settings(settings)
        .with_strictness(strictness))
}

fn generator(args: &ConversionArgs) -> Result<Generator, ConfigError> {
    let default = Generator::default();
    Ok(Generator {
        granularity: match args.granularity {
            Some(GranularityArg::Model) => Granularity::Model,
            Some(GranularityArg::Type) => Granularity::Type,
            Some(GranularityArg::Name) | None => Granularity::Name,
        },
        default_precision: match &args.precision {
            Some(text) => precision("Model.Precision.default", text)?,
            None => default.default_precision,
        },
        max_precision: match &args.max_precision {
            Some(text) => Some(precision("Model.Precision.maximum", text)?),
            None => default.max_precision,
        },
        reuse_factor: args.reuse_factor.unwrap_or(default.reuse_factor),
        strategy: match args.strategy {
            Some(StrategyArg::Resource) => Strategy::Resource,
            Some(StrategyArg::ResourceUnrolled) => Strategy::ResourceUnrolled,
            Some(StrategyArg::DistributedArithmetic) => Strategy::DistributedArithmetic,
            Some(StrategyArg::Latency) | None => Strategy::Latency,
        },
    })
}

/// A precision for the entry of the generated configuration that it becomes.
fn precision(entry: &str, text: &str) -> Result<Precision, ConfigError> {
    text.parse()
        .map_err(|e: PrecisionError| ConfigError::Precision { key: entry.into(), reason: e.to_string() })
}

/// Applies what the command line says to the options.
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
    if let Some(depths) = args.fifo_depths {
        options.fifo_depths = depths.into();
    }
    if let Some(dir) = &args.kernels {
        let kernels = Kernels::from_dir(dir).with_context(|| format!("--kernels {}", dir.display()))?;
        options.vitis.kernels = kernels;
    }
    Ok(options)
}
