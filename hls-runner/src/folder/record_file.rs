//! A job's record in its folder.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::record::job::{JobRecord, RECORD_FILE};

/// The record in a committed folder, if it can be read.
pub(crate) fn read_record(folder: &Path) -> Option<JobRecord> {
    serde_json::from_slice(&fs::read(folder.join(RECORD_FILE)).ok()?).ok()
}

/// Writes a record, and returns when it is on the disk.
pub(crate) fn write_record(path: &Path, record: &JobRecord) -> io::Result<()> {
    let file = File::create(path)?;
    let mut buffer = io::BufWriter::new(file);
    serde_json::to_writer(&mut buffer, record)?;
    buffer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}
