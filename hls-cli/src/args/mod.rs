//! Arguments. Every option may also be written with underscores (`--input_dir`), as in the script that this replaces.

mod conversion;
mod results;
mod stages;
mod sweep;

pub use conversion::{ConversionArgs, GranularityArg, IoTypeArg, StrategyArg};
pub use results::{ReportArgs, SortArg, StatusArgs};
pub use sweep::{KeepArg, LimitArgs, SynthArgs, TiersArg, Workers};

use clap::{Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

/// From QKeras/Keras H5 models to hls4ml-style Vitis HLS projects: one model, or a sweep of thousands.
#[derive(Debug, Parser)]
#[command(name = "hls-cli", version, propagate_version = true, arg_required_else_help = true)]
#[command(
    after_help = "Exit status: 0 all succeeded, 1 something failed, 2 wrong usage or nothing to do, 130 interrupted."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Turn a folder of models into finished projects, many at a time
    Synth(Box<SynthArgs>),
    /// Write the project of one model
    Convert(Box<ConvertArgs>),
    /// Print the configuration that hls4ml would generate for a model
    Config(Box<ConfigArgs>),
    /// Show layers, shapes, precisions, sizes and warnings of a converted model
    Inspect(Box<InspectArgs>),
    /// Compute the exact outputs that the firmware gives
    Predict(Box<PredictArgs>),
    /// Show what of their types weights and results use: ranges, what does not fit, bits that nothing uses
    Profile(Box<ProfileArgs>),
    /// Compare the models of a sweep: latency, resources, clock, time; failures with what to do about them
    Report(ReportArgs),
    /// Show how far a sweep is: counts, what runs, last failures
    Status(StatusArgs),
    /// Say what is installed, what is missing, and what to do about it
    Doctor,
}

/// `convert`.
#[derive(Debug, clap::Args)]
pub struct ConvertArgs {
    /// The model file
    pub model: PathBuf,
    /// Folder for the project; must not exist or be empty, unless --force
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write into a folder that already holds something; files of the same names are replaced
    #[arg(long)]
    pub force: bool,
    /// Samples for the test bench: an npz with one array per input, and y0, y1, … if exact outputs are known
    #[arg(long, value_name = "FILE.npz")]
    pub data: Option<PathBuf>,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// `config`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// The model file
    pub model: PathBuf,
    /// Notation
    #[arg(long, value_enum, default_value = "yaml")]
    pub format: FormatArg,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// Notation of a printed configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FormatArg {
    /// YAML
    Yaml,
    /// JSON
    Json,
}

/// `inspect`.
#[derive(Debug, clap::Args)]
pub struct InspectArgs {
    /// The model file
    pub model: PathBuf,
    /// Print the facts as JSON, under hls4ml's own keys, and what the layers ask of Vitis HLS under preflight
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// `predict`.
#[derive(Debug, clap::Args)]
pub struct PredictArgs {
    /// The model file
    pub model: PathBuf,
    /// Samples: an npz with one array per input, named after it (or an npy, for a model with one input)
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Where the outputs go: an npz with one array per output, named after its layer
    #[arg(long, value_name = "FILE.npz")]
    pub output: PathBuf,
    /// Where the outputs of all layers go, named after the layers
    #[arg(long, value_name = "FILE.npz")]
    pub trace: Option<PathBuf>,
    /// What computes the outputs
    #[arg(long, value_enum, default_value = "emulator")]
    pub engine: EngineArg,
    /// Compute with both engines, and fail at the first layer and element in which they differ
    #[arg(long)]
    pub verify: bool,
    /// What to do with NaN and infinities among the samples
    #[arg(long, value_enum, default_value = "refuse")]
    pub non_finite: NonFiniteArg,
    /// Threads of the emulator (default: all cores)
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// `profile`.
#[derive(Debug, clap::Args)]
pub struct ProfileArgs {
    /// The model file
    pub model: PathBuf,
    /// Samples: an npz with one array per input, named after it (or an npy, for a model with one input)
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Print the numbers as JSON
    #[arg(long)]
    pub json: bool,
    /// Draw box plots of the magnitudes over the ranges of their types; the name ends in .svg or .html
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Compare with the model in floating point, without any quantizer
    #[arg(long)]
    pub float: bool,
    /// What to do with NaN and infinities among the samples
    #[arg(long, value_enum, default_value = "refuse")]
    pub non_finite: NonFiniteArg,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// What computes outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// The exact arithmetic of the firmware, without a compiler
    Emulator,
    /// The firmware itself, compiled with g++ or clang++
    Csim,
}

/// What happens to NaN and infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NonFiniteArg {
    /// They are an error, which says what the hardware's cast would make of them
    Refuse,
    /// They are cast as the hardware casts them
    Cast,
}

/// Parses the command line; wrong usage ends the program with exit status 2.
pub fn parse() -> Cli {
    Cli::parse_from(std::env::args_os().map(hyphenated))
}

/// `--input_dir=x_y` as `--input-dir=x_y`.
fn hyphenated(argument: OsString) -> OsString {
    let Some(text) = argument.to_str().filter(|t| t.starts_with("--")) else { return argument };
    let (option, value) = text.split_at(text.find('=').unwrap_or(text.len()));
    format!("{}{value}", option.replace('_', "-")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn options_may_be_written_with_underscores() {
        for (given, read) in [
            ("--input_dir", "--input-dir"),
            ("--fpga_part=xc7z020_x", "--fpga-part=xc7z020_x"),
            ("a_file", "a_file"),
            ("-x_y", "-x_y"),
            ("--set=LayerName.a_b.X=c_d", "--set=LayerName.a_b.X=c_d"),
        ] {
            assert_eq!(hyphenated(given.into()), OsString::from(read));
        }
    }
}
