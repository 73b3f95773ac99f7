//! The search for a cause: how the process ended, and what the logs say.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::diagnosis::words::{PATTERNS, is_refused_on_purpose, rank};
use crate::machine::disk_free;
use crate::process::spec::ProcessError;
use crate::record::failure::Cause;
use crate::record::process::Exit;
use crate::toolchain::error::ToolError;

/// How much of the beginning and of the end of each log is looked at.
const BYTES_AT_EACH_END: u64 = 4 * 1024 * 1024;
const LONGEST_LINE: usize = 400;
/// Lines that are quoted for one cause.
const MOST_LINES: usize = 5;

/// What is known of a failure beyond its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Why it failed.
    pub cause: Cause,
    /// The lines of the logs that say so.
    pub lines: Vec<String>,
}

impl Diagnosis {
    pub(crate) fn without_lines(cause: Cause) -> Self {
        Self { cause, lines: Vec::new() }
    }
}

/// Finds the cause of `error`, reading the logs that it names.
#[must_use]
pub fn diagnose(error: &ToolError) -> Diagnosis {
    match error {
        ToolError::Write { .. } => Diagnosis::without_lines(of_chain(error, Cause::OutputFolder)),
        ToolError::Process(process) => Diagnosis::without_lines(of_chain(
            error,
            match process {
                ProcessError::Start { .. } => Cause::ToolMissing,
                ProcessError::Log { .. } => Cause::OutputFolder,
                ProcessError::Wait { .. } => Cause::Killed,
            },
        )),
        ToolError::Ended { exit, killed_for_memory, logs, .. } => of_tool(*exit, *killed_for_memory, logs),
        ToolError::MissingReport { logs, .. } => {
            search(logs).unwrap_or_else(|| Diagnosis::without_lines(Cause::MissingReport))
        }
        // The logs may tell a closer cause.
        ToolError::Wrong { cause, logs, .. } => {
            search(logs).unwrap_or_else(|| Diagnosis::without_lines(*cause))
        }
    }
}

fn of_tool(exit: Exit, killed_for_memory: bool, logs: &[PathBuf]) -> Diagnosis {
    match exit {
        Exit::Cancelled => return Diagnosis::without_lines(Cause::Interrupted),
        Exit::TimedOut(_) | Exit::StageTimedOut(_) => return Diagnosis::without_lines(Cause::Timeout),
        Exit::Stalled(_) => return Diagnosis::without_lines(Cause::Stall),
        Exit::Status(_) | Exit::Signal(_) => {}
    }
    let said = search(logs);
    if killed_for_memory {
        let lines = said.filter(|said| said.cause == Cause::OutOfMemory).map(|said| said.lines);
        return Diagnosis { cause: Cause::OutOfMemory, lines: lines.unwrap_or_default() };
    }
    said.or_else(|| full_disk(logs)).unwrap_or_else(|| {
        let cause = match exit {
            Exit::Signal(signal) if CRASHES.contains(&signal) => Cause::Crash,
            // A shell's way to say that a signal ended its child.
            Exit::Signal(_) | Exit::Status(137 | 143) => Cause::Killed,
            Exit::Status(134 | 139) => Cause::Crash,
            _ => Cause::Unknown,
        };
        // Whatever the tool calls an error is the best that is known.
        Diagnosis { cause, lines: errors(logs) }
    })
}

/// Finds the cause in what somebody else said and in the logs that a tool left; without one, whatever the tool calls an error. `None` if they say
/// nothing of the kind.
pub(crate) fn diagnose_words(words: &[&str], logs: &[PathBuf]) -> Option<Diagnosis> {
    let said = search_ends(words, logs, BYTES_AT_EACH_END);
    let unknown = || Diagnosis { cause: Cause::Unknown, lines: errors_in(words, logs) };
    said.or_else(|| Some(unknown()).filter(|unknown| !unknown.lines.is_empty()))
}

/// The first lines of the logs that the tool itself calls errors.
fn errors(logs: &[PathBuf]) -> Vec<String> {
    errors_in(&[], logs)
}

fn errors_in(words: &[&str], logs: &[PathBuf]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    each_line_of(words, logs, BYTES_AT_EACH_END, |line| {
        let is_error = line.starts_with("ERROR") && !is_refused_on_purpose(line);
        if is_error && found.len() < MOST_LINES && !found.contains(&quoted(line)) {
            found.push(quoted(line));
        }
    });
    found
}

/// A line as it is quoted.
fn quoted(line: &str) -> String {
    line.trim().chars().take(LONGEST_LINE).collect()
}

/// A tool whose logs are on the full disk, too, cannot write there what was wrong.
fn full_disk(logs: &[PathBuf]) -> Option<Diagnosis> {
    let folder = logs.first()?.parent()?;
    let free = disk_free(folder);
    let line = format!("{free} bytes are free where {} is", folder.display());
    (free < LEAST_FREE).then(|| Diagnosis { cause: Cause::DiskFull, lines: vec![line] })
}

/// With less than this, a disk is full: larger files cannot be written.
const LEAST_FREE: u64 = 1024 * 1024;

/// SIGILL, SIGABRT, SIGBUS, SIGFPE, SIGSEGV.
const CRASHES: [i32; 5] = [4, 6, 7, 8, 11];

