//! A column of a sheet: its name, what a person reads, the unit, and where its numbers come from.

use std::collections::BTreeSet;

use crate::results::columns::{Column, Origin};
use crate::select::Goal;

/// Where the content of a column comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// The sweep or a tool.
    Tool(Origin),
    /// The grid of the sweep: what was set for the job.
    Setting,
    /// Files beside the models, by their names.
    Files(String),
}

impl Source {
    /// A word for programs; columns with the same word may be put side by side under one heading.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Tool(origin) => origin.key().to_owned(),
            Self::Setting => "setting".to_owned(),
            Self::Files(names) => format!("files:{names}"),
        }
    }

    /// What a person reads.
    #[must_use]
    pub fn title(&self) -> &str {
        match self {
            Self::Tool(origin) => origin.title(),
            Self::Setting => "Settings",
            Self::Files(names) => names,
        }
    }

    /// How far such numbers can be trusted.
    #[must_use]
    pub fn meaning(&self) -> &'static str {
        match self {
            Self::Tool(origin) => origin.meaning(),
            Self::Setting => "what the grid of the sweep set for the job",
            Self::Files(_) => "what files beside the models say of them",
        }
    }
}

/// A column.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SheetColumn {
    /// Its name for programs: that of `report --csv`, of the file that has it, or of the columns that are added.
    pub name: String,
    /// What a person reads, without unit and origin.
    pub title: String,
    /// The unit; empty where it is a mere number or words.
    pub unit: &'static str,
    /// Where its content comes from.
    pub source: Source,
    /// Which way is better, where that is known.
    pub goal: Option<Goal>,
}

impl SheetColumn {
    pub(super) fn of_results(column: &Column) -> Self {
        Self::new(column.name, Source::Tool(column.origin), goal_of_results(column.name))
    }

    pub(super) fn of_files(name: &str, files: &BTreeSet<String>) -> Self {
        let files: Vec<&str> = files.iter().map(String::as_str).collect();
        Self::new(name, Source::Files(files.join(", ")), Some(goal_of_files(name)))
    }

    pub(super) fn of_setting(name: &str) -> Self {
        Self::new(name, Source::Setting, None)
    }

    pub(super) fn new(name: &str, source: Source, goal: Option<Goal>) -> Self {
        // What files call a figure is left as it is: it may be anything.
        let title = match source {
            Source::Tool(_) => title_of(name),
            _ => name.strip_prefix("setting.").unwrap_or(name).to_owned(),
        };
        Self { name: name.to_owned(), title, unit: unit_of(name), source, goal }
    }

    /// Title, unit and origin in one line, as below an axis.
    #[must_use]
    pub fn axis_title(&self) -> String {
        let unit = if self.unit.is_empty() { String::new() } else { format!(" [{}]", self.unit) };
        format!("{}{unit} ({})", self.title, self.source.title())
    }

    /// Which goes first in a table: what identifies a job, what was set, what is known of the model, the tools in the order of their work, and
    /// the rest about the job.
    pub(super) fn rank(&self) -> usize {
        const FIRST: [&str; 6] = ["model", "run", "tier", "status", "stand_in", "part"];
        match &self.source {
            Source::Tool(Origin::Sweep) if FIRST.contains(&self.name.as_str()) => 0,
            Source::Setting => 1,
            Source::Files(_) => 2,
            Source::Tool(origin) => 3 + origin.rank(),
        }
    }
}

/// Beginnings of names that say an origin, which is told elsewhere.
const ORIGINS: [&str; 10] = [
    "estimated_",
    "synthesized_",
    "implemented_",
    "mapped_",
    "nextpnr_",
    "instant_",
    "timing_",
    "cosim_",
    "rtlsim_",
    "circuit_",
];
const UNITS: [(&str, &str); 7] = [
    ("_cycles", "cycles"),
    ("_ns", "ns"),
    ("_mhz", "MHz"),
    ("_w", "W"),
    ("_bram_18k", "blocks of 18 kbit"),
    ("seconds", "s"),
    ("_bytes", "bytes"),
];
const WRITTEN: [(&str, &str); 10] = [
    ("ebops", "EBOPs"),
    ("lut", "LUT"),
    ("ff", "FF"),
    ("dsp", "DSP"),
    ("uram", "URAM"),
    ("bram", "BRAM"),
    ("fmax", "Fmax"),
    ("rtlsim", "RTL simulation"),
    ("min", "(min)"),
    ("max", "(max)"),
];

