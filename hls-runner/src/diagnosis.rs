//! Say in words a person can act on why a tool failed.
//!
//! Evidence, in this order: how the process ended, whether the system killed something for want of memory while it ran, and what its logs
//! say. The words looked for are those of Vitis HLS, Vivado, their compilers and the C library; the table [`PATTERNS`] has them, and each
//! cause's advice is in [`Cause::advice`].

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use serde::{Deserialize, Serialize};

use crate::admission::disk_free;
use crate::error::JobError;
use crate::process::Exit;

/// How much of the beginning and of the end of each log is looked at.
const BYTES_AT_EACH_END: u64 = 4 * 1024 * 1024;
const LONGEST_LINE: usize = 400;
/// Lines that are quoted for one cause.
const MOST_LINES: usize = 5;

/// Why a job failed: stable words for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// The model, its configuration or its samples cannot become a project.
    Model,
    /// The output folder cannot be written, for another reason than a full disk.
    OutputFolder,
    /// A tool could not be started, or one of its programs is missing.
    ToolMissing,
    /// No licence was to be had.
    LicenceMissing,
    /// The machine's, or a limit's, memory was used up.
    OutOfMemory,
    /// A file system or quota is full.
    DiskFull,
    /// A time limit was passed.
    Timeout,
    /// The tool wrote nothing for too long.
    Stall,
    /// A signal of unknown origin ended the tool.
    Killed,
    /// The tool crashed.
    Crash,
    /// A loop is too large to be unrolled.
    UnrollLimit,
    /// An array is too large to be partitioned.
    PartitionLimit,
    /// The part's files are not installed, or there is no such part.
    PartNotInstalled,
    /// A Tcl command or option that this release of the tool does not have.
    UnsupportedTcl,
    /// A directive that this release of the tool does not take.
    UnsupportedPragma,
    /// The C++ does not compile.
    Compile,
    /// RTL and C++ compute different numbers.
    CosimMismatch,
    /// C++ and the model's exact arithmetic give different numbers.
    CsimMismatch,
    /// The tool claims success without having written what it should.
    MissingReport,
    /// The sweep was ended.
    Interrupted,
    /// A bug in this program.
    Bug,
    /// Nothing that is known.
    Unknown,
}

