//! Options of `estimate`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{CircuitArgs, ConversionArgs, GridArgs, SelectionArgs};

/// `estimate`.
#[derive(Debug, clap::Args)]
pub struct EstimateArgs {
    /// The model file, or a folder with models (or with pareto_primary/ and pareto_secondary/)
    #[arg(value_name = "MODEL|DIR")]
    pub path: PathBuf,
    #[command(flatten)]
    pub selection: SelectionArgs,
    #[command(flatten)]
    pub grid: GridArgs,
    /// Number of models to work on at the same time (default: all cores)
    #[arg(long, visible_alias = "jobs", value_name = "N")]
    pub num_workers: Option<NonZeroUsize>,
    /// Also print what each layer takes; with --csv, one line for each layer
    #[arg(long)]
    pub layers: bool,
    /// Print everything as JSON, with layers and ports
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values, one line for each model
    #[arg(long)]
    pub csv: bool,
    #[command(flatten)]
    pub circuit: CircuitArgs,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}
