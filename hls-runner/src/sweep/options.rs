//! How a sweep is run.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::folder::pattern::FilePattern;
use crate::folder::retain::Retention;
use crate::process::spec::Limits;
use crate::record::stage::StageSet;
use crate::sweep::admission::Admission;

/// How a sweep is run.
#[derive(Debug, Clone)]
pub struct SweepOptions {
    /// How many jobs run at the same time.
    pub workers: NonZeroUsize,
    /// The stages that are asked for; `None` for those that the toolchain runs by default.
    pub stages: Option<StageSet>,
    /// What stays of a successful job's folder.
    pub retention: Retention,
    /// Further files of it that stay.
    pub keep_files: Vec<FilePattern>,
    /// Whether archives are written.
    pub tarball: Tarball,
    /// Limits of each job.
    pub limits: Limits,
    /// Whether jobs that an earlier run finished are run again.
    pub resume: Resume,
    /// A folder on a disk of this machine, in which tools work; by default they do so in the output folder.
    pub scratch: Option<PathBuf>,
    /// How many times to retry a job that failed for a transient reason.
    pub retries: u32,
    /// What running jobs may use together.
    pub admission: Admission,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self {
            workers: NonZeroUsize::MIN.saturating_add(3),
            stages: None,
            retention: Retention::default(),
            keep_files: Vec::new(),
            tarball: Tarball::default(),
            limits: Limits::default(),
            resume: Resume::default(),
            scratch: None,
            retries: 0,
            admission: Admission::default(),
        }
    }
}

/// What becomes of jobs that an earlier run in the same output folder finished.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Resume {
    /// They are run again.
    #[default]
    StartAgain,
    /// They are left as they are if model, settings and tools are the same and the results complete.
    Continue,
}

/// Whether a successful job's folder is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tarball {
    /// Write `hls_<model>.tar.gz` next to `hls_<model>/`.
    #[default]
    Write,
    /// Write none.
    Omit,
}
