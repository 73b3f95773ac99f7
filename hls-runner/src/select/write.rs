//! Put the selected models into folders.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::choice::{Judged, Place, Selection};
use super::error::WriteError;
use super::table::{Row, Table};
use crate::plan::discover::Tier;

/// How a model comes into its folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum How {
    /// As a copy.
    #[default]
    Copy,
    /// As a symbolic link to the file.
    Link,
}

/// What was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Paths below the folder, models and what belongs to them.
    pub files: Vec<PathBuf>,
}

/// All models with their figures.
pub const SELECTION_CSV: &str = "selection.csv";
/// The same as data.
pub const SELECTION_JSON: &str = "selection.json";
/// What a later selection may remove.
const LIST: &str = ".hls-selection.json";

/// Writes the models of the first `fronts` fronts into `dir`: `pareto_primary/`, `pareto_secondary/`, or, where only the best were asked for,
/// `dir` itself; and `selection.csv` and `selection.json` with all figures of all models. A file `hyperparams_trial_<n>.json` beside `model_trial_<n>.h5` goes with
/// it. Where there are several runs, files get the name of theirs at the end.
///
/// # Errors
/// The folder is not empty (with `replace`, what an earlier selection wrote there is removed first, and nothing else); a model has no file; the system
/// refuses.
pub fn write(
    dir: &Path,
    table: &Table,
    selection: &Selection,
    fronts: usize,
    how: How,
    replace: bool,
) -> Result<Written, WriteError> {
    // Everything that can be wrong with the selection is found before anything is changed.
    let mut files = Vec::new();
    for judged in selected(selection, fronts) {
        let row = &table.rows[judged.row];
        let source = row.file.as_deref().filter(|file| file.is_file());
        let source =
            source.ok_or_else(|| WriteError::NoFile { model: row.model.clone(), run: row.run.clone() })?;
        for (from, name) in with_companions(source, row, table.has_several_runs()) {
            let to = folder_of(&judged.place).join(name);
            // A model may be selected under several settings.
            if !files.iter().any(|(known, place)| *known == from && *place == to) {
                files.push((from, to));
            }
        }
    }
    prepare(dir, replace)?;
    let written = Written { files: files.iter().map(|(_, to)| to.clone()).collect() };
    // The list first: whatever is interrupted, the next selection knows what it may remove.
    put(&dir.join(LIST), serde_json::to_string_pretty(&written).unwrap_or_default().as_bytes())?;
    for (from, to) in &files {
        bring(from, &dir.join(to), how)?;
    }
    let mut csv = Vec::new();
    let at = |path: &Path| {
        let path = path.to_owned();
        move |source| WriteError::Io { path, source }
    };
    selection.write_csv(table, &mut csv).map_err(at(dir))?;
    put(&dir.join(SELECTION_CSV), &csv)?;
    let json = serde_json::to_string_pretty(&selection.view(table)).map_err(|error| at(dir)(error.into()))?;
    put(&dir.join(SELECTION_JSON), json.as_bytes())?;
    Ok(written)
}

fn selected(selection: &Selection, fronts: usize) -> impl Iterator<Item = &Judged> {
    (1..=fronts).flat_map(|front| selection.front(front))
}

fn folder_of(place: &Place) -> &'static Path {
    Path::new(match place {
        Place::Front(1) => Tier::Primary.folder(),
        Place::Front(_) => Tier::Secondary.folder(),
        Place::Rank(_) | Place::NotAmongTheBest | Place::Out(_) => "",
    })
}

/// The model's file and that with its hyperparameters, and the names that they get.
fn with_companions(model: &Path, row: &Row, several_runs: bool) -> Vec<(PathBuf, String)> {
    let run: String =
        row.run.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    let named = |path: &Path| {
        let part = |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        match several_runs {
            true => format!("{}_{run}.{}", part(path.file_stem()), part(path.extension())),
            false => part(path.file_name()),
        }
    };
    let trial = row.model.strip_prefix("model_trial_");
    let companion = trial.map(|trial| model.with_file_name(format!("hyperparams_trial_{trial}.json")));
    let all = [Some(model.to_owned()), companion.filter(|path| path.is_file())];
    all.into_iter()
        .flatten()
        .map(|path| {
            let name = named(&path);
            (path, name)
        })
        .collect()
}

/// Makes the folder, and removes what an earlier selection left there.
fn prepare(dir: &Path, replace: bool) -> Result<(), WriteError> {
    let at = |source| WriteError::Io { path: dir.to_owned(), source };
    let is_empty = match fs::read_dir(dir) {
        Ok(mut entries) => entries.next().is_none(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => true,
        Err(error) => return Err(at(error)),
    };
    if !is_empty && !replace {
        return Err(WriteError::NotEmpty { dir: dir.to_owned() });
    }
    fs::create_dir_all(dir).map_err(at)?;
    let list = fs::read_to_string(dir.join(LIST)).unwrap_or_default();
    let earlier: Written = serde_json::from_str(&list).unwrap_or_default();
    for file in earlier.files.iter().filter(|file| stays_below(file)) {
        match fs::remove_file(dir.join(file)) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(WriteError::Io { path: dir.join(file), source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a path of a list leads nowhere else.
fn stays_below(path: &Path) -> bool {
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}

fn bring(from: &Path, to: &Path, how: How) -> Result<(), WriteError> {
    let at = |source| WriteError::Io { path: to.to_owned(), source };
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(at)?;
    }
    // Whole or not at all, and in place of an older file.
    let folder = to.parent().unwrap_or(Path::new("."));
    let staging = tempfile::tempdir_in(folder).map_err(at)?;
    let staged = staging.path().join("file");
    match how {
        How::Copy => _ = fs::copy(from, &staged).map_err(at)?,
        How::Link => {
            let real = fs::canonicalize(from).map_err(at)?;
            std::os::unix::fs::symlink(real, &staged).map_err(at)?;
        }
    }
    fs::rename(&staged, to).map_err(at)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
    hls_model::samples::replace_file(path, bytes)
        .map_err(|error| WriteError::Io { path: path.to_owned(), source: io::Error::other(error) })
}
