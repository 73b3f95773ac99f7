//! Why a job failed, as it is written down.

use serde::{Deserialize, Serialize};

use crate::record::lenient::{field, list};
use crate::record::stage::Stage;

/// The class of a failure: stable words for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FailureKind {
    /// The model could not become a project.
    Convert,
    /// The output folder could not be used (permissions, disk full, a foreign folder in the way).
    Output,
    /// A tool could not be started.
    ToolNotStarted,
    /// A tool ended with a status other than 0.
    ToolFailed,
    /// A signal ended the tool.
    ToolKilled,
    /// A tool ran into the time limit.
    Timeout,
    /// A file that a stage must produce is missing, empty or old.
    MissingReport,
    /// The C simulation gives other numbers than expected.
    CsimMismatch,
    /// The RTL gives other numbers than the C simulation.
    CosimMismatch,
    /// The RTL gives other numbers than the emulator, or none.
    RtlsimMismatch,
    /// The design has a block of the device that it must do without.
    ForbiddenResource,
    /// The tool wrote nothing for too long.
    Stall,
    /// The sweep was cancelled.
    Interrupted,
    /// The machine that ran it stopped responding.
    Lost,
    /// The machine was needed for something more urgent.
    Preempted,
    /// The batch system did not take the job.
    NotSubmitted,
    /// A bug in this program.
    Panic,
    /// A class that this version does not know.
    #[default]
    #[serde(other)]
    Unknown,
}

impl FailureKind {
    /// The word that is written down.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Convert => "convert",
            Self::Output => "output",
            Self::ToolNotStarted => "tool_not_started",
            Self::ToolFailed => "tool_failed",
            Self::ToolKilled => "tool_killed",
            Self::Timeout => "timeout",
            Self::MissingReport => "missing_report",
            Self::CsimMismatch => "csim_mismatch",
            Self::CosimMismatch => "cosim_mismatch",
            Self::RtlsimMismatch => "rtlsim_mismatch",
            Self::ForbiddenResource => "forbidden_resource",
            Self::Stall => "stall",
            Self::Interrupted => "interrupted",
            Self::Lost => "lost",
            Self::Preempted => "preempted",
            Self::NotSubmitted => "not_submitted",
            Self::Panic => "panic",
            Self::Unknown => "unknown",
        }
    }
}

/// A failure as it is recorded: what kind, one sentence with its causes, and the end of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Failure {
    /// The class.
    #[serde(deserialize_with = "field")]
    pub kind: FailureKind,
    /// The error and its causes, joined by `: `.
    #[serde(deserialize_with = "field")]
    pub message: String,
    /// The stage that failed, where known.
    #[serde(deserialize_with = "field")]
    pub stage: Option<Stage>,
    /// Why, as far as it can be told.
    #[serde(deserialize_with = "field")]
    pub cause: Cause,
    /// What that means.
    #[serde(deserialize_with = "field")]
    pub explanation: String,
    /// What to do about it.
    #[serde(deserialize_with = "field")]
    pub advice: String,
    /// The lines of the logs that tell the cause.
    #[serde(deserialize_with = "list")]
    pub evidence: Vec<String>,
    /// The log that says more.
    #[serde(deserialize_with = "field")]
    pub log: Option<String>,
    /// The last lines of that log.
    #[serde(deserialize_with = "list")]
    pub log_tail: Vec<String>,
}

/// Why a job failed: stable words for scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// The model, its configuration or its samples cannot become a project.
    Model,
    /// The output folder cannot be written, for another reason than a full disk.
    OutputFolder,
    /// A tool could not be started, or one of its programs or libraries is missing.
    ToolMissing,
    /// The compiler does not find the startup objects, libraries or headers of the system's C library.
    CLibraryMissing,
    /// No licence was available.
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
    /// Releases up to 2021.2 cannot export IP since 2022: AMD's patch "y2k22" is not installed.
    Y2k22,
    /// A user's own Tcl in the project failed.
    UserTcl,
    /// A DSP in a design that must do without.
    DspUsed,
    /// A block RAM or an UltraRAM in a design that must do without.
    BramUsed,
    /// The design has more ports than the device has pins.
    TooManyPorts,
    /// The router did not get through.
    Unrouted,
    /// The C++ does not compile.
    Compile,
    /// In the C simulation a layer waits for data that nobody sends, or data is left that nobody reads.
    CsimDeadlock,
    /// The co-simulation failed before it could compare anything.
    CosimFailed,
    /// RTL and C++ compute different numbers.
    CosimMismatch,
    /// C++ and the model's exact arithmetic give different numbers.
    CsimMismatch,
    /// A simulator or a synthesis tool refuses the Verilog.
    RtlRefused,
    /// The RTL simulation compared nothing: the RTL cannot be elaborated or driven, or gives no output.
    RtlsimFailed,
    /// RTL and the model's exact arithmetic give different numbers.
    RtlsimMismatch,
    /// The tool claims success without having written what it should.
    MissingReport,
    /// The sweep was ended.
    Interrupted,
    /// The machine that ran it stopped responding.
    Lost,
    /// The machine was needed for something more urgent.
    Preempted,
    /// The batch system did not take the job.
    NotSubmitted,
    /// A bug in this program.
    Bug,
    /// Nothing that is known.
    #[default]
    #[serde(other)]
    Unknown,
}

impl Cause {
    /// Every cause.
    pub const ALL: &'static [Self] = &[
        Self::Model,
        Self::OutputFolder,
        Self::ToolMissing,
        Self::CLibraryMissing,
        Self::LicenceMissing,
        Self::OutOfMemory,
        Self::DiskFull,
        Self::Timeout,
        Self::Stall,
        Self::Killed,
        Self::Crash,
        Self::UnrollLimit,
        Self::PartitionLimit,
        Self::PartNotInstalled,
        Self::UnsupportedTcl,
        Self::UnsupportedPragma,
        Self::Y2k22,
        Self::UserTcl,
        Self::DspUsed,
        Self::BramUsed,
        Self::TooManyPorts,
        Self::Unrouted,
        Self::Compile,
        Self::CsimDeadlock,
        Self::CosimFailed,
        Self::CosimMismatch,
        Self::CsimMismatch,
        Self::RtlRefused,
        Self::RtlsimFailed,
        Self::RtlsimMismatch,
        Self::MissingReport,
        Self::Interrupted,
        Self::Lost,
        Self::Preempted,
        Self::NotSubmitted,
        Self::Bug,
        Self::Unknown,
    ];
}
