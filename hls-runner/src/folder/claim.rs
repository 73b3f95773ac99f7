//! Free a job's names in the output folder without destroying anything that is not ours.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::plan::jobs::{Job, sibling};
use crate::record::job::RECORD_FILE;

/// In the folders of unfinished jobs that earlier versions of this program left.
const MARKER: &str = ".hls-runner";

/// How long tools may go on writing after their sweep was killed.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// Why a project folder could not be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// Something that we did not write has the folder's name.
    #[error(
        "{} is in the way: it was not written by this program (no project.tcl in it), so it is not \
         replaced; move it away or choose another output folder",
        path.display()
    )]
    Foreign {
        /// The path.
        path: PathBuf,
    },
    /// The folder could not be made or emptied.
    #[error(
        "project folder {} could not be prepared; check the free space and the permissions",
        path.display()
    )]
    Io {
        /// The path.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Frees the job's names in the output folder of what an earlier run of the same job left there. For the one who holds the folder's lock.
pub(crate) fn clear(job: &Job) -> Result<(), FolderError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| FolderError::Io { path, source }
    };
    match fs::symlink_metadata(&job.folder) {
        Ok(found) if found.is_dir() && is_ours(&job.folder) => {
            discard(&job.folder).map_err(io(&job.folder))?;
        }
        Ok(_) => return Err(FolderError::Foreign { path: job.folder.clone() }),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(source) => return Err(io(&job.folder)(source)),
    }
    for left_over in [job.tarball(), scratch(&job.tarball()), scratch(&job.folder)] {
        remove_any(&left_over).map_err(io(&left_over))?;
    }
    Ok(())
}

/// Whether the folder is there and the job that it belongs to is done with it.
pub(crate) fn is_finished(folder: &Path) -> bool {
    folder.is_dir() && !folder.join(MARKER).exists()
}

/// Where a job may put things aside: beside its folder, on the same file system, hidden.
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

/// Removes a project folder. It loses its name first: half a folder under that name would not be known for ours by the next run.
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
