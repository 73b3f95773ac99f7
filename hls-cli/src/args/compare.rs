//! Options of `compare`.

use std::path::PathBuf;

use hls_runner::results::compare::Where;

/// `compare`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit status: 0 compared; 1 with --fail-above, if a figure is worse than that or a model newly fails; 2 nothing to compare."
)]
pub struct CompareArgs {
    /// The first sweep: its output folder (as for `report`), that of a Python script, or a file that `report --csv` wrote
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// The second sweep; ratios are B divided by A
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// Compare only these figures: columns of `report --csv`, or words of these: lut, latency, synthesized
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Of A take only the jobs with this setting of a grid, whichever B has: clock-period=5
    #[arg(long, value_name = "SETTING=VALUE")]
    pub a_where: Vec<Where>,
    /// Of B take only the jobs with this setting of a grid, whichever A has
    #[arg(long, value_name = "SETTING=VALUE")]
    pub b_where: Vec<Where>,
    /// Exit with status 1 if a figure is more than this many times worse in B (one of --by, or else a cost: latency, interval and resources), or if a model that
    /// succeeded in A fails in B
    #[arg(long, value_name = "RATIO", value_parser = ratio)]
    pub fail_above: Option<f64>,
    /// Print everything as JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print comma-separated values, one line for each figure of each model
    #[arg(long)]
    pub csv: bool,
}

fn ratio(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(ratio) if ratio.is_finite() && ratio >= 1.0 => Ok(ratio),
        _ => Err("expected a number of at least 1, such as 1.05".to_owned()),
    }
}
