//! Labelled samples, and what is asked of them.

use std::path::PathBuf;

use clap::ValueEnum;
use hls_model::score::Task;

/// Labelled samples, and what is asked of them.
#[derive(Debug, Clone, clap::Args)]
pub struct LabelledArgs {
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
    /// Both at once, such as 0.95:0.3,0.98:0.6,0.99:0.1
    #[arg(
        long,
        value_name = "SHARE:WEIGHT,…",
        value_delimiter = ',',
        value_parser = share_and_weight,
        conflicts_with_all = ["signal_efficiency", "rejection_weights"]
    )]
    pub bkg_rej_weights: Vec<(f64, f64)>,
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

pub(super) fn number(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => Err("it must be a finite number".to_owned()),
    }
}

fn share(text: &str) -> Result<f64, String> {
    let share = number(text)?;
    if share > 0.0 && share <= 1.0 { Ok(share) } else { Err("it must be above 0 and at most 1".to_owned()) }
}

fn share_and_weight(text: &str) -> Result<(f64, f64), String> {
    let (efficiency, weight) = text.split_once(':').ok_or("write SHARE:WEIGHT, such as 0.95:0.3")?;
    Ok((share(efficiency)?, number(weight)?))
}
