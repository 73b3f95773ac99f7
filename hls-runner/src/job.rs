//! One job from model file to finished folder.

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::time::Instant;

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
use crate::state::JobRecord;
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

pub(crate) fn run(
    job: &Job,
    teller: &Teller,
    memory: &AtomicU64,
    context: &Context<'_>,
) -> Result<JobOutcome, JobError> {
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
    let run = Run {
        teller,
        limits: context.limits,
        cancel: context.cancel,
        begin: Instant::now(),
        memory,
        meter: Cell::default(),
    };
    let csim = context.toolchain.run(&project, &job.folder, context.stages, &run)?;
    let reading = report::read(&job.folder, &context.toolchain.report_sources(&project.name), context.stages);
    let kept = retain::apply(&job.folder, &context.toolchain.keep_list(&project.name), context.retention)?;
    let tarball = pack(job, context)?;
    Ok(JobOutcome::Success {
        kept_files: kept.names,
        tarball,
        csim,
        report: reading.report.map(Box::new),
        warnings: [reading.warnings, kept.warnings].concat(),
    })
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
    folder::claim(job)?;
    retain::copy(&of.job.folder, &job.folder)?;
    Ok(identical(pack(job, context)?))
}

fn convert(job: &Job, converter: &dyn Converter) -> Result<ConvertedProject, JobError> {
    let project = converter.convert(&job.model, &job.folder).map_err(|source| {
        // Half a project helps nobody, and without a project.tcl a later run would not dare to replace it.
        let _ = folder::discard(&job.folder);
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
