//! Jobs of which no results file tells: project folders, and archives whose folder is gone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::reports::JobFiles;
use crate::folder::record_file::read_record;
use crate::plan::discover::natural_order;
use crate::plan::jobs::{DEFAULT_OUTPUT, Job};
use crate::record::job::{JobRecord, JobStatus};

/// What comes before the model's name in the name of a project's folder.
const PREFIX: &str = "hls_";
/// The script copies what it keeps into a folder with this ending, and then gives that the folder's name.
const HALF_DONE: &str = "_temp";
const PACKED: &str = ".tar.gz";
/// The status of a job of which nothing says how it ended.
pub(in crate::results) const UNKNOWN: &str = "unknown";

/// The folders and archives of jobs in `dir`, by the names of their models, in natural order. A folder counts only if a file in it tells of a job.
pub(in crate::results) fn projects(dir: &Path) -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut found: BTreeMap<String, Vec<(u8, PathBuf)>> = BTreeMap::new();
    for entry in entries {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = entry.path();
        let Some((model, rank)) = model_of(&name, path.is_dir()) else { continue };
        found.entry(model).or_default().push((rank, path));
    }
    let mut projects: Vec<(String, PathBuf)> = found
        .into_iter()
        .filter_map(|(model, mut places)| {
            places.sort();
            Some((model, places.into_iter().find(|(_, path)| tells_of_a_job(path))?.1))
        })
        .collect();
    projects.sort_by(|(a, _), (b, _)| natural_order(a.as_ref(), b.as_ref()));
    projects
}

/// The model of a folder or archive with this name, and how much better others are.
fn model_of(name: &str, is_dir: bool) -> Option<(String, u8)> {
    let model = name.strip_prefix(PREFIX).filter(|_| !name.starts_with(DEFAULT_OUTPUT))?;
    let (model, rank) = match (is_dir, model.strip_suffix(HALF_DONE), model.strip_suffix(PACKED)) {
        (true, None, _) => (model, 0),
        (true, Some(model), _) => (model, 2),
        (false, _, Some(model)) => (model, 1),
        (false, _, None) => return None,
    };
    (!model.is_empty()).then(|| (model.to_owned(), rank))
}

fn tells_of_a_job(path: &Path) -> bool {
    // What is in an archive shows when it is read.
    !path.is_dir() || !JobFiles::in_folder(path).is_empty()
}

/// A job for each of `projects`. This program leaves a record in its folders; of others, nothing says how they ended.
pub(in crate::results) fn jobs(projects: Vec<(String, PathBuf)>) -> Vec<JobRecord> {
    projects.into_iter().map(|(model, path)| job(model, path)).collect()
}

fn job(name: String, path: PathBuf) -> JobRecord {
    if let Some(mut record) = read_record(&path) {
        record.job.folder = path;
        return record;
    }
    let mut record = JobRecord { status: JobStatus::Other(UNKNOWN.to_owned()), ..JobRecord::default() };
    let files = if path.is_dir() { JobFiles::in_folder(&path) } else { JobFiles::in_archive(&path) };
    let names = files.names().iter().map(|name| name.to_string_lossy().into_owned()).collect();
    let (report, warnings) = files.read();
    (record.report, record.warnings) = (report.map(Box::new), warnings);
    let packed = path.to_str().and_then(|path| path.strip_suffix(PACKED)).map(PathBuf::from);
    match packed.filter(|_| !path.is_dir()) {
        Some(folder) => {
            record.job = Job { name, folder, ..Job::default() };
            record.tarball = Some(path);
            record.kept_names = names;
        }
        None => {
            record.job = Job { name, folder: path, ..Job::default() };
            record.tarball = Some(record.job.tarball()).filter(|archive| archive.is_file());
            record.keep(names);
        }
    }
    record
}
