//! Options of `report` and `status`.

use std::path::PathBuf;

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
    // What follows after a space is the folder of the sweep.
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    pub resource_analysis: Option<Option<PathBuf>>,
    /// Sort by this column, smallest first and unknown values last (default: the order of the sweep): model, status, latency, interval, lut, ff, dsp, bram,
    /// uram, clock, slack, fmax, power, time, a setting of the grid (clock-period), or any column of --csv
    #[arg(long, value_name = "COLUMN")]
    pub sort: Option<String>,
    /// Sort largest first
    #[arg(long, requires = "sort")]
    pub reverse: bool,
    /// What is drawn instead of the table
    #[command(flatten)]
    pub page: PageArgs,
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
