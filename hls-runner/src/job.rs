//! One job from model file to finished folder.

use std::fs;

use crate::archive;
use crate::cancel::CancelToken;
use crate::convert::{ConvertedProject, Converter};
use crate::error::JobError;
use crate::event::{EventKind, JobOutcome};
use crate::folder;
use crate::plan::Job;
use crate::pool::Teller;
use crate::process::Limits;
use crate::report;
use crate::retain::{self, Retention};
use crate::stage::StageSet;
use crate::sweep::Tarball;
use crate::toolchain::{Run, Toolchain};

/// What all jobs of a sweep share.
pub(crate) struct Context<'a> {
    pub(crate) converter: &'a dyn Converter,
    pub(crate) toolchain: &'a dyn Toolchain,
    /// The stages that are asked for and known to the toolchain.
    pub(crate) stages: StageSet,
    pub(crate) retention: Retention,
    pub(crate) tarball: Tarball,
    pub(crate) limits: Limits,
    pub(crate) cancel: &'a CancelToken,
}

pub(crate) fn run(job: &Job, teller: &Teller, context: &Context<'_>) -> Result<JobOutcome, JobError> {
    if context.cancel.is_cancelled() {
        return Err(JobError::Interrupted);
    }
    folder::claim(job)?;
    let project = convert(job, context.converter)?;
    teller.tell(|job| EventKind::Converted {
        job,
        project: project.name.clone(),
        warnings: project.warnings.clone(),
    });
    if context.cancel.is_cancelled() {
        return Err(JobError::Interrupted);
    }
    let run = Run { teller, limits: context.limits, cancel: context.cancel };
    let csim = context.toolchain.run(&project, &job.folder, context.stages, &run)?;
    let reading = report::read(&job.folder, &context.toolchain.report_sources(&project.name), context.stages);
    let kept = retain::apply(&job.folder, &context.toolchain.keep_list(&project.name), context.retention)?;
    let tarball = match context.tarball {
        Tarball::Omit => None,
        Tarball::Write => {
            let path = job.tarball();
            archive::pack(&job.folder, &path)?;
            Some(path)
        }
    };
    Ok(JobOutcome::Success {
        kept_files: kept.names,
        tarball,
        csim,
        report: reading.report.map(Box::new),
        warnings: [reading.warnings, kept.warnings].concat(),
    })
}

fn convert(job: &Job, converter: &dyn Converter) -> Result<ConvertedProject, JobError> {
    let project = converter.convert(&job.model, &job.folder).map_err(|source| {
        // Half a project helps nobody, and without a project.tcl a later run would not dare to replace it.
        let _ = fs::remove_dir_all(&job.folder);
        JobError::Convert { model: job.model.clone(), source }
    })?;
    if is_identifier(&project.name) { Ok(project) } else { Err(JobError::ProjectName { name: project.name }) }
}

/// Whether `name` may be a C++ function: it also becomes part of paths, arguments and Tcl variables.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
