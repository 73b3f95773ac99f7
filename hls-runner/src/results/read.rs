//! Read `synthesis_results.json` back: what a sweep has done so far, or did.
//!
//! The file may be of an older or a newer version of this program. Keys that are missing or have another form than
//! this version knows are taken for unknown; only a file that lists no results at all is an error.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::folder::lock::{self, Owner};
use crate::plan::jobs::DEFAULT_OUTPUT;
use crate::record::job::JobRecord;
use crate::record::sweep::SweepRecord;
use crate::results::foreign;
use crate::results::write::RESULTS_FILE;

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SummaryError {
    /// There are no results.
    #[error(
        "there is no {RESULTS_FILE} in {}; give the output folder of a sweep (by default INPUT_DIR/{DEFAULT_OUTPUT})",
        dir.display()
    )]
    NoResults {
        /// Where they were looked for.
        dir: PathBuf,
    },
    /// The system would not give the file.
    #[error("{} could not be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not what a sweep writes.
    #[error("{} is not the results file of a sweep: {why}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
}

/// A results file, and what is known about the sweep besides.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Summary {
    /// The file.
    pub path: PathBuf,
    /// How long ago the file was written.
    pub written_ago: Option<Duration>,
    /// What it says.
    pub sweep: SweepRecord,
    /// Whether somebody works on it.
    pub activity: Activity,
    /// Who does.
    pub owner: Option<Owner>,
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
    /// Reads the results in `place`: an output folder, a folder of models with its `hls_outputs`, or the file.
    ///
    /// # Errors
    /// There is no such file, or it is not what a sweep writes.
    pub fn read(place: &Path) -> Result<Self, SummaryError> {
        let candidates =
            [place.join(RESULTS_FILE), place.join(DEFAULT_OUTPUT).join(RESULTS_FILE), place.to_owned()];
        let path = candidates
            .into_iter()
            .find(|path| path.is_file())
            .ok_or_else(|| SummaryError::NoResults { dir: place.to_owned() })?;
        let text =
            fs::read_to_string(&path).map_err(|source| SummaryError::Read { path: path.clone(), source })?;
        let form = |why: String| SummaryError::Form { path: path.clone(), why };
        let mut sweep = SweepRecord::parse(&text).map_err(|error| form(why(&error)))?;
        let output_dir = path.parent().unwrap_or(Path::new("."));
        foreign::complete(&mut sweep, output_dir);
        let over = sweep.ended.is_some() || foreign::is_over(&sweep);
        let (activity, owner) = activity(output_dir, over);
        Ok(Self {
            written_ago: fs::metadata(&path)
                .and_then(|found| found.modified())
                .ok()
                .and_then(|time| time.elapsed().ok()),
            sweep,
            activity,
            owner,
            path,
        })
    }

    /// The jobs, in the order of the file.
    #[must_use]
    pub fn jobs(&self) -> &[JobRecord] {
        &self.sweep.results
    }

    /// The project folder of a job, beside the results file wherever that is now; `None` if it is not there.
    #[must_use]
    pub fn folder_of(&self, job: &JobRecord) -> Option<PathBuf> {
        foreign::folder_beside(job, self.path.parent().unwrap_or(Path::new(".")))
    }

    /// Whether a stand-in made some of the numbers up.
    #[must_use]
    pub fn stand_in(&self) -> bool {
        self.jobs().iter().filter_map(|job| job.report.as_ref()).any(|report| report.stand_in)
    }
}

fn why(error: &serde_json::Error) -> String {
    if error.is_data() { "it has no list \"results\"".to_owned() } else { error.to_string() }
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
