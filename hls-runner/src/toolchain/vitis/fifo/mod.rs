//! The stage `fifo_opt`: how deep the queues between layers must be, measured by a co-simulation.
//!
//! It is hls4ml's way. The project is synthesized and co-simulated once with queues that never fill up, the simulator's own monitors say how many places of each
//! were ever used, and these become the depths of the project, before anything else runs. Streams of inputs and outputs are left alone: what is outside decides.

mod channels;
mod pragmas;

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::spec::Spec;
use crate::record::failure::{Cause, FailureKind};
use crate::record::stage::StageSet;
use crate::report::numbers::STAND_IN_MARK;
use crate::toolchain::error::ToolError;
use crate::toolchain::run::{Run, logs};
use crate::toolchain::vitis::find::Vitis;
use crate::toolchain::vitis::flow::{BUILD_OPTIONS, build_options};
use crate::toolchain::vitis::stages::{COSIM, FIFO_OPT, FIFO_RESULT, RESET, SYNTH};
use channels::Channels;

/// What the tool prints in the run that measures.
const MEASURING_LOG: &str = "fifo_opt_stdout.log";

/// A depth that no network reaches, and at which the tool builds queues that it has monitors for.
const NEVER_FULL: usize = 100_000;

/// The depths before and after, of all queues between layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FifoDepths {
    /// The queues, in the order of the firmware.
    pub queues: Vec<FifoDepth>,
    /// Whether a stand-in made the numbers up.
    pub stand_in: bool,
}

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
    #[error("{} could not be read", path.display())]
    Firmware { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Channels(#[from] channels::ChannelError),
}

impl Vitis {
    /// Runs the stage: afterwards the firmware has the measured depths. Returns what could not be measured, as sentences.
    pub(super) fn optimize_fifos(
        &self,
        project: &str,
        folder: &Path,
        run: &Run<'_>,
    ) -> Result<Vec<String>, ToolError> {
        let path = folder.join(format!("firmware/{project}.cpp"));
        let unwritten = |path: &Path| {
            let path = path.to_owned();
            move |source| ToolError::Write { path, source }
        };
        let written = fs::read_to_string(&path).map_err(|source| {
            let error = FifoError::Firmware { path: path.clone(), source };
            wrong(error, FailureKind::Output, Cause::OutputFolder, None)
        })?;
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
        let Channels { used, stand_in } = channels::read(folder, project).map_err(|error| {
            wrong(error.into(), FailureKind::MissingReport, Cause::MissingReport, Some(&spec))
        })?;

        let optimized = |name: &str, depth: usize| used.get(name).map_or(depth, |&used| used.max(1));
        fs::write(&path, pragmas::with_depths(&written, optimized)).map_err(unwritten(&path))?;
        let result = folder.join(FIFO_RESULT);
        fs::write(&result, to_json(&initial, optimized, stand_in)).map_err(unwritten(&result))?;
        Ok(initial.iter().filter(|(name, _)| !used.contains_key(name)).map(unmeasured).collect())
    }
}

fn unmeasured((name, depth): &(String, usize)) -> String {
    format!("the co-simulation has no figures for the FIFO {name}, which keeps its depth of {depth}")
}

/// The stages of the run that measures.
fn measuring() -> StageSet {
    [RESET, SYNTH, COSIM, FIFO_OPT].iter().map(|spec| spec.stage()).collect()
}

fn wrong(error: FifoError, kind: FailureKind, cause: Cause, spec: Option<&Spec>) -> ToolError {
    let logs = spec.map(logs).unwrap_or_default();
    ToolError::Wrong { stage: FIFO_OPT.stage(), kind, cause, source: Box::new(error), logs }
}

/// The key that only a stand-in's depths have.
const STAND_IN: &str = "stand_in";

/// hls4ml's `fifo_depths.json`: for each queue its depths before and after. Numbers of a stand-in say so.
fn to_json(initial: &[(String, usize)], optimized: impl Fn(&str, usize) -> usize, stand_in: bool) -> String {
    let entry = |(name, depth): &(String, usize)| {
        (name.clone(), serde_json::json!({ "initial": depth, "optimized": optimized(name, *depth) }))
    };
    let remark = stand_in.then(|| (STAND_IN.to_owned(), STAND_IN_MARK.into()));
    let depths: serde_json::Map<_, _> = remark.into_iter().chain(initial.iter().map(entry)).collect();
    format!("{:#}\n", serde_json::Value::Object(depths))
}

/// The depths before and after, from the file that the stage wrote into a project's folder; `None` if there is none, or it says something else.
#[must_use]
pub fn read_fifo_depths(folder: &Path) -> Option<FifoDepths> {
    let text = fs::read_to_string(folder.join(FIFO_RESULT)).ok()?;
    let mut depths: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text).ok()?;
    let stand_in = depths.shift_remove(STAND_IN).is_some();
    let places = |depth: &serde_json::Value, key: &str| usize::try_from(depth.get(key)?.as_u64()?).ok();
    let depth = |(name, depth): (String, serde_json::Value)| {
        Some(FifoDepth { initial: places(&depth, "initial")?, optimized: places(&depth, "optimized")?, name })
    };
    let queues = depths.into_iter().map(depth).collect::<Option<_>>()?;
    Some(FifoDepths { queues, stand_in })
}
