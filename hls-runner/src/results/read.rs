//! Read `synthesis_results.json` back: what a sweep has done so far, or did.
//!
//! The file may be of an older or a newer version of this program. Keys that are missing or have another form than
//! this version knows are taken for unknown; only a file that lists no results at all is an error. Where there is no file, or half of one,
//! the project folders themselves are read.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::folder::lock::{self, Owner};
use crate::plan::discover::Tier;
use crate::record::job::JobRecord;
use crate::record::sweep::SweepRecord;
use crate::results::error::SummaryError;
use crate::results::foreign::folders::UNKNOWN;
use crate::results::foreign::place::{self, Part};
use crate::results::foreign::{self, folders, salvage};
use crate::results::write::RESULTS_FILE;

/// A results file, and what is known about the sweep besides.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Summary {
    /// The file; where there is none, the folder whose project folders were read.
    pub path: PathBuf,
    /// What a person must know of how the results were found: that there is no file, or that it is cut off.
    pub notes: Vec<String>,
    /// How long ago the file was written.
    pub written_ago: Option<Duration>,
    /// What it says.
    pub sweep: SweepRecord,
    /// Whether somebody works on it.
    pub activity: Activity,
    /// Who does.
    pub owner: Option<Owner>,
    /// The output folders.
    dirs: Vec<(Option<Tier>, PathBuf)>,
}

/// Whether a sweep is at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// The results say that it is over.
    Over,
    /// A process works in the output folder.
    Running,
    /// It is not over, but nobody works on it: it was killed, or the machine went down.
    Dead,
    /// It is not over, and there is no lock that would tell more.
    Unknown,
}

impl Summary {
    /// Reads the results in `place`: an output folder, a folder of models with its `hls_outputs`, or the file. Where each tier of a Pareto
    /// layout has an output folder of its own, both are read.
    ///
    /// # Errors
    /// There is no such file and no project folder, or the file is not what a sweep writes.
    pub fn read(place: &Path) -> Result<Self, SummaryError> {
        let parts = place::find(place)?;
        let mut notes = Vec::new();
        let mut sweeps = Vec::new();
        for part in &parts {
            sweeps.push(read_part(part, &mut notes)?);
        }
        let over = sweeps.iter().all(|sweep| sweep.ended.is_some() || foreign::is_over(sweep));
        let output_dir = parts.first().map_or(place, |part| &part.dir);
        let (activity, owner) = activity(output_dir, over);
        let path = parts.first().and_then(|part| part.file.clone()).unwrap_or_else(|| output_dir.to_owned());
        Ok(Self {
            written_ago: fs::metadata(&path)
                .and_then(|found| found.modified())
                .ok()
                .and_then(|time| time.elapsed().ok()),
            sweep: sweeps.into_iter().reduce(SweepRecord::joined).unwrap_or_default(),
            notes,
            activity,
            owner,
            path,
            dirs: parts.into_iter().map(|part| (part.tier, part.dir)).collect(),
        })
    }

    /// The output folder; of several, the first.
    #[must_use]
    pub fn output_dir(&self) -> &Path {
        self.dirs.first().map_or(Path::new("."), |(_, dir)| dir)
    }

    /// The jobs, in the order of the file.
    #[must_use]
    pub fn jobs(&self) -> &[JobRecord] {
        &self.sweep.results
    }

    /// The project folder of a job, beside the results file wherever that is now; `None` if it is not there.
    #[must_use]
    pub fn folder_of(&self, job: &JobRecord) -> Option<PathBuf> {
        let dirs = self.dirs.iter().filter(|(tier, _)| tier.is_none() || *tier == job.job.tier);
        dirs.into_iter().find_map(|(_, dir)| foreign::folder_beside(job, dir))
    }

    /// Whether a stand-in made some of the numbers up.
    #[must_use]
    pub fn stand_in(&self) -> bool {
        self.jobs().iter().filter_map(|job| job.report.as_ref()).any(|report| report.stand_in)
    }
}

/// Reads one output folder, and notes what a person must know of it.
fn read_part(part: &Part, notes: &mut Vec<String>) -> Result<SweepRecord, SummaryError> {
    let mut sweep = match &part.file {
        Some(file) => read_file(file, &part.dir, notes)?,
        None => {
            let jobs = folders::jobs(folders::projects(&part.dir));
            notes.push(format!(
                "there is no {RESULTS_FILE} in {}: its {} project folders and archives are read instead, each as a job; \
                 models that failed before they left a folder are missing{}",
                part.dir.display(),
                jobs.len(),
                of_unknown_end(&jobs)
            ));
            SweepRecord { results: jobs, ..SweepRecord::default() }
        }
    };
    foreign::complete(&mut sweep, &part.dir);
    for job in &mut sweep.results {
        job.job.tier = job.job.tier.or(part.tier);
    }
    Ok(sweep)
}

