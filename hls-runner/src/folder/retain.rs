//! Keep what a finished job is worth keeping, and delete the rest only after that is safe.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::folder::claim::remove_any;
use crate::folder::flush::flush_folder;
use crate::record::job::RECORD_FILE;

/// What stays in the project folder of a successful job. A failed job's folder is always left whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// What suits the toolchain: the reports for Vitis, the project for C simulation.
    #[default]
    ToolchainDefault,
    /// The files that the toolchain names, and nothing else.
    Reports,
    /// Everything except what the toolchain can make again (executables).
    Project,
}

/// A toolchain's choice of files, as paths below the project folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeepList {
    /// What [`Retention::Reports`] keeps, where it exists.
    pub reports: Vec<PathBuf>,
    /// What [`Retention::Project`] deletes.
    pub disposable: Vec<PathBuf>,
    /// Which of the two [`Retention::ToolchainDefault`] means.
    pub by_default: DefaultRetention,
}

/// The two meanings of [`Retention::ToolchainDefault`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultRetention {
    /// As [`Retention::Reports`].
    Reports,
    /// As [`Retention::Project`].
    Project,
}

/// Why the kept files could not be made safe.
#[derive(Debug, thiserror::Error)]
#[error(
    "the results in {} could not be copied to a safe place ({}); nothing was deleted; check the free space",
    folder.display(), path.display()
)]
pub struct RetainError {
    folder: PathBuf,
    path: PathBuf,
    source: std::io::Error,
}

/// What [`keep`] keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Where it is.
    pub folder: PathBuf,
    /// Names below it: first the toolchain's reports, then the rest; folders end in `/`.
    pub names: Vec<String>,
    /// What could not be deleted.
    pub warnings: Vec<String>,
}

/// Takes from a successful job's folder what `retention` keeps: copies of the reports in `aside`, which does not exist yet, flushed to the
/// disk; or the folder itself without what can be made again.
///
/// # Errors
/// The copies could not be made safe; the folder is as it was.
pub fn keep(folder: &Path, aside: &Path, list: &KeepList, retention: Retention) -> Result<Kept, RetainError> {
    let mut warnings = Vec::new();
    let (kept, others) = match (retention, list.by_default) {
        (Retention::Reports, _) | (Retention::ToolchainDefault, DefaultRetention::Reports) => {
            copy_files(folder, aside, &list.reports).map_err(|(path, source)| RetainError {
                folder: folder.to_owned(),
                path,
                source,
            })?;
            (aside, Vec::new())
        }
        (Retention::Project, _) | (Retention::ToolchainDefault, DefaultRetention::Project) => {
            for name in &list.disposable {
                let path = folder.join(name);
                warn_unless_removed(&path, remove_any(&path), &mut warnings);
            }
            (folder, other_names(folder, &list.reports))
        }
    };
    let reports = list.reports.iter().filter(|name| kept.join(name).is_file());
    let reports = reports.map(|name| name.to_string_lossy().into_owned());
    Ok(Kept { folder: kept.to_owned(), names: reports.chain(others).collect(), warnings })
}

