use std::fmt;
use std::path::PathBuf;

use crate::results::error::SummaryError;

/// One of the two sweeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The first, from which ratios start.
    A,
    /// The second.
    B,
}

impl fmt::Display for Which {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "A",
            Self::B => "B",
        })
    }
}

/// Why two sweeps are not compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// There are no results.
    #[error(transparent)]
    Results(#[from] SummaryError),
    /// The file is neither a results file nor a table of a report.
    #[error("{} is not a table that `report --csv` wrote: {why}", path.display())]
    Table {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// Both are the same place.
    #[error("both sweeps are {}; give two different output folders, or choose different settings of this one", path.display())]
    Same {
        /// The place.
        path: PathBuf,
    },
    /// No setting has this name.
    #[error("{side} has no setting `{axis}`; {}", known(axes))]
    NoAxis {
        /// Whose.
        side: Which,
        /// The name.
        axis: String,
        /// The names that there are.
        axes: Vec<String>,
    },
    /// No job has these settings.
    #[error("no job of {side} has {wanted}; the values of `{axis}` there are {}", values.join(", "))]
    NoJob {
        /// Whose.
        side: Which,
        /// What was asked for.
        wanted: String,
        /// The last of these axes.
        axis: String,
        /// The values that there are.
        values: Vec<String>,
    },
    /// Several jobs of one sweep belong to one of the other.
    #[error(
        "{side} has {count} jobs of {model} that differ in settings by which the other sweep does not vary ({}); choose one value of `{axis}` for {side}",
        settings.join("; ")
    )]
    Ambiguous {
        /// Whose.
        side: Which,
        /// The model.
        model: String,
        /// How many.
        count: usize,
        /// Their settings.
        settings: Vec<String>,
        /// The axis of which a value has to be chosen.
        axis: String,
        /// One of its values.
        example: String,
    },
    /// The sweeps have no model in common.
    #[error(
        "the sweeps have no model in common: A has {a}, B has {b}; models are matched by name, tier and settings"
    )]
    NothingInCommon {
        /// Models of the first.
        a: String,
        /// Models of the second.
        b: String,
    },
    /// No column has this name.
    #[error("there is no figure `{name}` that both sweeps have numbers of; there are {}", known.join(", "))]
    NoFigure {
        /// The name.
        name: String,
        /// The columns that there are.
        known: Vec<String>,
    },
}

fn known(axes: &[String]) -> String {
    match axes {
        [] => "its jobs do not vary by any: it is not a sweep over a grid".to_owned(),
        axes => format!("its settings are {}", axes.join(", ")),
    }
}
