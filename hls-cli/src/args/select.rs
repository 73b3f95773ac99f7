//! Options of `select`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use hls_runner::discover::DEFAULT_PATTERN;
use hls_runner::select::{PARTS, Part, part};

use super::TiersArg;

/// `select`.
#[derive(Debug, clap::Args)]
pub struct SelectArgs {
    /// Folder with the models of a run and what is known of them: scores.json, hls_outputs/, trials_summary.json, trial_*/trial.json; several for one front
    /// over all runs
    #[arg(long, value_name = "DIR", required_unless_present = "from")]
    pub input_dir: Vec<PathBuf>,
    /// More figures: a CSV or JSON file with a line for each model, joined by its name (`estimate --csv`, `report --csv`, your own)
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// Figures of which more is better, such as accuracy or bkg_rej_weighted
    #[arg(long, value_name = "FIGURE", value_delimiter = ',')]
    pub maximize: Vec<String>,
    /// Figures of which less is better, such as parameters, lut, ff, lut+ff or latency
    #[arg(long, value_name = "FIGURE", value_delimiter = ',')]
    pub minimize: Vec<String>,
    /// Leave out models of which this figure is less
    #[arg(long, value_name = "FIGURE=NUMBER", value_delimiter = ',', value_parser = limit)]
    pub min: Vec<(String, f64)>,
    /// Leave out models of which this figure is more
    #[arg(long, value_name = "FIGURE=NUMBER", value_delimiter = ',', value_parser = limit)]
    pub max: Vec<(String, f64)>,
    /// Leave out models that do not fit: into a chip (by the beginning of its part number), or lut=N,ff=N,dsp=N,bram=N (bram in blocks of 18 kbit)
    #[arg(long, value_name = "PART|LIST", value_parser = budget)]
    pub budget: Option<Budget>,
    /// Take the N best by the only figure, instead of fronts
    #[arg(long, value_name = "N")]
    pub top: Option<NonZeroUsize>,
    /// Folder for the selected models, as `synth` takes it: the first front in pareto_primary/, the second in pareto_secondary/
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Which fronts to write
    #[arg(long, value_enum, default_value = "both", requires = "output_dir")]
    pub tiers: TiersArg,
    /// Write symbolic links instead of copies
    #[arg(long, requires = "output_dir")]
    pub link: bool,
    /// Replace an earlier selection in the folder
    #[arg(long, requires = "output_dir")]
    pub force: bool,
    /// File names of the models
    #[arg(long, value_name = "GLOB", default_value = DEFAULT_PATTERN)]
    pub pattern: String,
    /// Print all models and figures as JSON
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Print all models and figures as comma-separated values
    #[arg(long)]
    pub csv: bool,
}

/// `--budget`.
#[derive(Debug, Clone)]
pub enum Budget {
    /// What a chip has.
    Part(&'static Part),
    /// Figures and what they may be at most.
    List(Vec<(String, f64)>),
}

fn limit(text: &str) -> Result<(String, f64), String> {
    let (name, number) = text.split_once('=').ok_or("write FIGURE=NUMBER, for example accuracy=0.9")?;
    let value: f64 = number.trim().parse().map_err(|_| format!("`{number}` is not a number"))?;
    if value.is_nan() { Err("NaN is no limit".to_owned()) } else { Ok((name.trim().to_owned(), value)) }
}

fn budget(text: &str) -> Result<Budget, String> {
    if text.contains('=') {
        return text.split(',').map(limit).collect::<Result<_, _>>().map(Budget::List);
    }
    part(text).map(Budget::Part).ok_or_else(|| {
        let names: Vec<&str> = PARTS.iter().map(|part| part.name).collect();
        format!("this chip is not known; write lut=N,ff=N,dsp=N,bram=N, or one of {}", names.join(", "))
    })
}
