//! From jobs to tasks: which jobs are the same, which an earlier run finished, and whose results are to be replaced.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Home, Task, optional, read, write_json};
use crate::folder::claim::clear;
use crate::folder::lock::STATE_DIR;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::grid::Grid;
use crate::plan::jobs::{Job, JobId, Plan};
use crate::plan::spec::JobSpec;
use crate::record::job::{JobRecord, StageRecord};
use crate::record::sweep::SweepRecord;
use crate::sweep::error::SweepError;
use crate::sweep::identify::{fingerprint, header};
use crate::sweep::journal::Earlier;
use crate::sweep::options::{Resume, SweepOptions};
use crate::sweep::settings::Settings;
use crate::toolchain::project::Converter;
use crate::toolchain::run::Toolchain;
use crate::toolchain::stage::records;

const PLAN: &str = "plan.json";
/// How long a job waits for others who write down what they do, and how often it looks.
const PATIENCE: Duration = Duration::from_secs(120);
const AGAIN: Duration = Duration::from_millis(500);

/// All that is to be done, as data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Planned {
    /// What all jobs share.
    pub settings: Settings,
    /// The jobs.
    pub jobs: Vec<JobSpec>,
    /// The folders of the models.
    pub input_dirs: Vec<PathBuf>,
    /// What is to be done.
    pub tasks: Vec<Task>,
    /// What the toolchain usually needs for a job, in bytes.
    pub usual_memory: u64,
    /// The stages before a job begins.
    pub(super) stages: Vec<StageRecord>,
    /// What does not change of the results.
    pub(super) header: SweepRecord<()>,
    /// What an earlier run finished.
    pub(super) resumed: Vec<(JobId, JobRecord)>,
}

impl Planned {
    /// How many jobs an earlier run finished.
    #[must_use]
    pub fn resumed(&self) -> usize {
        self.resumed.len()
    }

    /// The plan on this machine.
    pub(super) fn plan(&self, home: &Home) -> Plan {
        let output_dir = home.output_dir();
        let jobs = self.jobs.iter().map(|spec| spec.at(&self.input_dirs, output_dir)).collect();
        let input_dirs = self.input_dirs.clone();
        Plan { input_dirs, output_dir: output_dir.to_owned(), grid: Grid::default(), jobs }
    }

    pub(super) fn spec(&self, job: JobId) -> Option<&JobSpec> {
        self.jobs.get(job.0)
    }

    pub(super) fn job(&self, job: JobId, home: &Home) -> Option<Job> {
        self.spec(job).map(|spec| spec.at(&self.input_dirs, home.output_dir()))
    }
}

/// Finds out what is to be done. Nothing is written.
///
/// # Errors
/// There are no jobs, the stages do not fit the toolchain, or the journal cannot be read.
pub fn plan_jobs(
    plan: &Plan,
    options: &SweepOptions,
    converter: &dyn Converter,
    toolchain: &dyn Toolchain,
    usual_memory: u64,
) -> Result<Planned, ClusterError> {
    if plan.jobs.is_empty() {
        return Err(SweepError::NoJobs.into());
    }
    let settings = Settings::new(options, toolchain)?;
    let state_dir = plan.output_dir.join(STATE_DIR);
    let earlier = match options.resume {
        Resume::Continue => Earlier::of(&state_dir).map_err(at(&state_dir))?,
        Resume::StartAgain => Earlier::default(),
    };
    let (mut jobs, mut tasks, mut resumed) = (Vec::new(), Vec::<Task>::new(), Vec::new());
    let mut first: HashMap<Fingerprint, usize> = HashMap::new();
    for job in &plan.jobs {
        let print = fingerprint(job, &settings, converter);
        jobs.push(JobSpec::new(plan, job, print.clone()));
        let record = print.as_ref().and_then(|print| earlier.complete(job, print, &plan.output_dir));
        let is_done = record.is_some();
        resumed.extend(record.map(|record| (job.id, record.clone())));
        match print.as_ref().and_then(|print| first.get(print)).and_then(|task| tasks.get_mut(*task)) {
            Some(task) if is_done => task.followers.retain(|follower| *follower != job.id),
            Some(task) => task.followers.push(job.id),
            None => {
                first.extend(print.map(|print| (print, tasks.len())));
                tasks.push(Task { job: job.id, followers: Vec::new() });
            }
        }
    }
    // A job that is done has work left only if others wait for its results.
    let done = |job: JobId| resumed.iter().any(|(other, _)| *other == job);
    tasks.retain(|task| !task.followers.is_empty() || !done(task.job));
    Ok(Planned {
        stages: records(toolchain.stages(), &settings.stages),
        header: header(plan, options.workers.get().min(plan.jobs.len()), toolchain, &settings),
        settings,
        jobs,
        input_dirs: plan.input_dirs.clone(),
        tasks,
        usual_memory,
        resumed,
    })
}

