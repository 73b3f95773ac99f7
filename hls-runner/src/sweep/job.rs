//! One job from model file to committed folder. Nothing here needs a coordinator: a [`JobSpec`], a [`Context`] and the two folders are enough.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::folder::archive;
use crate::folder::attempt::{Attempt, Commit};
use crate::folder::error::FolderError;
use crate::folder::older::Older;
use crate::folder::record_file::read_record;
use crate::folder::retain::{self, Kept};
use crate::machine::disk_free;
use crate::plan::jobs::Job;
use crate::plan::spec::JobSpec;
use crate::process::cancel::CancelToken;
use crate::record::failure::{Cause, Failure, FailureKind};
use crate::record::job::JobRecord;
use crate::sweep::error::JobError;
use crate::sweep::options::Tarball;
use crate::sweep::recorder::{JobListener, Recorder};
use crate::sweep::settings::Settings;
use crate::toolchain::findings::Findings;
use crate::toolchain::project::{ConvertedProject, Converter, at};
use crate::toolchain::run::{Run, Toolchain};
use crate::toolchain::stage::records;

/// What all jobs of a sweep share on one machine.
pub struct Context<'a> {
    /// The folders of the models, in the order of the plan.
    pub input_dirs: &'a [PathBuf],
    /// The folder that takes the results.
    pub output_dir: &'a Path,
    /// A folder on a disk of this machine, in which tools work; by default they do so in the output folder.
    pub scratch: Option<&'a Path>,
    /// What was asked for.
    pub settings: &'a Settings,
    /// Makes projects of models.
    pub converter: &'a dyn Converter,
    /// Runs the stages of `settings`.
    pub toolchain: &'a dyn Toolchain,
    /// Ends the job early.
    pub cancel: &'a CancelToken,
}

/// Runs a job in a folder of its own and commits what came of it: the kept files of a success, the whole folder of a failure, each with the
/// record, which is also returned. Where another attempt at the same job was first, its record is returned.
///
/// The job's name in the output folder must be free: whoever holds the folder's lock removes what an earlier sweep left there. An interrupted job leaves
/// nothing.
#[must_use]
pub fn run(spec: &JobSpec, context: &Context<'_>, listener: &dyn JobListener) -> JobRecord {
    run_job(spec, None, context, listener, Unfinished::Remove)
}

/// What becomes of the folder of an interrupted job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unfinished {
    /// It stays, for whoever wants to know how far it was.
    Leave,
    /// It goes: another attempt at the job needs its name.
    Remove,
}

/// As [`run`], where the job's result replaces `older`.
pub(crate) fn run_over(
    spec: &JobSpec,
    older: Option<Older>,
    context: &Context<'_>,
    listener: &dyn JobListener,
) -> JobRecord {
    run_job(spec, older, context, listener, Unfinished::Leave)
}

fn run_job(
    spec: &JobSpec,
    older: Option<Older>,
    context: &Context<'_>,
    listener: &dyn JobListener,
    unfinished: Unfinished,
) -> JobRecord {
    try_job(spec, older, context, listener, unfinished, |attempt, job, recorder| {
        let (project, mut findings) = work(attempt, job, context, recorder)?;
        let mut list = context.toolchain.keep_list(&project.name);
        let absent = list.add_matching(&context.settings.keep_files, &attempt.folder);
        findings.warnings.extend(
            absent
                .iter()
                .map(|pattern| format!("no file of the project matches {pattern}, so none was kept for it")),
        );
        let mut kept = retain::keep(&attempt.folder, &attempt.kept, &list, context.settings.retention)?;
        kept.folder = attempt.at_home(kept.folder)?;
        let tarball = pack(&kept.folder, attempt, job, context)?;
        findings.warnings.extend(kept.warnings.iter().cloned());
        let record = recorder.success(kept.names.clone(), tarball, findings);
        Ok((kept, record))
    })
}

