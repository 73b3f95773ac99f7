//! Where reports are: in a folder, or already in memory.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::flaw::ReportError;

/// Reports of the largest designs have a few mebibytes; what is larger is no report.
pub(crate) const LARGEST_BYTES: u64 = 32 * 1024 * 1024;

/// The files of a project.
pub(crate) trait ReportFiles {
    /// The text of the file with this path below the project, `None` if there is no such file. Bytes that are no UTF-8 cannot be part of a number.
    ///
    /// # Errors
    /// The system would not give the file, or it is too large to be a report.
    fn text(&self, path: &Path) -> Result<Option<String>, ReportError>;
}

impl ReportFiles for Path {
    fn text(&self, path: &Path) -> Result<Option<String>, ReportError> {
        let path = &self.join(path);
        let io = |source| ReportError::Io { path: path.to_owned(), source };
        // Asked before opening, which would wait for ever for the other end of a named pipe.
        match fs::metadata(path) {
            Ok(found) if found.is_file() => {}
            Ok(_) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        }
        let file = File::open(path).map_err(io)?;
        let mut bytes = Vec::new();
        // The length that the system tells may be old: somebody could be writing still.
        file.take(LARGEST_BYTES + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > LARGEST_BYTES {
            return Err(ReportError::TooLarge { path: path.to_owned(), limit_bytes: LARGEST_BYTES });
        }
        Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
    }
}