/// Copies a committed folder, without its record, to `to`, which does not exist yet, and flushes it to the disk.
///
/// # Errors
/// The copies could not be made safe.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), RetainError> {
    let at = |(path, source)| RetainError { folder: to.to_owned(), path, source };
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in walkdir::WalkDir::new(from).sort_by_file_name() {
        let entry = entry.map_err(|error| {
            let path = error.path().unwrap_or(from).to_owned();
            at((path, error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"))))
        })?;
        let below = entry.path().strip_prefix(from).unwrap_or(Path::new("")).to_owned();
        if entry.file_type().is_file() && below != Path::new(RECORD_FILE) {
            files.push(below);
        } else if entry.file_type().is_dir() {
            folders.push(below);
        }
    }
    copy_files(from, to, &files)
        .and_then(|()| {
            let mut all = folders.iter().map(|folder| to.join(folder));
            all.try_for_each(|folder| fs::create_dir_all(&folder).map_err(|error| (folder, error)))
        })
        .map_err(at)
}

/// Copies a whole project with its links to `to`, which does not exist yet, and flushes it to the disk. What can be copied is, also where something
/// cannot.
///
/// # Errors
/// Something could not be copied; sockets and the like are not tried.
pub(crate) fn copy_all(from: &Path, to: &Path) -> Result<(), RetainError> {
    let at = |(path, source)| RetainError { folder: to.to_owned(), path, source };
    let mut failed: Option<(PathBuf, std::io::Error)> = None;
    let (mut files, mut others) = (Vec::new(), Vec::new());
    for entry in walkdir::WalkDir::new(from).sort_by_file_name() {
        match entry {
            Ok(entry) => {
                let below = entry.path().strip_prefix(from).unwrap_or(Path::new("")).to_owned();
                let list = if entry.file_type().is_file() { &mut files } else { &mut others };
                list.push((below, entry.file_type()));
            }
            Err(error) => {
                let path = error.path().unwrap_or(from).to_owned();
                let source =
                    error.into_io_error().unwrap_or_else(|| std::io::Error::other("a loop of links"));
                failed.get_or_insert((path, source));
            }
        }
    }
    let make = |(below, kind): &(PathBuf, fs::FileType)| {
        let path = to.join(below);
        let made = match kind {
            kind if kind.is_dir() => fs::create_dir_all(&path),
            kind if kind.is_symlink() => {
                fs::read_link(from.join(below)).and_then(|target| std::os::unix::fs::symlink(target, &path))
            }
            _ => Ok(()),
        };
        made.map_err(|source| (path, source))
    };
    let made = others.iter().filter_map(|other| make(other).err()).collect::<Vec<_>>();
    let copied = files.iter().filter_map(|(file, _)| copy_files(from, to, std::slice::from_ref(file)).err());
    let first = failed.into_iter().chain(made).chain(copied.collect::<Vec<_>>()).next();
    let folders = others.iter().filter(|(_, kind)| kind.is_dir()).map(|(below, _)| to.join(below));
    let flushed = folders.filter_map(|folder| flush_folder(&folder).err().map(|error| (folder, error)));
    first.into_iter().chain(flushed).next().map_or(Ok(()), |failure| Err(at(failure)))
}

fn warn_unless_removed(path: &Path, removed: std::io::Result<()>, warnings: &mut Vec<String>) {
    if let Err(error) = removed {
        warnings.push(format!("{} is no longer needed but could not be deleted: {error}", path.display()));
    }
}

type CopyResult<T> = Result<T, (PathBuf, std::io::Error)>;

fn copy_files(folder: &Path, aside: &Path, files: &[PathBuf]) -> CopyResult<()> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| (path, error)
    };
    fs::create_dir_all(aside).map_err(at(aside))?;
    // Each is flushed once, when all its files are there.
    let mut folders = BTreeSet::from([aside.to_owned()]);
    for name in files {
        let (from, to) = (folder.join(name), aside.join(name));
        if !fs::symlink_metadata(&from).is_ok_and(|found| found.is_file()) {
            continue;
        }
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(at(parent))?;
        }
        fs::copy(&from, &to).and_then(|_| File::open(&to)?.sync_all()).map_err(at(&from))?;
        folders.extend(to.ancestors().skip(1).take_while(|path| path.starts_with(aside)).map(Path::to_owned));
    }
    folders.iter().try_for_each(|folder| flush_folder(folder).map_err(at(folder)))
}

/// The entries at the top of a whole project other than the reports.
fn other_names(folder: &Path, reports: &[PathBuf]) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| !reports.iter().any(|report| *report == *entry.file_name()))
        .map(|entry| {
            let slash = if entry.file_type().is_ok_and(|kind| kind.is_dir()) { "/" } else { "" };
            format!("{}{slash}", entry.file_name().to_string_lossy())
        })
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(reports: &[&str]) -> KeepList {
        KeepList {
            reports: reports.iter().map(PathBuf::from).collect(),
            disposable: vec![PathBuf::from("a.out")],
            by_default: DefaultRetention::Reports,
        }
    }

    #[test]
    fn only_files_of_the_folder_itself_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("hls_m");
        fs::create_dir_all(folder.join("tb_data/deep")).unwrap();
        fs::create_dir_all(folder.join("folder.log")).unwrap();
        for name in ["kept.tcl", "tb_data/deep/kept.log", "big.bin"] {
            fs::write(folder.join(name), name).unwrap();
        }
        fs::write(dir.path().join("secret"), "not ours").unwrap();
        std::os::unix::fs::symlink("../secret", folder.join("link.log")).unwrap();

        let reports = ["kept.tcl", "absent.log", "folder.log", "link.log", "tb_data/deep/kept.log"];
        let aside = dir.path().join("aside/hls_m");
        let kept = keep(&folder, &aside, &list(&reports), Retention::ToolchainDefault).unwrap();
        assert_eq!(kept.names, ["kept.tcl", "tb_data/deep/kept.log"]);
        assert!(kept.warnings.is_empty(), "{:?}", kept.warnings);
        let files: Vec<PathBuf> = walkdir::WalkDir::new(&aside)
            .sort_by_file_name()
            .into_iter()
            .map(|entry| entry.unwrap().into_path())
            .filter(|path| path.is_file())
            .map(|path| path.strip_prefix(&aside).unwrap().to_owned())
            .collect();
        let expected = ["kept.tcl", "tb_data/deep/kept.log"];
        assert_eq!(files, expected.map(PathBuf::from));
    }

    #[test]
    fn when_the_copies_cannot_be_made_nothing_is_deleted() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("hls_m");
        fs::create_dir_all(&folder).unwrap();
        for name in ["a.log", "big.bin"] {
            fs::write(folder.join(name), name).unwrap();
        }
        fs::write(dir.path().join("a file"), "").unwrap();
        let nowhere = dir.path().join("a file/aside");
        let error = keep(&folder, &nowhere, &list(&["a.log"]), Retention::ToolchainDefault).unwrap_err();
        assert_eq!((error.path, error.source.kind()), (nowhere, std::io::ErrorKind::NotADirectory));
        for name in ["a.log", "big.bin"] {
            assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), name);
        }
    }
}
