//! One job from model file to finished folder.

use std::cell::Cell;
use std::path::PathBuf;
use std::time::Instant;

use crate::folder::archive;
use crate::folder::claim::{claim, discard};
use crate::folder::retain::{self, Retention};
use crate::plan::jobs::Job;
use crate::process::cancel::CancelToken;
use crate::process::spec::Limits;
use crate::record::job::JobRecord;
use crate::record::stage::StageSet;
use crate::sweep::error::JobError;
use crate::sweep::event::{EventKind, JobOutcome, Teller};
use crate::sweep::options::Tarball;
use crate::toolchain::project::{ConvertedProject, Converter};
use crate::toolchain::run::{Run, Toolchain};

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

pub(crate) fn run(job: &Job, teller: &Teller<'_>, context: &Context<'_>) -> Result<JobOutcome, JobError> {
    if context.cancel.is_cancelled() {
        return Err(JobError::Interrupted);
    }
    claim(job)?;
    let project = convert(job, context.converter)?;
    teller.tell(|job| EventKind::Converted {
        job,
        project: project.name.clone(),
        warnings: project.warnings.clone(),
    });
    if context.cancel.is_cancelled() {
        return Err(JobError::Interrupted);
    }
    let run = Run {
        listener: teller,
        limits: context.limits,
        cancel: context.cancel,
        begin: Instant::now(),
        meter: Cell::default(),
    };
    let mut findings = context.toolchain.run(&project, &job.folder, &context.stages, &run)?;
    let kept = retain::apply(&job.folder, &context.toolchain.keep_list(&project.name), context.retention)?;
    let tarball = pack(job, context)?;
    findings.warnings.extend(kept.warnings);
    Ok(JobOutcome::Success { kept_files: kept.names, tarball, findings })
}

fn pack(job: &Job, context: &Context<'_>) -> Result<Option<PathBuf>, JobError> {
    if context.tarball == Tarball::Omit {
        return Ok(None);
    }
    let path = job.tarball();
    archive::pack(&job.folder, &path)?;
    Ok(Some(path))
}

/// Gives the job the results that an identical model's job had: what scripts look for is there for each model.
pub(crate) fn copy(job: &Job, of: &JobRecord, context: &Context<'_>) -> Result<JobOutcome, JobError> {
    if context.cancel.is_cancelled() {
        return Err(JobError::Interrupted);
    }
    let identical =
        |tarball| JobOutcome::Identical { to: of.job.name.clone(), record: Box::new(of.clone()), tarball };
    if of.failure.is_some() {
        return Ok(identical(None));
    }
    claim(job)?;
    retain::copy(&of.job.folder, &job.folder)?;
    Ok(identical(pack(job, context)?))
}

fn convert(job: &Job, converter: &dyn Converter) -> Result<ConvertedProject, JobError> {
    let project = converter.convert(&job.model, &job.folder).map_err(|source| {
        // Half a project helps nobody, and without a project.tcl a later run would not dare to replace it.
        let _ = discard(&job.folder);
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
