//! `synthesis_results.json`: what became of each model.
//!
//! The file is replaced as a whole (written beside, flushed, renamed), so that a reader sees a complete
//! document at every moment.
//!
//! | key | meaning |
//! |---|---|
//! | `total successful failed` | numbers of jobs; the rest are pending or running |
//! | `results[]` | one entry per model, in the order of the plan |
//! | `schema` | version of this layout: 1 |
//! | `resumed waiting` | how many jobs an earlier run did; what is short while no job can start, or `null` |
//! | `interrupted` | the sweep was cancelled; jobs that never began stay `pending` |
//! | `start_time end_time` | ISO 8601 with offset, local time; `null` where not yet |
//! | `input_dir output_dir workers toolchain{name,program,version} stages{…}` | what was asked for |
//!
//! An entry of `results`:
//!
//! | key | meaning |
//! |---|---|
//! | `h5_file model tier` | the file, its name, its tier (only in Pareto layouts) |
//! | `status` | `pending`, `running`, `success`, `failed` |
//! | `output_dir tarball kept_files` | the project folder, the archive or `null`, what is in the folder |
//! | `error` | one sentence with its causes, or `null` |
//! | `failure` | `kind message stage cause explanation advice evidence log log_tail`, or `null` |
//! | `start_time end_time` | as above |
//! | `project_name warnings` | what the converter said |
//! | `stages[]` | `stage status wall_seconds cpu_seconds peak_memory_bytes`; status `skipped`, `pending` (in a finished job: never reached), `running`, `done`, `failed` |
//! | `commands[]` | each process: `argv exit_status signal ended_by wall_seconds cpu_seconds peak_memory_bytes` |
//! | `peak_memory_bytes` | the largest of its commands, or `null` |
//! | `fingerprint identical_to` | what makes another job the same; the model whose results these are, if an identical one was run instead |
//! | `resumed attempts earlier_errors` | whether an earlier run did it; how often it was begun; how attempts before the last failed |
//! | `csim` | `samples values compared`, where the csim toolchain ran |
//! | `report` | the numbers of Vitis's reports ([`Report`]), or `null` |
//! | `measurements[]` | the numbers of all tools, where there are any: `metric value unit stage source` |

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::plan::discover::Tier;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::jobs::Plan;
use crate::record::csim::CsimSummary;
use crate::record::failure::Failure;
use crate::record::job::{CommandRecord, JobRecord, JobStatus, StageRecord};
use crate::record::measurement::Measurement;
use crate::record::process::Exit;
use crate::record::stage::StageSet;
use crate::report::numbers::Report;
use crate::sweep::state::SweepState;
use crate::toolchain::run::Toolchain;
use crate::toolchain::stage::StageSpec;

/// The file's name in the output folder.
pub const RESULTS_FILE: &str = "synthesis_results.json";

/// Version of the layout that this program writes.
const SCHEMA: u32 = 1;

/// After a write, this many times its duration pass before the next: the coordinator must not spend its
/// time waiting for a slow disk.
const PAUSE_FACTOR: u32 = 4;

/// A sweep of thousands rewrites a large file many times; this bounds what the disk has to bear.
const BYTES_PER_SECOND: f64 = 4.0 * 1024.0 * 1024.0;

/// The results file of a running sweep.
pub(crate) struct ResultsFile {
    path: PathBuf,
    /// Where the next version is written, in the same file system.
    temporary: PathBuf,
    header: Header,
    zone: TimeZone,
    changed: bool,
    not_before: Instant,
}

/// What does not change while a sweep runs.
pub(crate) struct Header {
    input_dir: String,
    output_dir: String,
    workers: usize,
    toolchain: ToolchainView,
    stages: Map<String, Value>,
}

impl Header {
    pub(crate) fn new(
        plan: &Plan,
        workers: usize,
        toolchain: &dyn Toolchain,
        version: &str,
        stages: &StageSet,
    ) -> Self {
        let switch = |spec: &StageSpec| (spec.name.to_owned(), Value::Bool(stages.contains(&spec.stage())));
        Self {
            input_dir: text(&plan.input_dir),
            output_dir: text(&plan.output_dir),
            workers,
            toolchain: ToolchainView {
                name: toolchain.name(),
                program: text(toolchain.program()),
                version: version.to_owned(),
            },
            stages: toolchain.stages().iter().map(switch).collect(),
        }
    }
}

