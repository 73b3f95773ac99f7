//! Where the results of a sweep are, in a place that a person names.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::folders;
use crate::plan::discover::Tier;
use crate::plan::jobs::DEFAULT_OUTPUT;
use crate::results::error::SummaryError;
use crate::results::write::RESULTS_FILE;

/// An output folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::results) struct Part {
    /// The folder.
    pub(in crate::results) dir: PathBuf,
    /// Its results file; without one, its project folders are read.
    pub(in crate::results) file: Option<PathBuf>,
    /// The tier whose output it has.
    pub(in crate::results) tier: Option<Tier>,
}

impl Part {
    fn of_file(file: PathBuf) -> Self {
        let dir =
            file.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
        Self { dir, file: Some(file), tier: None }
    }

    /// The folder with its results file.
    fn with_file(dir: PathBuf) -> Option<Self> {
        let file = dir.join(RESULTS_FILE);
        file.is_file().then_some(Self { dir, file: Some(file), tier: None })
    }

    /// The folder with its results file, or with projects.
    fn of_folder(dir: PathBuf) -> Option<Self> {
        let of_projects = |dir: PathBuf| {
            (!folders::projects(&dir).is_empty()).then_some(Self { dir, file: None, tier: None })
        };
        Self::with_file(dir.clone()).or_else(|| of_projects(dir))
    }

    fn in_tier(self, tier: Tier) -> Self {
        Self { tier: Some(tier), ..self }
    }
}

/// Finds the output folder that is meant by `place`: the results file, its folder, or the folder of models that has it. Where each tier was a
/// sweep of its own, these are two.
pub(in crate::results) fn find(place: &Path) -> Result<Vec<Part>, SummaryError> {
    if place.is_file() {
        return Ok(vec![Part::of_file(place.to_owned())]);
    }
    let read = |source| SummaryError::Read { path: place.to_owned(), source };
    match fs::read_dir(place) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(SummaryError::NoPlace { dir: place.to_owned() });
        }
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            return Err(SummaryError::NoResults { dir: place.to_owned() });
        }
        Err(error) => return Err(read(error)),
    }
    let usual = [place.to_owned(), place.join(DEFAULT_OUTPUT)];
    if let Some(part) = usual.iter().cloned().find_map(Part::with_file) {
        return Ok(vec![part]);
    }
    let tiers: Vec<Part> = Tier::ALL.into_iter().filter_map(|tier| of_tier(place, tier)).collect();
    if !tiers.is_empty() {
        return Ok(tiers);
    }
    if let Some(part) = usual.into_iter().find_map(Part::of_folder) {
        return Ok(vec![part]);
    }
    others(place)
}

fn of_tier(place: &Path, tier: Tier) -> Option<Part> {
    let folder = place.join(tier.folder());
    let candidates = [folder.join(DEFAULT_OUTPUT), folder, place.join(DEFAULT_OUTPUT).join(tier.folder())];
    candidates.into_iter().find_map(Part::of_folder).map(|part| part.in_tier(tier))
}

/// Outputs of several kinds beside each other: `hls_outputs_vsynth`, `hls_outputs_5ns`.
fn others(place: &Path) -> Result<Vec<Part>, SummaryError> {
    let entries = fs::read_dir(place).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(DEFAULT_OUTPUT));
    let mut parts: Vec<Part> = named.filter_map(|entry| Part::of_folder(entry.path())).collect();
    match parts.len() {
        0 => Err(nothing(place)),
        1 => Ok(parts),
        _ => {
            parts.sort_by(|a, b| a.dir.cmp(&b.dir));
            let name = |part: &Part| part.dir.file_name().unwrap_or_default().to_string_lossy().into_owned();
            Err(SummaryError::Several { dir: place.to_owned(), names: parts.iter().map(name).collect() })
        }
    }
}

/// Nothing is here; perhaps it is one folder too deep.
fn nothing(place: &Path) -> SummaryError {
    let dir = fs::canonicalize(place).unwrap_or_else(|_| place.to_owned());
    match dir.parent() {
        Some(parent) if folders::projects(parent).iter().any(|(_, project)| *project == dir) => {
            SummaryError::OneJob { parent: parent.to_owned(), dir: place.to_owned() }
        }
        _ => SummaryError::NoResults { dir: place.to_owned() },
    }
}
