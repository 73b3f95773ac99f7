//! Options of `report` and `status`.

use clap::ValueEnum;
use std::path::PathBuf;

/// `report`.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// Output folder of the sweep (or the folder of its models, if the output is in hls_outputs there)
    pub dir: PathBuf,
    /// Print all that is known as JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print one line of comma-separated values for each model
    #[arg(long)]
    pub csv: bool,
    /// Order of the models, the smallest first, what is unknown last (default: order of the sweep)
    #[arg(long, value_enum, value_name = "COLUMN")]
    pub sort: Option<SortArg>,
    /// The largest first
    #[arg(long, requires = "sort")]
    pub reverse: bool,
}

/// What a report can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SortArg {
    /// Name of the model
    Model,
    /// Success, failed, running, pending
    Status,
    /// Latency at worst, in cycles
    Latency,
    /// Interval at worst, in cycles
    Interval,
    /// Look-up tables
    Lut,
    /// Flip-flops
    Ff,
    /// Multiplier blocks
    Dsp,
    /// Block RAMs
    Bram,
    /// UltraRAM blocks
    Uram,
    /// Estimated clock period
    Clock,
    /// How long the job took
    Time,
}

/// `status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// Output folder of the sweep (or the folder of its models, if the output is in hls_outputs there)
    pub dir: PathBuf,
    /// Say it again whenever something changes, until the sweep is over
    #[arg(long)]
    pub watch: bool,
}
