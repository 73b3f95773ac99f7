//! Results of scripts: the one that this program follows, and its descendants.
//!
//! Their results file names models, folders and times, and leaves the numbers in the tools' reports. They write it when everything is
//! over, and lose it when they die before. So [`place`] finds results files or the project folders themselves, [`folders`] makes jobs of
//! folders and archives that no file tells of, [`salvage`] reads what is whole of a file that was cut off, [`reports`] finds the
//! reports in what is left of a project: a folder, or the archive beside it, and [`cause`] says why a job failed, where only the logs there tell. Paths in such a file are relative to a folder that nobody
//! knows any more, or absolute on another machine; only their last names count.

mod archive;
mod cause;
pub(super) mod folders;
pub(super) mod place;
mod reports;
pub(super) mod salvage;

use std::path::{Path, PathBuf};

use crate::plan::jobs::sibling;
use crate::record::job::{JobRecord, JobStatus};
use crate::record::sweep::SweepRecord;
use reports::JobFiles;

/// Whether the file was not written by a version of this program.
fn is_foreign(sweep: &SweepRecord) -> bool {
    sweep.schema == 0
}

/// Whether a script's sweep is over: such a file does not say so, but every model has its result.
pub(super) fn is_over(sweep: &SweepRecord) -> bool {
    let done = |job: &JobRecord| matches!(job.status, JobStatus::Success | JobStatus::Failed);
    let jobs = &sweep.results;
    is_foreign(sweep) && !jobs.is_empty() && jobs.len() >= sweep.total && jobs.iter().all(done)
}

/// Adds what the file does not say: when the sweep began and ended, why jobs failed, and the numbers of the reports.
pub(super) fn complete(sweep: &mut SweepRecord, results_dir: &Path) {
    if !is_foreign(sweep) {
        return;
    }
    if is_over(sweep) {
        sweep.started = sweep.started.or_else(|| sweep.results.iter().filter_map(|job| job.started).min());
        sweep.ended = sweep.ended.or_else(|| sweep.results.iter().filter_map(|job| job.ended).max());
    }
    for job in &mut sweep.results {
        let is_unexplained = job.status == JobStatus::Failed && job.failure.is_none();
        if job.report.is_some() && !is_unexplained {
            continue;
        }
        let files = files_of(job, results_dir);
        if is_unexplained {
            job.failure = cause::failure_of(job, files.as_ref());
        }
        let Some(files) = files.filter(|_| job.report.is_none()) else { continue };
        let (report, warnings) = files.read();
        job.report = report.map(Box::new);
        job.warnings.extend(warnings);
    }
}

/// What is left of a job's project: its folder, or else its archive.
fn files_of(job: &JobRecord, results_dir: &Path) -> Option<JobFiles> {
    let folder = folder_beside(job, results_dir).map(|folder| JobFiles::in_folder(&folder));
    folder.filter(|files| !files.is_empty() || files.has_logs()).or_else(|| {
        let archive = archive_beside(job, results_dir)?;
        Some(JobFiles::in_archive(&archive))
    })
}

/// The job's project folder, by its name or by those of its tier and itself.
pub(super) fn folder_beside(job: &JobRecord, results_dir: &Path) -> Option<PathBuf> {
    beside(job, results_dir, |folder| folder).find(|folder| folder.is_dir())
}

/// The job's archive, likewise.
fn archive_beside(job: &JobRecord, results_dir: &Path) -> Option<PathBuf> {
    let named =
        job.tarball.as_ref().and_then(|archive| archive.file_name()).map(|name| results_dir.join(name));
    let usual = beside(job, results_dir, |folder| sibling(&folder, "", ".tar.gz"));
    usual.chain(named).find(|archive| archive.is_file())
}

fn beside<'a>(
    job: &JobRecord,
    results_dir: &'a Path,
    of: impl Fn(PathBuf) -> PathBuf + 'a,
) -> impl Iterator<Item = PathBuf> + 'a {
    let named = job.job.folder.file_name();
    let name = named.map_or_else(|| format!("hls_{}", job.job.name).into(), ToOwned::to_owned);
    let tier = job.job.folder.parent().and_then(Path::file_name);
    let in_tier = tier.map(|tier| results_dir.join(tier).join(&name));
    in_tier.into_iter().chain([results_dir.join(&name)]).map(of)
}
