//! Arguments. Every option may also be written with underscores (`--input_dir`), as in the script that this replaces.

mod circuit;
mod cluster;
mod compare;
mod conversion;
mod engine;
mod estimate;
mod fifo;
mod grid;
mod implementation;
mod labelled;
mod page;
mod results;
mod score;
mod select;
mod selection;
mod sizes;
mod stages;
mod sweep;
mod tune;

pub use circuit::CircuitArgs;
pub use cluster::{ClusterArgs, CollectArgs, ExecutorArg, PartArgs};
pub use compare::CompareArgs;
pub use conversion::{ConversionArgs, FifoDepthsArg, GranularityArg, StrategyArg};
pub use engine::{CommandArgs, PodArgs};
pub use estimate::EstimateArgs;
pub use fifo::FifoArgs;
pub use grid::GridArgs;
pub use implementation::ImplementationArgs;
pub use labelled::LabelledArgs;
pub use page::{PageArgs, PlotArg};
pub use results::{ReportArgs, StatusArgs};
pub use score::ScoreArgs;
pub use select::{Budget, SelectArgs};
pub use selection::{SelectionArgs, TiersArg};
pub use sweep::{KeepArg, LimitArgs, SimulatorArg, SynthArgs, Workers};
pub use tune::TuneArgs;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use hls_runner::toolchain::table::Entry;

/// From QKeras/Keras models (.keras, .h5) to hls4ml-style Vitis HLS projects: one model, or a sweep of thousands.
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
    /// Convert a folder of models and simulate or synthesize them, many at a time
    Synth(Box<SynthArgs>),
    /// Write the project of one model
    Convert(Box<ConvertArgs>),
    /// Print the configuration that hls4ml would generate for a model
    Config(Box<ConfigArgs>),
    /// Show layers, shapes, precisions, sizes and warnings of a converted model
    Inspect(Box<InspectArgs>),
    /// Print the LUTs, flip-flops and latency of models as circuits of open tools, in seconds and without any tool
    Estimate(Box<EstimateArgs>),
    /// Show how deep the queues between the layers of an io_stream model have to be: estimated, or as a sweep measured it
    Fifo(Box<FifoArgs>),
    /// Compute the exact outputs of the firmware
    Predict(Box<PredictArgs>),
    /// Show how much of their type's range and precision weights and results use
    Profile(Box<ProfileArgs>),
    /// Score models on labelled samples by the firmware's exact outputs: accuracy, AUC, background rejection, errors
    Score(Box<ScoreArgs>),
    /// Choose models: Pareto fronts, the best, what fits into a chip; by scores, reports and summaries of the training
    Select(SelectArgs),
    /// Find narrower types with which a model is as good on labelled samples, and write them as a configuration
    Tune(Box<TuneArgs>),
    /// Compare the models of a sweep (latency, resources, clock, time), and list failures with advice
    Report(ReportArgs),
    /// Compare two sweeps model by model: ratios, outliers, changed statuses, and what was different
    Compare(CompareArgs),
    /// Take in what a sweep on a cluster has done, and submit what is left; its jobs do this themselves
    Collect(CollectArgs),
    /// Run a part of a sweep on a cluster
    #[command(hide = true)]
    Part(PartArgs),
    /// Show the progress of a sweep: counts, running models, recent failures
    Status(StatusArgs),
    /// Check which tools are installed, and say how to get those that are missing
    Doctor,
    /// Print a script that completes commands and options in a shell
    #[command(hide = true)]
    Completions(CompletionsArgs),
    /// Write man pages
    #[command(hide = true)]
    Man(ManArgs),
}

/// `completions`.
#[derive(Debug, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, clap::Args)]
pub struct ManArgs {
    /// Folder for the pages; created if it does not exist
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
}

