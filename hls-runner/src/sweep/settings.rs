//! What holds for all jobs of a sweep alike, as data.

use serde::{Deserialize, Serialize};

use crate::folder::pattern::FilePattern;
use crate::folder::retain::Retention;
use crate::process::spec::Limits;
use crate::record::stage::StageSet;
use crate::sweep::error::SweepError;
use crate::sweep::options::{SweepOptions, Tarball};
use crate::toolchain::run::Toolchain;
use crate::toolchain::stage::{Unfit, check, default_stages, names_of_work};

/// What all jobs of a sweep share. Together with a [`JobSpec`](crate::JobSpec) it says all about a job that does not depend on the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Settings {
    /// The release of this program.
    pub release: String,
    /// The toolchain's name.
    pub toolchain: String,
    /// Which release its program is, in its own words.
    pub toolchain_version: String,
    /// The stages that run, in their order.
    pub stages: StageSet,
    /// What stays of a successful job's folder.
    pub retention: Retention,
    /// Further files of it that stay.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keep_files: Vec<FilePattern>,
    /// Whether archives are written.
    pub tarball: Tarball,
    /// Limits of each job.
    pub limits: Limits,
}

impl Settings {
    /// What `options` ask of `toolchain`.
    ///
    /// # Errors
    /// The stages do not fit the toolchain or each other.
    pub fn new(options: &SweepOptions, toolchain: &dyn Toolchain) -> Result<Self, SweepError> {
        let declared = toolchain.stages();
        let asked = options.stages.clone().unwrap_or_else(|| default_stages(declared));
        let stages = check(declared, &asked).map_err(|unfit| {
            let (toolchain, available) = (toolchain.name(), names_of_work(declared));
            match unfit {
                Unfit::Unknown(stage) => SweepError::UnknownStage { stage, toolchain, available },
                Unfit::Nothing => SweepError::NothingToRun { toolchain, available },
                Unfit::Needs(stage, needed) => SweepError::Stages { stage, needed },
            }
        })?;
        Ok(Self {
            release: env!("CARGO_PKG_VERSION").to_owned(),
            toolchain: toolchain.name().to_owned(),
            toolchain_version: toolchain.version(),
            stages,
            retention: options.retention,
            keep_files: options.keep_files.clone(),
            tarball: options.tarball,
            limits: options.limits,
        })
    }

    /// What of it shapes results, as text: where programs are installed and how long they may take does not.
    pub(crate) fn shaping_results(&self) -> String {
        let Self { release, toolchain, toolchain_version, stages, retention, keep_files, tarball, limits: _ } =
            self;
        let mut text =
            format!("{release} {toolchain:?} {toolchain_version:?} {stages:?} {retention:?} {tarball:?}");
        for pattern in keep_files {
            text.push_str(&format!(" {:?}", pattern.to_string()));
        }
        text
    }
}