/// Whether it is known what is to be done.
#[must_use]
pub fn is_planned(home: &Home) -> bool {
    home.path(PLAN).is_file()
}

/// Writes down what is to be done, after freeing the jobs' names in the output folder: results of an earlier sweep that are complete are put aside until
/// the new ones are there.
///
/// # Errors
/// Another process works in the output folder, or it cannot be written.
pub fn keep_plan(home: &Home, planned: &Planned) -> Result<(), ClusterError> {
    let begin = Instant::now();
    // Whoever has submitted this job may not be done yet.
    let _lock = loop {
        match home.lock() {
            Err(ClusterError::Locked { .. }) if begin.elapsed() < PATIENCE => std::thread::sleep(AGAIN),
            other => break other?,
        }
    };
    keep_held(home, planned)
}

/// As [`keep_plan`], while the caller holds the lock.
pub(super) fn keep_held(home: &Home, planned: &Planned) -> Result<(), ClusterError> {
    if is_planned(home) {
        return Ok(());
    }
    let aside = home.path("replaced");
    for task in &planned.tasks {
        for job in task.jobs().filter_map(|job| planned.job(job, home)) {
            if planned.resumed.iter().any(|(done, _)| *done == job.id) {
                continue;
            }
            // Where something foreign has the name, the job will say so.
            let Ok(Some(_)) = clear(&job) else { continue };
            let to = aside.join(job.id.0.to_string());
            fs::create_dir_all(&to).map_err(at(&to))?;
            fs::rename(&job.folder, to.join("folder")).map_err(at(&job.folder))?;
            // There need not be one.
            let _ = fs::rename(job.tarball(), to.join("archive"));
        }
    }
    write_json(&home.path(PLAN), planned)
}

/// Gives results of an earlier sweep that were put aside their names again, where nothing has taken their place: of those jobs that `is_open` names.
pub(super) fn put_back(
    home: &Home,
    planned: &Planned,
    is_open: impl Fn(JobId) -> bool,
) -> Result<(), ClusterError> {
    for entry in fs::read_dir(home.path("replaced")).into_iter().flatten().flatten() {
        let job = entry.file_name().to_str().and_then(|name| name.parse().ok()).map(JobId);
        let Some(job) = job.filter(|job| is_open(*job)).and_then(|job| planned.job(job, home)) else {
            continue;
        };
        if !job.folder.exists() {
            // There need not be one.
            let _ = fs::rename(entry.path().join("archive"), job.tarball());
            fs::rename(entry.path().join("folder"), &job.folder).map_err(at(&job.folder))?;
        }
    }
    Ok(())
}

pub(super) fn planned(home: &Home) -> Result<Option<Planned>, ClusterError> {
    optional(read(&home.path(PLAN)))
}

/// The name of the toolchain that a sweep was planned for.
///
/// # Errors
/// It is not planned.
pub fn toolchain(home: &Home) -> Result<String, ClusterError> {
    /// The rest is skipped: a plan may be long, and each part asks.
    #[derive(Deserialize)]
    struct Named {
        settings: Chosen,
    }
    #[derive(Deserialize)]
    struct Chosen {
        toolchain: String,
    }
    read(&home.path(PLAN)).map(|named: Named| named.settings.toolchain)
}
