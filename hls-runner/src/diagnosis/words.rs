//! The words by which a line of a log tells a cause.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::record::failure::Cause;

/// Words in a log and what they mean. Of several causes in the logs the one that is listed first counts: it is nearer to the root.
pub(super) const PATTERNS: &[(Cause, &[&str])] = &[
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

/// Whether a line is about a command that may be refused.
pub(super) fn is_refused_on_purpose(line: &str) -> bool {
    REFUSED_ON_PURPOSE.iter().any(|command| line.contains(command))
}

/// The place in [`PATTERNS`] of the nearest cause that a line speaks of.
pub(super) fn rank(line: &str) -> Option<usize> {
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
