//! One sweep at a time in an output folder.
//!
//! The lock is the kernel's, on a file in the folder's `.hls-sweep/`, so that it ends with its owner however that ends. The file says who
//! the owner is, for people, and for file systems that know no locks: there, an owner that is gone from this host is no owner.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::process::tree::started_ticks;

/// What a sweep needs for itself, below the output folder.
pub(crate) const STATE_DIR: &str = ".hls-sweep";

const FILE: &str = "lock";

/// Who works in an output folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The machine's name.
    pub host: String,
    /// The process.
    pub pid: u32,
    /// Since when.
    pub since: Timestamp,
    /// When the process was started, in the system's ticks since its boot: a process id is used again, this pair is not.
    pub started_ticks: Option<u64>,
}

impl Owner {
    fn this_process() -> Self {
        let pid = std::process::id();
        Self { host: host(), pid, since: Timestamp::now(), started_ticks: started_ticks(pid) }
    }

    /// Whether the owner is certainly gone: a process of this host that does not run any more.
    fn is_gone(&self) -> bool {
        self.host == host() && (self.started_ticks.is_none() || started_ticks(self.pid) != self.started_ticks)
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, pid, since, .. } = self;
        write!(f, "process {pid} on {host}, since {}", since.strftime("%Y-%m-%d %H:%M:%S UTC"))
    }
}

/// Who works in an output folder at the moment, if anybody does.
#[must_use]
pub fn working_in(output_dir: &Path) -> Option<Owner> {
    match look(output_dir) {
        Some((true, owner)) => owner,
        Some((false, _)) | None => None,
    }
}

/// Whether somebody works in an output folder, and who wrote his name there last. `None` if that cannot be told.
pub(crate) fn look(output_dir: &Path) -> Option<(bool, Option<Owner>)> {
    let mut file = File::open(output_dir.join(STATE_DIR).join(FILE)).ok()?;
    let owner = read_owner(&mut file);
    // A shared lock can be had where nobody has the other kind; it is given back at the end of this function.
    match file.try_lock_shared() {
        Ok(()) => Some((false, owner)),
        Err(TryLockError::WouldBlock) => Some((true, owner)),
        Err(TryLockError::Error(_)) => owner.map(|owner| (!owner.is_gone(), Some(owner))),
    }
}

/// Why an output folder could not be locked.
#[derive(Debug)]
pub(crate) enum LockError {
    /// Somebody else works there.
    Held(Option<Owner>),
    /// The file could not be made.
    Io(PathBuf, io::Error),
}

/// The right to work in an output folder, until it is dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    file: File,
}

impl Lock {
    /// Takes the lock whose file is in `folder`, which exists. Also says whose lock was left over, if one was.
    pub(crate) fn take(folder: &Path) -> Result<(Self, Option<Owner>), LockError> {
        let path = folder.join(FILE);
        let at = |error| LockError::Io(path.clone(), error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(at)?;
        let written = read_owner(&mut file);
        match patiently(|| file.try_lock()) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(written)),
            // This file system has no locks. Who is written there holds it, unless he is known to be gone.
            Err(TryLockError::Error(_)) => {
                if let Some(owner) = written.as_ref().filter(|owner| !owner.is_gone()) {
                    return Err(LockError::Held(Some(owner.clone())));
                }
            }
        }
        write_owner(&mut file, Some(&Owner::this_process())).map_err(at)?;
        Ok((Self { file }, written))
    }
}

/// Asks again for a moment: whoever looks whether somebody works here holds the lock meanwhile, and so does a child of this
/// process between its fork and its exec.
fn patiently(mut lock: impl FnMut() -> Result<(), TryLockError>) -> Result<(), TryLockError> {
    for _ in 0..PATIENCE {
        match lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(20)),
            other => return other,
        }
    }
    lock()
}

const PATIENCE: usize = 15;

impl Drop for Lock {
    fn drop(&mut self) {
        // The kernel gives the lock back when the file is closed; the name in it is for people.
        let _ = write_owner(&mut self.file, None);
    }
}

fn read_owner(file: &mut File) -> Option<Owner> {
    let mut text = String::new();
    file.take(4096).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

fn write_owner(file: &mut File, owner: Option<&Owner>) -> io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    match owner {
        Some(owner) => file.write_all(serde_json::to_string(owner)?.as_bytes()),
        None => Ok(()),
    }
}

fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_lock_is_held_once_and_names_its_owner() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, left_over) = Lock::take(dir.path()).unwrap();
        assert_eq!(left_over, None);
        match Lock::take(dir.path()) {
            Err(LockError::Held(Some(owner))) => assert_eq!(owner.pid, std::process::id()),
            other => panic!("{other:?}"),
        }
        drop(lock);
        let (_lock, left_over) = Lock::take(dir.path()).unwrap();
        assert_eq!(left_over, None, "it was given back properly");
    }

    #[test]
    fn the_lock_of_a_dead_process_is_taken_over() {
        let dir = tempfile::tempdir().unwrap();
        let dead = Owner { started_ticks: Some(1), ..Owner::this_process() };
        fs::write(dir.path().join(FILE), serde_json::to_string(&dead).unwrap()).unwrap();
        let (_lock, left_over) = Lock::take(dir.path()).unwrap();
        assert_eq!(left_over, Some(dead));
    }

    #[test]
    fn who_is_gone_and_who_may_be_alive() {
        let own = Owner::this_process();
        let elsewhere = Owner { host: "another.host".into(), started_ticks: Some(1), ..own.clone() };
        let reused = Owner { started_ticks: own.started_ticks.map(|ticks| ticks + 1), ..own.clone() };
        for (owner, gone) in [(&own, false), (&elsewhere, false), (&reused, true)] {
            assert_eq!(owner.is_gone(), gone, "{owner:?}");
        }
    }
}
