//! What is known of a sweep before its first job begins: what was asked for, and which jobs are the same.

use std::path::Path;

use crate::plan::fingerprint::Fingerprint;
use crate::plan::jobs::{Job, Plan};
use crate::record::sweep::{SweepRecord, ToolchainRecord};
use crate::sweep::settings::Settings;
use crate::toolchain::project::{Converter, at};
use crate::toolchain::run::Toolchain;
use crate::toolchain::stage::StageSpec;

/// What makes another job the same as this one. A model that cannot be read is identical to none, and neither is one with settings that nobody knows; the job
/// will say why.
pub(crate) fn fingerprint(job: &Job, settings: &Settings, converter: &dyn Converter) -> Option<Fingerprint> {
    let converter = at(converter, &job.settings)?;
    let settings = format!("{}\n{}", settings.shaping_results(), converter.settings(&job.model));
    Fingerprint::of(&job.model, &settings).ok()
}

/// What was asked for, as the results say it.
pub(crate) fn header(
    plan: &Plan,
    workers: usize,
    toolchain: &dyn Toolchain,
    settings: &Settings,
) -> SweepRecord<()> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let switch = |spec: &StageSpec| (spec.name.to_owned(), settings.stages.contains(&spec.stage()).into());
    SweepRecord {
        input_dir: plan.input_dirs.first().map(|dir| text(dir)).unwrap_or_default(),
        input_dirs: plan
            .input_dirs
            .iter()
            .filter(|_| plan.input_dirs.len() > 1)
            .map(|dir| text(dir))
            .collect(),
        grid: plan.grid.axes().to_vec(),
        output_dir: text(&plan.output_dir),
        workers,
        toolchain: ToolchainRecord {
            name: settings.toolchain.clone(),
            program: text(toolchain.program()),
            version: settings.toolchain_version.clone(),
        },
        stages: toolchain.stages().iter().map(switch).collect(),
        ..SweepRecord::default()
    }
}
