//! Find models, and join what is known of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use super::error::GatherError;
use super::records::{self, Name, Record, trial_number};
use super::table::{Row, Table};
use super::trials;
use crate::plan::discover::{DiscoverError, TierChoice, discover};
use crate::plan::grid::Point;
use crate::plan::inputs::run_names;
use crate::record::job::JobRecord;
use crate::results::columns::{COLUMNS, Cell, setting_name};
use crate::results::{RESULTS_FILE, Summary, SummaryError};

/// Files of records that are looked for in the folder of a run, after those that were asked for. What is found first counts.
pub(super) const FOUND: [&str; 3] = ["scores.json", "trials_summary.json", "filtered_trials_summary.json"];

/// Models and what is known of them.
#[derive(Debug, Clone)]
pub struct Gathered {
    /// The models.
    pub table: Table,
    /// The files that said something.
    pub sources: Vec<PathBuf>,
    /// What a person should know: files that could not be read, records that name no model, values that differ.
    pub warnings: Vec<String>,
    /// By column: the names of the files that its values are from.
    pub said_by: BTreeMap<String, BTreeSet<String>>,
}

/// Gathers the models of `dirs`, each a run of its own, and what the files `from` and those found beside the models say of them.
///
/// A folder's models are the files that match the glob `pattern`, in both tiers where there are any. Where there are none, the records of the
/// files in it count as its models. A record belongs to the model that it names: by its file, by its name, or by the number that ends
/// the name; of several runs only if it says which, or if one has such a model.
///
/// # Errors
/// A folder has neither models nor records; a file in `from` cannot be read or names no model.
pub fn gather(dirs: &[PathBuf], pattern: &str, from: &[PathBuf]) -> Result<Gathered, GatherError> {
    let mut join = Join::default();
    let names = run_names(dirs);
    for (dir, run) in dirs.iter().zip(&names) {
        let files = match discover(dir, pattern) {
            Ok(found) => {
                let both = (found.tiers().len() > 1).then_some(TierChoice::Both);
                found.select(both, None)?
            }
            Err(DiscoverError::NothingMatches { .. }) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        if files.is_empty() {
            join.open.insert(run.clone());
        }
        for file in files {
            let model = file.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            join.add_row(run, model, Some(file.path));
        }
    }
    let only_run = match &names[..] {
        [] => Some(String::new()),
        [run] => Some(run.clone()),
        _ => None,
    };
    if dirs.is_empty() {
        join.open.insert(String::new());
    }
    for path in from {
        join.add_asked_for(path, only_run.as_deref())?;
    }
    for (dir, run) in dirs.iter().zip(&names) {
        let before = join.table.rows.len();
        join.add_found(dir, run, dirs.len() > 1);
        if join.table.rows.len() == before && !join.table.rows.iter().any(|row| row.run == *run) {
            return Err(GatherError::Nothing { dir: dir.clone() });
        }
    }
    Ok(join.finish())
}

/// The table while it grows.
#[derive(Default)]
pub(super) struct Join {
    pub table: Table,
    sources: Vec<PathBuf>,
    warnings: Vec<String>,
    by_model: HashMap<String, Vec<usize>>,
    by_trial: HashMap<u64, Vec<usize>>,
    by_file: HashMap<PathBuf, usize>,
    /// The rows of points of a grid, by the model's own row.
    points: HashMap<(usize, Point), usize>,
    /// By column: the files that disagree, and on how many models.
    conflicts: BTreeMap<String, (PathBuf, usize)>,
    /// Runs without model files: records make their models.
    open: HashSet<String>,
    said_by: BTreeMap<String, BTreeSet<String>>,
    strangers_are_usual: bool,
}

impl Join {
    /// Files may say something of models that are not here: that is no warning.
    pub fn of_some() -> Self {
        Self { strangers_are_usual: true, ..Self::default() }
    }

    pub fn add_row(&mut self, run: &str, model: String, file: Option<PathBuf>) -> usize {
        let index = self.table.rows.len();
        self.by_model.entry(model.clone()).or_default().push(index);
        if let Some(number) = trial_number(&model) {
            self.by_trial.entry(number).or_default().push(index);
        }
        if let Some(real) = file.as_ref().and_then(|file| fs::canonicalize(file).ok()) {
            self.by_file.insert(real, index);
        }
        let (run, settings, values) = (run.to_owned(), Point::default(), BTreeMap::new());
        self.table.rows.push(Row { run, model, file, settings, values });
        index
    }

    /// The row of a model under these settings. The model's own row stays apart: what it has, all of its points have.
    fn point_row(&mut self, row: usize, settings: Point) -> usize {
        if settings.is_empty() {
            return row;
        }
        let rows = &mut self.table.rows;
        *self.points.entry((row, settings)).or_insert_with_key(|(row, settings)| {
            let point = Row { settings: settings.clone(), values: BTreeMap::new(), ..rows[*row].clone() };
            rows.push(point);
            rows.len() - 1
        })
    }

    /// A file that a person named.
    pub fn add_asked_for(&mut self, path: &Path, run: Option<&str>) -> Result<(), GatherError> {
        let records = match sweep_in(path) {
            Some(summary) => {
                self.table.stand_in |= summary.stand_in();
                let run = |job: &JobRecord| Record { run: job.job.run.clone(), ..record_of(job) };
                summary.jobs().iter().map(run).collect()
            }
            None => records::read(path)?,
        };
        let (total, known) = (records.len(), self.add(path, run, records));
        if total > 0 && known == 0 {
            let example = self.table.rows.first().map_or_else(String::new, |row| row.model.clone());
            return Err(GatherError::NobodyKnown { path: path.to_owned(), example });
        }
        Ok(())
    }

    /// What lies in a run's folder.
    fn add_found(&mut self, dir: &Path, run: &str, several: bool) {
        self.add_files(dir, run, &FOUND);
        match Summary::read(dir) {
            Ok(summary) => self.add_sweep(run, &summary, several),
            Err(
                SummaryError::NoResults { .. } | SummaryError::NoPlace { .. } | SummaryError::OneJob { .. },
            ) => {}
            Err(error) => self.warnings.push(error.to_string()),
        }
        self.add_trials(dir, run);
    }

    /// Files of a folder by their names. One that cannot be read is a warning: nobody asked for it.
    pub fn add_files(&mut self, dir: &Path, run: &str, names: &[&str]) {
        for name in names {
            let path = dir.join(name);
            if !path.is_file() {
                continue;
            }
            match records::read(&path) {
                Ok(records) => _ = self.add(&path, Some(run), records),
                Err(error) => self.warnings.push(error.to_string()),
            }
        }
    }

    /// What a tuner left of its trials.
    pub fn add_trials(&mut self, dir: &Path, run: &str) {
        let mut by_folder: BTreeMap<PathBuf, Vec<Record>> = BTreeMap::new();
        for found in trials::beside(dir) {
            match found {
                Ok((path, record)) => {
                    let folder = path.parent().unwrap_or(dir).to_owned();
                    let source = if folder == dir {
                        dir.join("hyperparams_trial_*.json")
                    } else {
                        dir.join("trial_*/trial.json")
                    };
                    by_folder.entry(source).or_default().push(record);
                }
                Err(error) => self.warnings.push(error.to_string()),
            }
        }
        for (source, records) in by_folder {
            self.add(&source, Some(run), records);
        }
    }

    /// What a sweep found. Models of several input folders are runs of their own, unless the models lie here and have one.
    fn add_sweep(&mut self, run: &str, summary: &Summary, several: bool) {
        self.table.stand_in |= summary.stand_in();
        self.warnings.extend(summary.notes.iter().cloned());
        let path = if summary.path.is_file() { summary.path.clone() } else { PathBuf::from(RESULTS_FILE) };
        let is_open = self.open.contains(run);
        let mut by_run: Vec<(String, Vec<Record>)> = Vec::new();
        for job in summary.jobs() {
            let of_job = match &job.job.run {
                Some(other) if is_open && several => format!("{run}/{other}"),
                Some(other) if is_open => other.clone(),
                Some(other) if other != run && !self.knows_file(&job.job.model) => continue,
                _ => run.to_owned(),
            };
            if is_open {
                self.open.insert(of_job.clone());
            }
            match by_run.iter_mut().find(|(name, _)| *name == of_job) {
                Some((_, records)) => records.push(record_of(job)),
                None => by_run.push((of_job, vec![record_of(job)])),
            }
        }
        for (run, records) in by_run {
            self.add(&path, Some(&run), records);
        }
    }

    fn knows_file(&self, file: &Path) -> bool {
        fs::canonicalize(file).is_ok_and(|real| self.by_file.contains_key(&real))
    }

    /// Adds records to the rows that they name; returns how many name one.
    fn add(&mut self, source: &Path, run: Option<&str>, records: Vec<Record>) -> usize {
        let (mut known, mut strangers) = (0, Vec::new());
        for record in records {
            let run = run.or(record.run.as_deref());
            let open = run.filter(|&run| self.open.contains(run));
            let row = self.row_of(&record.names, run);
            let Some(row) = row.or_else(|| self.new_row(&record.names, open?)) else {
                strangers.extend(record.names.first().map(Name::to_string));
                continue;
            };
            known += 1;
            let settings: Vec<_> = record
                .settings
                .iter()
                .map(|(axis, value)| (setting_name(axis), Cell::of_setting(value)))
                .collect();
            let row = self.point_row(row, record.settings);
            for (column, value) in record.values.into_iter().chain(settings) {
                if value != Cell::Unknown && !self.table.rows[row].values.contains_key(&column) {
                    let file = source.file_name().unwrap_or(source.as_os_str()).to_string_lossy();
                    self.said_by.entry(column.clone()).or_default().insert(file.into_owned());
                }
                if self.table.offer(row, &column, value) {
                    self.conflicts.entry(column).or_insert_with(|| (source.to_owned(), 0)).1 += 1;
                }
            }
        }
        if known > 0 {
            self.sources.push(source.to_owned());
        }
        if let (true, Some(first)) = (known > 0 && !self.strangers_are_usual, strangers.first()) {
            self.warnings.push(format!(
                "{}: {} of its records belong to no model, or may belong to several (the first names {first}); they are left out",
                source.display(),
                strangers.len()
            ));
        }
        known
    }

    /// The only row that a record can mean.
    fn row_of(&self, names: &[Name], run: Option<&str>) -> Option<usize> {
        let only = |rows: Option<&Vec<usize>>| {
            let mut rows =
                rows?.iter().copied().filter(|&row| run.is_none_or(|run| self.table.rows[row].run == run));
            rows.next().filter(|_| rows.next().is_none())
        };
        names.iter().find_map(|name| match name {
            Name::File(path) => {
                let exact = fs::canonicalize(path).ok().and_then(|real| self.by_file.get(&real).copied());
                exact.or_else(|| only(self.by_model.get(&*path.file_stem()?.to_string_lossy())))
            }
            Name::Model(name) => only(self.by_model.get(name)),
            Name::Trial(number) => only(self.by_trial.get(number)),
        })
    }

    /// A row for a record of a run without model files.
    fn new_row(&mut self, names: &[Name], run: &str) -> Option<usize> {
        let (model, file) = names.iter().find_map(|name| match name {
            Name::File(path) => {
                let file = Some(path.clone()).filter(|path| path.is_file());
                Some((path.file_stem()?.to_string_lossy().into_owned(), file))
            }
            Name::Model(name) => Some((name.clone(), None)),
            Name::Trial(number) => Some((format!("trial_{number}"), None)),
        })?;
        // A second record with that name would have been found, unless several have it.
        if self
            .by_model
            .get(&model)
            .is_some_and(|rows| rows.iter().any(|&row| self.table.rows[row].run == run))
        {
            return None;
        }
        Some(self.add_row(run, model, file))
    }

    pub fn finish(mut self) -> Gathered {
        self.spread_points();
        for (column, (source, models)) in &self.conflicts {
            self.warnings.push(format!(
                "{}: its `{column}` of {models} model(s) differs from what another file says, which counts",
                source.display()
            ));
        }
        Gathered { table: self.table, sources: self.sources, warnings: self.warnings, said_by: self.said_by }
    }
}

impl Row {
    /// The row of a point, with what is known of its model besides.
    fn with_those_of(mut self, model: &Self) -> Self {
        for (column, value) in &model.values {
            self.values.entry(column.clone()).or_insert_with(|| value.clone());
        }
        self
    }
}

impl Join {
    /// What is known of a model, and of it under these settings.
    pub fn row_at(&self, model: usize, settings: &Point) -> Row {
        let own = self.table.rows[model].clone();
        match self.points.get(&(model, settings.clone())) {
            Some(&point) => self.table.rows[point].clone().with_those_of(&own),
            None => Row { settings: settings.clone(), ..own },
        }
    }

    /// Puts the points of a model in place of its own row, each with what is known of the model.
    fn spread_points(&mut self) {
        let mut of_model: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for ((model, _), row) in &self.points {
            of_model.entry(*model).or_default().push(*row);
        }
        let mut rows: Vec<Option<Row>> = std::mem::take(&mut self.table.rows).into_iter().map(Some).collect();
        let is_point: HashSet<usize> = self.points.values().copied().collect();
        for model in (0..rows.len()).filter(|row| !is_point.contains(row)) {
            let Some(own) = rows[model].take() else { continue };
            let Some(points) = of_model.get_mut(&model) else {
                self.table.rows.push(own);
                continue;
            };
            points.sort_unstable();
            let points = points.iter().filter_map(|&row| rows[row].take());
            self.table.rows.extend(points.map(|point| point.with_those_of(&own)));
        }
    }
}

/// The sweep whose results are in a file, if that is what it is.
fn sweep_in(path: &Path) -> Option<Summary> {
    let named = path.file_name().is_some_and(|name| name == RESULTS_FILE);
    Summary::read(path).ok().filter(|_| named)
}

/// What a sweep says of a job.
fn record_of(job: &JobRecord) -> Record {
    let own = ["model", "tier", "status"];
    let columns = COLUMNS.iter().filter(|column| !own.contains(&column.name));
    let file = Some(&job.job.model).filter(|file| !file.as_os_str().is_empty());
    let file = file.map(|file| Name::File(file.clone()));
    Record {
        names: file.into_iter().chain([Name::Model(job.job.name.clone())]).collect(),
        run: None,
        settings: job.job.settings.clone(),
        values: columns.map(|column| (column.name.to_owned(), column.of(job))).collect(),
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Model(name) => name.fmt(f),
            Self::Trial(number) => write!(f, "trial {number}"),
        }
    }
}
