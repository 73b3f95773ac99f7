//! What has been done, line by line, for the next run.
//!
//! `OUTPUT/.hls-sweep/journal.jsonl` gets a line before a job's folder is touched and another, flushed to the disk, when its results are complete
//! and safe. A line is written in one piece; whatever a crash or a full disk leaves of one is skipped when the file is read. The last line
//! of a folder counts.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::folder::claim::is_finished;
use crate::folder::flush::flush_folder;
use crate::plan::fingerprint::Fingerprint;
use crate::plan::jobs::Job;
use crate::record::job::{JobRecord, JobStatus};
use crate::record::sweep::SCHEMA;

const FILE: &str = "journal.jsonl";

/// A line of the journal.
#[derive(Debug, Serialize, Deserialize)]
struct Line<'a> {
    /// Version of the records' layout; the first lines had none.
    #[serde(default)]
    schema: u32,
    at: Timestamp,
    /// The project folder below the output folder.
    folder: std::borrow::Cow<'a, str>,
    #[serde(flatten)]
    what: What,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "what")]
enum What {
    /// From here on the folder does not hold what an earlier line says.
    Started,
    /// The job is over.
    Finished { record: Box<JobRecord> },
}

/// The journal of an output folder, open for writing.
pub(crate) struct Journal {
    path: PathBuf,
    output_dir: PathBuf,
    file: File,
    /// Lines that could not be written yet.
    waiting: Vec<u8>,
}

impl Journal {
    /// Opens the journal in `folder`, after dropping the lines that later ones supersede. Returns the last record of each project folder.
    pub(crate) fn open(folder: &Path, output_dir: &Path) -> io::Result<(Self, Earlier)> {
        let path = folder.join(FILE);
        let earlier = Earlier::read(&path)?;
        let temporary = path.with_extension("tmp");
        let mut compact = io::BufWriter::new(File::create(&temporary)?);
        for (folder, (at, record)) in &earlier.finished {
            let what = What::Finished { record: Box::new(record.clone()) };
            serde_json::to_writer(
                &mut compact,
                &Line { schema: SCHEMA, at: *at, folder: folder.into(), what },
            )?;
            compact.write_all(b"\n")?;
        }
        compact.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(&temporary, &path)?;
        flush_folder(folder)?;
        let file = OpenOptions::new().append(true).open(&path)?;
        Ok((Self { path, output_dir: output_dir.to_owned(), file, waiting: Vec::new() }, earlier))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A job's folder is about to be touched. To be followed by [`write`](Self::write).
    pub(crate) fn started(&mut self, job: &Job) {
        self.append(job, What::Started);
    }

    /// The job's results are complete and safe. To be followed by [`write_safely`](Self::write_safely).
    pub(crate) fn finished(&mut self, record: &JobRecord) {
        self.append(&record.job, What::Finished { record: Box::new(record.clone()) });
    }

    fn append(&mut self, job: &Job, what: What) {
        let folder = relative(&job.folder, &self.output_dir);
        let line = Line { schema: SCHEMA, at: Timestamp::now(), folder: folder.into(), what };
        // Everything in a record can be written as JSON.
        if let Ok(line) = serde_json::to_vec(&line) {
            self.waiting.extend(line);
            self.waiting.push(b'\n');
        }
    }

    /// Writes what was appended, and returns when it is on the disk.
    pub(crate) fn write_safely(&mut self) -> io::Result<()> {
        self.write()?;
        self.file.sync_data()
    }

    /// Writes what was appended. What cannot be written is kept for the next time.
    pub(crate) fn write(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        if let Err(error) = self.file.write_all(&self.waiting) {
            // Half a line may be there now; what follows must not become a part of it.
            if self.waiting.first() != Some(&b'\n') {
                self.waiting.insert(0, b'\n');
            }
            return Err(error);
        }
        self.waiting.clear();
        Ok(())
    }
}

/// What earlier runs wrote down.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    finished: HashMap<String, (Timestamp, JobRecord)>,
}

impl Earlier {
    /// What the journal in `folder` says.
    pub(crate) fn of(folder: &Path) -> io::Result<Self> {
        Self::read(&folder.join(FILE))
    }