fn read_file(file: &Path, dir: &Path, notes: &mut Vec<String>) -> Result<SweepRecord, SummaryError> {
    let bytes = fs::read(file).map_err(|source| SummaryError::Read { path: file.to_owned(), source })?;
    let text = String::from_utf8_lossy(&bytes);
    let error = match SweepRecord::parse(text.trim_start_matches('\u{feff}')) {
        Ok(sweep) => return Ok(sweep),
        Err(error) => error,
    };
    // A whole file of another form is some other file; one that breaks in the middle may have been a results file.
    let salvaged = if error.is_data() { None } else { Some(salvage::salvage(&text).unwrap_or_default()) };
    let Some(mut sweep) = salvaged else { return Err(form(file, &error)) };
    let whole = sweep.results.len();
    let known: HashSet<String> = sweep.results.iter().map(|job| job.job.name.clone()).collect();
    let mut projects = folders::projects(dir);
    projects.retain(|(model, _)| !known.contains(model));
    if whole + projects.len() == 0 {
        return Err(form(file, &error));
    }
    let entries = if whole == 1 {
        "its first entry is whole".to_owned()
    } else {
        format!("its first {whole} entries are whole")
    };
    let jobs = folders::jobs(projects);
    let others = match jobs.len() {
        0 => "no project folder tells of others".to_owned(),
        others => format!(
            "models of {others} more project folders and archives are read from these{}",
            of_unknown_end(&jobs)
        ),
    };
    notes.push(format!("{} is cut off or broken ({error}): {entries}; {others}", file.display()));
    sweep.results.extend(jobs);
    // It does not say any more how many there were.
    sweep.total = sweep.total.max(sweep.results.len());
    Ok(sweep)
}

/// What is to be said of jobs that left no record.
fn of_unknown_end(jobs: &[JobRecord]) -> String {
    match jobs.iter().filter(|job| job.status.word() == UNKNOWN).count() {
        0 => String::new(),
        unknown => format!(", and whether {unknown} of these succeeded is not known"),
    }
}

fn form(file: &Path, error: &serde_json::Error) -> SummaryError {
    let why = if error.is_data() { "it has no list \"results\"".to_owned() } else { error.to_string() };
    SummaryError::Form { path: file.to_owned(), why }
}

/// Whether somebody works in the folder, and who.
fn activity(output_dir: &Path, over: bool) -> (Activity, Option<Owner>) {
    if over {
        return (Activity::Over, None);
    }
    match lock::look(output_dir) {
        Some((true, owner)) => (Activity::Running, owner),
        Some((false, _)) => (Activity::Dead, None),
        None => (Activity::Unknown, None),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use serde_json::{Value, json};

    use super::*;
    use crate::record::job::JobStatus;

    fn summary(document: &Value) -> Summary {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(RESULTS_FILE), document.to_string()).unwrap();
        Summary::read(dir.path()).unwrap()
    }

    #[test]
    fn the_least_that_a_results_file_may_hold() {
        let found = summary(&json!({"results": [
            {"h5_file": "/a/b/model_trial_7.h5", "status": "failed", "error": "it broke"},
            {"status": "postponed", "report": 7, "stages": "none", "start_time": "soon"},
            3,
        ]}));
        let [first, second, third] = found.jobs() else { panic!("{found:?}") };
        assert_eq!((first.job.name.as_str(), &first.status), ("model_trial_7", &JobStatus::Failed));
        assert_eq!(first.why_failed(), Some("it broke"));
        assert_eq!(second.status, JobStatus::Other("postponed".to_owned()));
        assert!(second.report.is_none() && second.elapsed().is_none() && second.running_stage().is_none());
        assert_eq!(third.job.name, "?");
        assert_eq!(found.activity, Activity::Unknown);
        assert!(!found.stand_in());
    }

    #[test]
    fn what_a_newer_version_adds_is_passed_over() {
        let found = summary(&json!({
            "schema": 99, "end_time": "2026-01-01T10:00:00.5+01:00", "start_time": "2026-01-01T08:59:00Z",
            "results": [{
                "model": "m", "status": "success", "tier": "primary", "warnings": ["a", "b"],
                "start_time": "2026-01-01T09:59:00+01:00", "end_time": "2026-01-01T10:00:00+01:00",
                "report": {
                    "stand_in": true, "latency_max_cycles": 12, "moons": 3, "resources": {"lut": 5, "aie": 9},
                    "cosimulation": {"status": "undecided"},
                },
            }],
        }));
        let job = &found.jobs()[0];
        assert_eq!(job.elapsed(), Some(Duration::from_secs(60)));
        let report = job.report.as_ref().unwrap();
        assert_eq!((report.estimate.latency_max_cycles, report.estimate.resources.lut), (Some(12), Some(5)));
        assert!(found.stand_in());
        assert_eq!(
            (found.activity, found.sweep.elapsed()),
            (Activity::Over, Some(Duration::from_millis(60_500)))
        );
    }

    #[test]
    fn the_lock_tells_whether_somebody_works() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(RESULTS_FILE), r#"{"results": []}"#).unwrap();
        let activity = || Summary::read(dir.path()).unwrap().activity;
        assert_eq!(activity(), Activity::Unknown);
        fs::create_dir(dir.path().join(".hls-sweep")).unwrap();
        let lock = File::create(dir.path().join(".hls-sweep/lock")).unwrap();
        lock.lock().unwrap();
        assert_eq!(activity(), Activity::Running);
        drop(lock);
        assert_eq!(activity(), Activity::Dead);
    }

    #[test]
    fn other_files_are_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let message = |place: &Path| Summary::read(place).unwrap_err().to_string();
        assert!(message(dir.path()).contains("there is no synthesis_results.json"));
        for (text, why) in [("{", "EOF"), ("[]", "no list"), (r#"{"results": 3}"#, "no list")] {
            fs::write(dir.path().join(RESULTS_FILE), text).unwrap();
            assert!(message(dir.path()).contains(why), "{text}: {}", message(dir.path()));
        }
    }
}
