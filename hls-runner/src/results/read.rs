//! Read `synthesis_results.json` back: what a sweep has done so far, or did.
//!
//! The file may be of an older or a newer version of this program. Keys that are missing or have another form than
//! this version knows are taken for unknown; only a file that lists no results at all is an error.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::folder::lock::{self, Owner};
use crate::plan::jobs::DEFAULT_OUTPUT;
use crate::report::numbers::Report;
use crate::results::write::RESULTS_FILE;

/// Why there is no summary.
#[derive(Debug, thiserror::Error)]
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

/// What a results file says.
#[derive(Debug, Clone)]
pub struct Summary {
    /// The file.
    pub path: PathBuf,
    /// How long ago the file was written.
    pub written_ago: Option<Duration>,
    /// `vitis`, `csim`, ….
    pub toolchain: Option<String>,
    /// When the sweep began.
    pub started: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// It was stopped.
    pub interrupted: bool,
    /// Why no further job starts at the moment.
    pub waiting: Option<String>,
    /// The jobs, in the order of the file.
    pub jobs: Vec<JobSummary>,
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

/// Where a job is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything that was asked for is there.
    Success,
    /// Something is missing.
    Failed,
    /// A worker has it.
    Running,
    /// Not begun.
    Pending,
    /// A word that this version does not know.
    Other(String),
}

/// One job.
#[derive(Debug, Clone)]
pub struct JobSummary {
    /// The model's name.
    pub model: String,
    /// Its tier, in Pareto layouts.
    pub tier: Option<String>,
    /// Where it is.
    pub status: Status,
    /// The stage that is running.
    pub running_stage: Option<String>,
    /// From its start to its end, or until now.
    pub elapsed: Option<Duration>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// The numbers of the tools' reports.
    pub report: Option<Report>,
    /// How many warnings it has.
    pub warnings: usize,
    /// Why it failed.
    pub failure: Option<FailureSummary>,
}

/// Why a job failed, as far as the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailureSummary {
    /// The class, such as `tool_failed`.
    pub kind: Option<String>,
    /// The stage.
    pub stage: Option<String>,
    /// The error and its causes.
    pub message: String,
    /// What to do about it.
    pub advice: Option<String>,
}

impl Status {
    /// The word that the file has.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Success => "success",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Pending => "pending",
            Self::Other(word) => word,
        }
    }

    fn read(word: Option<&str>) -> Self {
        match word {
            Some("success") => Self::Success,
            Some("failed") => Self::Failed,
            Some("running") => Self::Running,
            Some("pending") => Self::Pending,
            Some(other) => Self::Other(other.to_owned()),
            None => Self::Other("unknown".to_owned()),
        }
    }
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
        let document: Value = serde_json::from_str(&text).map_err(|error| form(error.to_string()))?;
        let entries = document
            .get("results")
            .and_then(Value::as_array)
            .ok_or_else(|| form("it has no list \"results\"".to_owned()))?;
        let ended = time(&document, "end_time");
        let (activity, owner) = activity(path.parent().unwrap_or(Path::new(".")), ended);
        Ok(Self {
            written_ago: fs::metadata(&path)
                .and_then(|found| found.modified())
                .ok()
                .and_then(|time| time.elapsed().ok()),
            toolchain: document.get("toolchain").and_then(|tools| text_of(tools, "name")),
            started: time(&document, "start_time"),
            ended,
            interrupted: document.get("interrupted").and_then(Value::as_bool).unwrap_or(false),
            waiting: text_of(&document, "waiting"),
            jobs: entries.iter().map(JobSummary::read).collect(),
            activity,
            owner,
            path,
        })
    }

    /// How many jobs have this status.
    #[must_use]
    pub fn count(&self, status: &Status) -> usize {
        self.jobs.iter().filter(|job| job.status == *status).count()
    }

    /// From the sweep's start to its end, or until now.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        span(self.started, self.ended)
    }

    /// Whether a stand-in made some of the numbers up.
    #[must_use]
    pub fn stand_in(&self) -> bool {
        self.jobs.iter().filter_map(|job| job.report.as_ref()).any(|report| report.stand_in)
    }
}

impl JobSummary {
    fn read(entry: &Value) -> Self {
        let status = Status::read(entry.get("status").and_then(Value::as_str));
        let ended = time(entry, "end_time");
        Self {
            model: model(entry),
            tier: text_of(entry, "tier"),
            running_stage: running_stage(entry),
            elapsed: span(time(entry, "start_time"), ended),
            ended,
            report: entry.get("report").and_then(report),
            warnings: entry.get("warnings").and_then(Value::as_array).map_or(0, Vec::len),
            failure: (status == Status::Failed).then(|| FailureSummary::read(entry)),
            status,
        }
    }
}

impl FailureSummary {
    fn read(entry: &Value) -> Self {
        let failure = entry.get("failure").unwrap_or(&Value::Null);
        Self {
            kind: text_of(failure, "kind"),
            stage: text_of(failure, "stage"),
            message: text_of(entry, "error")
                .or_else(|| text_of(failure, "message"))
                .unwrap_or_else(|| "the results do not say why".to_owned()),
            advice: text_of(failure, "advice").filter(|advice| !advice.is_empty()),
        }
    }
}

/// The model's name; the first results had only the file.
fn model(entry: &Value) -> String {
    let stem = |file: String| Path::new(&file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    text_of(entry, "model")
        .or_else(|| text_of(entry, "h5_file").and_then(stem))
        .unwrap_or_else(|| "?".to_owned())
}

/// The report, as far as this version understands it.
fn report(value: &Value) -> Option<Report> {
    Report::deserialize(value).ok().or_else(|| {
        let mut known = value.clone();
        for part in ["cosimulation", "logic_synthesis"] {
            known.as_object_mut()?.remove(part);
        }
        Report::deserialize(&known).ok()
    })
}

fn running_stage(entry: &Value) -> Option<String> {
    let stages = entry.get("stages")?.as_array()?;
    stages
        .iter()
        .find(|stage| text_of(stage, "status").as_deref() == Some("running"))
        .and_then(|stage| text_of(stage, "stage"))
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn time(value: &Value, key: &str) -> Option<Timestamp> {
    value.get(key)?.as_str()?.parse().ok()
}

/// `None` if it has not begun, or if clocks were changed meanwhile.
fn span(start: Option<Timestamp>, end: Option<Timestamp>) -> Option<Duration> {
    Duration::try_from(end.unwrap_or_else(Timestamp::now).duration_since(start?)).ok()
}

/// Whether somebody works in the folder, and who.
fn activity(output_dir: &Path, ended: Option<Timestamp>) -> (Activity, Option<Owner>) {
    if ended.is_some() {
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

    use serde_json::json;

    use super::*;

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
        let [first, second, third] = found.jobs.as_slice() else { panic!("{found:?}") };
        assert_eq!((first.model.as_str(), &first.status), ("model_trial_7", &Status::Failed));
        assert_eq!(first.failure.as_ref().unwrap().message, "it broke");
        assert_eq!(second.status, Status::Other("postponed".to_owned()));
        assert!(second.report.is_none() && second.elapsed.is_none() && second.running_stage.is_none());
        assert_eq!(third.model, "?");
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
        let job = &found.jobs[0];
        assert_eq!(job.elapsed, Some(Duration::from_secs(60)));
        let report = job.report.as_ref().unwrap();
        assert_eq!((report.estimate.latency_max_cycles, report.estimate.resources.lut), (Some(12), Some(5)));
        assert!(found.stand_in());
        assert_eq!((found.activity, found.elapsed()), (Activity::Over, Some(Duration::from_millis(60_500))));
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
