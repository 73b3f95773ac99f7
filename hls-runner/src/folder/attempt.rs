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
//! run, one counts. What a failed try left there does not keep a success away. Results of an earlier sweep that are to be replaced ([`Older`]) keep the name until then and change places with the new ones.
//! What a crash leaves is below `attempts/` and is removed by the next sweep.
//!
//! With a scratch folder ([`Scratch`]) the project is there, and what is kept of it is copied here before it is committed.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use crate::folder::claim::remove_any;
use crate::folder::error::FolderError;
use crate::folder::flush::flush_folder;
use crate::folder::lock::STATE_DIR;
use crate::folder::older::Older;
use crate::folder::record_file::{read_record, write_record};
use crate::folder::retain::{self, RetainError};
use crate::folder::scratch::Scratch;
use crate::plan::jobs::Job;
use crate::record::job::{JobRecord, JobStatus, RECORD_FILE};

const ATTEMPTS: &str = "attempts";

/// How long tools may go on writing after their sweep was killed.
const LAST_MOMENTS: Duration = Duration::from_secs(5);

/// One try at a job. Dropped, it removes what it has not committed.
pub(crate) struct Attempt {
    home: PathBuf,
    /// Where `folder` is, if that is not below `home`.
    scratch: Option<Scratch>,
    /// The job's folder in the output folder.
    target: PathBuf,
    /// What may be replaced there.
    older: Option<Older>,
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
    /// Makes an empty folder for a try at `job`, below `scratch` if there is one. The result replaces `older`.
    pub(crate) fn begin(
        job: &Job,
        output_dir: &Path,
        scratch: Option<&Path>,
        older: Option<Older>,
    ) -> Result<Self, FolderError> {
        let attempts = output_dir.join(STATE_DIR).join(ATTEMPTS);
        let io = |source| FolderError::Io { path: attempts.clone(), source };
        fs::create_dir_all(&attempts).map_err(io)?;
        let prefix = format!("{}-", std::process::id());
        let home = tempfile::Builder::new().prefix(&prefix).tempdir_in(&attempts).map_err(io)?.keep();
        let name = job.folder.file_name().unwrap_or_default();
        let archive = job.tarball();
        // From here on, dropping it removes all of it.
        let mut attempt = Self {
            target: job.folder.clone(),
            scratch: None,
            older,
            folder: home.join(name),
            kept: home.join("kept").join(name),
            archive: home.join(archive.file_name().unwrap_or_default()),
            home,
        };
        if let Some(parent) = scratch {
            let made = Scratch::begin(parent)
                .map_err(|source| FolderError::Io { path: parent.to_owned(), source })?;
            attempt.folder = made.folder.join(name);
            attempt.scratch = Some(made);
        }
        let folder = &attempt.folder;
        fs::create_dir(folder).map_err(|source| FolderError::Io { path: folder.clone(), source })?;
        Ok(attempt)
    }

    /// What is kept, on the output folder's disk: `kept`, or where that is the project in a scratch folder, a copy of it.
    pub(crate) fn at_home(&self, kept: PathBuf) -> Result<PathBuf, RetainError> {
        if self.scratch.is_none() || kept != self.folder {
            return Ok(kept);
        }
        retain::copy_all(&self.folder, &self.kept)?;
        Ok(self.kept.clone())
    }

