//! A sweep as a sheet: a row for each job, and columns that know what they hold, for tables and plots of any kind.
//!
//! ```text
//! Summary + files beside the models ─▶ select::gather_sweep ─▶ Sheet ─▶ page, pictures
//! ```
//!
//! Columns are those of [`COLUMNS`](crate::results::columns::COLUMNS), figures that are computed from several of them, the settings of a sweep over a grid,
//! and what files such as `scores.json` say of the models. Each has one [`Source`]; what is put side by side, or on one axis, comes from one.

mod budget;
mod column;
mod computed;
mod layers;
mod origin;
mod standard;

pub use budget::Budget;
pub use column::{SheetColumn, Source, title_of};
pub use computed::areas;
pub use layers::{LayerCost, Layers};
pub use standard::{NoPlot, Plot, Point};

use std::path::PathBuf;

use crate::results::Summary;
use crate::results::columns::{self, COLUMNS, Cell, Origin};
use crate::select::{self, GatherError, RUN, Table};

/// A sweep as rows and columns.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Sheet {
    /// The columns in which a job has something.
    pub columns: Vec<SheetColumn>,
    /// By job, in the order of the results: what it has in each column.
    pub rows: Vec<Vec<Cell>>,
    /// Files beside the results that said something.
    pub sources: Vec<PathBuf>,
    /// What a person should know about them.
    pub warnings: Vec<String>,
    /// Whether a stand-in for the vendor's tools made some of the numbers up.
    pub stand_in: bool,
    /// The same, to choose from.
    table: Table,
}

impl Sheet {
    /// The sheet of a sweep; `from` names files with more figures of its models.
    ///
    /// # Errors
    /// As [`select::gather_sweep`].
    pub fn of(summary: &Summary, from: &[PathBuf]) -> Result<Self, GatherError> {
        let mut found = select::gather_sweep(summary, from)?;
        computed::add(&mut found.table);
        let own = COLUMNS.iter().map(SheetColumn::of_results).chain(computed::columns());
        let mut known: Vec<SheetColumn> = own.collect();
        let axes = columns::axes(summary.jobs());
        known.extend(axes.iter().map(|axis| SheetColumn::of_setting(&columns::setting_name(axis))));
        known.push(SheetColumn::new(RUN, Source::Tool(Origin::Sweep), None));
        for name in &found.table.columns {
            if let Some(files) = found.said_by.get(name).filter(|_| known.iter().all(|k| k.name != *name)) {
                known.push(SheetColumn::of_files(name, files));
            }
        }
        known.sort_by_key(SheetColumn::rank);
        let rows = &found.table.rows;
        let has_something = |column: &SheetColumn| {
            rows.iter().any(|row| row.values.get(&column.name).is_some_and(|cell| *cell != Cell::Unknown))
        };
        known.retain(has_something);
        let cells = |row: &select::Row| -> Vec<Cell> {
            let cell = |column: &SheetColumn| row.values.get(&column.name).cloned();
            known.iter().map(|column| cell(column).unwrap_or(Cell::Unknown)).collect()
        };
        let rows = rows.iter().map(cells).collect();
        Ok(Self {
            columns: known,
            rows,
            sources: found.sources,
            warnings: found.warnings,
            stand_in: found.table.stand_in,
            table: found.table,
        })
    }

    /// The chips that the jobs were made for, where they are known and not so large that the designs would vanish beside them.
    #[must_use]
    pub fn chips(&self) -> Vec<Budget> {
        const LARGE: f64 = 20.0;
        let Ok(area) = self.area() else { return Vec::new() };
        let most = area.points.iter().map(|point| point.y).fold(0.0, f64::max);
        let parts = self.table.rows.iter().filter_map(|row| match row.values.get("part") {
            Some(Cell::Text(number)) => select::part(number),
            _ => None,
        });
        let mut chips: Vec<Budget> = Vec::new();
        for chip in parts.filter(|chip| chip.lut as f64 <= LARGE * most).map(Budget::from) {
            if !chips.contains(&chip) {
                chips.push(chip);
            }
        }
        chips
    }
}
