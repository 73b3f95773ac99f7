//! One sweep at a time in an output folder.
//!
//! The lock is the kernel's, on a file in the folder's `.hls-sweep/`, so that it ends with its owner however that ends. That is not enough
//! where a folder is shared: some file systems know no locks, and on some each host has locks of its own (Lustre's `localflock`, NFS's
//! `local_lock`, many of FUSE). So the file also says who the owner is, and the owner renews the file's time as a sign of life. An owner
//! that is written there counts, even where the kernel grants the lock, unless its owner is known to have ended: a process of this host that does not
//! run, or one of another host that has given no sign of life for too long.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::folder::heart::{Heart, silence};
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
    pub(crate) fn this_process() -> Self {
        let pid = std::process::id();
        Self { host: host(), pid, since: Timestamp::now(), started_ticks: started_ticks(pid) }
    }

    /// Whether the owner is a process of this host that runs. `None` if it is of another host, about which nothing can be asked.
    pub(crate) fn runs_here(&self) -> Option<bool> {
        let runs = || self.started_ticks.is_some() && started_ticks(self.pid) == self.started_ticks;
        (self.host == host()).then(runs)
    }

    fn is_this_process(&self) -> bool {
        self.pid == std::process::id() && self.runs_here() == Some(true)
    }
}

/// The times by which owners on other hosts are judged.
#[derive(Debug, Clone, Copy)]
struct Lease {
    /// How often an owner gives a sign of life.
    beat: Duration,
    /// After how long a silence it counts as ended: several beats, plus the time for which network file systems may show an old value.
    silence: Duration,
}

const LEASE: Lease = Lease { beat: Duration::from_secs(10), silence: Duration::from_secs(90) };

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
    let granted = match file.try_lock_shared() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock) => return Some((true, owner)),
        Err(TryLockError::Error(_)) => false,
    };
    let Some(owner) = owner else { return granted.then_some((false, None)) };
    let is_there = owner
        .runs_here()
        .unwrap_or_else(|| silence(&file, output_dir).is_none_or(|silence| silence < LEASE.silence));
    Some((is_there, Some(owner)))
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
    heart: Option<Heart>,
}

impl Lock {
    /// Takes the lock whose file is in `folder`, which exists. Also says whose lock was left over, if one was.
    ///
    /// Waits where only time can tell: until an owner on another host gives a sign of life, or has been silent for too long.
    pub(crate) fn take(folder: &Path) -> Result<(Self, Option<Owner>), LockError> {
        Self::take_with(folder, LEASE)
    }

    fn take_with(folder: &Path, lease: Lease) -> Result<(Self, Option<Owner>), LockError> {
        let path = folder.join(FILE);
        let at = |error| LockError::Io(path.clone(), error);
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(at)?;
        let written = read_owner(&mut file);
        let granted = match patiently(|| file.try_lock()) {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => return Err(LockError::Held(written)),
            // This file system has no locks.
            Err(TryLockError::Error(_)) => false,
        };
        // A lock of this process was given back if the kernel grants it again.
        if let Some(owner) = written.as_ref().filter(|owner| !(granted && owner.is_this_process()))
            && owner.runs_here().unwrap_or_else(|| is_alive_elsewhere(folder, lease))
        {
            return Err(LockError::Held(Some(owner.clone())));
        }
        write_owner(&mut file, Some(&Owner::this_process())).map_err(at)?;
        let heart = Heart::start(&file, lease.beat).map_err(at)?;
        Ok((Self { file, heart: Some(heart) }, written))
    }
}

/// Waits for a sign of life of an owner on another host, until it has been silent for too long.
fn is_alive_elsewhere(folder: &Path, lease: Lease) -> bool {
    // The file is opened anew for each look: network file systems ask the server then.
    let look = || {
        let mut file = File::open(folder.join(FILE)).ok()?;
        let (silence, last) = (silence(&file, folder)?, file.metadata().ok()?.modified().ok()?);
        // One that has ended in the meantime has taken its name away.
        read_owner(&mut file).map(|_| (silence, last))
    };
    let Some((_, first)) = look() else { return false };
    let begin = Instant::now();
    while begin.elapsed() < lease.silence {
        match look() {
            Some((_, last)) if last != first => return true,
            Some((silence, _)) if silence < lease.silence => std::thread::sleep(lease.beat / 10),
            Some(_) | None => return false,
        }
    }
    false
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
        drop(self.heart.take());
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

pub(crate) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::SystemTime;

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
            assert_eq!(owner.runs_here() == Some(false), gone, "{owner:?}");
        }
        assert!(own.is_this_process() && !reused.is_this_process() && !elsewhere.is_this_process());
        assert_eq!(elsewhere.runs_here(), None);
    }

    /// Times short enough to wait for.
    const QUICK: Lease = Lease { beat: Duration::from_millis(50), silence: Duration::from_millis(700) };

    fn written_by_another_host(folder: &Path) -> Owner {
        let owner = Owner { host: "another.host".into(), ..Owner::this_process() };
        fs::write(folder.join(FILE), serde_json::to_string(&owner).unwrap()).unwrap();
        owner
    }

    #[test]
    fn an_owner_on_another_host_holds_a_lock_that_the_kernel_grants_as_long_as_it_lives() {
        let dir = tempfile::tempdir().unwrap();
        let owner = written_by_another_host(dir.path());
        // As that host would: by the time of the file, and no lock of this kernel.
        let file = OpenOptions::new().append(true).open(dir.path().join(FILE)).unwrap();
        let heart = Heart::start(&file, QUICK.beat).unwrap();
        match Lock::take_with(dir.path(), QUICK) {
            Err(LockError::Held(Some(holder))) => assert_eq!(holder, owner),
            other => panic!("{other:?}"),
        }
        drop(heart);
        // It has died and is silent.
        let begin = Instant::now();
        let (_lock, left_over) = Lock::take_with(dir.path(), QUICK).unwrap();
        assert_eq!(left_over, Some(owner));
        assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    }

    #[test]
    fn who_has_been_silent_for_long_is_not_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join(STATE_DIR);
        fs::create_dir(&state).unwrap();
        let owner = written_by_another_host(&state);
        assert_eq!(working_in(dir.path()), Some(owner.clone()));
        let file = OpenOptions::new().append(true).open(state.join(FILE)).unwrap();
        file.set_modified(SystemTime::now() - LEASE.silence - Duration::from_secs(5)).unwrap();
        assert_eq!(working_in(dir.path()), None);
        let begin = Instant::now();
        let (_lock, left_over) = Lock::take(&state).unwrap();
        assert_eq!(left_over, Some(owner));
        assert!(begin.elapsed() < LEASE.beat);
    }

    #[test]
    fn a_holder_gives_signs_of_life_and_ends_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, _) = Lock::take_with(dir.path(), QUICK).unwrap();
        let file = OpenOptions::new().append(true).open(dir.path().join(FILE)).unwrap();
        let long_ago = SystemTime::now() - Duration::from_secs(1000);
        file.set_modified(long_ago).unwrap();
        let begin = Instant::now();
        while file.metadata().unwrap().modified().unwrap() < long_ago + Duration::from_secs(500) {
            assert!(begin.elapsed() < Duration::from_secs(10), "no sign of life");
            std::thread::sleep(QUICK.beat);
        }
        drop(lock);
        let begin = Instant::now();
        let (slow, _) = Lock::take(dir.path()).unwrap();
        drop(slow);
        assert!(begin.elapsed() < LEASE.beat / 2, "{:?}", begin.elapsed());
    }
}
