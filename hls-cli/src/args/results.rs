//! Options of `report` and `status`.

use std::path::PathBuf;

use clap::ValueEnum;

use super::PageArgs;

/// `report`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("drawn").args(["html", "png", "svg"]).multiple(true))]
pub struct ReportArgs {
    /// Output folder of the sweep (or the folder of its models, if that contains hls_outputs)
    pub dir: PathBuf,
    /// Print everything as JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values, one line for each model
    #[arg(long)]
    pub csv: bool,
    /// Also write a CSV with the columns of the scripts' analyze_synthesis_results.py (default file: resource_analysis.csv in the output folder)
    #[arg(long, value_name = "FILE", num_args = 0..=1)]
    pub resource_analysis: Option<Option<PathBuf>>,
    /// Sort by this column, smallest first and unknown values last (default: the order of the sweep)
    #[arg(long, value_enum, value_name = "COLUMN")]
    pub sort: Option<SortArg>,
    /// Sort largest first
    #[arg(long, requires = "sort")]
    pub reverse: bool,
    /// What is drawn instead of the table
    #[command(flatten)]
    pub page: PageArgs,
}

/// What a report can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SortArg {
    /// Name of the model
    Model,
    /// Success, failed, running, pending
    Status,
    /// Worst-case latency in cycles
    Latency,
    /// Worst-case initiation interval in cycles
    Interval,
    /// Look-up tables
    Lut,
    /// Flip-flops
    Ff,
    /// DSP blocks
    Dsp,
    /// Block RAMs
    Bram,
    /// UltraRAM blocks
    Uram,
    /// Estimated clock period
    Clock,
    /// Duration of the job
    Time,
}

/// `status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    /// Output folder of the sweep (or the folder of its models, if that contains hls_outputs)
    pub dir: PathBuf,
    /// Keep printing as things change, until the sweep has ended
    #[arg(long)]
    pub watch: bool,
}
