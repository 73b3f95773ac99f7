//! A sweep as it is compared.

use std::fs;
use std::path::Path;

use super::error::CompareError;
use crate::plan::grid::{Point, SettingValue};
use crate::record::job::JobRecord;
use crate::record::sweep::SweepRecord;
use crate::results::columns::{COLUMNS, Cell, Origin};
use crate::results::read::Summary;

/// What comes before the name of an axis in the name of its column.
const SETTING: &str = "setting.";
/// Columns of what was asked for: not results, but reasons for them.
const ASKED: [&str; 3] = ["part", "clock_period_target_ns", "circuit_clock_period_ns"];

/// A sweep as it is compared.
#[derive(Debug)]
pub struct Side {
    /// Where it was read.
    pub place: String,
    /// Whether a stand-in made some of the numbers up.
    pub stand_in: bool,
    /// What a person must know of how it was read.
    pub notes: Vec<String>,
    pub(super) entries: Vec<Entry>,
}

/// A job as it is compared.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) run: Option<String>,
    pub(super) model: String,
    pub(super) tier: Option<String>,
    pub(super) settings: Point,
    pub(super) status: String,
    pub(super) why_failed: Option<String>,
    /// In the order of the columns.
    pub(super) cells: Vec<Cell>,
    /// What it was made from and with.
    pub(super) facts: Vec<(String, String)>,
}

/// Whether the numbers of a column are results that can be compared.
pub(super) fn is_figure(name: &str, origin: Origin) -> bool {
    (origin != Origin::Sweep || name == "seconds") && !ASKED.contains(&name)
}

impl Side {
    /// Reads a sweep: whatever [`Summary::read`] takes, or a file that `report --csv` wrote.
    ///
    /// # Errors
    /// There is nothing, or something else.
    pub fn read(place: &Path) -> Result<Self, CompareError> {
        let is_table = place.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
        if place.is_file() && is_table {
            return Self::of_table(place);
        }
        Ok(Self::of_summary(&Summary::read(place)?))
    }

    fn of_summary(summary: &Summary) -> Self {
        let sweep = facts_of_sweep(&summary.sweep);
        let entry = |job: &JobRecord| {
            let cells: Vec<Cell> = COLUMNS.iter().map(|column| column.of(job)).collect();
            let facts = facts_of_job(job).into_iter().chain(sweep.iter().cloned());
            Entry {
                run: job.job.run.clone(),
                why_failed: job.why_failed().map(str::to_owned),
                facts: facts.collect(),
                ..Entry::of_cells(cells, as_typed(&job.job.settings))
            }
        };
        Self {
            place: summary.path.display().to_string(),
            stand_in: summary.stand_in(),
            notes: summary.notes.clone(),
            entries: summary.jobs().iter().map(entry).collect(),
        }
    }