/// A cause that an error of the system among the causes of `error` tells, or `otherwise`.
pub(crate) fn of_chain(error: &(dyn std::error::Error + 'static), otherwise: Cause) -> Cause {
    let mut next = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<std::io::Error>().map(std::io::Error::kind) {
            Some(std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded) => {
                return Cause::DiskFull;
            }
            Some(std::io::ErrorKind::OutOfMemory) => return Cause::OutOfMemory,
            _ => next = error.source(),
        }
    }
    otherwise
}

/// The first cause in the table that the logs speak of, with their lines.
pub(super) fn search(logs: &[PathBuf]) -> Option<Diagnosis> {
    search_ends(&[], logs, BYTES_AT_EACH_END)
}

fn search_ends(words: &[&str], logs: &[PathBuf], bytes_at_each_end: u64) -> Option<Diagnosis> {
    let mut found: Vec<(usize, String)> = Vec::new();
    each_line_of(words, logs, bytes_at_each_end, |line| {
        let Some(rank) = rank(line) else { return };
        let best = found.first().map(|(best, _)| *best);
        if best.is_none_or(|best| rank < best) {
            found.clear();
        }
        let line = quoted(line);
        let is_new = !found.iter().any(|(_, known)| *known == line);
        if best.is_none_or(|best| rank <= best) && found.len() < MOST_LINES && is_new {
            found.push((rank, line));
        }
    });
    let cause = found.first().and_then(|(rank, _)| PATTERNS.get(*rank)).map(|(cause, _)| *cause)?;
    Some(Diagnosis { cause, lines: found.into_iter().map(|(_, line)| line).collect() })
}

/// Gives `line` the lines of all words and logs.
fn each_line_of(words: &[&str], logs: &[PathBuf], at_each_end: u64, mut line: impl FnMut(&str)) {
    words.iter().flat_map(|words| words.lines()).for_each(&mut line);
    for log in logs {
        // A log that is not there says nothing.
        let _ = each_line(log, at_each_end, &mut line);
    }
}

/// The first line at the beginning or at the end of a log that holds these words, if any.
pub(crate) fn line_with(log: &Path, words: &str) -> Option<String> {
    let mut found = None;
    // A log that is not there says nothing.
    let _ = each_line(log, BYTES_AT_EACH_END, |line| {
        if found.is_none() && line.contains(words) {
            found = Some(quoted(line));
        }
    });
    found
}

/// Gives `line` the lines at the beginning and at the end of a log; what is between in a very long one is left out.
fn each_line(path: &Path, at_each_end: u64, mut line: impl FnMut(&str)) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    lines_of((&mut file).take(at_each_end), &mut line)?;
    if length > at_each_end {
        let rest = length.saturating_sub(at_each_end).max(at_each_end);
        std::io::Seek::seek(&mut file, std::io::SeekFrom::Start(rest))?;
        lines_of(file.take(at_each_end), &mut line)?;
    }
    Ok(())
}

fn lines_of(input: impl Read, line: &mut impl FnMut(&str)) -> std::io::Result<()> {
    let mut input = BufReader::new(input);
    let mut bytes = Vec::new();
    while input.read_until(b'\n', &mut bytes)? > 0 {
        line(&String::from_utf8_lossy(&bytes));
        bytes.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_a_process_ended_counts_where_logs_are_silent() {
        use std::time::Duration;
        let cases = [
            (Exit::Status(1), false, Cause::Unknown),
            (Exit::Status(1), true, Cause::OutOfMemory),
            (Exit::Status(137), false, Cause::Killed),
            (Exit::Signal(9), false, Cause::Killed),
            (Exit::Signal(9), true, Cause::OutOfMemory),
            (Exit::Signal(11), false, Cause::Crash),
            (Exit::TimedOut(Duration::from_secs(1)), false, Cause::Timeout),
            (Exit::StageTimedOut(Duration::from_secs(1)), false, Cause::Timeout),
            (Exit::Stalled(Duration::from_secs(1)), false, Cause::Stall),
            (Exit::Cancelled, true, Cause::Interrupted),
        ];
        for (exit, killed, cause) in cases {
            assert_eq!(of_tool(exit, killed, &[]).cause, cause, "{exit:?}");
        }
    }

    #[test]
    fn an_unknown_cause_comes_with_what_the_tool_calls_errors() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("tool.log");
        let refused = "ERROR: [HLS 200-101] config_array_partition: Unknown option '-maximum_size'.";
        let odd = "ERROR: [HLS 200-9999] The moon is full.";
        std::fs::write(&log, format!("{refused}\nINFO: on\n{odd}\n{odd}\n")).unwrap();
        let found = of_tool(Exit::Status(1), false, std::slice::from_ref(&log));
        assert_eq!(found, Diagnosis { cause: Cause::Unknown, lines: vec![odd.to_owned()] });
    }

    #[test]
    fn a_huge_log_is_read_at_both_ends() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("tool.log");
        let filling = "INFO: nothing\n".repeat(1000);
        let (first, last) = (format!("std::bad_alloc\n{filling}"), format!("{filling}std::bad_alloc\n"));
        for (text, found) in
            [(first, true), (last, true), (format!("{filling}std::bad_alloc\n{filling}"), false)]
        {
            std::fs::write(&log, text).unwrap();
            assert_eq!(search_ends(&[], std::slice::from_ref(&log), 1000).is_some(), found);
        }
    }
}
