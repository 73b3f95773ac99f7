//! Options of `fifo`.

use std::path::PathBuf;

use super::ConversionArgs;

/// `fifo`.
#[derive(Debug, clap::Args)]
pub struct FifoArgs {
    /// The model file, or the folder of a sweep or project in which the stage fifo_opt ran
    #[arg(value_name = "MODEL|DIR")]
    pub path: PathBuf,
    /// Print everything as JSON
    #[arg(long)]
    pub json: bool,
    /// Write a configuration that gives each queue of the model the depth that is enough, for --config
    #[arg(long, value_name = "FILE.yml")]
    pub write_config: Option<PathBuf>,
    #[command(flatten)]
    pub conversion: ConversionArgs,
}
