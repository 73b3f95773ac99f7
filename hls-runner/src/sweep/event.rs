//! What workers tell the coordinator, and the coordinator its reporter.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_channel::Sender;
use jiff::Timestamp;

use crate::plan::fingerprint::Fingerprint;
use crate::plan::jobs::JobId;
use crate::record::failure::Failure;
use crate::record::job::{JobRecord, StageRecord};
use crate::record::process::CommandRecord;
use crate::record::stage::Stage;
use crate::sweep::admission::Shortage;
use crate::sweep::recorder::JobListener;
use crate::toolchain::listener::Listener;

/// Something that happened in a sweep.
#[derive(Debug, Clone)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
}

impl Event {
    /// Something that happens now.
    #[must_use]
    pub fn now(kind: EventKind) -> Self {
        Self { at: Timestamp::now(), kind }
    }
}

/// What happened. A job starts, is converted, runs stages and commands, and finishes; a failure skips ahead.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum EventKind {
    /// The sweep began; all jobs are pending.
    SweepStarted,
    /// The output folder holds results of an earlier run.
    EarlierRun {
        /// How many of the jobs it finished with these very settings; they are not run again when resuming.
        finished: usize,
        /// Whether this run takes them over.
        resuming: bool,
    },
    /// The job's model was read for the first time.
    JobIdentified {
        /// Which job.
        job: JobId,
        /// What makes another job the same.
        fingerprint: Fingerprint,
    },
    /// An earlier run did this job, and its results are complete.
    JobResumed {
        /// Which job.
        job: JobId,
        /// What was written down of it.
        record: Box<JobRecord>,
    },
    /// The job failed in a way that may pass, and will be tried again.
    JobRetried {
        /// Which job.
        job: JobId,
        /// How it failed.
        failure: Failure,
    },
    /// Workers are free, but the machine has no room for another job; or again has.
    Waiting {
        /// What is short; `None` when jobs start again.
        shortage: Option<Shortage>,
    },
    /// A worker took the job and begins to convert the model.
    JobStarted {
        /// Which job.
        job: JobId,
    },
    /// The project is written.
    Converted {
        /// Which job.
        job: JobId,
        /// hls4ml's project name: the top function.
        project: String,
        /// What the converter wants people to know.
        warnings: Vec<String>,
    },
    /// A tool began a stage.
    StageStarted {
        /// Which job.
        job: JobId,
        /// Which stage.
        stage: Stage,
    },
    /// A stage ended, well or not.
    StageFinished {
        /// Which job.
        job: JobId,
        /// How it went.
        record: StageRecord,
    },
    /// A process of the job ended.
    CommandFinished {
        /// Which job.
        job: JobId,
        /// How it went.
        record: CommandRecord,
    },
    /// The job is over.
    JobFinished {
        /// Which job.
        job: JobId,
        /// All that is known about it. How often it was begun and how earlier attempts failed is known to the coordinator.
        record: Box<JobRecord>,
    },
    /// `synthesis_results.json` or the journal could not be written; the sweep goes on and tries again.
    ResultsNotWritten {
        /// The file.
        path: PathBuf,
        /// Why not.
        message: String,
    },
    /// Cancellation was noticed: nothing new starts, running jobs are being ended.
    Interrupted,
    /// All jobs are over.
    SweepFinished,
}

/// Sends one job's events to the coordinator.
pub(crate) struct Teller<'a> {
    pub(crate) job: JobId,
    pub(crate) events: Sender<Event>,
    /// Where the coordinator looks for the memory that the job's tool uses now, in bytes.
    pub(crate) memory: &'a AtomicU64,
}

impl Teller<'_> {
    pub(crate) fn tell(&self, what: impl FnOnce(JobId) -> EventKind) {
        // The coordinator hears every event until its workers are gone; if it is gone first (a panicking
        // reporter), nobody is left to be told.
        let _ = self.events.send(Event { at: Timestamp::now(), kind: what(self.job) });
    }
}

impl Listener for Teller<'_> {
    fn stage_started(&self, stage: Stage) {
        self.tell(|job| EventKind::StageStarted { job, stage });
    }

    fn stage_finished(&self, record: StageRecord) {
        self.tell(|job| EventKind::StageFinished { job, record });
    }

    fn command_finished(&self, record: CommandRecord) {
        self.tell(|job| EventKind::CommandFinished { job, record });
    }

    fn memory(&self, bytes: u64) {
        self.memory.store(bytes, Ordering::Relaxed);
    }
}

impl JobListener for Teller<'_> {
    fn converted(&self, project: &str, warnings: &[String]) {
        self.tell(|job| EventKind::Converted {
            job,
            project: project.to_owned(),
            warnings: warnings.to_vec(),
        });
    }
}