impl ResultsFile {
    pub(crate) fn new(output_dir: &Path, state_dir: &Path, header: Header) -> Self {
        Self {
            path: output_dir.join(RESULTS_FILE),
            temporary: state_dir.join(RESULTS_FILE),
            header,
            zone: TimeZone::system(),
            changed: true,
            not_before: Instant::now(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn mark_changed(&mut self) {
        self.changed = true;
    }

    /// Whether something changed and the last write was long enough ago.
    pub(crate) fn is_due(&self) -> bool {
        self.changed && Instant::now() >= self.not_before
    }

    /// Writes now. After a failure, the next try waits for a while.
    pub(crate) fn write(&mut self, state: &SweepState) -> io::Result<()> {
        let begin = Instant::now();
        let result = replace(&self.path, &self.temporary, &SweepView::new(state, &self.header, &self.zone));
        if result.is_err() {
            // Half a document is worth nothing, and the disk may be full.
            let _ = fs::remove_file(&self.temporary);
        }
        let pause = match result {
            Ok(bytes) => {
                begin.elapsed() * PAUSE_FACTOR + Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND)
            }
            Err(_) => Duration::from_secs(1),
        };
        self.changed = result.is_err();
        self.not_before = Instant::now() + pause;
        result.map(|_| ())
    }
}

/// Replaces the file and returns its size in bytes.
fn replace(path: &Path, temporary: &Path, content: &impl Serialize) -> io::Result<u64> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let file = File::create(temporary)?;
    fs::set_permissions(temporary, fs::Permissions::from_mode(0o644))?;
    let mut buffer = BufWriter::new(file);
    serde_json::to_writer_pretty(&mut buffer, content)?;
    buffer.write_all(b"\n")?;
    let file = buffer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    fs::rename(temporary, path)?;
    File::open(parent)?.sync_all()?;
    Ok(bytes)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn local(at: Option<Timestamp>, zone: &TimeZone) -> Option<String> {
    at.map(|at| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.6f%:z").to_string())
}

#[derive(Serialize)]
struct ToolchainView {
    name: &'static str,
    program: String,
    version: String,
}

#[derive(Serialize)]
struct SweepView<'a> {
    schema: u32,
    total: usize,
    successful: usize,
    failed: usize,
    interrupted: bool,
    resumed: usize,
    waiting: Option<String>,
    start_time: Option<String>,
    end_time: Option<String>,
    input_dir: &'a str,
    output_dir: &'a str,
    workers: usize,
    toolchain: &'a ToolchainView,
    stages: &'a Map<String, Value>,
    #[serde(serialize_with = "each_job")]
    results: Jobs<'a>,
}

/// The records and the time zone; entries are made one at a time while they are written.
#[derive(Clone, Copy)]
struct Jobs<'a>(&'a [JobRecord], &'a TimeZone);

fn each_job<S: serde::Serializer>(jobs: &Jobs<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(jobs.0.iter().map(|record| JobView::new(record, jobs.1)))
}

impl<'a> SweepView<'a> {
    fn new(state: &'a SweepState, header: &'a Header, zone: &'a TimeZone) -> Self {
        Self {
            schema: SCHEMA,
            total: state.total(),
            successful: state.successful(),
            failed: state.failed(),
            interrupted: state.interrupted,
            resumed: state.resumed(),
            waiting: state.waiting.map(|shortage| shortage.to_string()),
            start_time: local(state.started, zone),
            end_time: local(state.ended, zone),
            input_dir: &header.input_dir,
            output_dir: &header.output_dir,
            workers: header.workers,
            toolchain: &header.toolchain,
            stages: &header.stages,
            results: Jobs(&state.jobs, zone),
        }
    }
}

#[derive(Serialize)]
struct JobView<'a> {
    h5_file: String,
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<Tier>,
    status: JobStatus,
    output_dir: String,
    kept_files: &'a [String],
    tarball: Option<String>,
    error: Option<&'a str>,
    start_time: Option<String>,
    end_time: Option<String>,
    project_name: Option<&'a str>,
    warnings: &'a [String],
    stages: &'a [StageRecord],
    commands: Vec<CommandView<'a>>,
    csim: Option<CsimSummary>,
    peak_memory_bytes: Option<u64>,
    fingerprint: Option<&'a Fingerprint>,
    identical_to: Option<&'a str>,
    resumed: bool,
    attempts: u32,
    earlier_errors: &'a [String],
    report: Option<&'a Report>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    measurements: &'a [Measurement],
    failure: Option<&'a Failure>,
}

impl<'a> JobView<'a> {
    fn new(record: &'a JobRecord, zone: &TimeZone) -> Self {
        Self {
            h5_file: text(&record.job.model),
            model: &record.job.name,
            tier: record.job.tier,
            status: record.status,
            output_dir: text(&record.job.folder),
            kept_files: &record.kept_files,
            tarball: record.tarball.as_deref().map(text),
            error: record.failure.as_ref().map(|failure| failure.message.as_str()),
            start_time: local(record.started, zone),
            end_time: local(record.ended, zone),
            project_name: record.project.as_deref(),
            warnings: &record.warnings,
            stages: &record.stages,
            commands: record.commands.iter().map(CommandView::new).collect(),
            csim: record.csim,
            peak_memory_bytes: Some(record.peak_memory_bytes()).filter(|bytes| *bytes > 0),
            fingerprint: record.fingerprint.as_ref(),
            identical_to: record.identical_to.as_deref(),
            resumed: record.resumed,
            attempts: record.attempts,
            earlier_errors: &record.earlier_errors,
            report: record.report.as_deref(),
            measurements: &record.measurements,
            failure: record.failure.as_ref(),
        }
    }
}

#[derive(Serialize)]
struct CommandView<'a> {
    argv: &'a [String],
    exit_status: Option<i32>,
    signal: Option<i32>,
    ended_by: Option<&'static str>,
    wall_seconds: f64,
    cpu_seconds: f64,
    peak_memory_bytes: u64,
}

impl<'a> CommandView<'a> {
    fn new(record: &'a CommandRecord) -> Self {
        let (exit_status, signal, ended_by) = match record.exit {
            Exit::Status(status) => (Some(status), None, None),
            Exit::Signal(signal) => (None, Some(signal), None),
            Exit::TimedOut(_) => (None, None, Some("timeout")),
            Exit::StageTimedOut(_) => (None, None, Some("stage_timeout")),
            Exit::Stalled(_) => (None, None, Some("stall")),
            Exit::Cancelled => (None, None, Some("interrupt")),
        };
        Self {
            argv: &record.argv,
            exit_status,
            signal,
            ended_by,
            wall_seconds: record.usage.wall.as_secs_f64(),
            cpu_seconds: record.usage.cpu.as_secs_f64(),
            peak_memory_bytes: record.usage.peak_memory_bytes,
        }
    }
}