/// Gives a job the results that an identical model's job had: what scripts look for is there for each model.
pub(crate) fn copy(
    spec: &JobSpec,
    of: &JobRecord,
    older: Option<Older>,
    context: &Context<'_>,
    listener: &dyn JobListener,
) -> JobRecord {
    let identical = |job: &Job, own: JobRecord, tarball: Option<PathBuf>| JobRecord {
        fingerprint: spec.fingerprint.clone(),
        started: own.started,
        ended: own.ended,
        identical_to: Some(of.job.label_beside(job)),
        resumed: false,
        tarball,
        ..of.clone().moved_to(job.clone())
    };
    if of.failure.is_some() {
        let job = spec.at(context.input_dirs, context.output_dir);
        // There is nothing to copy, and what an earlier sweep left here no longer holds.
        if older.is_some()
            && let Ok(attempt) = Attempt::begin(&job, context.output_dir, None, older)
        {
            attempt.leave_nothing();
        }
        let now = Recorder::begin(first_record(spec, &job, context), listener);
        return identical(&job, now.success(Vec::new(), None, Findings::default()), None);
    }
    try_job(spec, older, context, listener, Unfinished::Leave, |attempt, job, recorder| {
        retain::copy(&of.job.folder, &attempt.kept)?;
        let tarball = pack(&attempt.kept, attempt, job, context)?;
        let own = recorder.success(Vec::new(), None, Findings::default());
        let kept = Kept { folder: attempt.kept.clone(), names: Vec::new(), warnings: Vec::new() };
        Ok((kept, identical(job, own, tarball)))
    })
}

/// A job that could not even be tried.
pub(crate) fn failed(
    spec: &JobSpec,
    context: &Context<'_>,
    listener: &dyn JobListener,
    error: &JobError,
) -> JobRecord {
    let job = spec.at(context.input_dirs, context.output_dir);
    Recorder::begin(first_record(spec, &job, context), listener).failure(Failure::record(error))
}

