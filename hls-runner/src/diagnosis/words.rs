//! The words by which a line of a log tells a cause.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::record::failure::Cause;

/// Words in a log and what they mean. Of several causes in the logs the one that is listed first counts: it is nearer to the root. A cause
/// that is listed twice has words that decide, and words that say little more than that something went wrong.
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
    // What our scripts say in front of the reason; it has words of other causes.
    (Cause::UserTcl, &["(the user's own tcl) failed"]),
    (
        Cause::TooManyPorts,
        &["io placement failed due to overutilization", "io placement is infeasible", "[place 30-58]"],
    ),
    (Cause::Unrouted, &["design is not completely routed", "router failed to resolve"]),
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
        Cause::Y2k22,
        // Vivado up to 2020.2 calls the revision a bad cast, later releases an invalid argument.
        &[
            "bad lexical cast",
            "is an invalid argument. please specify an integer value",
            "set_property core_revision",
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
        Cause::ToolMissing,
        &[
            "command not found",
            "couldn't execute",
            "cannot execute binary file",
            "cannot execute: required file not found",
            // The dynamic linker, and Tcl's `load`.
            MISSING_LIBRARY,
            "error while loading shared libraries",
            "couldn't load file",
            "symbol lookup error",
            "version `glibc",
            "version `cxxabi",
        ],
    ),
    (
        Cause::CLibraryMissing,
        &[
            // The linkers of GNU and LLVM.
            "cannot find crt",
            "cannot find -l",
            "cannot find libc.so",
            "cannot find libm.so",
            "cannot open crt",
            "unable to find library -l",
            // Headers that a C++ program cannot name wrongly: the compiler's own include them.
            "sys/cdefs.h: no such file",
            "sys/cdefs.h' file not found",
            "gnu/stubs-32.h: no such file",
            "gnu/stubs-32.h' file not found",
            "bits/libc-header-start.h: no such file",
            "bits/libc-header-start.h' file not found",
            "bits/c++config.h: no such file",
            "bits/c++config.h' file not found",
            "stdio.h: no such file",
            "stdio.h' file not found",
            // The simulator compiles C that it wrote itself.
            "failed to compile generated c file",
        ],
    ),
    (
        Cause::RtlRefused,
        &[
            // Yosys; what names a line of Verilog is found without words.
            "error: module `",
            // Verilator.
            "%error: ",
            "%error-",
        ],
    ),
    (
        Cause::Compile,
        &[
            ": error: ",
            ": fatal error: ",
            "compilation error",
            "c++ compile error",
            "undefined reference to",
            "undefined symbol: ",
        ],
    ),
    // What the streams of our own `ap_types` say.
    (Cause::CsimDeadlock, &["a layer waits for data that no layer sends", "elements that no layer has read"]),
    (
        Cause::Crash,
        &[
            "abnormal program termination",
            "segmentation fault",
            "segmentation violation",
            // Both spellings are Vitis's.
            "recieved a signal named",
            "received a signal named",
            "simulation failed: sig",
            "terminated in an unexpected manner",
            "internal error",
            UNEXPECTED_ERROR,
        ],
    ),
    (
        Cause::CosimFailed,
        &[
            "error: [vrfc ",
            "error: [xsim ",
            "error: [usf-xsim",
            "please check the snapshot name",
            "deadlock detected",
            // With the full stop: the build script's own "C/RTL SIMULATION failed: …" says nothing new.
            "rtl simulation failed.",
            "c tb simulation failed",
            "c tb testing failed",
        ],
    ),
    (Cause::CosimMismatch, &["post check failed", "gave different outputs"]),
    (Cause::CosimFailed, &["error: [cosim ", "co-simulation finished: fail"]),
    (Cause::Compile, &["csim failed with errors"]),
];

/// What the dynamic linker says after the name of a library.
pub(super) const MISSING_LIBRARY: &str = "cannot open shared object file";

/// What Vivado says when it crashes, in a line that looks like a comment.
const UNEXPECTED_ERROR: &str = "an unexpected error has occurred";

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

/// Whether a line is a note, a warning, or a command as Vivado repeats it: these have the words of errors, and none of them causes a failure.
fn is_harmless(line: &str) -> bool {
    ["INFO:", "WARNING:"].iter().any(|label| line.starts_with(label))
        || (line.starts_with('#') && !line.to_ascii_lowercase().contains(UNEXPECTED_ERROR))
}

/// The place in [`PATTERNS`] of the nearest cause that a line names.
pub(super) fn rank(line: &str) -> Option<usize> {
    if is_harmless(line) || is_refused_on_purpose(line) {
        return None;
    }
    if let Some(cause) = verilog_error(line).or_else(|| failed_row(line)) {
        return PATTERNS.iter().rposition(|(known, _)| *known == cause);
    }
    let (automaton, ranks) = WORDS.as_ref()?;
    // Words may begin inside others, so all matches count and not only those that follow each other.
    automaton
        .find_overlapping_iter(line)
        .filter_map(|found| ranks.get(found.pattern().as_usize()))
        .min()
        .copied()
}

/// What a message about a line of Verilog tells, if it calls itself an error: `rtl/myproject.v:7: error: Unknown module type`.
fn verilog_error(line: &str) -> Option<Cause> {
    let (_, message) = line.split_once(".v:")?;
    let names_a_line = message.starts_with(|c: char| c.is_ascii_digit());
    (names_a_line && message.to_ascii_lowercase().contains("error")).then_some(Cause::RtlRefused)
}

/// What a row of the co-simulation's report tells (`|   Verilog|   Fail|   NA|  …`): a simulation that ran has measured something, so that it was
/// the comparison that failed. Without a number, there was nothing to compare.
fn failed_row(line: &str) -> Option<Cause> {
    let mut cells = line.trim().strip_prefix('|')?.split('|').map(str::trim);
    let language = cells.next().filter(|language| ["Verilog", "VHDL"].contains(language));
    language.and(cells.next()).filter(|status| *status == "Fail")?;
    let measured = cells.any(|cell| cell.parse::<u64>().is_ok());
    Some(if measured { Cause::CosimMismatch } else { Cause::CosimFailed })
}
