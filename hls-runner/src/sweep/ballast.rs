//! Room on the disk that is thrown overboard when the disk is full: what was done can still be written down.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, fallocate};

const FILE: &str = "reserve";
/// What the results of one job take on the disk, about: as they are, and as they are being written anew.
const BYTES_PER_JOB: u64 = 16 * 1024;
const LEAST: u64 = 64 * 1024;
const MOST: u64 = 64 * 1024 * 1024;

/// A file that only takes up space.
pub(crate) struct Ballast {
    path: PathBuf,
    bytes: u64,
}

impl Ballast {
    /// Takes up space for the results of so many jobs, in a sweep's own folder.
    pub(crate) fn new(state_dir: &Path, jobs: usize) -> Self {
        let bytes = (jobs as u64).saturating_mul(BYTES_PER_JOB).clamp(LEAST, MOST);
        let ballast = Self { path: state_dir.join(FILE), bytes };
        ballast.take_up();
        ballast
    }

    /// Without room for it, or on a file system that reserves nothing, there is none.
    fn take_up(&self) {
        let taken = File::create(&self.path)
            .and_then(|file| Ok(fallocate(&file, FallocateFlags::empty(), 0, self.bytes)?));
        if taken.is_err() {
            let _ = fs::remove_file(&self.path);
        }
    }

    /// Runs `write`; where the disk is full, once more with the space that was kept for it.
    pub(crate) fn write<T>(&self, mut write: impl FnMut() -> io::Result<T>) -> io::Result<T> {
        match write() {
            Err(error)
                if matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
                    && fs::remove_file(&self.path).is_ok() =>
            {
                write()
            }
            result => result,
        }
    }

    /// Takes the space again if it was needed and there is room.
    pub(crate) fn restore(&self) {
        if !self.path.exists() {
            self.take_up();
        }
    }
}

impl Drop for Ballast {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_gets_a_second_try_with_the_space() {
        let dir = tempfile::tempdir().unwrap();
        let ballast = Ballast::new(dir.path(), 10);
        let file = dir.path().join(FILE);
        assert_eq!(fs::metadata(&file).unwrap().len(), 10 * BYTES_PER_JOB);
        let tries = std::cell::Cell::new(0);
        let full_until = |last: u32| {
            let tries = &tries;
            move || {
                tries.set(tries.get() + 1);
                if tries.get() < last { Err(io::Error::from(ErrorKind::StorageFull)) } else { Ok(()) }
            }
        };
        assert!(ballast.write(full_until(2)).is_ok());
        assert!(!file.exists());
        tries.set(0);
        assert!(ballast.write(full_until(2)).is_err(), "there was nothing left to throw away");
        ballast.restore();
        assert!(file.exists());
        assert!(ballast.write(|| Err::<(), _>(io::Error::from(ErrorKind::PermissionDenied))).is_err());
        assert!(file.exists(), "space was not what was missing");
        drop(ballast);
        assert!(!file.exists());
    }
}
