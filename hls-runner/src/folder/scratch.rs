//! Folders on a disk of this machine's own, where tools work and nothing stays.
//!
//! ```text
//! SCRATCH/hls-cli-RANDOM/        a try at a job
//! SCRATCH/hls-cli-RANDOM.lock    locked as long as its process lives
//! ```
//!
//! A process that is killed cannot remove its folder; the next one that works there does it. Disks of a machine's own have locks that can be relied on.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

const PREFIX: &str = "hls-cli-";
const LOCK: &str = ".lock";

/// A folder of this process's own. Dropped, it is removed with all that is in it.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) folder: PathBuf,
    lock: PathBuf,
    _held: File,
}

impl Scratch {
    /// Makes a folder below `parent`, which is made if need be, after removing what processes left there that were killed.
    pub(crate) fn begin(parent: &Path) -> io::Result<Self> {
        fs::create_dir_all(parent)?;
        remove_abandoned(parent);
        // It gets its name when it is locked, so that nobody takes it for an abandoned one.
        let file = tempfile::Builder::new().prefix(".new-").tempfile_in(parent)?;
        file.as_file().lock()?;
        let name = file.path().file_name().unwrap_or_default().to_string_lossy().replace(".new-", PREFIX);
        let (folder, lock) = (parent.join(&name), parent.join(name + LOCK));
        let held = file.persist(&lock).map_err(|error| error.error)?;
        let scratch = Self { folder, lock, _held: held };
        fs::create_dir(&scratch.folder)?;
        Ok(scratch)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_file(&self.lock);
    }
}

/// Removes the folders whose processes are gone. What cannot be removed takes up space and harms nobody.
fn remove_abandoned(parent: &Path) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let lock = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(name) = name.strip_suffix(LOCK).filter(|name| name.starts_with(PREFIX)) else { continue };
        if File::open(&lock).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_dir_all(parent.join(name));
            let _ = fs::remove_file(lock);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> usize {
        fs::read_dir(folder).unwrap().count()
    }

    #[test]
    fn what_the_living_have_stays_and_what_the_dead_left_goes() {
        let dir = tempfile::tempdir().unwrap();
        let parent = dir.path().join("made/here");
        let living = Scratch::begin(&parent).unwrap();
        fs::write(living.folder.join("file"), "").unwrap();
        // As a process that was killed leaves it.
        fs::create_dir(parent.join("hls-cli-dead")).unwrap();
        fs::write(parent.join("hls-cli-dead/file"), "").unwrap();
        fs::write(parent.join("hls-cli-dead.lock"), "").unwrap();
        // Others work here, too.
        fs::create_dir(parent.join("hls-cli-others")).unwrap();
        let second = Scratch::begin(&parent).unwrap();
        assert!(living.folder.join("file").exists() && !parent.join("hls-cli-dead").exists());
        assert_eq!(names(&parent), 5);
        drop((living, second));
        assert_eq!(names(&parent), 1);
    }
}