impl Cause {
    /// What it means, as a sentence.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        match self {
            Self::Model => "The model, its configuration or its samples cannot become a project.",
            Self::OutputFolder => "The output folder cannot be used.",
            Self::ToolMissing => "A tool, or a program that it needs, is not installed.",
            Self::LicenceMissing => "No licence for the tool or the part was to be had.",
            Self::OutOfMemory => "The memory was used up.",
            Self::DiskFull => "A file system is full.",
            Self::Timeout => "The tool was not done within the time limit.",
            Self::Stall => "The tool wrote nothing for so long that it was taken for stuck.",
            Self::Killed => "Somebody, or the system, ended the tool with a signal.",
            Self::Crash => "The tool crashed.",
            Self::UnrollLimit => "A loop is larger than the tool is willing to unroll.",
            Self::PartitionLimit => {
                "An array has more elements than the tool is willing to split into registers."
            }
            Self::PartNotInstalled => "The part is unknown to this installation.",
            Self::UnsupportedTcl => {
                "This release of the tool does not know a command or option of the script."
            }
            Self::UnsupportedPragma => "This release of the tool does not take a directive of the firmware.",
            Self::Compile => "The C++ does not compile.",
            Self::CosimMismatch => "The RTL computes other numbers than the C++.",
            Self::CsimMismatch => "The C++ computes other numbers than expected.",
            Self::MissingReport => "The tool claims success without having written what it should.",
            Self::Interrupted => "The sweep was ended before the job was done.",
            Self::Bug => "This program made a mistake.",
            Self::Unknown => "Nothing in the logs is a known cause.",
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn advice(self) -> &'static str {
        match self {
            Self::Model => "Change what the message names; `hls-cli inspect` shows how a model is read.",
            Self::OutputFolder => "Check the permissions, or choose another folder with --output-dir.",
            Self::ToolMissing => "Run `hls-cli doctor`; source the tool's settings64.sh or give --vitis-dir.",
            Self::LicenceMissing => {
                "Check XILINXD_LICENSE_FILE and the licence server; with few licences, use fewer workers and --retries."
            }
            Self::OutOfMemory => {
                "Use fewer workers or say --memory-per-job; a smaller design helps: strategy Resource with a larger reuse factor."
            }
            Self::DiskFull => {
                "Make room, then run the sweep again with --resume; --keep reports keeps little."
            }
            Self::Timeout => {
                "Raise --timeout or --stage-timeout; strategy Resource with a larger reuse factor synthesizes faster."
            }
            Self::Stall => {
                "Raise --stall-timeout if the tool was only slow (co-simulation is silent for long); else try again with --retries."
            }
            Self::Killed => {
                "Find out who ended it; often it is the want of memory: use fewer workers, and try again with --retries."
            }
            Self::Crash => {
                "Try again with --retries; if it happens each time, another release of the tool or a smaller design may help."
            }
            Self::UnrollLimit => {
                "Use strategy Resource with a larger reuse factor for the layer that the log names, or a ParallelizationFactor of 1."
            }
            Self::PartitionLimit => {
                "Use strategy Resource with a larger reuse factor for the layer that the log names, or smaller layers, or io_stream."
            }
            Self::PartNotInstalled => {
                "Choose an installed part with --fpga-part, or install its device family."
            }
            Self::UnsupportedTcl => {
                "Use a release from 2021.1 to 2025.1; if this is one, report it with the log."
            }
            Self::UnsupportedPragma => {
                "Use a release from 2021.1 to 2025.1; if this is one, report it with the log."
            }
            Self::Compile => {
                "With --kernels, check those; else this is a mistake of this program: report it with the model and the log."
            }
            Self::CosimMismatch => {
                "Compare tb_data/rtl_cosim_results.log with csim_results.log; report it with the model."
            }
            Self::CsimMismatch => {
                "Check --data and --kernels; if neither was given, report it with the model."
            }
            Self::MissingReport => "The end of the log says more; try again with --retries.",
            Self::Interrupted => "Run the sweep again with --resume.",
            Self::Bug => "Report it with the model and the message.",
            Self::Unknown => "The end of the log says more.",
        }
    }

    /// Whether the same job may succeed on another try.
    #[must_use]
    pub fn may_pass(self) -> bool {
        matches!(
            self,
            Self::LicenceMissing
                | Self::OutOfMemory
                | Self::DiskFull
                | Self::Stall
                | Self::Killed
                | Self::Crash
                | Self::MissingReport
        )
    }
}

/// Words in a log and what they mean. Of several causes in the logs the one that is listed first counts: it is nearer to the root.
const PATTERNS: &[(Cause, &[&str])] = &[
    (
        Cause::LicenceMissing,
        &[
            "a valid license was not found",
            "license check failed",
            "license checkout failed",
            "failed to get a license",
            "failed to checkout license",
            "license check-out failed",
            "cannot connect to license server",
            "flexnet licensing error",
            "no such feature exists",
            "licensed number of users already reached",
        ],
    ),
    (
        Cause::DiskFull,
        &["no space left on device", "disk quota exceeded", "disk is full", "not enough disk space"],
    ),
    (
        Cause::OutOfMemory,
        &[
            "std::bad_alloc",
            "out of memory",
            "cannot allocate memory",
            "memory exhausted",
            "memory allocation failure",
            "out-of-memory",
            // What `rdiArgs.sh` and the compiler driver say of a child that the kernel killed.
            "killed                  \"$rdi_prog\"",
            "unable to execute command: killed",
            "killed signal terminated program",
        ],
    ),
    (
        Cause::PartitionLimit,
        &["partitioned elements number", "array partition threshold", "exceeds maximum partition"],
    ),
    (
        Cause::UnrollLimit,
        &["stop unrolling loop", "loop is too large to unroll", "due to increase in code size"],
    ),
    (
        Cause::PartNotInstalled,
        &[
            "is not installed",
            "specified part could not be found",
            "unknown part",
            "invalid part",
            "no parts matched",
        ],
    ),
    (
        Cause::UnsupportedTcl,
        &["invalid command name", "unknown option", "wrong # args", "no such option", "[common 17-170]"],
    ),
    (
        Cause::UnsupportedPragma,
        &[
            "unsupported pragma",
            "invalid pragma",
            "unexpected pragma",
            "pragma is not supported",
            "unknown pragma",
        ],
    ),
    (
        Cause::CosimMismatch,
        &[
            "co-simulation finished: fail",
            "c tb testing failed",
            "the test bench failed",
            "gave different outputs",
            "rtl simulation failed",
        ],
    ),
    (Cause::ToolMissing, &["command not found", "couldn't execute", "cannot execute binary file"]),
    (
        Cause::Compile,
        &[": error: ", "compilation error", "csim failed with errors", "undefined reference to"],
    ),
    (
        Cause::Crash,
        &[
            "abnormal program termination",
            "segmentation fault",
            "internal error",
            "an unexpected error has occurred",
        ],
    ),
];