    fn read(path: &Path) -> io::Result<Self> {
        let mut found = Self::default();
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(error) => return Err(error),
        };
        let mut input = BufReader::new(file);
        let mut bytes = Vec::new();
        while input.read_until(b'\n', &mut bytes)? > 0 {
            if let Ok(Line { schema, at, folder, what }) = serde_json::from_slice(&bytes) {
                match what {
                    // What a newer version means by its record is not known here: the job is done again.
                    What::Finished { .. } if schema > SCHEMA => found.finished.remove(folder.as_ref()),
                    What::Started => found.finished.remove(folder.as_ref()),
                    What::Finished { mut record } => {
                        if schema < SCHEMA {
                            record.kept_names = std::mem::take(&mut record.kept_files);
                        }
                        found.finished.insert(folder.into_owned(), (at, *record))
                    }
                };
            }
            bytes.clear();
        }
        Ok(found)
    }

    /// When the job was over that was last written down for this folder.
    pub(crate) fn ended(&self, job: &Job, output_dir: &Path) -> Option<Timestamp> {
        self.finished.get(&relative(&job.folder, output_dir)).and_then(|(_, record)| record.ended)
    }

    /// What was written down of a job that need not be run again: it succeeded with the same fingerprint, and its results are complete.
    pub(crate) fn complete(
        &self,
        job: &Job,
        fingerprint: &Fingerprint,
        output_dir: &Path,
    ) -> Option<&JobRecord> {
        let (_, record) = self.finished.get(&relative(&job.folder, output_dir))?;
        let same = record.status == JobStatus::Success && record.fingerprint.as_ref() == Some(fingerprint);
        (same && is_complete(job, record)).then_some(record)
    }
}

fn is_complete(job: &Job, record: &JobRecord) -> bool {
    let kept = |name: &String| {
        fs::metadata(job.folder.join(name)).is_ok_and(|found| found.is_dir() == name.ends_with('/'))
    };
    let archive = || fs::metadata(job.tarball()).is_ok_and(|found| found.is_file() && found.len() > 0);
    !record.kept_names.is_empty()
        && is_finished(&job.folder)
        && record.kept_names.iter().all(kept)
        && (record.tarball.is_none() || archive())
}

/// Names of project folders are ASCII, whatever the folders above them are called.
fn relative(folder: &Path, output_dir: &Path) -> String {
    folder.strip_prefix(output_dir).unwrap_or(folder).to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(output: &Path, name: &str) -> Job {
        let folder = output.join(format!("hls_{name}"));
        Job { model: format!("{name}.h5").into(), name: name.into(), folder, ..Job::default() }
    }

    fn fingerprint(text: &str) -> Fingerprint {
        serde_json::from_value(text.into()).unwrap()
    }

    /// A finished job with its folder.
    fn finish(output: &Path, name: &str, print: &str) -> JobRecord {
        let job = job(output, name);
        fs::create_dir_all(&job.folder).unwrap();
        fs::write(job.folder.join("project.tcl"), "x").unwrap();
        fs::write(job.tarball(), "x").unwrap();
        JobRecord {
            fingerprint: Some(fingerprint(print)),
            status: JobStatus::Success,
            kept_names: vec!["project.tcl".into()],
            tarball: Some(job.tarball()),
            job,
            ..JobRecord::default()
        }
    }

    #[test]
    fn what_counts_is_the_last_line_if_the_results_are_there() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path();
        let (mut journal, _) = Journal::open(out, out).unwrap();
        for name in ["same", "changed", "begun_again", "no_archive", "no_file", "unfinished"] {
            let record = finish(out, name, "1");
            journal.started(&record.job);
            journal.finished(&record);
        }
        journal.started(&job(out, "begun_again"));
        journal.finished(&JobRecord { status: JobStatus::Failed, ..finish(out, "failed", "1") });
        journal.write_safely().unwrap();
        fs::remove_file(job(out, "no_archive").tarball()).unwrap();
        fs::remove_file(job(out, "no_file").folder.join("project.tcl")).unwrap();
        fs::write(job(out, "unfinished").folder.join(".hls-runner"), "x").unwrap();
        // The second opening reads what the first made compact.
        for _ in 0..2 {
            let (_, earlier) = Journal::open(out, out).unwrap();
            let complete =
                |name, print| earlier.complete(&job(out, name), &fingerprint(print), out).is_some();
            assert!(complete("same", "1"));
            for name in ["begun_again", "no_archive", "no_file", "unfinished", "failed", "unknown"] {
                assert!(!complete(name, "1"), "{name}");
            }
            assert!(!complete("changed", "2"));
        }
    }

    #[test]
    fn half_lines_are_skipped() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path();
        let (mut journal, _) = Journal::open(out, out).unwrap();
        journal.finished(&finish(out, "a", "1"));
        journal.finished(&finish(out, "b", "1"));
        journal.write_safely().unwrap();
        let whole = fs::read(out.join(FILE)).unwrap();
        let first_line = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for length in
            (0..whole.len()).step_by(13).chain([first_line - 1, first_line, whole.len() - 1, whole.len()])
        {
            fs::write(out.join(FILE), &whole[..length]).unwrap();
            let earlier = Earlier::read(&out.join(FILE)).unwrap();
            let expected = usize::from(length + 1 >= first_line) + usize::from(length + 1 >= whole.len());
            assert_eq!(earlier.finished.len(), expected, "{length} bytes");
            // Continues after half a line.
            journal = Journal::open(out, out).unwrap().0;
            journal.finished(&finish(out, "c", "1"));
            journal.write_safely().unwrap();
            assert_eq!(Earlier::read(&out.join(FILE)).unwrap().finished.len(), expected + 1);
        }
    }
}
