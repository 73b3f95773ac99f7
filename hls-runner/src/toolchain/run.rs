//! A toolchain, and how it runs processes for a job.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::folder::retain::KeepList;
use crate::process::cancel::CancelToken;
use crate::process::run::{Watch, run_since};
use crate::process::spec::{Finished, Limits, Load, Spec};
use crate::record::job::{StageRecord, StageStatus};
use crate::record::process::CommandRecord;
use crate::record::stage::{Stage, StageSet};
use crate::toolchain::error::ToolError;
use crate::toolchain::findings::Findings;
use crate::toolchain::listener::Listener;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::stage::StageSpec;

/// A set of tools that can run stages of a project. Used from several worker threads at once.
pub trait Toolchain: Send + Sync {
    /// Its name on the command line.
    fn name(&self) -> &'static str;

    /// The program that does the work, for records.
    fn program(&self) -> &Path;

    /// Which release the program is, in its own words; empty if it does not say.
    fn version(&self) -> String {
        String::new()
    }

    /// What else is known of its programs, as lines for people who ask what is installed.
    fn details(&self) -> Vec<String> {
        Vec::new()
    }

    /// Its stages, in the order in which they run.
    fn stages(&self) -> &[StageSpec];

    /// Which files of a finished project with this name are kept.
    fn keep_list(&self, project: &str) -> KeepList;

    /// Reads what the tools reported of `stages` in a project's folder, also where a later stage failed.
    fn read(&self, _project: &str, _folder: &Path, _stages: &StageSet) -> Findings {
        Findings::default()
    }

    /// Runs `stages` (some of [`stages`](Self::stages), in their order) of the project in `folder`. Returns what is known only while they run;
    /// what is in files afterwards is for [`read`](Self::read).
    ///
    /// # Errors
    /// A tool that could not be run or ended badly, or a file that a stage should have written and did not.
    fn run(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        stages: &StageSet,
        run: &Run<'_>,
    ) -> Result<Findings, ToolError>;
}

/// The run of one job, as its toolchain sees it.
pub struct Run<'a> {
    pub(crate) listener: &'a dyn Listener,
    pub(crate) limits: Limits,
    pub(crate) cancel: &'a CancelToken,
    /// When the job began.
    pub(crate) begin: Instant,
    pub(crate) meter: Cell<Meter>,
}

/// What a stage has been seen to use, where one process runs several of them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Meter {
    /// The most memory, in bytes.
    peak: u64,
    /// Processor time of the process so far, and when the stage began.
    cpu: Duration,
    cpu_at_start: Duration,
}

impl Run<'_> {
    /// Tells the listener that a stage begins.
    pub fn stage_started(&self, stage: Stage) {
        self.meter.set(Meter { peak: 0, cpu_at_start: self.meter.get().cpu, ..self.meter.get() });
        self.listener.stage_started(stage);
    }

    /// Tells the listener how a stage ended. What `record` does not know of its cost is taken from what the running process was seen to use.
    pub fn stage_finished(&self, record: StageRecord) {
        let meter = self.meter.get();
        let record = match meter.peak {
            // Nothing was seen.
            0 => record,
            peak => StageRecord {
                peak_memory_bytes: record.peak_memory_bytes.or(Some(peak)),
                cpu_seconds: record
                    .cpu_seconds
                    .or(Some(meter.cpu.saturating_sub(meter.cpu_at_start).as_secs_f64())),
                ..record
            },
        };
        self.listener.stage_finished(record);
    }

    /// Runs a stage that is one process: tells its beginning and its end, and what it cost.
    ///
    /// # Errors
    /// The process could not be run, or did not end with status 0.
    pub fn stage_process(&self, stage: Stage, spec: &Spec) -> Result<(), ToolError> {
        self.stage_started(stage.clone());
        let finished = self.process(spec, &mut || Some(stage.clone()))?;
        let ended = require_success(spec, &finished, Some(stage.clone()));
        let status = if ended.is_ok() { StageStatus::Done } else { StageStatus::Failed };
        self.stage_finished(measured(stage, status, &[finished]));
        ended
    }

    /// Runs a process under the job's limits and records it. `watch` is called several times a second.
    ///
    /// # Errors
    /// The process could not be started or its end not be learned.
    pub fn process(&self, spec: &Spec, watch: &mut Watch<'_>) -> Result<Finished, ToolError> {
        let mut note = |load: Load| {
            self.listener.memory(load.memory_bytes);
            let meter = self.meter.get();
            self.meter.set(Meter {
                peak: meter.peak.max(load.memory_bytes),
                cpu: meter.cpu.max(load.cpu),
                ..meter
            });
        };
        let finished = run_since(self.begin, spec, self.limits, self.cancel, watch, &mut note);
        self.listener.memory(0);
        self.meter.set(Meter::default());
        let finished = finished?;
        let record = CommandRecord { argv: spec.argv(), exit: finished.exit, usage: finished.usage };
        self.listener.command_finished(record);
        Ok(finished)
    }
}

/// The error for a process that did not end with status 0.
pub(crate) fn require_success(
    spec: &Spec,
    finished: &Finished,
    stage: Option<Stage>,
) -> Result<(), ToolError> {
    if finished.exit.success() {
        return Ok(());
    }
    Err(ToolError::Ended {
        tool: tool_name(spec),
        exit: finished.exit,
        stage,
        killed_for_memory: finished.killed_for_memory,
        logs: logs(spec),
    })
}

/// Everything that a tool writes messages to.
pub(crate) fn logs(spec: &Spec) -> Vec<PathBuf> {
    std::iter::once(&spec.log).chain(&spec.signs_of_life).cloned().collect()
}

pub(crate) fn tool_name(spec: &Spec) -> String {
    spec.program.file_name().unwrap_or(spec.program.as_os_str()).to_string_lossy().into_owned()
}

/// A stage's record with the cost of the processes that it alone ran.
pub(crate) fn measured(stage: Stage, status: StageStatus, runs: &[Finished]) -> StageRecord {
    StageRecord {
        stage,
        status,
        wall_seconds: Some(runs.iter().map(|run| run.usage.wall.as_secs_f64()).sum()),
        cpu_seconds: Some(runs.iter().map(|run| run.usage.cpu.as_secs_f64()).sum()),
        peak_memory_bytes: runs.iter().map(|run| run.usage.peak_memory_bytes).max(),
    }
}
