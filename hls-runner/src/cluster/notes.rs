//! What a run of a part notes while it works: one file for each run, with one writer, read by all others.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::folder::heart::Heart;
use crate::machine::System;
use crate::plan::jobs::JobId;
use crate::record::job::{JobRecord, StageRecord};

/// How often a part gives a sign of life, at the least.
const BEAT: Duration = Duration::from_secs(30);

/// A line.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line {
    pub(super) at: Timestamp,
    #[serde(flatten)]
    pub(super) what: What,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub(super) enum What {
    /// Who writes; the first line.
    Begun {
        host: String,
        #[serde(alias = "slurm")]
        element: String,
    },
    Started {
        job: JobId,
    },
    /// A stage began or ended.
    Stage {
        job: JobId,
        record: StageRecord,
    },
    Finished {
        job: JobId,
        record: Box<JobRecord>,
        /// The most memory that the writing process itself used so far, in bytes.
        #[serde(default)]
        own_memory: u64,
        /// The job was not tried in this round: the engine did not take it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        untried: bool,
    },
    /// The part was told to end before all was done.
    Stopped,
    /// The last line.
    Over,
}

impl What {
    /// That a job is over which this process ran.
    pub(super) fn finished(job: JobId, record: JobRecord) -> Self {
        let own_memory = System::here().own_peak();
        Self::Finished { job, record: Box::new(record), own_memory, untried: false }
    }

    /// That a job is over which another process ran, or nobody.
    pub(super) fn found(job: JobId, record: JobRecord) -> Self {
        Self::Finished { job, record: Box::new(record), own_memory: 0, untried: false }
    }

    /// That a job is given up which was not even tried.
    pub(super) fn untried(job: JobId, record: JobRecord) -> Self {
        Self::Finished { job, record: Box::new(record), own_memory: 0, untried: true }
    }
}

/// The notes of this process.
pub(super) struct Notes {
    file: Mutex<File>,
    _heart: Heart,
}

impl Notes {
    /// Notes in a file of their own, whose name begins with `name`.
    pub(super) fn begin(folder: &Path, name: &str, host: String, element: String) -> io::Result<Self> {
        Self::begin_beating(folder, name, host, element, BEAT)
    }

    /// As [`begin`](Self::begin), with a sign of life at least so often.
    pub(super) fn begin_beating(
        folder: &Path,
        name: &str,
        host: String,
        element: String,
        beat: Duration,
    ) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let prefix = format!("{name}-");
        let file = tempfile::Builder::new().prefix(&prefix).suffix(".jsonl").tempfile_in(folder)?;
        // Temporary files are for their owner only; whoever may read the results may read this.
        let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        fs::set_permissions(file.path(), permissions)?;
        let (file, _) = file.keep().map_err(|error| error.error)?;
        let notes = Self { _heart: Heart::start(&file, beat.min(BEAT))?, file: Mutex::new(file) };
        notes.put(What::Begun { host, element })?;
        Ok(notes)
    }

    /// Writes a line; a record is on the disk afterwards.
    pub(super) fn put(&self, what: What) -> io::Result<()> {
        let safely = matches!(what, What::Finished { .. });
        let mut line = serde_json::to_vec(&Line { at: Timestamp::now(), what })?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        file.write_all(&line)?;
        if safely { file.sync_data() } else { Ok(()) }
    }
}

/// Reads what is new in a folder of notes since the last look.
#[derive(Debug, Default)]
pub(super) struct Reader {
    read: HashMap<PathBuf, u64>,
}

impl Reader {
    /// The new lines of each file, in the order of the files' names.
    pub(super) fn news(&mut self, folder: &Path) -> io::Result<Vec<(PathBuf, Vec<Line>)>> {
        let entries = match fs::read_dir(folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        let mut news = Vec::new();
        for path in paths {
            let lines = self.lines(&path)?;
            if !lines.is_empty() {
                news.push((path, lines));
            }
        }
        Ok(news)
    }

    /// Whole lines only: the rest of a line comes with the next look.
    fn lines(&mut self, path: &Path) -> io::Result<Vec<Line>> {
        let from = self.read.entry(path.to_owned()).or_default();
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(*from))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let end = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        bytes.truncate(end);
        *from += end as u64;
        // A line that a full disk cut off is no line.
        Ok(bytes.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_once_and_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let notes = Notes::begin(dir.path(), "0-1", "n1".into(), "7_1".into()).unwrap();
        let mut reader = Reader::default();
        assert_eq!(reader.news(dir.path()).unwrap()[0].1.len(), 1);
        notes.put(What::Started { job: JobId(3) }).unwrap();
        notes.file.lock().unwrap().write_all(b"{\"at\":").unwrap();
        let news = reader.news(dir.path()).unwrap();
        assert!(matches!(news[0].1[..], [Line { what: What::Started { job: JobId(3) }, .. }]), "{news:?}");
        assert!(reader.news(dir.path()).unwrap().is_empty());
        // The rest of a line that another line broke into is skipped.
        notes.put(What::Over).unwrap();
        notes.put(What::Stopped).unwrap();
        let news = reader.news(dir.path()).unwrap();
        assert!(matches!(news[0].1[..], [Line { what: What::Stopped, .. }]), "{news:?}");
        assert!(reader.news(&dir.path().join("absent")).unwrap().is_empty());
    }
}
