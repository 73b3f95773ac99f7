//! What is known of the models of a sweep beside its results.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::error::GatherError;
use super::gather::{FOUND, Gathered, Join};
use super::table::Row;
use super::write::SELECTION_JSON;
use crate::plan::discover::Tier;
use crate::plan::jobs::{DEFAULT_OUTPUT, Job};
use crate::record::job::JobRecord;
use crate::results::Summary;
use crate::results::columns::{self, COLUMNS, Cell};

/// The column that says from which of several input folders a model comes.
pub(crate) const RUN: &str = "run";
/// What a selection says of its own fronts, which are not those of the sweep.
const OF_SELECTIONS: [&str; 2] = ["front", "left_out"];

/// The jobs of a sweep and what files say of their models: a row for each job, in their order, with the columns of the results besides.
///
/// The files are those of `from`, and those found beside the models and beside the results: what [`gather`](super::gather()) looks for, and the
/// `selection.json` of [`write()`](super::write()). They may say something of other models, too, and nothing of some. A column of theirs with the name
/// of one of the results' is left out: it is of another run.
///
/// # Errors
/// A file in `from` cannot be read or names no model of the sweep.
pub fn gather_sweep(summary: &Summary, from: &[PathBuf]) -> Result<Gathered, GatherError> {
    let mut join = Join::of_some();
    let mut models: HashMap<(&str, &Path, &str), usize> = HashMap::new();
    let mut model_of_job = Vec::new();
    for job in summary.jobs().iter().map(|job| &job.job) {
        let run = run_of(job);
        let row = models.entry((run, &job.model, &job.name));
        model_of_job
            .push(*row.or_insert_with(|| join.add_row(run, job.name.clone(), Some(job.model.clone()))));
    }
    let runs: BTreeSet<&str> = summary.jobs().iter().map(|job| run_of(&job.job)).collect();
    let only_run = runs.first().copied().filter(|_| runs.len() == 1);
    for path in from {
        join.add_asked_for(path, only_run)?;
    }
    for run in runs {
        for dir in places(summary, run, only_run.is_some()) {
            join.add_files(&dir, run, &FOUND);
            join.add_files(&dir, run, &[SELECTION_JSON]);
            join.add_trials(&dir, run);
        }
    }
    let of_job = |(job, model): (&JobRecord, usize)| join.row_at(model, &job.job.settings);
    let rows: Vec<Row> = summary.jobs().iter().zip(model_of_job).map(of_job).collect();
    let mut found = join.finish();
    let of_results: HashSet<&str> = COLUMNS.iter().map(|column| column.name).chain(OF_SELECTIONS).collect();
    let is_new = |column: &String| !of_results.contains(column.as_str());
    found.table.rows.clear();
    found.table.columns.retain(is_new);
    found.said_by.retain(|column, _| is_new(column));
    found.table.stand_in = summary.stand_in();
    let axes = columns::axes(summary.jobs());
    for (index, (job, mut row)) in summary.jobs().iter().zip(rows).enumerate() {
        row.values.retain(|column, _| is_new(column));
        found.table.rows.push(row);
        for column in COLUMNS {
            found.table.offer(index, column.name, column.of(job));
        }
        for axis in &axes {
            found.table.offer(index, &columns::setting_name(axis), columns::setting(job, axis));
        }
        if let Some(run) = &job.job.run {
            found.table.offer(index, RUN, Cell::Text(run.clone()));
        }
    }
    Ok(found)
}

fn run_of(job: &Job) -> &str {
    job.run.as_deref().unwrap_or_default()
}

/// Folders that may hold files about the models of a run: that of the models, and the one around the folders of tiers; for the only run also that of
/// the results, and the one around results in a folder of the usual name, wherever that was moved to.
fn places(summary: &Summary, run: &str, is_only: bool) -> Vec<PathBuf> {
    let results = summary.output_dir().canonicalize().ok().filter(|_| is_only);
    let around = results.as_deref().filter(|dir| dir.ends_with(DEFAULT_OUTPUT)).and_then(Path::parent);
    let is_tier =
        |dir: &Path| [Tier::Primary, Tier::Secondary].iter().any(|tier| dir.ends_with(tier.folder()));
    let jobs = summary.jobs().iter().filter(|job| run_of(&job.job) == run);
    let of_models = jobs.filter_map(|job| job.job.model.parent());
    let of_models: BTreeSet<&Path> =
        of_models.map(|dir| if is_tier(dir) { dir.parent().unwrap_or(dir) } else { dir }).collect();
    let input = Some(Path::new(&summary.sweep.input_dir)).filter(|_| is_only);
    let known = of_models.into_iter().chain(input).filter(|dir| !dir.as_os_str().is_empty());
    let mut places: Vec<PathBuf> = Vec::new();
    for dir in known.chain(around).chain(results.as_deref()) {
        if let Some(real) = dir.canonicalize().ok().filter(|dir| dir.is_dir() && !places.contains(dir)) {
            places.push(real);
        }
    }
    places
}