    /// Makes `folder`, a part of this attempt, the job's result: everything in it is on the disk already.
    ///
    /// # Errors
    /// The disk is full or cannot be written. Nothing has its name in the output folder then, except perhaps the archive.
    pub(crate) fn commit(&self, folder: &Path, record: &JobRecord) -> Result<Commit, FolderError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| FolderError::Commit { path, source }
        };
        let written = folder.join(RECORD_FILE);
        write_record(&written, record).map_err(at(&written))?;
        let parent = self.target.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).map_err(at(parent))?;
        // A success takes the place of a failed try, too.
        let older = self.older_there().or_else(|| failed_at(&self.target, record));
        if older.is_none() && is_taken(&self.target) {
            return Ok(Commit::Late);
        }
        let archive = self.committed_archive();
        if record.tarball.is_some() {
            fs::rename(&self.archive, &archive).map_err(at(&archive))?;
        }
        if let Commit::Late = self.take_name(folder, older).map_err(at(&self.target))? {
            return Ok(Commit::Late);
        }
        if record.tarball.is_none() && self.older.is_some() {
            remove_any(&archive).map_err(at(&archive))?;
        }
        if let Err(error) = flush_folder(parent) {
            // A failure will be recorded; its folder must not say otherwise.
            let _ = fs::rename(&self.target, self.home.join("unsafe"));
            return Err(at(parent)(error));
        }
        Ok(Commit::Done)
    }

    /// Gives the whole folder of a failed attempt the job's name, for whoever wants to know why. It is tried once, and may fail: the cause
    /// of the failure may be the disk.
    pub(crate) fn leave(&self, record: &JobRecord) {
        let whole = self.scratch.as_ref().map(|_| {
            let whole = self.home.join("whole").join(self.folder.file_name().unwrap_or_default());
            // Some of it tells more than nothing.
            let _ = retain::copy_all(&self.folder, &whole);
            whole
        });
        let folder = whole.as_ref().unwrap_or(&self.folder);
        let written = folder.join(RECORD_FILE);
        if write_record(&written, record).is_err() {
            let _ = fs::remove_file(&written);
        }
        let _ = self.target.parent().map(fs::create_dir_all);
        let older = self.older_there();
        if older.is_some() || !is_taken(&self.target) {
            let _ = remove_any(&self.committed_archive());
            let _ = self.take_name(folder, older);
        }
    }

    /// Takes away what the attempt would have replaced: it belongs to another version of the model.
    pub(crate) fn leave_nothing(&self) {
        if self.older_there().is_some() {
            let _ = remove_any(&self.committed_archive());
            let _ = fs::rename(&self.target, self.home.join("older"));
        }
    }

    fn committed_archive(&self) -> PathBuf {
        self.target.with_file_name(self.archive.file_name().unwrap_or_default())
    }

    /// What may be replaced, if it still has the job's name.
    fn older_there(&self) -> Option<Older> {
        self.older.filter(|older| Older::at(&self.target) == Some(*older))
    }

    /// Gives `folder` the job's name. An older folder is in the attempt afterwards, and is removed with it.
    fn take_name(&self, folder: &Path, older: Option<Older>) -> io::Result<Commit> {
        if older.is_none() {
            return rename_new(folder, &self.target);
        }
        match renameat_with(CWD, folder, CWD, &self.target, RenameFlags::EXCHANGE) {
            Ok(()) if Older::at(folder) == older => Ok(Commit::Done),
            Ok(()) => {
                // Another attempt was first, by less than the time between two system calls.
                renameat_with(CWD, folder, CWD, &self.target, RenameFlags::EXCHANGE)?;
                Ok(Commit::Late)
            }
            Err(Errno::NOENT) => rename_new(folder, &self.target),
            // The file system cannot exchange two names: for a moment neither folder has it.
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
                let aside = self.home.join("older");
                fs::rename(&self.target, &aside)?;
                rename_new(folder, &self.target).inspect_err(|_| {
                    let _ = fs::rename(&aside, &self.target);
                })
            }
            Err(error) => Err(error.into()),
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.home);
    }
}

/// Removes what earlier sweeps in this output folder left unfinished. The caller holds the folder's lock, so nobody else works
/// there, on this machine or another.
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

/// The folder with this name, if it is what a failed try at the job of this record left.
fn failed_at(folder: &Path, record: &JobRecord) -> Option<Older> {
    let there = Older::at(folder)?;
    let found = read_record(folder)?;
    (found.status == JobStatus::Failed && found.fingerprint == record.fingerprint).then_some(there)
}

fn is_taken(folder: &Path) -> bool {
    fs::read_dir(folder)
        .map_or_else(|error| error.kind() != ErrorKind::NotFound, |mut entries| entries.next().is_some())
}

