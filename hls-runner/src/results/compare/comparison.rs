//! The comparison itself.

use serde::Serialize;

use super::changes::{self, Between, Change};
use super::error::{CompareError, Which};
use super::figures::{Compared, Figure};
use super::matching::{self, Where};
use super::side::{Entry, Side};
use crate::plan::grid::Point;
use crate::record::job::JobStatus;
use crate::results::columns::COLUMNS;
use crate::results::foreign::folders::UNKNOWN;

/// Version of the comparison's layout as JSON.
const SCHEMA: u32 = 1;

/// Figures that are looked at first, in the order of tables; of each group every column, or of resources the most reliable ones. These are costs …
const CYCLES: [&[&str]; 2] =
    [&["latency_max_cycles", "circuit_latency_cycles"], &["interval_max_cycles", "circuit_interval_cycles"]];
/// … and these follow the clock that was asked for.
const CLOCKS: [&[&str]; 2] = [
    &["clock_period_estimated_ns", "nextpnr_period_ns", "timing_period_ns"],
    &["implemented_fmax_mhz", "synthesized_fmax_mhz"],
];
const RESOURCES: [&str; 4] = ["lut", "ff", "dsp", "bram_18k"];
/// Who says resources, the most reliable first: Vivado placed and routed, Vivado's counts, nextpnr's and Yosys's of our circuits, the estimates.
const RELIABLE: [&str; 6] = ["implemented", "synthesized", "nextpnr", "mapped", "estimated", "instant"];

/// Two sweeps, model by model.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// Version of the layout.
    pub schema: u32,
    /// The first sweep's place.
    pub a: String,
    /// The second's.
    pub b: String,
    /// Whether a stand-in made some of the numbers up.
    pub stand_in: bool,
    /// By what jobs are matched besides the model's name.
    pub matched_by: Vec<String>,
    /// What a person must know of how the sweeps were read and matched.
    pub notes: Vec<String>,
    /// What was different when they ran, those of most models first.
    pub changes: Vec<Change>,
    /// The figures over all models.
    pub figures: Vec<Figure>,
    /// The jobs that are in both sweeps, in the order of the first.
    pub models: Vec<Pair>,
    /// The jobs that are only in the first.
    pub only_a: Vec<Lonely>,
    /// The jobs that are only in the second.
    pub only_b: Vec<Lonely>,
}

/// A job that is in both sweeps.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Pair {
    /// The input folder, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The model.
    pub model: String,
    /// Its tier.
    pub tier: Option<String>,
    /// The settings by which the jobs were matched.
    #[serde(skip_serializing_if = "Point::is_empty")]
    pub settings: Point,
    /// How it ended in the first sweep.
    pub a: Ending,
    /// How it ended in the second.
    pub b: Ending,
    /// What was different for this model, but not for all.
    pub changes: Vec<Change>,
    /// The figures that both have.
    pub figures: Vec<Compared>,
}

/// How a job ended.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Ending {
    /// `success`, `failed`, …
    pub status: String,
    /// Why it failed, if so.
    pub error: Option<String>,
}

/// A job that only one sweep has.
#[derive(Debug, Serialize)]
#[non_exhaustive]
pub struct Lonely {
    /// The input folder, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// The model.
    pub model: String,
    /// Its tier.
    pub tier: Option<String>,
    /// Its settings.
    #[serde(skip_serializing_if = "Point::is_empty")]
    pub settings: Point,
    /// How it ended.
    pub status: String,
}

