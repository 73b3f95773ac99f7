//! A try at a job, in a folder of its own, until one rename makes it the job's result.
//!
//! ```text
//! OUTPUT/.hls-sweep/attempts/ID/hls_<model>/         the project, where the tools work; nobody else ever writes there
//! OUTPUT/.hls-sweep/attempts/ID/kept/hls_<model>/    what is kept of it, where that is less than all
//! OUTPUT/.hls-sweep/attempts/ID/hls_<model>.tar.gz   the archive
//! ```
//!
//! When all of it is on the disk, first the archive and then the folder, with the job's record in it ([`RECORD_FILE`]), get their names in the output
//! folder. The second rename is the commit: it succeeds only where no folder has the name yet, so that of two attempts at one job, wherever they
//! run, one counts. What a crash leaves is below `attempts/` and is removed by the next sweep.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::folder::claim::FolderError;
use crate::folder::flush::flush_folder;
use crate::folder::lock::STATE_DIR;
use crate::plan::jobs::Job;
use crate::record::job::{JobRecord, RECORD_FILE};

const ATTEMPTS: &str = "attempts";

/// How long tools may go on writing after their sweep was killed.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// One try at a job. Dropped, it removes what it has not committed.
pub(crate) struct Attempt {
    home: PathBuf,
    /// The job's folder in the output folder.
    target: PathBuf,
    /// Where the tools work.
    pub(crate) folder: PathBuf,
    /// Where the kept files are collected, if they are not the whole folder.
    pub(crate) kept: PathBuf,
    /// Where the archive is written.
    pub(crate) archive: PathBuf,
}

/// What became of a commit.
pub(crate) enum Commit {
    /// The folder has its name, and is on the disk.
    Done,
    /// Another attempt at the same job was first.
    Late,
}

impl Attempt {
    /// Makes an empty folder for a try at `job`.
    pub(crate) fn begin(job: &Job, output_dir: &Path) -> Result<Self, FolderError> {
        let attempts = output_dir.join(STATE_DIR).join(ATTEMPTS);
        let io = |source| FolderError::Io { path: attempts.clone(), source };
        fs::create_dir_all(&attempts).map_err(io)?;
        let prefix = format!("{}-", std::process::id());
        let home = tempfile::Builder::new().prefix(&prefix).tempdir_in(&attempts).map_err(io)?.keep();
        let name = job.folder.file_name().unwrap_or_default();
        let archive = job.tarball();
        let attempt = Self {
            target: job.folder.clone(),
            folder: home.join(name),
            kept: home.join("kept").join(name),
            archive: home.join(archive.file_name().unwrap_or_default()),
            home,
        };
        let folder = &attempt.folder;
        fs::create_dir(folder).map_err(|source| FolderError::Io { path: folder.clone(), source })?;
        Ok(attempt)
    }

    /// Makes `folder`, a part of this attempt, the job's result: everything in it is on the disk already.
    ///
    /// # Errors
    /// The disk is full or not to be written; nothing has its name then, or only the archive.
    pub(crate) fn commit(&self, folder: &Path, record: &JobRecord) -> Result<Commit, FolderError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Io { path, source }
        };
        let written = folder.join(RECORD_FILE);
        write_record(&written, record).map_err(at(&written))?;
        let parent = self.target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(at(parent))?;
        if is_taken(&self.target) {
            return Ok(Commit::Late);
        }
        if record.tarball.is_some() {
            let archive = self.target.with_file_name(self.archive.file_name().unwrap_or_default());
            fs::rename(&self.archive, &archive).map_err(at(&archive))?;
        }
        match rename_new(folder, &self.target) {
            Ok(()) => {}
            Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {
                return Ok(Commit::Late);
            }
            Err(error) => return Err(at(&self.target)(error)),
        }
        flush_folder(parent).map_err(at(parent))?;
        Ok(Commit::Done)
    }
}

impl Attempt {
    /// Gives the whole folder of a failed attempt the job's name, for whoever wants to know why. That much is tried and no more: what went wrong
    /// may be the disk.
    pub(crate) fn leave(&self, record: &JobRecord) {
        let written = self.folder.join(RECORD_FILE);
        if write_record(&written, record).is_err() {
            let _ = fs::remove_file(&written);
        }
        let _ = self.target.parent().map(fs::create_dir_all);
        if !is_taken(&self.target) {
            let _ = rename_new(&self.folder, &self.target);
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// Removes what earlier sweeps in this output folder, which have ended, left unfinished.
pub(crate) fn remove_left_over(output_dir: &Path) -> io::Result<()> {
    let attempts = output_dir.join(STATE_DIR).join(ATTEMPTS);
    let begin = Instant::now();
    loop {
        match fs::remove_dir_all(&attempts) {
            // Tools of a sweep that has just been killed may still be writing there, in their last moments.
            Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty && begin.elapsed() < LAST_MOMENTS => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => return Ok(()),
        }
    }
}

/// The record in a committed folder, if it can be read.
pub(crate) fn read_record(folder: &Path) -> Option<JobRecord> {
    serde_json::from_slice(&fs::read(folder.join(RECORD_FILE)).ok()?).ok()
}

fn write_record(path: &Path, record: &JobRecord) -> io::Result<()> {
    let file = File::create(path)?;
    let mut buffer = io::BufWriter::new(file);
    serde_json::to_writer(&mut buffer, record)?;
    buffer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

fn is_taken(folder: &Path) -> bool {
    fs::read_dir(folder)
        .map_or_else(|error| error.kind() != ErrorKind::NotFound, |mut entries| entries.next().is_some())
}

/// Renames a folder to a name that nothing has. Where the file system cannot promise that, a folder with anything in it is still never replaced.
fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::rename(from, to),
        result => Ok(result?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_attempts_one_counts() {
        let out = tempfile::tempdir().unwrap();
        let job = Job { name: "m".into(), folder: out.path().join("hls_m"), ..Job::default() };
        let [first, second] = [1, 2].map(|number: u32| {
            let attempt = Attempt::begin(&job, out.path()).unwrap();
            fs::write(attempt.folder.join("result"), number.to_string()).unwrap();
            fs::write(&attempt.archive, number.to_string()).unwrap();
            attempt
        });
        let record = |attempts| JobRecord { attempts, tarball: Some(job.tarball()), ..JobRecord::default() };
        assert!(matches!(first.commit(&first.folder, &record(1)).unwrap(), Commit::Done));
        assert!(matches!(second.commit(&second.folder, &record(2)).unwrap(), Commit::Late));
        drop((first, second));
        assert_eq!(fs::read_to_string(job.folder.join("result")).unwrap(), "1");
        assert_eq!(fs::read_to_string(job.tarball()).unwrap(), "1");
        assert_eq!(read_record(&job.folder).unwrap().attempts, 1);
        let attempts = out.path().join(STATE_DIR).join(ATTEMPTS);
        assert_eq!(fs::read_dir(&attempts).unwrap().count(), 0);
        remove_left_over(out.path()).unwrap();
        assert!(!attempts.exists());
        remove_left_over(out.path()).unwrap();
    }
}
