//! Results files of scripts: the one that this program follows, and its descendants.
//!
//! They name models, folders and times, and leave the numbers in the tools' reports. The reports are read from the project folders next to
//! the results file; the paths in such a file were relative to a folder that nobody knows any more.

use std::fs;
use std::path::{Path, PathBuf};

use crate::record::job::{JobRecord, JobStatus};
use crate::record::sweep::SweepRecord;
use crate::report::numbers::Report;
use crate::report::source;
use crate::toolchain::stage::StageSpec;
use crate::toolchain::vitis;
use crate::toolchain::vitis::stages::STAGES;

/// The name that hls4ml gives a project if nobody gives another.
const USUAL_PROJECT: &str = "myproject";

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

/// Adds what the file does not say: when the sweep began and ended, and the numbers of the reports.
pub(super) fn complete(sweep: &mut SweepRecord, results_dir: &Path) {
    if !is_foreign(sweep) {
        return;
    }
    if is_over(sweep) {
        sweep.started = sweep.started.or_else(|| sweep.results.iter().filter_map(|job| job.started).min());
        sweep.ended = sweep.ended.or_else(|| sweep.results.iter().filter_map(|job| job.ended).max());
    }
    for job in sweep.results.iter_mut().filter(|job| job.report.is_none()) {
        job.report = folder_beside(job, results_dir).and_then(|folder| report(&folder)).map(Box::new);
    }
}

/// The job's project folder, by its name or by those of its tier and itself.
pub(super) fn folder_beside(job: &JobRecord, results_dir: &Path) -> Option<PathBuf> {
    let named = job.job.folder.file_name();
    let name = named.map_or_else(|| format!("hls_{}", job.job.name).into(), ToOwned::to_owned);
    let tier = job.job.folder.parent().and_then(Path::file_name);
    let in_tier = tier.map(|tier| results_dir.join(tier).join(&name));
    in_tier.into_iter().chain([results_dir.join(&name)]).find(|folder| folder.is_dir())
}

fn report(folder: &Path) -> Option<Report> {
    source::read(
        folder,
        &vitis::report_sources(&project_in(folder)),
        &STAGES.iter().map(StageSpec::stage).collect(),
    )
    .report
}

/// The project's name: the tool's folder is called after it.
fn project_in(folder: &Path) -> String {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut projects: Vec<String> =
        names.filter_map(|name| name.strip_suffix("_prj").map(str::to_owned)).collect();
    projects.sort();
    projects.into_iter().next().unwrap_or_else(|| USUAL_PROJECT.to_owned())
}
