//! Writes a job's record while the job runs.

use std::cell::RefCell;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::record::failure::Failure;
use crate::record::job::{JobRecord, JobStatus, StageRecord, StageStatus};
use crate::record::process::CommandRecord;
use crate::record::stage::Stage;
use crate::toolchain::findings::Findings;
use crate::toolchain::listener::Listener;

/// Is told what happens to a job, on the thread that runs it.
pub trait JobListener: Listener {
    /// The project is written; `project` is the name of its top function.
    fn converted(&self, project: &str, warnings: &[String]);
}

/// The record of a running job. Everything that is told to it is passed on.
pub(crate) struct Recorder<'a> {
    record: RefCell<JobRecord>,
    listener: &'a dyn JobListener,
}

impl<'a> Recorder<'a> {
    /// A job begins, of which this is known.
    pub(crate) fn begin(record: JobRecord, listener: &'a dyn JobListener) -> Self {
        let record = JobRecord { status: JobStatus::Running, started: Some(Timestamp::now()), ..record };
        Self { record: RefCell::new(record), listener }
    }

    /// What the model's file says of its cost.
    pub(crate) fn costs(&self, ebops: Option<u64>) {
        self.record.borrow_mut().ebops = ebops;
    }

    /// Everything that was asked for is there.
    pub(crate) fn success(
        &self,
        kept: Vec<String>,
        tarball: Option<PathBuf>,
        findings: Findings,
    ) -> JobRecord {
        let Findings { measurements, warnings, csim, report } = findings;
        let mut record = self.record.borrow().clone();
        record.warnings.extend(warnings);
        record.keep(kept);
        JobRecord {
            status: JobStatus::Success,
            ended: Some(Timestamp::now()),
            tarball,
            measurements,
            csim,
            report,
            ..record
        }
    }

    /// The tools found this before they failed.
    pub(crate) fn found(&self, findings: Findings) {
        let mut record = self.record.borrow_mut();
        record.measurements = findings.measurements;
        record.csim = findings.csim;
        record.report = findings.report;
    }

    /// Something is missing.
    pub(crate) fn failure(&self, failure: Failure) -> JobRecord {
        let mut record = self.record.borrow().clone();
        for stage in &mut record.stages {
            if stage.status == StageStatus::Running || failure.stage.as_ref() == Some(&stage.stage) {
                stage.status = StageStatus::Failed;
            }
        }
        JobRecord {
            status: JobStatus::Failed,
            ended: Some(Timestamp::now()),
            error: Some(failure.message.clone()),
            failure: Some(failure),
            ..record
        }
    }
}

impl Listener for Recorder<'_> {
    fn stage_started(&self, stage: Stage) {
        self.record.borrow_mut().set_stage(StageRecord::new(stage.clone(), StageStatus::Running));
        self.listener.stage_started(stage);
    }

    fn stage_finished(&self, stage: StageRecord) {
        self.record.borrow_mut().set_stage(stage.clone());
        self.listener.stage_finished(stage);
    }

    fn command_finished(&self, command: CommandRecord) {
        self.record.borrow_mut().add_command(command.clone());
        self.listener.command_finished(command);
    }

    fn memory(&self, bytes: u64) {
        self.listener.memory(bytes);
    }
}

impl JobListener for Recorder<'_> {
    fn converted(&self, project: &str, warnings: &[String]) {
        let mut record = self.record.borrow_mut();
        record.project = Some(project.to_owned());
        record.warnings = warnings.to_vec();
        drop(record);
        self.listener.converted(project, warnings);
    }
}