    fn of_table(path: &Path) -> Result<Self, CompareError> {
        let flaw = |why: String| CompareError::Table { path: path.to_owned(), why };
        let bytes = fs::read(path).map_err(|error| flaw(error.to_string()))?;
        let mut reader = ::csv::ReaderBuilder::new().flexible(true).from_reader(&bytes[..]);
        let header = reader.headers().map_err(|error| flaw(error.to_string()))?.clone();
        if !["model", "status"]
            .iter()
            .all(|name| header.iter().any(|column| column.trim_start_matches('\u{feff}') == *name))
        {
            return Err(flaw("its first line has no columns `model` and `status`".to_owned()));
        }
        let mut side = Self {
            place: path.display().to_string(),
            stand_in: false,
            notes: Vec::new(),
            entries: Vec::new(),
        };
        for row in reader.records() {
            let row = row.map_err(|error| flaw(error.to_string()))?;
            let named: Vec<(&str, &str)> =
                header.iter().map(|name| name.trim_start_matches('\u{feff}')).zip(row.iter()).collect();
            let text =
                |name: &str| named.iter().find(|(column, _)| *column == name).map_or("", |(_, text)| text);
            let cells = COLUMNS.iter().map(|column| cell_of_text(text(column.name))).collect();
            let settings = named.iter().filter(|(_, text)| !text.is_empty()).filter_map(|(column, text)| {
                Some((column.strip_prefix(SETTING)?.to_owned(), SettingValue::of_text(text)))
            });
            side.stand_in |= text("stand_in") == "true";
            let optional = |name: &str| Some(text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
            side.entries.push(Entry {
                run: optional("run"),
                why_failed: optional("error"),
                ..Entry::of_cells(cells, Point::new(settings.collect()))
            });
        }
        Ok(side)
    }

    /// The names of the settings by which its jobs vary, in the order in which they are met.
    pub(super) fn axes(&self) -> Vec<&str> {
        let mut axes = Vec::new();
        for (axis, _) in self.entries.iter().flat_map(|entry| entry.settings.iter()) {
            if !axes.contains(&axis) {
                axes.push(axis);
            }
        }
        axes
    }
}

impl Entry {
    fn of_cells(cells: Vec<Cell>, settings: Point) -> Self {
        let text = |name: &str| {
            let known = COLUMNS.iter().zip(&cells).find(|(column, _)| column.name == name);
            known.map(|(_, cell)| cell.to_string()).unwrap_or_default()
        };
        Self {
            run: None,
            model: text("model"),
            tier: Some(text("tier")).filter(|tier| !tier.is_empty()),
            status: text("status"),
            why_failed: None,
            facts: Vec::new(),
            settings,
            cells,
        }
    }

    /// What was asked for, and what it was made from and with, as far as it is known.
    pub(super) fn reasons(&self) -> impl Iterator<Item = (String, String)> {
        let settings =
            self.settings.iter().map(|(axis, value)| (format!("{SETTING}{axis}"), value.to_string()));
        let asked = COLUMNS.iter().zip(&self.cells).filter(|(column, _)| ASKED.contains(&column.name));
        let asked = asked.map(|(column, cell)| (column.name.to_owned(), cell.to_string()));
        settings.chain(asked).chain(self.facts.iter().cloned()).filter(|(_, value)| !value.is_empty())
    }
}

/// Other writers may have 5.0 where this program has 5.
fn as_typed(settings: &Point) -> Point {
    let values =
        settings.iter().map(|(axis, value)| (axis.to_owned(), SettingValue::of_text(&value.to_string())));
    Point::new(values.collect())
}

fn facts_of_job(job: &JobRecord) -> Vec<(String, String)> {
    let report = job.report.as_deref();
    let estimate = report.map(|report| &report.estimate);
    let vivado = report.and_then(|report| report.logic_synthesis.as_ref()?.tool_version.clone());
    let mapped = report.and_then(|report| report.circuit.mapped.as_ref());
    let placed = report.and_then(|report| report.circuit.placement.as_ref());
    let facts = [
        ("clock_uncertainty_ns", estimate.and_then(|e| e.clock_uncertainty_ns).map(|ns| ns.to_string())),
        ("release of Vitis HLS", estimate.and_then(|e| e.tool_version.clone())),
        ("release of Vivado", vivado),
        ("release of Yosys", mapped.map(|mapped| mapped.version.clone())),
        ("release of nextpnr", placed.map(|placed| placed.version.clone())),
        ("fingerprint", job.fingerprint.as_ref().map(ToString::to_string)),
    ];
    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn facts_of_sweep(sweep: &SweepRecord) -> Vec<(String, String)> {
    let stages = sweep.stages.iter().filter(|(_, switch)| switch.as_bool() == Some(true));
    let stages: Vec<&str> = stages.map(|(name, _)| name.as_str()).collect();
    let facts = [
        ("toolchain", sweep.toolchain.name.clone()),
        ("release of the toolchain", sweep.toolchain.version.clone()),
        ("stages", stages.join(" ")),
    ];
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// A number where it is one; words of a table never stand where numbers are compared.
fn cell_of_text(text: &str) -> Cell {
    if let Ok(count) = text.parse() {
        return Cell::Count(count);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Cell::Number(number),
        _ if text.is_empty() => Cell::Unknown,
        _ => Cell::Text(text.to_owned()),
    }
}
