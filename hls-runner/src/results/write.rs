//! The file is replaced as a whole (written under another name, flushed, renamed), so that a reader sees a complete
//! document at every moment.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::folder::flush::flush_folder;
use crate::record::job::JobRecord;
use crate::record::sweep::SweepRecord;

/// The file's name in the output folder.
pub const RESULTS_FILE: &str = "synthesis_results.json";

/// After a write, this many times its duration pass before the next: the coordinator must not spend its
/// time waiting for a slow disk.
const PAUSE_FACTOR: u32 = 4;

/// A sweep of thousands rewrites a large file many times; this limits the load on the disk.
const BYTES_PER_SECOND: f64 = 4.0 * 1024.0 * 1024.0;

/// The results file of a running sweep.
pub(crate) struct ResultsFile {
    path: PathBuf,
    /// Where the next version is written, in the same file system.
    temporary: PathBuf,
    changed: bool,
    not_before: Instant,
}

impl ResultsFile {
    pub(crate) fn new(output_dir: &Path, state_dir: &Path) -> Self {
        Self {
            path: output_dir.join(RESULTS_FILE),
            temporary: state_dir.join(RESULTS_FILE),
            changed: true,
            not_before: Instant::now(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn mark_changed(&mut self) {
        self.changed = true;
    }

    /// Whether something changed and the last write was long enough ago.
    pub(crate) fn is_due(&self) -> bool {
        self.changed && Instant::now() >= self.not_before
    }

    /// Writes now. After a failure, the next try waits for a while.
    pub(crate) fn write(&mut self, sweep: &SweepRecord<&[JobRecord]>) -> io::Result<()> {
        let begin = Instant::now();
        let result = replace(&self.path, &self.temporary, sweep);
        if result.is_err() {
            // Half a document is useless, and the disk may be full.
            let _ = fs::remove_file(&self.temporary);
        }
        let pause = match result {
            Ok(bytes) => {
                begin.elapsed() * PAUSE_FACTOR + Duration::from_secs_f64(bytes as f64 / BYTES_PER_SECOND)
            }
            Err(_) => Duration::from_secs(1),
        };
        self.changed = result.is_err();
        self.not_before = Instant::now() + pause;
        result.map(|_| ())
    }
}

/// Replaces the file and returns its size in bytes.
fn replace(path: &Path, temporary: &Path, content: &impl Serialize) -> io::Result<u64> {
    let parent = path.parent().unwrap_or(Path::new("."));
    let file = File::create(temporary)?;
    fs::set_permissions(temporary, fs::Permissions::from_mode(0o644))?;
    let mut buffer = BufWriter::new(file);
    serde_json::to_writer_pretty(&mut buffer, content)?;
    buffer.write_all(b"\n")?;
    let file = buffer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    let bytes = file.metadata()?.len();
    fs::rename(temporary, path)?;
    flush_folder(parent)?;
    Ok(bytes)
}
