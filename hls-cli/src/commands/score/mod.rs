//! `score`: how good models are on labelled samples, by the firmware's exact outputs.

mod csv;
mod data;
mod document;
mod models;
mod table;
mod work;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow};
use hls_model::emulate::NonFinite;
use hls_model::samples::{LabelledFile, replace_file};
use hls_runner::CancelToken;

use crate::args::{NonFiniteArg, ScoreArgs};
use crate::computing::use_threads;
use crate::conversion::conversion;
use crate::error::{CliError, FAILED};
use crate::guard;
use crate::labelled::questions;
use crate::output;
use crate::progress::Counter;
use crate::signals::cancel_on_signals;
use document::Report;
use work::{Event, Failure, Job};

/// Between two looks at whether the user wants to stop.
const TICK: Duration = Duration::from_millis(100);
/// Between two times that the files are written while models are still being scored.
const SAVED_EVERY: Duration = Duration::from_secs(5);

pub fn run(args: &ScoreArgs) -> Result<ExitCode, CliError> {
    let conversion = conversion(&args.conversion)?;
    let questions = questions(&args.labelled)?;
    let models = models::find(&args.inputs, &args.selection)?;
    let labelled = &args.labelled;
    let data = LabelledFile::open(&labelled.data, &labelled.labels, labelled.weights.as_deref())
        .map_err(CliError::usage)?;
    let folder = output_folder(args);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("--output {}", folder.display()))
        .map_err(CliError::usage)?;
    use_threads(args.num_workers)?;
    let cancel = cancel_on_signals()?;
    let files = models.iter().map(|model| model.file.clone()).collect();
    let non_finite = match args.non_finite {
        NonFiniteArg::Refuse => NonFinite::Refuse,
        NonFiniteArg::Cast => NonFinite::Cast,
    };
    let max_bytes = args.max_memory.as_u64();
    let job = Job {
        files,
        conversion,
        data,
        questions,
        with_references: !args.no_reference,
        non_finite,
        max_bytes,
    };
    let mut report = Report::new(args, &job.questions, models);
    let ended = score(job, &cancel, &mut report, &folder);
    report.write(&folder)?;
    ended?;
    match args.json {
        true => output::print(&format!("{:#}", report.document()))?,
        false => output::print(&table::describe(&report, &folder))?,
    }
    Ok(if report.failed() > 0 { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// Lets the job run beside this thread, which keeps what is finished, so that an interruption waits for nothing.
fn score(job: Job, cancel: &CancelToken, report: &mut Report, folder: &Path) -> Result<(), CliError> {
    let (send, events) = mpsc::channel();
    let (job, token) = (Arc::new(job), cancel.clone());
    let worker = std::thread::spawn(move || work::run(&job, &token, &send));
    let mut counter = Counter::new(report.models.len(), "models");
    let mut saved = Instant::now();
    loop {
        match events.recv_timeout(TICK) {
            Ok(Event::Samples(samples)) => report.samples = Some(samples),
            Ok(Event::Scored(at, outcome)) => {
                counter.advance();
                if let Some(model) = report.models.get_mut(at) {
                    model.outcome = Some(*outcome);
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
        if cancel.is_cancelled() {
            counter.finish();
            let done = report.models.iter().filter(|model| model.outcome.is_some()).count();
            let all = report.models.len();
            report.give_up("interrupted before it was scored");
            return Err(CliError::interrupted(anyhow!(
                "interrupted; {done} of {all} models were scored and are in {}",
                folder.join(document::JSON).display()
            )));
        }
        if saved.elapsed() >= SAVED_EVERY {
            report.write(folder)?;
            saved = Instant::now();
        }
    }
    counter.finish();
    let ended = worker.join().unwrap_or_else(|panic| Err(Failure::Bug(guard::message(panic.as_ref()))));
    report.give_up("it was not scored, because the samples could not be read");
    ended.map_err(|failure| match failure {
        Failure::Samples(error) => CliError::usage(error),
        Failure::Bug(message) => CliError::failed(anyhow!("a bug in hls-cli: {message}; please report it")),
    })
}

fn output_folder(args: &ScoreArgs) -> PathBuf {
    let beside = || {
        let first = args.inputs.first()?;
        if first.is_dir() { Some(first.as_path()) } else { first.parent() }
    };
    let folder = args.output.as_deref().or_else(beside).filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

impl Report {
    /// Replaces both files.
    fn write(&self, folder: &Path) -> Result<(), CliError> {
        let json = format!("{:#}\n", self.document());
        let csv = csv::lines(self).map_err(CliError::failed)?;
        replace_file(&folder.join(document::JSON), json.as_bytes()).map_err(CliError::failed)?;
        replace_file(&folder.join(document::CSV), &csv).map_err(CliError::failed)
    }

    /// Models without an outcome get this one.
    fn give_up(&mut self, reason: &str) {
        for model in self.models.iter_mut().filter(|model| model.outcome.is_none()) {
            model.outcome = Some(Err(reason.to_owned()));
        }
    }

    fn failed(&self) -> usize {
        self.models.iter().filter(|model| matches!(model.outcome, Some(Err(_)))).count()
    }
}
