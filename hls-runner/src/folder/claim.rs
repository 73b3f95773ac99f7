//! Free a job's names in the output folder without destroying anything that is not ours.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::folder::error::FolderError;
use crate::folder::older::Older;
use crate::folder::record_file::read_record;
use crate::plan::jobs::{Job, sibling};
use crate::record::job::{JobStatus, RECORD_FILE};

/// In the folders of unfinished jobs that earlier versions of this program left.
const MARKER: &str = ".hls-runner";

/// How long tools may go on writing after their sweep was killed.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// Frees the job's names in the output folder of what an earlier run of the same job left there. The caller holds the folder's lock.
///
/// Results that are complete stay where they are until newer ones replace them; they are returned.
pub(crate) fn clear(job: &Job) -> Result<Option<Older>, FolderError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::Io { path, source }
    };
    let older = match fs::symlink_metadata(&job.folder) {
        Ok(found) if found.is_dir() && is_ours(&job.folder) => {
            if is_success(&job.folder) {
                Older::at(&job.folder)
            } else {
                discard(&job.folder).map_err(io(&job.folder))?;
                None
            }
        }
        Ok(_) => return Err(FolderError::Foreign { path: job.folder.clone() }),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(source) => return Err(io(&job.folder)(source)),
    };
    let archive = older.is_none().then(|| job.tarball());
    for left_over in archive.into_iter().chain([scratch(&job.tarball()), scratch(&job.folder)]) {
        remove_any(&left_over).map_err(io(&left_over))?;
    }
    Ok(older)
}

/// Whether a job succeeded in this folder of ours. Those of earlier versions have no record, but lost their marker.
fn is_success(folder: &Path) -> bool {
    match read_record(folder) {
        Some(record) => record.status == JobStatus::Success,
        None => is_finished(folder) && folder.join("project.tcl").is_file(),
    }
}

/// Whether the folder is there and the job that it belongs to is done with it.
pub(crate) fn is_finished(folder: &Path) -> bool {
    folder.is_dir() && !folder.join(MARKER).exists()
}

/// Where a job may put things aside: next to its folder, on the same file system, hidden.
pub(crate) fn scratch(folder: &Path) -> PathBuf {
    sibling(folder, ".", ".tmp")
}

pub(crate) fn remove_any(path: &Path) -> std::io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Removes a project folder. It loses its name first: the next run could not recognize half a folder under that name as ours.
fn discard(folder: &Path) -> std::io::Result<()> {
    let aside = scratch(folder);
    remove_any(&aside)?;
    fs::rename(folder, &aside)?;
    // Tools of a sweep that has just been killed may still be writing there, in their last moments.
    let begin = Instant::now();
    loop {
        match fs::remove_dir_all(&aside) {
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty && begin.elapsed() < LAST_MOMENTS => {
                std::thread::sleep(Duration::from_millis(50));
            }
            result => return result,
        }
    }
}

fn is_ours(folder: &Path) -> bool {
    folder.join(RECORD_FILE).is_file()
        || folder.join(MARKER).is_file()
        || folder.join("project.tcl").is_file()
        || fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_none())
}
