use std::path::PathBuf;

use jiff::Timestamp;

use crate::admission::Shortage;
use crate::error::Failure;
use crate::fingerprint::Fingerprint;
use crate::plan::JobId;
use crate::report::Report;
use crate::stage::Stage;
use crate::state::{CommandRecord, JobRecord, StageRecord, SweepState};
use crate::toolchain::CsimSummary;

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
        /// How it ended.
        outcome: JobOutcome,
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

/// How a job ended.
#[derive(Debug, Clone)]
pub enum JobOutcome {
    /// Everything that was asked for is there.
    Success {
        /// Names in the project folder, folders with a trailing `/`.
        kept_files: Vec<String>,
        /// The archive, if one was asked for.
        tarball: Option<PathBuf>,
        /// What the C simulation did, if it ran in the csim toolchain.
        csim: Option<CsimSummary>,
        /// The numbers of the tools' reports, if there were any.
        report: Option<Box<Report>>,
        /// Things that went wrong afterwards without spoiling the results.
        warnings: Vec<String>,
    },
    /// An identical model's results were copied.
    Identical {
        /// The other model's name.
        to: String,
        /// What came of it.
        record: Box<JobRecord>,
        /// The archive, if one was asked for.
        tarball: Option<PathBuf>,
    },
    /// Something is missing; the project folder stays as it is.
    Failed(Failure),
}

/// Is told everything that happens in a sweep, by the thread that runs it.
pub trait Reporter {
    /// `event` happened; `state` already contains it.
    fn event(&mut self, event: &Event, state: &SweepState);

    /// Called several times a second while jobs run, for clocks and spinners.
    fn tick(&mut self, _state: &SweepState) {}
}

/// A reporter that says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Reporter for Silent {
    fn event(&mut self, _event: &Event, _state: &SweepState) {}
}