/// Renames a folder to a name that nothing has, except perhaps an empty folder. Where the file system cannot promise that, a folder with
/// anything in it is still never replaced.
fn rename_new(from: &Path, to: &Path) -> io::Result<Commit> {
    // Succeeds only for an empty folder.
    let _ = fs::remove_dir(to);
    let renamed = match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::rename(from, to),
        result => result.map_err(io::Error::from),
    };
    match renamed {
        Ok(()) => Ok(Commit::Done),
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {
            Ok(Commit::Late)
        }
        Err(error) => Err(error),
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
            let attempt = Attempt::begin(&job, out.path(), None, None).unwrap();
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

    #[test]
    fn a_success_takes_the_place_of_a_failure_and_not_the_other_way_round() {
        let out = tempfile::tempdir().unwrap();
        let job = Job { name: "m".into(), folder: out.path().join("hls_m"), ..Job::default() };
        let [failed, first, second, late] =
            [(); 4].map(|()| Attempt::begin(&job, out.path(), None, None).unwrap());
        let record = |status, attempts| JobRecord { status, attempts, ..JobRecord::default() };
        failed.leave(&record(JobStatus::Failed, 1));
        assert_eq!(read_record(&job.folder).unwrap().attempts, 1);
        let succeeded = |attempts| record(JobStatus::Success, attempts);
        assert!(matches!(first.commit(&first.folder, &succeeded(2)).unwrap(), Commit::Done));
        assert!(matches!(second.commit(&second.folder, &succeeded(3)).unwrap(), Commit::Late));
        late.leave(&record(JobStatus::Failed, 4));
        drop((failed, first, second, late));
        assert_eq!(read_record(&job.folder).unwrap().attempts, 2);
    }

    /// An output folder with results of an earlier sweep, and an attempt that may replace them.
    fn over_older(out: &Path) -> (Job, Attempt) {
        let job = Job { name: "m".into(), folder: out.join("hls_m"), ..Job::default() };
        fs::create_dir(&job.folder).unwrap();
        fs::write(job.folder.join("result"), "older").unwrap();
        fs::write(job.tarball(), "older").unwrap();
        let attempt = Attempt::begin(&job, out, None, Older::at(&job.folder)).unwrap();
        fs::write(attempt.folder.join("result"), "newer").unwrap();
        fs::write(&attempt.archive, "newer").unwrap();
        (job, attempt)
    }

    fn result_in(job: &Job) -> Option<String> {
        fs::read_to_string(job.folder.join("result")).ok()
    }

    #[test]
    fn older_results_stay_until_newer_ones_take_their_place() {
        let with_archive = |job: &Job| JobRecord { tarball: Some(job.tarball()), ..JobRecord::default() };

        let out = tempfile::tempdir().unwrap();
        let (job, attempt) = over_older(out.path());
        assert_eq!(result_in(&job).unwrap(), "older");
        assert!(matches!(attempt.commit(&attempt.folder, &with_archive(&job)).unwrap(), Commit::Done));
        assert_eq!(result_in(&job).unwrap(), "newer");
        assert_eq!(fs::read_to_string(job.tarball()).unwrap(), "newer");

        // Without an archive, the older one goes too.
        let out = tempfile::tempdir().unwrap();
        let (job, attempt) = over_older(out.path());
        attempt.commit(&attempt.folder, &JobRecord::default()).unwrap();
        assert_eq!((result_in(&job).as_deref(), job.tarball().exists()), (Some("newer"), false));

        // A failure replaces them as well; one without a project removes them.
        let out = tempfile::tempdir().unwrap();
        let (job, attempt) = over_older(out.path());
        attempt.leave(&JobRecord::default());
        assert_eq!((result_in(&job).as_deref(), job.tarball().exists()), (Some("newer"), false));
        let out = tempfile::tempdir().unwrap();
        let (job, attempt) = over_older(out.path());
        attempt.leave_nothing();
        assert!(!job.folder.exists() && !job.tarball().exists());

        // Another attempt was first.
        let out = tempfile::tempdir().unwrap();
        let (job, attempt) = over_older(out.path());
        let other = Attempt::begin(&job, out.path(), None, Older::at(&job.folder)).unwrap();
        fs::write(other.folder.join("result"), "other").unwrap();
        fs::write(&other.archive, "other").unwrap();
        assert!(matches!(other.commit(&other.folder, &with_archive(&job)).unwrap(), Commit::Done));
        assert!(matches!(attempt.commit(&attempt.folder, &with_archive(&job)).unwrap(), Commit::Late));
        attempt.leave(&JobRecord::default());
        drop((attempt, other));
        assert_eq!(result_in(&job).unwrap(), "other");
        assert_eq!(fs::read_to_string(job.tarball()).unwrap(), "other");

        // Somebody removed them meanwhile.
        let out = tempfile::tempdir().unwrap();
        let (job, attempt) = over_older(out.path());
        fs::remove_dir_all(&job.folder).unwrap();
        assert!(matches!(attempt.commit(&attempt.folder, &with_archive(&job)).unwrap(), Commit::Done));
        assert_eq!(result_in(&job).unwrap(), "newer");
    }
}
