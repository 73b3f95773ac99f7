//! Errors on their way to a person, and exit codes.

use std::fmt;

use hls_runner::sentence;

/// Everything succeeded.
pub const SUCCESS: u8 = 0;
/// Some model or job failed.
pub const FAILED: u8 = 1;
/// Wrong usage, or nothing to do.
pub const USAGE: u8 = 2;
/// Ended by a signal.
pub const INTERRUPTED: u8 = 130;

/// An error with the exit code that it means.
#[derive(Debug)]
pub struct CliError {
    code: u8,
    error: anyhow::Error,
}

impl CliError {
    /// A valid request failed.
    pub fn failed(error: impl Into<anyhow::Error>) -> Self {
        Self { code: FAILED, error: error.into() }
    }

    /// The request is not valid, or there is nothing to do.
    pub fn usage(error: impl Into<anyhow::Error>) -> Self {
        Self { code: USAGE, error: error.into() }
    }

    /// A signal ended the command.
    pub fn interrupted(error: impl Into<anyhow::Error>) -> Self {
        Self { code: INTERRUPTED, error: error.into() }
    }

    /// The same with a sentence in front that says where it happened.
    pub fn within(self, place: String) -> Self {
        Self { error: self.error.context(place), ..self }
    }

    /// The exit code.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// Whether the reader of the output has gone away, which is not an error.
    pub fn is_broken_pipe(&self) -> bool {
        let io = self.error.downcast_ref::<std::io::Error>();
        io.is_some_and(|e| e.kind() == std::io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&sentence(self.error.as_ref()))
    }
}

impl From<std::io::Error> for CliError {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
