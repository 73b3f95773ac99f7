//! The stage `fifo_opt`: how deep the queues between layers must be, measured by a co-simulation.
//!
//! It is hls4ml's way. The project is synthesized and co-simulated once with queues that never fill up, the simulator's own monitors say how many places of each
//! were ever used, and these become the depths of the project, before anything else runs. Streams of inputs and outputs are left alone: what is outside decides.

mod channels;
mod pragmas;

use std::fs;
use std::path::Path;

use crate::process::spec::Spec;
use crate::record::failure::{Cause, FailureKind};
use crate::record::stage::StageSet;
use crate::toolchain::error::ToolError;
use crate::toolchain::run::{Run, logs};
use crate::toolchain::vitis::find::Vitis;
use crate::toolchain::vitis::flow::{BUILD_OPTIONS, build_options};
use crate::toolchain::vitis::stages::{COSIM, FIFO_OPT, FIFO_RESULT, RESET, SYNTH};

/// What the tool prints in the run that measures.
const MEASURING_LOG: &str = "fifo_opt_stdout.log";

/// A depth that no network reaches, and at which the tool builds queues that it has monitors for.
const NEVER_FULL: usize = 100_000;

/// A queue between layers, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FifoDepth {
    /// Its C++ variable.
    pub name: String,
    /// Places as the project was written.
    pub initial: usize,
    /// Places that were used in the co-simulation at most, which it now has.
    pub optimized: usize,
}

/// Why the depths could not be measured.
#[derive(Debug, thiserror::Error)]
enum FifoError {
    #[error(
        "the project has no queues between its layers; fifo_opt is for models that are converted with --io-type io_stream"
    )]
    NoStreams,
    #[error(transparent)]
    Channels(#[from] channels::ChannelError),
}

impl Vitis {
    /// Runs the stage: afterwards the firmware has the measured depths.
    pub(super) fn optimize_fifos(
        &self,
        project: &str,
        folder: &Path,
        run: &Run<'_>,
    ) -> Result<(), ToolError> {
        let path = folder.join(format!("firmware/{project}.cpp"));
        let unwritten = |path: &Path| {
            let path = path.to_owned();
            move |source| ToolError::Write { path, source }
        };
        let written = fs::read_to_string(&path).map_err(unwritten(&path))?;
        let initial = pragmas::depths(&written);
        if initial.is_empty() {
            return Err(wrong(FifoError::NoStreams, FailureKind::Convert, Cause::Model, None));
        }
        let deep = pragmas::with_depths(&written, |_, _| NEVER_FULL);
        fs::write(&path, deep).map_err(unwritten(&path))?;
        let options = folder.join(BUILD_OPTIONS);
        fs::write(&options, build_options(&measuring())).map_err(unwritten(&options))?;

        let spec = Spec { log: folder.join(MEASURING_LOG), ..self.spec(folder) };
        run.stage_process(FIFO_OPT.stage(), &spec)?;
        let used = channels::read(folder, project).map_err(|error| {
            wrong(error.into(), FailureKind::MissingReport, Cause::MissingReport, Some(&spec))
        })?;

        let optimized = |name: &str, depth: usize| used.get(name).map_or(depth, |&used| used.max(1));
        fs::write(&path, pragmas::with_depths(&written, optimized)).map_err(unwritten(&path))?;
        let result = folder.join(FIFO_RESULT);
        fs::write(&result, to_json(&initial, optimized)).map_err(unwritten(&result))
    }
}

/// The stages of the run that measures.
fn measuring() -> StageSet {
    [RESET, SYNTH, COSIM, FIFO_OPT].iter().map(|spec| spec.stage()).collect()
}

fn wrong(error: FifoError, kind: FailureKind, cause: Cause, spec: Option<&Spec>) -> ToolError {
    let logs = spec.map(logs).unwrap_or_default();
    ToolError::Wrong { stage: FIFO_OPT.stage(), kind, cause, source: Box::new(error), logs }
}

/// hls4ml's `fifo_depths.json`: for each queue its depths before and after.
fn to_json(initial: &[(String, usize)], optimized: impl Fn(&str, usize) -> usize) -> String {
    let entry = |(name, depth): &(String, usize)| {
        (name.clone(), serde_json::json!({ "initial": depth, "optimized": optimized(name, *depth) }))
    };
    let depths: serde_json::Map<_, _> = initial.iter().map(entry).collect();
    format!("{:#}\n", serde_json::Value::Object(depths))
}

/// The depths before and after, from the file that the stage wrote into a project's folder; `None` if there is none, or it says something else.
#[must_use]
pub fn read_fifo_depths(folder: &Path) -> Option<Vec<FifoDepth>> {
    let text = fs::read_to_string(folder.join(FIFO_RESULT)).ok()?;
    let depths: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).ok()?;
    let places = |depth: &serde_json::Value, key: &str| usize::try_from(depth.get(key)?.as_u64()?).ok();
    let depth = |(name, depth): (String, serde_json::Value)| {
        Some(FifoDepth { initial: places(&depth, "initial")?, optimized: places(&depth, "optimized")?, name })
    };
    depths.into_iter().map(depth).collect()
}
