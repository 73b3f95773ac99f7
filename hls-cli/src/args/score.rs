//! Options of `score`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bytesize::ByteSize;

use super::labelled::number;
use super::sizes::size;
use super::{ConversionArgs, LabelledArgs, NonFiniteArg, SelectionArgs};

/// `score`.
#[derive(Debug, clap::Args)]
pub struct ScoreArgs {
    /// Folder with models (or with pareto_primary/ and pareto_secondary/), or a model file; may be repeated
    #[arg(long = "input-dir", value_name = "DIR|MODEL", required = true)]
    pub inputs: Vec<PathBuf>,
    #[command(flatten)]
    pub labelled: LabelledArgs,
    /// Mark metrics that the conversion makes worse by more than this: shares by the difference, losses by the ratio
    #[arg(long, value_name = "DISTANCE", default_value = "0.01", value_parser = distance)]
    pub tolerance: f64,
    /// Do not score the models as they were before the conversion as well
    #[arg(long)]
    pub no_reference: bool,
    /// What to do with NaN and infinity in the samples
    #[arg(long, value_enum, default_value = "refuse")]
    pub non_finite: NonFiniteArg,
    /// Memory for samples; if they take more, they are read several times, and this is for outputs of models
    #[arg(long, value_name = "SIZE", default_value = "1GiB", value_parser = size)]
    pub max_memory: ByteSize,
    /// Folder for scores.json and scores.csv (default: the first --input-dir, or the folder of its model)
    #[arg(long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Print what is in scores.json instead of a table
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub selection: SelectionArgs,
    /// Number of models to work on at the same time (default: all cores)
    #[arg(long, visible_alias = "jobs", value_name = "N")]
    pub num_workers: Option<NonZeroUsize>,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

fn distance(text: &str) -> Result<f64, String> {
    let distance = number(text)?;
    if distance >= 0.0 { Ok(distance) } else { Err("it must not be negative".to_owned()) }
}
