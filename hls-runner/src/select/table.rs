//! The models side by side: a row for each, or for each of its points in a grid of settings; a column for each figure.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use crate::plan::grid::Point;
use crate::results::columns::Cell;

/// What is known of models.
#[derive(Debug, Clone, Default)]
pub struct Table {
    /// Names of the columns, in the order in which they were met.
    pub columns: Vec<String>,
    /// The models.
    pub rows: Vec<Row>,
    /// Whether a stand-in for the vendor's tools made some of the figures up.
    pub stand_in: bool,
}

/// A model under some settings, and what is known of it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The run: the folder's name.
    pub run: String,
    /// The model: the name of its file without the extension.
    pub model: String,
    /// The file, where there is one.
    pub file: Option<PathBuf>,
    /// The settings of the job that the figures are of, where a sweep varied some.
    pub settings: Point,
    /// By column.
    pub values: BTreeMap<String, Cell>,
}

impl Row {
    /// The number in a column; `None` where there is none, or one that is not finite.
    #[must_use]
    pub fn number(&self, column: &str) -> Option<f64> {
        self.values.get(column).and_then(Cell::as_number).filter(|value| value.is_finite())
    }
}

impl Table {
    /// Puts a value into a row, if it has none there. Returns whether it has another number.
    pub(super) fn offer(&mut self, row: usize, column: &str, value: Cell) -> bool {
        if value == Cell::Unknown {
            return false;
        }
        if !self.columns.iter().any(|known| known == column) {
            self.columns.push(column.to_owned());
        }
        match self.rows[row].values.entry(column.to_owned()) {
            Entry::Vacant(entry) => {
                entry.insert(value);
                false
            }
            Entry::Occupied(entry) => match (entry.get().as_number(), value.as_number()) {
                // Files round.
                (Some(known), Some(other)) => (known - other).abs() > 1e-6 * known.abs().max(other.abs()),
                _ => false,
            },
        }
    }

    /// The settings that vary: names of axes, in the order in which they are met.
    #[must_use]
    pub fn axes(&self) -> Vec<&str> {
        let mut axes = Vec::new();
        for (axis, _) in self.rows.iter().flat_map(|row| row.settings.iter()) {
            if !axes.contains(&axis) {
                axes.push(axis);
            }
        }
        axes
    }

    /// Whether models of several runs are compared.
    #[must_use]
    pub fn has_several_runs(&self) -> bool {
        self.rows.windows(2).any(|pair| pair[0].run != pair[1].run)
    }
}