/// Compares two sweeps: of each the jobs that the `Where`s take, and the figures `by`, or all of them if none is named. A figure is named by
/// its column, or by words of that: `lut`, `synthesized`.
///
/// # Errors
/// Both are the same jobs; no job belongs to one of the other sweep, or several do; a setting or a figure that is named does not exist.
pub fn compare(
    a: &Side,
    b: &Side,
    a_where: &[Where],
    b_where: &[Where],
    by: &[String],
) -> Result<Comparison, CompareError> {
    let real = |side: &Side| std::fs::canonicalize(&side.place).ok();
    if let (Some(path), true) = (real(a).filter(|path| real(b).as_ref() == Some(path)), a_where == b_where) {
        return Err(CompareError::Same { path });
    }
    let found = matching::matches(a, b, a_where, b_where)?;
    let pairs: Vec<(&Entry, &Entry)> =
        found.pairs.iter().map(|(at, other)| (&a.entries[*at], &b.entries[*other])).collect();
    let between: Vec<Between> = pairs.iter().map(|(a, b)| changes::between(a, b)).collect();
    let changes = changes::counted(&between);
    let is_common = |own: &Change| changes.iter().any(|all| all.is_common() && all.is_same_as(own));
    let own = between
        .into_iter()
        .map(|between| between.changes.into_iter().filter(|own| !is_common(own)).collect());
    let mut models: Vec<Pair> =
        pairs.iter().zip(own).map(|((a, b), own)| Pair::of(a, b, &found.axes, own)).collect();
    keep_figures(&mut models, by)?;
    let figures = figures(&mut models);
    let side_notes = [(Which::A, a), (Which::B, b)];
    let side_notes = side_notes
        .iter()
        .flat_map(|(which, side)| side.notes.iter().map(move |note| format!("{which}: {note}")));
    let lonely =
        |side: &Side, places: &[usize]| places.iter().map(|at| Lonely::of(&side.entries[*at])).collect();
    Ok(Comparison {
        schema: SCHEMA,
        a: a.place.clone(),
        b: b.place.clone(),
        stand_in: a.stand_in || b.stand_in,
        notes: side_notes.chain(found.notes).collect(),
        matched_by: found.axes,
        changes,
        figures,
        only_a: lonely(a, &found.only_a),
        only_b: lonely(b, &found.only_b),
        models,
    })
}

impl Pair {
    fn of(a: &Entry, b: &Entry, axes: &[String], changes: Vec<Change>) -> Self {
        let ending = |entry: &Entry| Ending { status: entry.status.clone(), error: entry.why_failed.clone() };
        let cells = COLUMNS.iter().zip(a.cells.iter().zip(&b.cells));
        let settings = axes.iter().filter_map(|axis| Some((axis.clone(), a.settings.get(axis)?.clone())));
        Self {
            run: a.run.clone(),
            model: a.model.clone(),
            tier: a.tier.clone(),
            settings: Point::new(settings.collect()),
            a: ending(a),
            b: ending(b),
            changes,
            figures: cells.filter_map(|(column, (a, b))| Compared::new(column, a, b)).collect(),
        }
    }

    /// Whether it succeeded in the first sweep and failed in the second.
    #[must_use]
    pub fn newly_fails(&self) -> bool {
        self.a.status == JobStatus::Success.word() && self.b.status == JobStatus::Failed.word()
    }

    /// Whether it ended in another way, as far as both sweeps say how.
    #[must_use]
    pub fn status_changed(&self) -> bool {
        self.a.status != self.b.status && ![&self.a, &self.b].iter().any(|ending| ending.status == UNKNOWN)
    }

    /// The figure of a column.
    #[must_use]
    pub fn figure(&self, column: &str) -> Option<&Compared> {
        self.figures.iter().find(|figure| figure.column == column)
    }
}

impl Lonely {
    fn of(entry: &Entry) -> Self {
        Self {
            run: entry.run.clone(),
            model: entry.model.clone(),
            tier: entry.tier.clone(),
            settings: entry.settings.clone(),
            status: entry.status.clone(),
        }
    }
}

