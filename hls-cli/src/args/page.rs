//! Options of `report` that make a page or pictures.

use std::path::PathBuf;

use clap::ValueEnum;
use hls_runner::sheet::Budget;

/// The page and the pictures.
#[derive(Debug, clap::Args)]
pub struct PageArgs {
    /// Write a page for a browser with plots, details of each model, failures, and a table to sort and filter; it needs no network
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "csv"])]
    pub html: Option<PathBuf>,
    /// Write the plots of a metric over its cost and of LUTs over flip-flops as a picture
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "csv"])]
    pub png: Option<PathBuf>,
    /// The same as a vector picture
    #[arg(long, value_name = "FILE", conflicts_with_all = ["json", "csv"])]
    pub svg: Option<PathBuf>,
    /// Which of the two plots the picture has
    #[arg(long, value_enum, default_value = "both", value_name = "PLOT")]
    pub plot: PlotArg,
    /// Draw the limits of a chip (by the beginning of its part number), or of a part of one, into the plot of LUTs; may be repeated
    #[arg(long, value_name = "PART|NAME=LUT,FF,DSP,BRAM", requires = "drawn")]
    pub budget: Vec<Budget>,
    /// More figures of the models for the plots: a CSV or JSON file as `select` takes it
    #[arg(long, value_name = "FILE", requires = "drawn")]
    pub from: Vec<PathBuf>,
    /// What the models are judged by, such as accuracy or bkg_rej_weighted [default: what is known of them]
    #[arg(long, value_name = "FIGURE", requires = "drawn")]
    pub metric: Option<String>,
    /// What they cost, such as lut+ff, dsp or latency [default: lut+ff]
    #[arg(long, value_name = "FIGURE", requires = "drawn")]
    pub cost: Option<String>,
}

/// A plot, or both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlotArg {
    /// The metric over its cost, with the Pareto front
    Pareto,
    /// LUTs over flip-flops, with the limits of chips
    Area,
    /// Both, side by side
    Both,
}

impl PageArgs {
    /// Whether something is to be drawn.
    pub fn any(&self) -> bool {
        self.html.is_some() || self.png.is_some() || self.svg.is_some()
    }
}
