//! A sweep's record: what `synthesis_results.json` holds.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::plan::grid::Axis;
use crate::record::job::{JobRecord, span, things};
use crate::record::lenient::{Understood, field, list, time};

/// Version of the records' layout that this program writes. It rises when a key changes its meaning, not when one is added.
///
/// 1: `kept_files` had names below the project folder. 2: it has paths, and `kept_names` the names.
pub const SCHEMA: u32 = 2;

/// What became of the models of a sweep: the content of `synthesis_results.json`.
///
/// `J` is the list of jobs: borrowed where the file is written, so that it is streamed from the records in memory.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SweepRecord<J = Vec<JobRecord>> {
    /// Version of the layout; 0 in files of scripts that have none.
    #[serde(default, deserialize_with = "field")]
    pub schema: u32,
    /// How many jobs there are.
    #[serde(default, deserialize_with = "field")]
    pub total: usize,
    /// How many succeeded.
    #[serde(default, deserialize_with = "field")]
    pub successful: usize,
    /// How many failed.
    #[serde(default, deserialize_with = "field")]
    pub failed: usize,
    /// It was cancelled; jobs that never began stay pending.
    #[serde(default, deserialize_with = "field")]
    pub interrupted: bool,
    /// How many jobs an earlier run did.
    #[serde(default, deserialize_with = "field")]
    pub resumed: usize,
    /// What is short while no further job can start.
    #[serde(default, deserialize_with = "field")]
    pub waiting: Option<String>,
    /// When it began.
    #[serde(default, rename = "start_time", with = "time")]
    pub started: Option<Timestamp>,
    /// When it was over.
    #[serde(default, rename = "end_time", with = "time")]
    pub ended: Option<Timestamp>,
    /// The folder of the models, or the first one.
    #[serde(default, deserialize_with = "field")]
    pub input_dir: String,
    /// All folders of models, where there are several.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub input_dirs: Vec<String>,
    /// The settings that vary, where some do.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub grid: Vec<Axis>,
    /// The folder of the results.
    #[serde(default, deserialize_with = "field")]
    pub output_dir: String,
    /// How many jobs run at a time.
    #[serde(default, deserialize_with = "field")]
    pub workers: usize,
    /// What runs the stages.
    #[serde(default, deserialize_with = "field")]
    pub toolchain: ToolchainRecord,
    /// Each stage's switch.
    #[serde(default, deserialize_with = "field")]
    pub stages: Map<String, Value>,
    /// Nodes of a cluster on which no further jobs are started.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "list")]
    pub left_out: Vec<LeftOut>,
    /// The jobs, in the order in which they start.
    pub results: J,
}

/// A node of a cluster on which jobs died for no reason of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct LeftOut {
    /// What the cluster calls it.
    #[serde(deserialize_with = "field")]
    pub node: String,
    /// What happened there.
    #[serde(deserialize_with = "field")]
    pub reason: String,
}

/// What runs the stages of a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ToolchainRecord {
    /// `vitis`, `csim`, …; empty if that is not known.
    #[serde(deserialize_with = "field")]
    pub name: String,
    /// The path of the tool.
    #[serde(deserialize_with = "field")]
    pub program: String,
    /// What it says of its release.
    #[serde(deserialize_with = "field")]
    pub version: String,
}

impl<J> SweepRecord<J> {
    /// The same with another list of jobs.
    pub(crate) fn with_jobs<K>(self, of: impl FnOnce(J) -> K) -> SweepRecord<K> {
        SweepRecord {
            schema: self.schema,
            total: self.total,
            successful: self.successful,
            failed: self.failed,
            interrupted: self.interrupted,
            resumed: self.resumed,
            waiting: self.waiting,
            started: self.started,
            ended: self.ended,
            input_dir: self.input_dir,
            input_dirs: self.input_dirs,
            grid: self.grid,
            output_dir: self.output_dir,
            workers: self.workers,
            toolchain: self.toolchain,
            stages: self.stages,
            left_out: self.left_out,
            results: of(self.results),
        }
    }

    /// From its start to its end, or until now.
    #[must_use]
    pub fn elapsed(&self) -> Option<Duration> {
        span(self.started, self.ended)
    }
}

impl SweepRecord {
    /// What its jobs are called: models, or with a grid, where there are several of a model, jobs.
    #[must_use]
    pub fn things(&self) -> &'static str {
        things(&self.results)
    }

    /// Both sweeps as one, as if the second had followed the first.
    pub(crate) fn joined(mut self, other: Self) -> Self {
        self.total = self.total.max(self.results.len()) + other.total.max(other.results.len());
        self.successful += other.successful;
        self.failed += other.failed;
        self.interrupted |= other.interrupted;
        self.resumed += other.resumed;
        self.started = self.started.into_iter().chain(other.started).min();
        self.ended = self.ended.zip(other.ended).map(|(a, b)| a.max(b));
        self.results.extend(other.results);
        self
    }

    /// Reads what this version, an older or a newer one, or a script of the same habits wrote.
    ///
    /// # Errors
    /// It is no JSON, or no list `results` is in it.
    pub(crate) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let found: SweepRecord<Vec<Understood<JobRecord>>> = serde_json::from_str(text)?;
        let names_below_the_folder = found.schema == 1;
        let read = |Understood(mut job): Understood<JobRecord>| {
            if names_below_the_folder {
                let names = std::mem::take(&mut job.kept_files);
                job.keep(names);
            }
            if job.job.name.is_empty() {
                job.job.name = "?".to_owned();
            }
            job
        };
        Ok(found.with_jobs(|jobs| jobs.into_iter().map(read).collect()))
    }
}
