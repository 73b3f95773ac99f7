//! Why an RTL simulation did not end well.

use std::io;
use std::path::{Path, PathBuf};

use super::interface::InterfaceError;
use super::ports::PortsError;
use super::verdict::{Difference, Stuck};
use crate::record::failure::{Cause, FailureKind};
use crate::record::stage::Stage;
use crate::toolchain::error::ToolError;

/// Why a design could not be compared with the emulator, or is not equal to it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RtlsimError {
    /// Nobody knows what it should compute.
    #[error("there is nothing to compare the RTL with: the emulator does not compute this model")]
    NoReference,
    /// The folder has no Verilog.
    #[error("{} holds no Verilog", .0.display())]
    NoVerilog(PathBuf),
    /// The top module's ports are not known.
    #[error("the Verilog in {} cannot be simulated", folder.display())]
    Ports { folder: PathBuf, source: PortsError },
    /// The ports are not the model's.
    #[error("the module {top} in {} cannot be simulated", folder.display())]
    Interface { top: String, folder: PathBuf, source: Box<InterfaceError> },
    /// A file could not be read or written.
    #[error("{} could not be used; check the free space and the permissions", path.display())]
    Io { path: PathBuf, source: io::Error },
    /// The simulator ended without a word of the test bench.
    #[error("the simulation ended, but {} was not written", path.display())]
    NoOutcome { path: PathBuf, source: io::Error },
    /// The design stopped.
    #[error("{0}")]
    Stuck(Box<Stuck>),
    /// The design computes something else.
    #[error("{0}")]
    Differs(Box<Difference>),
}

impl RtlsimError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |source| Self::Io { path, source }
    }

    pub(super) fn of(self, stage: &Stage) -> ToolError {
        let (kind, cause) = match &self {
            Self::Io { .. } => (FailureKind::Output, Cause::OutputFolder),
            Self::Differs(_) => (FailureKind::RtlsimMismatch, Cause::RtlsimMismatch),
            Self::NoReference
            | Self::NoVerilog(_)
            | Self::Ports { .. }
            | Self::Interface { .. }
            | Self::NoOutcome { .. }
            | Self::Stuck(_) => (FailureKind::RtlsimMismatch, Cause::RtlsimFailed),
        };
        ToolError::Wrong { stage: stage.clone(), kind, cause, source: Box::new(self), logs: Vec::new() }
    }
}