impl Comparison {
    /// The columns that one looks at first: latency, interval, clock and resources, each by whoever is most reliable. A less reliable
    /// origin follows where it has models that the more reliable one lacks; resources of which no model needs any are left out.
    #[must_use]
    pub fn first_columns(&self) -> Vec<&'static str> {
        self.known(CYCLES.iter().chain(&CLOCKS)).chain(self.resource_columns()).collect()
    }

    /// Those of them that are costs: latency, interval and resources. The clock is a setting, and whatever is estimated or measured of it follows it.
    #[must_use]
    pub fn cost_columns(&self) -> Vec<&'static str> {
        self.known(&CYCLES).chain(self.resource_columns()).collect()
    }

    /// Of these columns, those of which both sweeps have figures.
    fn known<'a>(
        &'a self,
        groups: impl IntoIterator<Item = &'a &'a [&'a str]>,
    ) -> impl Iterator<Item = &'static str> {
        groups.into_iter().flat_map(|group| group.iter()).filter_map(|name| self.known_column(name))
    }

    fn known_column(&self, name: &str) -> Option<&'static str> {
        self.figures.iter().find(|figure| figure.column == name).map(|figure| figure.column)
    }

    fn resource_columns(&self) -> Vec<&'static str> {
        let mut columns = Vec::new();
        for resource in RESOURCES {
            let mut lacking: Vec<&Pair> = self.models.iter().collect();
            for column in
                RELIABLE.iter().filter_map(|origin| self.known_column(&format!("{origin}_{resource}")))
            {
                let has = |pair: &&Pair| pair.figure(column).is_some();
                let needs = |pair: &&Pair| {
                    pair.figure(column).is_some_and(|figure| figure.ratio != Some(1.0) || !is_zero(figure))
                };
                if lacking.iter().any(needs) {
                    columns.push(column);
                }
                lacking.retain(|pair| !has(pair));
            }
        }
        columns
    }

    /// The figures of these columns that are more than `limit` times worse in the second sweep, each with its model.
    pub fn regressions<'a>(
        &'a self,
        columns: &'a [&'static str],
        limit: f64,
    ) -> impl Iterator<Item = (&'a Pair, &'a Compared)> {
        let figures =
            self.models.iter().flat_map(|pair| pair.figures.iter().map(move |figure| (pair, figure)));
        figures.filter(move |(_, figure)| {
            columns.contains(&figure.column) && figure.worse().is_some_and(|worse| worse > limit)
        })
    }
}

fn is_zero(figure: &Compared) -> bool {
    figure.b.as_number() == Some(0.0)
}

/// Leaves the figures that are asked for.
fn keep_figures(models: &mut [Pair], by: &[String]) -> Result<(), CompareError> {
    if by.is_empty() {
        return Ok(());
    }
    // Whole words, so that `ff` is not in `differs`.
    let means =
        |name: &str, column: &str| !name.is_empty() && format!("_{column}_").contains(&format!("_{name}_"));
    let has = |column: &str| models.iter().any(|pair| pair.figure(column).is_some());
    let known: Vec<&str> = COLUMNS.iter().map(|column| column.name).filter(|name| has(name)).collect();
    if let Some(name) = by.iter().find(|name| !known.iter().any(|column| means(name, column))) {
        let known = known.into_iter().map(str::to_owned).collect();
        return Err(CompareError::NoFigure { name: name.clone(), known });
    }
    for pair in models {
        pair.figures.retain(|figure| by.iter().any(|name| means(name, figure.column)));
    }
    Ok(())
}

/// Sums up each column, and marks outliers.
fn figures(models: &mut [Pair]) -> Vec<Figure> {
    let of_column = |name: &'static str, models: &mut [Pair]| {
        let figures = models.iter_mut().flat_map(|pair| &mut pair.figures);
        Figure::of(&mut figures.filter(|figure| figure.column == name).collect::<Vec<_>>())
    };
    COLUMNS.iter().filter_map(|column| of_column(column.name, models)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_origin_of_resources_has_its_rank() {
        for column in COLUMNS {
            let origin =
                RESOURCES.iter().find_map(|resource| column.name.strip_suffix(resource)?.strip_suffix('_'));
            let known = |origin: &str| RELIABLE.contains(&origin) || origin == "available";
            assert!(
                origin.is_none_or(known),
                "{}: is its origin more or less reliable than others?",
                column.name
            );
        }
        for name in CYCLES.iter().chain(&CLOCKS).flat_map(|group| group.iter()) {
            assert!(COLUMNS.iter().any(|column| column.name == *name), "{name}");
        }
    }
}
