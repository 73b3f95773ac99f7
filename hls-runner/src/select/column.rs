//! What people call a figure, and the columns that hold it.

use std::fmt;

use super::error::SelectError;
use super::table::{Row, Table};
use crate::results::columns::SETTING;

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Goal {
    /// More is better.
    Maximize,
    /// Less is better.
    Minimize,
}

/// Which side a limit is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bound {
    /// Not less.
    AtLeast,
    /// Not more.
    AtMost,
}

/// A column, or several that are added.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Figure {
    columns: Vec<String>,
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.columns.join("+"))
    }
}

impl Figure {
    /// The number of a model; `None` if a column has none.
    #[must_use]
    pub fn of(&self, row: &Row) -> Option<f64> {
        self.columns.iter().map(|column| row.number(column)).sum()
    }
}

/// Resources, by their short names, and what their columns end with.
const RESOURCES: [(&str, &str); 7] = [
    ("lut", "lut"),
    ("ff", "ff"),
    ("dsp", "dsp"),
    ("bram", "bram_18k"),
    ("bram_18k", "bram_18k"),
    ("uram", "uram"),
    ("carry", "carry"),
];
/// Who counts resources, the nearest to the chip first. What different ones say is never compared.
const ORIGINS: [&str; 5] = ["implemented_", "synthesized_", "mapped_", "estimated_", "instant_"];
/// Other short names, and the columns that may be meant, of which the first that is there is.
const ALIASES: [(&str, &[&str]); 9] = [
    ("fmax", &["implemented_fmax_mhz", "synthesized_fmax_mhz", "timing_fmax_mhz"]),
    ("slack", &["implemented_slack_ns", "synthesized_slack_ns", "estimated_slack_ns"]),
    ("power", &["implemented_power_w", "synthesized_power_w"]),
    ("accuracy", &["val_accuracy", "validation_accuracy", "val_acc"]),
    ("bkg_rej", BACKGROUND_REJECTION),
    ("bkg_rej_weighted", BACKGROUND_REJECTION),
    ("weighted_bkg_rej", BACKGROUND_REJECTION),
    (
        "latency",
        &[
            "cosim_latency_max_cycles",
            "rtlsim_latency_cycles",
            "circuit_latency_cycles",
            "latency_max_cycles",
        ],
    ),
    (
        "interval",
        &[
            "cosim_interval_max_cycles",
            "rtlsim_interval_cycles",
            "circuit_interval_cycles",
            "interval_max_cycles",
        ],
    ),
];
const BACKGROUND_REJECTION: &[&str] = &["bkg_rej_weighted", "weighted_bkg_rej", "val_weighted_bkg_rej"];

/// Turns what people type into columns of a table.
pub struct Names<'a> {
    table: &'a Table,
    /// Where short names of resources are counted from.
    origin: Option<&'static str>,
}

impl<'a> Names<'a> {
    /// Names for a table. All resources in `asked` come from one origin: the one of which most models have all of them. With `budget`,
    /// resources are asked for, too, at least look-up tables.
    pub fn new(table: &'a Table, asked: &[&str], budget: bool) -> Self {
        let terms = asked.iter().flat_map(|name| name.split('+')).map(str::trim);
        let resources: Vec<&str> = terms.filter_map(resource).chain(budget.then_some("lut")).collect();
        let having = |origin: &str| {
            let has_all =
                |row: &&Row| resources.iter().all(|r| row.number(&format!("{origin}{r}")).is_some());
            table.rows.iter().filter(has_all).count()
        };
        // Of equally many the first.
        let best = ORIGINS.into_iter().rev().max_by_key(|origin| having(origin));
        let origin = best.filter(|origin| !resources.is_empty() && having(origin) > 0);
        Self { table, origin }
    }

    /// Where the resources are counted, if any were asked for by their short names.
    pub fn origin(&self) -> Option<&'static str> {
        self.origin
    }

    /// The columns of a name: exact, short, or several joined by `+`.
    pub fn figure(&self, name: &str) -> Result<Figure, SelectError> {
        let columns = name.split('+').map(|term| self.column(term.trim()));
        Ok(Figure { columns: columns.collect::<Result<_, _>>()? })
    }

    /// A resource as it is counted, if it is.
    pub fn counted(&self, resource: &str) -> Option<Figure> {
        Some(Figure { columns: vec![self.counted_column(resource)?] })
    }

    fn counted_column(&self, name: &str) -> Option<String> {
        let column = format!("{}{}", self.origin?, resource(name)?);
        Some(column).filter(|column| self.has_numbers(column))
    }

    fn has_numbers(&self, column: &str) -> bool {
        self.table.rows.iter().any(|row| row.number(column).is_some())
    }

    fn column(&self, name: &str) -> Result<String, SelectError> {
        let lower = name.to_ascii_lowercase();
        let has_numbers = |column: &str| self.has_numbers(column);
        let exact = self.table.columns.iter().find(|column| column.eq_ignore_ascii_case(name));
        if let Some(column) = exact.filter(|column| has_numbers(column)) {
            return Ok(column.clone());
        }
        if let Some(column) = self.counted_column(&lower) {
            return Ok(column);
        }
        let aliases = ALIASES.iter().filter(|(short, _)| *short == lower).flat_map(|(_, columns)| *columns);
        if let Some(column) = aliases.into_iter().find(|column| has_numbers(column)) {
            return Ok((*column).to_owned());
        }
        // An axis of a grid, without what its column begins with.
        let setting = format!("{SETTING}{lower}");
        let setting = self.table.columns.iter().find(|column| column.eq_ignore_ascii_case(&setting));
        if let Some(column) = setting.filter(|column| has_numbers(column)) {
            return Ok(column.clone());
        }
        let starts =
            |column: &&String| column.to_ascii_lowercase().starts_with(&lower) && has_numbers(column);
        let candidates: Vec<&str> = self
            .table
            .columns
            .iter()
            .filter(starts)
            .map(String::as_str)
            .filter(|_| !lower.is_empty())
            .collect();
        match candidates[..] {
            [only] => Ok(only.to_owned()),
            [] => {
                let known =
                    self.table.columns.iter().map(String::as_str).filter(|column| has_numbers(column));
                let known: Vec<&str> = known.collect();
                let known = if known.is_empty() { "no number at all".to_owned() } else { known.join(", ") };
                Err(SelectError::NoSuchFigure { name: name.to_owned(), known })
            }
            ref several => {
                Err(SelectError::Ambiguous { name: name.to_owned(), candidates: several.join(" or ") })
            }
        }
    }
}

fn resource(name: &str) -> Option<&'static str> {
    RESOURCES.iter().find(|(short, _)| name.eq_ignore_ascii_case(short)).map(|(_, column)| *column)
}