/// `convert`.
#[derive(Debug, clap::Args)]
pub struct ConvertArgs {
    /// The model file
    pub model: PathBuf,
    /// Folder for the project; must be empty or not exist, unless --force is given
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Write into the folder even if it is not empty, replacing files of the same names
    #[arg(long)]
    pub force: bool,
    /// Samples for the test bench: an npz with one array per input, and the exact outputs as y0, y1, … if they are known
    #[arg(long, value_name = "FILE.npz")]
    pub data: Option<PathBuf>,
    /// For which tools: open ones get a circuit in Verilog, with samples and the emulator's results for its test bench
    #[arg(long, default_value = "vitis", value_parser = sweep::toolchain())]
    pub toolchain: &'static Entry,
    #[command(flatten)]
    pub implementation: ImplementationArgs,
    #[command(flatten)]
    pub circuit: CircuitArgs,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// `config`.
#[derive(Debug, clap::Args)]
pub struct ConfigArgs {
    /// The model file
    pub model: PathBuf,
    /// Output format
    #[arg(long, value_enum, default_value = "yaml")]
    pub format: FormatArg,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// Format of a printed configuration.
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
    /// Print JSON with hls4ml's own keys, and under `preflight` what the layers ask of Vitis HLS
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
    /// Samples: an npz with one array per input, named after the input (or an npy for a model with one input)
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// File for the outputs: an npz with one array per output, named after its layer
    #[arg(long, value_name = "FILE.npz")]
    pub output: PathBuf,
    /// File for the outputs of all layers: an npz with one array per layer, named after it
    #[arg(long, value_name = "FILE.npz")]
    pub trace: Option<PathBuf>,
    /// How to compute the outputs
    #[arg(long, value_enum, default_value = "emulator")]
    pub engine: EngineArg,
    /// Compute with both engines, and fail at the first layer and element where they differ
    #[arg(long)]
    pub verify: bool,
    /// What to do with NaN and infinity in the samples
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
    /// Samples: an npz with one array per input, named after the input (or an npy for a model with one input)
    #[arg(long, value_name = "FILE")]
    pub input: PathBuf,
    /// Print the numbers as JSON
    #[arg(long)]
    pub json: bool,
    /// Draw box plots of magnitudes and the ranges of their types into a .svg or .html file
    #[arg(long, value_name = "FILE")]
    pub picture: Option<PathBuf>,
    /// Compare with the model in floating point, without quantizers
    #[arg(long)]
    pub float: bool,
    /// What to do with NaN and infinity in the samples
    #[arg(long, value_enum, default_value = "refuse")]
    pub non_finite: NonFiniteArg,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// What computes outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum EngineArg {
    /// Emulate the firmware's exact arithmetic, without a compiler
    Emulator,
    /// Compile the firmware with g++ or clang++, and run it
    Csim,
}

/// What happens to NaN and infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NonFiniteArg {
    /// Stop with an error that says what the hardware's cast would turn them into
    Refuse,
    /// Cast them as the hardware does
    Cast,
}

/// Parses the command line; wrong usage ends the program with exit status 2.
pub fn parse() -> Cli {
    Cli::parse_from(std::env::args_os().map(hyphenated))
}

/// The command line that a sweep on a cluster was submitted with.
pub fn parse_recorded(command: &[String]) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(std::iter::once("hls-cli".to_owned()).chain(command.iter().cloned()))
}

/// The arguments of this process, as `parse_recorded` takes them; `None` if they are no text.
pub fn to_record() -> Option<Vec<String>> {
    std::env::args_os().skip(1).map(|argument| hyphenated(argument).into_string().ok()).collect()
}

/// `--input_dir=x_y` as `--input-dir=x_y`.
fn hyphenated(argument: OsString) -> OsString {
    let Some(text) = argument.to_str().filter(|t| t.starts_with("--")) else { return argument };
    let (option, value) = text.split_at(text.find('=').unwrap_or(text.len()));
    format!("{}{value}", option.replace('_', "-")).into()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

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
