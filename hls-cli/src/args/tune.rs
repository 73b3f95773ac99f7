//! Options of `tune`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::{ConversionArgs, LabelledArgs};

/// `tune`.
#[derive(Debug, clap::Args)]
pub struct TuneArgs {
    /// The model file
    pub model: PathBuf,
    #[command(flatten)]
    pub labelled: LabelledArgs,
    /// The metric that counts, as `score` names it (default: the first one: accuracy, or mse of a regression)
    #[arg(long, value_name = "NAME")]
    pub metric: Option<String>,
    /// How much worse the metric may get, in its own unit
    #[arg(long, value_name = "DISTANCE", default_value = "0.002", allow_negative_numbers = true, value_parser = loss)]
    pub max_loss: f64,
    /// Integer bits that are kept beyond those which the samples need, in types that wrap: other samples may be larger
    #[arg(long, value_name = "N", default_value = "1", value_parser = clap::value_parser!(u32).range(..=32))]
    pub guard_bits: u32,
    /// Also narrow results of quantized activations, which training decided
    #[arg(long)]
    pub trained: bool,
    /// Use only N samples, evenly spread over all
    #[arg(long, value_name = "N")]
    pub samples: Option<NonZeroUsize>,
    /// File for the configuration (.json, otherwise YAML)
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Print what was found as JSON, with the front of bits against the metric
    #[arg(long)]
    pub json: bool,
    /// Threads of the emulator (default: all cores)
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}

fn loss(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(loss) if loss.is_finite() && loss >= 0.0 => Ok(loss),
        _ => Err("it must be a number that is not negative, such as 0.002".to_owned()),
    }
}
