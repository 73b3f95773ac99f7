//! Why a script's job failed: the script has Python's words for it, and leaves the reason in the tools' logs.

use super::reports::JobFiles;
use crate::diagnosis::search::diagnose_words;
use crate::process::log;
use crate::record::failure::{Cause, Failure, FailureKind};
use crate::record::job::JobRecord;

/// The failure of a job of which the file says no more than that it failed, if its logs or Python's words tell a cause.
pub(super) fn failure_of(job: &JobRecord, files: Option<&JobFiles>) -> Option<Failure> {
    let words: Vec<&str> = [&job.error, &job.traceback].into_iter().flatten().map(String::as_str).collect();
    let (found, log) = match files {
        Some(files) => files.diagnose(&words),
        None => (diagnose_words(&words, &[]), None),
    };
    let found = found?;
    let kind = match found.cause {
        Cause::ToolMissing => FailureKind::ToolNotStarted,
        Cause::DiskFull => FailureKind::Output,
        Cause::CsimMismatch => FailureKind::CsimMismatch,
        Cause::CosimMismatch => FailureKind::CosimMismatch,
        _ => FailureKind::ToolFailed,
    };
    Some(Failure {
        advice: found.advice().into_owned(),
        evidence: found.lines,
        log_tail: log.as_deref().map(log::tail).unwrap_or_default(),
        log: log.map(|path| path.to_string_lossy().into_owned()),
        ..Failure::known(kind, found.cause, job.error.clone().unwrap_or_default())
    })
}