/// What is known of a failure beyond its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnosis {
    /// Why it failed.
    pub cause: Cause,
    /// The lines of the logs that say so.
    pub lines: Vec<String>,
}

impl Diagnosis {
    fn without_lines(cause: Cause) -> Self {
        Self { cause, lines: Vec::new() }
    }
}

/// Finds the cause of `error`, reading the logs that it names.
#[must_use]
pub fn diagnose(error: &JobError) -> Diagnosis {
    match error {
        JobError::Convert { source, .. } => Diagnosis::without_lines(of_chain(source.as_ref(), Cause::Model)),
        JobError::ProjectName { .. } => Diagnosis::without_lines(Cause::Model),
        JobError::Folder(_) | JobError::Write { .. } | JobError::Retain(_) | JobError::Archive(_) => {
            Diagnosis::without_lines(of_chain(error, Cause::OutputFolder))
        }
        JobError::Process(_) => Diagnosis::without_lines(of_chain(error, Cause::ToolMissing)),
        JobError::Tool { exit, killed_for_memory, logs, .. } => of_tool(*exit, *killed_for_memory, logs),
        JobError::MissingReport { logs, .. } => {
            search(logs).unwrap_or_else(|| Diagnosis::without_lines(Cause::MissingReport))
        }
        JobError::Cosim { .. } => Diagnosis::without_lines(Cause::CosimMismatch),
        JobError::Compare(_) | JobError::Reference { .. } => Diagnosis::without_lines(Cause::CsimMismatch),
        JobError::Interrupted => Diagnosis::without_lines(Cause::Interrupted),
        JobError::Panic { .. } => Diagnosis::without_lines(Cause::Bug),
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

/// The first lines of the logs that the tool itself calls errors.
fn errors(logs: &[PathBuf]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for log in logs {
        // A log that is not there says nothing.
        let _ = each_line(log, BYTES_AT_EACH_END, |line| {
            let is_error = line.starts_with("ERROR") && !is_refused_on_purpose(line);
            if is_error && found.len() < MOST_LINES && !found.contains(&quoted(line)) {
                found.push(quoted(line));
            }
        });
    }
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
fn of_chain(error: &(dyn std::error::Error + 'static), otherwise: Cause) -> Cause {
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
fn search(logs: &[PathBuf]) -> Option<Diagnosis> {
    search_ends(logs, BYTES_AT_EACH_END)
}

fn search_ends(logs: &[PathBuf], bytes_at_each_end: u64) -> Option<Diagnosis> {
    let mut found: Vec<(usize, String)> = Vec::new();
    for log in logs {
        // A log that is not there says nothing.
        let _ = each_line(log, bytes_at_each_end, |line| {
            if let Some(rank) = rank(line) {
                let best = found.first().map(|(best, _)| *best);
                if best.is_none_or(|best| rank < best) {
                    found.clear();
                }
                if best.is_none_or(|best| rank <= best) && found.len() < MOST_LINES {
                    let line = quoted(line);
                    if !found.iter().any(|(_, known)| *known == line) {
                        found.push((rank, line));
                    }
                }
            }
        });
    }
    let cause = found.first().and_then(|(rank, _)| PATTERNS.get(*rank)).map(|(cause, _)| *cause)?;
    Some(Diagnosis { cause, lines: found.into_iter().map(|(_, line)| line).collect() })
}

/// All words of [`PATTERNS`] at once, and for each its place in that table.
static WORDS: LazyLock<Option<(AhoCorasick, Vec<usize>)>> = LazyLock::new(|| {
    let words = PATTERNS
        .iter()
        .enumerate()
        .flat_map(|(rank, (_, words))| words.iter().map(move |word| (*word, rank)));
    let (words, ranks): (Vec<&str>, Vec<usize>) = words.unzip();
    let automaton = AhoCorasick::builder().ascii_case_insensitive(true).build(words);
    automaton.ok().map(|automaton| (automaton, ranks))
});

/// Commands that the project's script tries, as hls4ml's does, and goes on without where a release refuses them: Vitis HLS does so in every run.
const REFUSED_ON_PURPOSE: [&str; 1] = ["config_array_partition"];

fn is_refused_on_purpose(line: &str) -> bool {
    REFUSED_ON_PURPOSE.iter().any(|command| line.contains(command))
}

fn rank(line: &str) -> Option<usize> {
    // Notes and warnings repeat the words of errors; nobody fails of them.
    if ["INFO:", "WARNING:", "#"].iter().any(|harmless| line.starts_with(harmless)) {
        return None;
    }
    if is_refused_on_purpose(line) {
        return None;
    }
    let (automaton, ranks) = WORDS.as_ref()?;
    automaton.find_iter(line).filter_map(|found| ranks.get(found.pattern().as_usize())).min().copied()
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

    fn of_log(text: &str) -> Option<Cause> {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("tool.log");
        std::fs::write(&log, text).unwrap();
        search(&[dir.path().join("absent.log"), log]).map(|found| found.cause)
    }

    #[test]
    fn the_words_of_tools_are_understood() {
        let cases: &[(&str, Option<Cause>)] = &[
            ("", None),
            ("INFO: [HLS 200-10] Running on a machine where nothing is out of memory", None),
            ("ERROR: [HLS 200-70] Pre-synthesis failed.", None),
            (
                "ERROR: [XFORM 203-504] Stop unrolling loop 'Product1' (firmware/nnet_utils/nnet_dense_latency.h:37) in function 'x' because \
                 it may cause large runtime and excessive memory usage due to increase in code size.\nERROR: [HLS 200-70] Pre-synthesis failed.",
                Some(Cause::UnrollLimit),
            ),
            (
                "ERROR: [XFORM 203-103] Array 'mult.V' (nnet_dense.h:60): partitioned elements number (4800) has exeeded the threshold (4096)",
                Some(Cause::PartitionLimit),
            ),
            (
                "/tools/bin/rdiArgs.sh: line 194:  8288 Killed                  \"$RDI_PROG\" \"$@\"",
                Some(Cause::OutOfMemory),
            ),
            (
                "clang: error: unable to execute command: Killed\nERROR: [HLS 200-1715] Encountered problem during source synthesis",
                Some(Cause::OutOfMemory),
            ),
            ("terminate called after throwing an instance of 'std::bad_alloc'", Some(Cause::OutOfMemory)),
            (
                "ERROR: [Common 17-345] A valid license was not found for feature 'Synthesis' and/or device 'xcvu13p'.",
                Some(Cause::LicenceMissing),
            ),
            ("ERROR: [Common 17-141] Failed to write file: No space left on device", Some(Cause::DiskFull)),
            (
                "ERROR: [HLS 200-1023] Part 'xcu250-figd2104-2L-e' is not installed.",
                Some(Cause::PartNotInstalled),
            ),
            ("invalid command name \"config_dataflow\"", Some(Cause::UnsupportedTcl)),
            ("ERROR: [HLS 200-101] config_array_partition: Unknown option '-maximum_size'.", None),
            ("ERROR: [COSIM 212-4] *** C/RTL co-simulation finished: FAIL ***", Some(Cause::CosimMismatch)),
            (
                "ERROR: C/RTL VALIDATION failed: C simulation and RTL simulation gave different outputs",
                Some(Cause::CosimMismatch),
            ),
            ("firmware/myproject.cpp:5:1: error: unknown type name 'x'", Some(Cause::Compile)),
            ("Abnormal program termination (11)", Some(Cause::Crash)),
            // The root and not what follows from it.
            (
                "x.cpp:1: error: cannot write\nNo space left on device\nAbnormal program termination (6)",
                Some(Cause::DiskFull),
            ),
        ];
        for (text, cause) in cases {
            assert_eq!(of_log(text), *cause, "{text}");
        }
    }

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
            assert_eq!(search_ends(std::slice::from_ref(&log), 1000).is_some(), found);
        }
    }
}