/// What a person reads for a column of the results: `estimated_lut` is `LUT`, `latency_max_cycles` is `latency (max)`.
#[must_use]
pub fn title_of(name: &str) -> String {
    let parts = name.split('+').map(|name| {
        let short = ORIGINS.iter().find_map(|origin| name.strip_prefix(origin)).unwrap_or(name);
        let short = UNITS
            .iter()
            .find_map(|(end, _)| short.strip_suffix(end).filter(|rest| !rest.is_empty()))
            .map_or_else(
                || short.to_owned(),
                |rest| if short.ends_with("_bram_18k") { short.to_owned() } else { rest.to_owned() },
            );
        let short = short.replace("bram_18k", "bram");
        let words = short.split('_').map(|word| {
            WRITTEN.iter().find(|(lower, _)| *lower == word).map_or(word, |(_, written)| written)
        });
        words.collect::<Vec<_>>().join(" ")
    });
    parts.collect::<Vec<_>>().join(" + ")
}

fn unit_of(name: &str) -> &'static str {
    if name.contains('+') {
        return "";
    }
    let bram = name == "bram_18k" || name.ends_with("_bram_18k");
    if bram {
        return "blocks of 18 kbit";
    }
    UNITS.iter().find(|(end, _)| name.ends_with(end)).map_or("", |(_, unit)| unit)
}

/// Numbers of results are costs, except what there is of something.
fn goal_of_results(name: &str) -> Option<Goal> {
    const MORE: [&str; 4] = ["fmax", "slack", "available", "fits"];
    Some(if MORE.iter().any(|part| name.contains(part)) { Goal::Maximize } else { Goal::Minimize })
}

/// Whether more or less of a figure is better, by what it is called. Most metrics are shares of right answers.
pub(super) fn goal_of_files(name: &str) -> Goal {
    const LESS: [&str; 17] = [
        "loss",
        "error",
        "mse",
        "mae",
        "rmse",
        "resolution",
        "difference",
        "param",
        "bops",
        "latency",
        "interval",
        "lut",
        "dsp",
        "bram",
        "size",
        "cost",
        "seconds",
    ];
    let name = name.to_ascii_lowercase();
    if LESS.iter().any(|part| name.contains(part)) { Goal::Minimize } else { Goal::Maximize }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::columns::COLUMNS;

    #[test]
    fn titles_and_units() {
        let table = [
            ("estimated_lut", "LUT", ""),
            ("latency_max_cycles", "latency (max)", "cycles"),
            ("mapped_lut+mapped_ff", "LUT + FF", ""),
            ("instant_bram_18k", "BRAM", "blocks of 18 kbit"),
            ("timing_fmax_mhz", "Fmax", "MHz"),
            ("cosim_latency_avg_cycles", "latency avg", "cycles"),
            ("synthesized_slack_ns", "slack", "ns"),
            ("seconds", "seconds", "s"),
        ];
        for (name, title, unit) in table {
            assert_eq!((title_of(name).as_str(), unit_of(name)), (title, unit), "{name}");
        }
    }

    #[test]
    fn no_two_columns_of_one_origin_read_alike() {
        let read = COLUMNS.iter().map(|column| SheetColumn::of_results(column).axis_title());
        let mut read: Vec<String> = read.collect();
        let all = read.len();
        read.sort();
        read.dedup();
        assert_eq!(read.len(), all);
    }

    #[test]
    fn the_better_way() {
        for name in ["accuracy", "val_auc", "bkg_rej@0.95", "score"] {
            assert_eq!(goal_of_files(name), Goal::Maximize, "{name}");
        }
        for name in ["log_loss", "val_mae", "parameters", "float_mean_squared_error", "ebops"] {
            assert_eq!(goal_of_files(name), Goal::Minimize, "{name}");
        }
    }
}