/// Tries `act` in an attempt of its own and commits its result.
fn try_job(
    spec: &JobSpec,
    older: Option<Older>,
    context: &Context<'_>,
    listener: &dyn JobListener,
    unfinished: Unfinished,
    act: impl FnOnce(&Attempt, &Job, &Recorder<'_>) -> Result<(Kept, JobRecord), JobError>,
) -> JobRecord {
    let job = spec.at(context.input_dirs, context.output_dir);
    let recorder = Recorder::begin(first_record(spec, &job, context), listener);
    if context.cancel.is_cancelled() {
        return recorder.failure(Failure::record(&JobError::Interrupted));
    }
    let attempt = match Attempt::begin(&job, context.output_dir, context.scratch, older) {
        Ok(attempt) => attempt,
        Err(error) => return recorder.failure(Failure::record(&error.into())),
    };
    // A job shares nothing mutable with the others, so a panic cannot leave anything of theirs half done.
    let result = catch_unwind(AssertUnwindSafe(|| act(&attempt, &job, &recorder)))
        .unwrap_or_else(|panic| Err(JobError::Panic { message: message(panic.as_ref()) }));
    let committed = result.and_then(|(kept, record)| {
        let record = relocated(record, &attempt.folder, &job.folder);
        let commit = attempt.commit(&kept.folder, &record)?;
        Ok((record, commit))
    });
    match committed {
        Ok((record, Commit::Done)) => record,
        Ok((record, Commit::Late)) => first_to_commit(&job, record, &recorder),
        Err(error) => {
            let record = recorder.failure(with_space(Failure::record(&error), context));
            let record = relocated(record, &attempt.folder, &job.folder);
            // Half a project is of no use; anything more helps to find out what went wrong.
            if matches!(error, JobError::Convert { .. }) {
                attempt.leave_nothing();
            } else if unfinished == Unfinished::Leave || error.kind() != FailureKind::Interrupted {
                attempt.leave(&record);
            }
            record
        }
    }
}

/// Says of a full disk how much is left on which.
fn with_space(mut failure: Failure, context: &Context<'_>) -> Failure {
    if let (Cause::DiskFull, Some(scratch)) = (failure.cause, context.scratch) {
        let mib = |folder: &Path| disk_free(folder) >> 20;
        failure.message.push_str(&format!(
            "; {} MiB are free in the scratch folder {}, {} MiB in the output folder",
            mib(scratch),
            scratch.display(),
            mib(context.output_dir)
        ));
    }
    failure
}

/// What the attempt recorded that was first.
fn first_to_commit(job: &Job, own: JobRecord, recorder: &Recorder<'_>) -> JobRecord {
    match read_record(&job.folder) {
        Some(theirs) if theirs.fingerprint == own.fingerprint => theirs.moved_to(job.clone()),
        _ => recorder.failure(Failure::record(&FolderError::Foreign { path: job.folder.clone() }.into())),
    }
}

fn first_record(spec: &JobSpec, job: &Job, context: &Context<'_>) -> JobRecord {
    let stages = records(context.toolchain.stages(), &context.settings.stages);
    JobRecord { fingerprint: spec.fingerprint.clone(), ..JobRecord::new(job.clone(), &stages) }
}

/// Converts the model and runs the tools.
fn work(
    attempt: &Attempt,
    job: &Job,
    context: &Context<'_>,
    recorder: &Recorder<'_>,
) -> Result<(ConvertedProject, Findings), JobError> {
    let project = convert(job, &attempt.folder, context.converter)?;
    recorder.converted(&project.name, &project.warnings);
    recorder.costs(project.ebops);
    if context.cancel.is_cancelled() {
        return Err(JobError::Interrupted);
    }
    let run = Run {
        listener: recorder,
        limits: context.settings.limits,
        cancel: context.cancel,
        begin: Instant::now(),
        meter: Cell::default(),
    };
    let stages = &context.settings.stages;
    let ran = context.toolchain.run(&project, &attempt.folder, stages, &run);
    let read = context.toolchain.read(&project.name, &attempt.folder, stages);
    match ran {
        Ok(findings) => Ok((project, findings.and(read))),
        Err(error) => {
            // The measurements of the stages before the failure remain valid.
            recorder.found(read);
            Err(error.into())
        }
    }
}

fn pack(
    kept: &Path,
    attempt: &Attempt,
    job: &Job,
    context: &Context<'_>,
) -> Result<Option<PathBuf>, JobError> {
    if context.settings.tarball == Tarball::Omit {
        return Ok(None);
    }
    archive::pack(kept, &attempt.archive)?;
    Ok(Some(job.tarball()))
}

fn convert(job: &Job, folder: &Path, converter: &dyn Converter) -> Result<ConvertedProject, JobError> {
    let converter = at(converter, &job.settings)
        .ok_or_else(|| JobError::UnknownSettings { settings: job.settings.clone() })?;
    let project = converter
        .convert(&job.model, folder)
        .map_err(|source| JobError::Convert { model: job.model.clone(), source })?;
    if is_identifier(&project.name) { Ok(project) } else { Err(JobError::ProjectName { name: project.name }) }
}

/// Whether `name` may be a C++ function: it also becomes part of paths, arguments and Tcl variables.
fn is_identifier(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The record with the paths that hold once the attempt is committed.
fn relocated(mut record: JobRecord, from: &Path, to: &Path) -> JobRecord {
    let (from, to) = (from.to_string_lossy(), to.to_string_lossy());
    let mend = |text: &mut String| {
        if text.contains(from.as_ref()) {
            *text = text.replace(from.as_ref(), &to);
        }
    };
    record.warnings.iter_mut().chain(&mut record.error).for_each(mend);
    record.commands.iter_mut().flat_map(|command| &mut command.argv).for_each(mend);
    if let Some(failure) = &mut record.failure {
        mend(&mut failure.message);
        failure.log.iter_mut().for_each(mend);
        failure.evidence.iter_mut().chain(&mut failure.log_tail).for_each(mend);
    }
    record
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
