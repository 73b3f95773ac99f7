//! Options of `synth`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::ValueEnum;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use hls_runner::FilePattern;
use hls_runner::toolchain::table::{Entry, TABLE, by_name};

use super::sizes::size;
use super::stages::StageArgs;
use super::{
    CircuitArgs, ClusterArgs, CommandArgs, ConversionArgs, GridArgs, ImplementationArgs, PodArgs,
    SelectionArgs,
};

/// `synth`.
#[derive(Debug, clap::Args)]
pub struct SynthArgs {
    /// Folder with the models, or with pareto_primary/ and pareto_secondary/; may be repeated, with --output-dir
    #[arg(long, value_name = "DIR", required = true)]
    pub input_dir: Vec<PathBuf>,
    /// Folder for the results (default: INPUT_DIR/hls_outputs)
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub grid: GridArgs,
    /// Number of models to work on at the same time; `auto` decides by cores and memory
    #[arg(long, visible_alias = "jobs", value_name = "N|auto", default_value = "4", value_parser = workers)]
    pub num_workers: Workers,
    /// Skip models that an earlier run in the same output folder finished, if model, options and tools have not changed
    #[arg(long)]
    pub resume: bool,
    /// How many times to retry a model that failed for a transient reason: no licence, no memory, a full disk, a crash, a stall
    #[arg(long, value_name = "N", default_value = "0")]
    pub retries: u32,
    /// What runs: the vendor's tools, open tools that turn the model into a circuit, or a C++ compiler that simulates the firmware
    /// (default: vitis where it is installed, otherwise open)
    #[arg(long, value_parser = toolchain())]
    pub toolchain: Option<&'static Entry>,
    /// What simulates the Verilog of --toolchain open
    #[arg(long, value_enum, default_value = "iverilog")]
    pub simulator: SimulatorArg,
    /// Device for --pnr: a chip database of nextpnr-xilinx, such as xc7z020clg400.bin
    #[arg(long, value_name = "FILE")]
    pub chipdb: Option<PathBuf>,
    /// Vitis installation (the folder with bin/ or settings64.sh), if it is not on PATH
    #[arg(long, value_name = "DIR")]
    pub vitis_dir: Option<PathBuf>,
    /// Samples for the test benches: an npz for all models, or a folder with a MODEL.npz for each. Arrays are named after
    /// the inputs; y0, y1, … are exact outputs to compare with (default: random samples)
    #[arg(long, value_name = "PATH")]
    pub data: Option<PathBuf>,
    /// What to keep of a successful project
    #[arg(long, value_enum)]
    pub keep: Option<KeepArg>,
    /// Keep further files of a successful project: names in any folder (*.v), or paths below the project (myproject_prj/**/*.xml);
    /// may be repeated
    #[arg(long, value_name = "GLOB")]
    pub keep_file: Vec<FilePattern>,
    /// Do not write hls_MODEL.tar.gz
    #[arg(long)]
    pub no_tarball: bool,
    /// Folder on a disk of the machine's own: tools work there, and what is kept is copied to the output folder. With --executor, names such as
    /// '$TMPDIR' stand for what they are on the node (default: the output folder; on Slurm, $SLURM_TMPDIR where a node has one)
    #[arg(long, value_name = "DIR")]
    pub scratch: Option<PathBuf>,
    #[command(flatten)]
    pub limits: LimitArgs,
    #[command(flatten)]
    pub cluster: ClusterArgs,
    #[command(flatten)]
    pub commands: CommandArgs,
    #[command(flatten)]
    pub pod: PodArgs,
    #[command(flatten)]
    pub stages: StageArgs,
    #[command(flatten)]
    pub implementation: ImplementationArgs,
    #[command(flatten)]
    pub circuit: CircuitArgs,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

/// What jobs may use.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits (sizes such as 16GiB or 500MB)")]
pub struct LimitArgs {
    /// Time limit for all tools of one model, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub timeout: Option<u64>,
    /// Time limit for one stage, in seconds
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub stage_timeout: Option<u64>,
    /// End a tool whose logs have not grown for this many seconds; co-simulation may be silent for many minutes
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub stall_timeout: Option<u64>,
    /// Memory for all running tools together; further models wait (default: nine tenths of the machine's, or of the control group's)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_memory: Option<ByteSize>,
    /// Memory needed for one model (default: the largest peak so far, plus a tenth)
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub memory_per_job: Option<ByteSize>,
    /// Disk space that must be free before another model starts
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub min_free_disk: ByteSize,
    /// Threads for each tool, set as HLS_MAX_THREADS (which vivado_synth.tcl reads) and OMP_NUM_THREADS
    #[arg(long, value_name = "N")]
    pub threads_per_job: Option<NonZeroUsize>,
}

/// `--num-workers`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workers {
    /// This many.
    Number(NonZeroUsize),
    /// As many as cores and memory allow.
    Auto,
}

fn workers(text: &str) -> Result<Workers, String> {
    match text {
        "auto" => Ok(Workers::Auto),
        _ => {
            text.parse().map(Workers::Number).map_err(|_| "give a number of 1 or more, or `auto`".to_owned())
        }
    }
}

/// `--toolchain`: one from the table.
pub(super) fn toolchain() -> impl TypedValueParser<Value = &'static Entry> {
    let names = TABLE.iter().map(|entry| PossibleValue::new(entry.name).help(entry.help));
    PossibleValuesParser::new(names).try_map(|name| by_name(&name).ok_or("there is no such toolchain"))
}

/// `--simulator`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SimulatorArg {
    /// Icarus Verilog: starts at once
    Iverilog,
    /// Verilator: compiles C++ first, for very many samples
    Verilator,
}

/// `--keep`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeepArg {
    /// The reports
    Reports,
    /// The whole project
    Project,
}
