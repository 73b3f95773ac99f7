//! Follows one process through several stages, by the marks in its output.

use std::path::Path;

use crate::process::log::Follower;
use crate::record::job::{StageRecord, StageStatus};
use crate::record::stage::{Stage, StageSet};
use crate::toolchain::run::Run;
use crate::toolchain::stage::{Mark, StageSpec};

/// Reads a growing log and tells the run which stage begins and ends.
pub struct Marks<'a> {
    log: Follower,
    /// Those that run.
    stages: Vec<&'a StageSpec>,
    running: Option<Stage>,
    done: StageSet,
}

impl<'a> Marks<'a> {
    /// Follows `log` for `stages`, which are among those that are declared.
    #[must_use]
    pub fn new(log: &Path, declared: &'a [StageSpec], stages: &StageSet) -> Self {
        let stages = declared.iter().filter(|spec| stages.contains(&spec.stage())).collect();
        Self { log: Follower::new(log.to_owned()), stages, running: None, done: StageSet::NONE }
    }

    /// Reads on, and returns the stage that is running.
    pub fn look(&mut self, run: &Run<'_>) -> Option<Stage> {
        let mut seen = Vec::new();
        self.log.look(|line| seen.extend(mark(&self.stages, line)));
        self.tell(seen, run);
        self.running.clone()
    }

    /// Reads all that is there, and returns the stage that never ended, if there is one.
    pub fn look_to_the_end(&mut self, run: &Run<'_>) -> Option<Stage> {
        let mut seen = Vec::new();
        self.log.look_to_the_end(|line| seen.extend(mark(&self.stages, line)));
        self.tell(seen, run);
        self.running.clone()
    }

    /// The tool succeeded and all files are there: stages that left no mark of their end are done as well.
    pub fn all_done(&mut self, run: &Run<'_>) {
        let work = self.stages.iter().filter(|spec| spec.is_work).map(|spec| spec.stage());
        for stage in work.filter(|stage| !self.done.contains(stage)).collect::<Vec<_>>() {
            self.end(stage, None, run);
        }
    }

    fn tell(&mut self, seen: Vec<(Stage, Mark)>, run: &Run<'_>) {
        for (stage, mark) in seen {
            match mark {
                Mark::Begin => {
                    self.running = Some(stage.clone());
                    run.stage_started(stage);
                }
                Mark::End(seconds) => self.end(stage, seconds, run),
            }
        }
    }

    fn end(&mut self, stage: Stage, wall_seconds: Option<f64>, run: &Run<'_>) {
        self.running.take_if(|running| *running == stage);
        self.done = std::mem::take(&mut self.done).with(stage.clone());
        run.stage_finished(StageRecord { wall_seconds, ..StageRecord::new(stage, StageStatus::Done) });
    }
}

/// What a line says about one of these stages.
fn mark(stages: &[&StageSpec], line: &str) -> Option<(Stage, Mark)> {
    stages.iter().find_map(|spec| Some((spec.stage(), (spec.mark)(line)?)))
}
