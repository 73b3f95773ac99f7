//! Options of `score`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bytesize::ByteSize;
use clap::ValueEnum;
use hls_model::score::Task;

use super::sweep::size;
use super::{ConversionArgs, NonFiniteArg, SelectionArgs};

/// `score`.
#[derive(Debug, clap::Args)]
pub struct ScoreArgs {
    /// Folder with models (or with pareto_primary/ and pareto_secondary/), or a model file; may be repeated
    #[arg(long = "input-dir", value_name = "DIR|MODEL", required = true)]
    pub inputs: Vec<PathBuf>,
    /// Labelled samples, with an array for each input, named after it: an npz, an HDF5 file, a TFRecord file, or a folder of npy or
    /// TFRecord files
    #[arg(long, value_name = "PATH")]
    pub data: PathBuf,
    /// Name of the labels: class numbers, one-hot, or a number for each output
    #[arg(long, value_name = "NAME", default_value = "y")]
    pub labels: String,
    /// Name of the samples' weights, if they have any
    #[arg(long, value_name = "NAME")]
    pub weights: Option<String>,
    /// What the models do (default: what labels and outputs look like)
    #[arg(long, value_enum)]
    pub task: Option<TaskArg>,
    /// What a score has to exceed to be signal (default: 0 for sums of a layer, otherwise 0.5; of two outputs, the larger)
    #[arg(long, value_name = "SCORE", allow_negative_numbers = true)]
    pub threshold: Option<f64>,
    /// Shares of signal that are kept, at which the rejection of background is measured
    #[arg(long, value_name = "SHARE,…", value_delimiter = ',', default_value = "0.95,0.98,0.99", value_parser = share)]
    pub signal_efficiency: Vec<f64>,
    /// What each of these rejections counts in bkg_rej_weighted (default: 0.3,0.6,0.1; for other efficiencies, equally)
    #[arg(long, value_name = "WEIGHT,…", value_delimiter = ',', allow_negative_numbers = true, value_parser = number)]
    pub rejection_weights: Vec<f64>,
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

/// `--task`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TaskArg {
    /// Tell signal (1) from background (0)
    Binary,
    /// Choose one of several classes
    #[value(name = "multi-class", alias = "multiclass")]
    MultiClass,
    /// Predict numbers
    Regression,
}

impl From<TaskArg> for Task {
    fn from(task: TaskArg) -> Self {
        match task {
            TaskArg::Binary => Self::Binary,
            TaskArg::MultiClass => Self::Classes,
            TaskArg::Regression => Self::Regression,
        }
    }
}

fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err("it must be a finite number".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = number(text)?;
    if share > 0.0 && share <= 1.0 { Ok(share) } else { Err("it must be above 0 and at most 1".to_owned()) }
}

fn distance(text: &str) -> Result<f64, String> {
    let distance = number(text)?;
    if distance >= 0.0 { Ok(distance) } else { Err("it must not be negative".to_owned()) }
}
