//! A part: some jobs, run one after the other or several at a time inside an allocation of the engine.

use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::cluster::engine::table::engine;
use crate::cluster::engine::{Engine, label};
use crate::cluster::error::{ClusterError, at};
use crate::cluster::files::{Home, Task};
use crate::cluster::notes::{Notes, What};
use crate::cluster::pack::Shape;
use crate::cluster::plan::{Planned, planned};
use crate::folder::lock::host;
use crate::folder::record_file::read_record;
use crate::plan::jobs::JobId;
use crate::plan::spec::JobSpec;
use crate::process::cancel::CancelToken;
use crate::record::failure::{Cause, Failure, FailureKind};
use crate::record::job::{JobRecord, JobStatus, StageRecord, StageStatus};
use crate::record::process::CommandRecord;
use crate::record::stage::Stage;
use crate::sweep::admission::{Admission, Gate};
use crate::sweep::job::{self, Context};
use crate::sweep::recorder::JobListener;
use crate::toolchain::listener::Listener;
use crate::toolchain::project::Converter;
use crate::toolchain::run::Toolchain;

/// Deeply nested model files are parsed on these threads.
const STACK_BYTES: usize = 16 * 1024 * 1024;
/// How often a job that waits for memory or disk space looks again.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// So much later than its tools a part may hear that it is to end.
const MOMENT: Duration = Duration::from_secs(1);

/// Which part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The round.
    pub round: usize,
    /// The array of the round.
    pub array: usize,
    /// The element of the array.
    pub index: usize,
}

/// Runs the jobs of a part. What is committed already is left as it is, so that a part that is run again does the rest. When `cancel` is called, running
/// jobs are ended and leave nothing.
///
/// In `scratch`, a folder on a disk of this machine, tools work; by default they do so in the output folder. `tools` are the converter and the toolchain, or
/// why there are none on this machine: then all jobs fail with this reason.
///
/// # Errors
/// There is no such part, or its notes cannot be written.
pub fn run_part(
    home: &Home,
    address: Address,
    tools: Result<(&dyn Converter, &dyn Toolchain), String>,
    admission: Admission,
    scratch: Option<&Path>,
    cancel: &CancelToken,
) -> Result<(), ClusterError> {
    let engine = engine(&home.order()?)?;
    run_part_on(engine.as_ref(), home, address, tools, admission, scratch, cancel)
}

/// As [`run_part`], where this engine has started it.
pub(super) fn run_part_on(
    engine: &dyn Engine,
    home: &Home,
    address: Address,
    tools: Result<(&dyn Converter, &dyn Toolchain), String>,
    admission: Admission,
    scratch: Option<&Path>,
    cancel: &CancelToken,
) -> Result<(), ClusterError> {
    let Address { round, array, index } = address;
    let none = || ClusterError::NoPart {
        path: home.folder().to_owned(),
        number: format!("{round}, {array}, {index}"),
    };
    let planned = planned(home)?.ok_or_else(none)?;
    let arrays = home.round(round)?.ok_or_else(none)?.arrays;
    let tasks = arrays.get(array).and_then(|array| array.parts.get(index)).ok_or_else(none)?;
    let order = home.order()?;
    let shape = Shape::new(&order.request, planned.usual_memory);
    let folder = home.round_dir(round).join("notes");
    let id = engine.own_id().or(home.ids(round)?.arrays.get(array).cloned()).filter(|id| !id.is_empty());
    let element = label(&id.unwrap_or_else(|| format!("part {array}")), Some(index));
    // Where whoever ends last takes the step, a part that has ended waits for the next sign of life of another.
    let beat =
        if engine.has_dependencies() { order.request.patience() } else { order.request.patience() / 12 };
    let node = engine.node().unwrap_or_else(host);
    let notes = Notes::begin_beating(&folder, &format!("{array}-{index}"), node.clone(), element, beat);
    let notes = notes.map_err(at(&folder))?;
    let written = match tools.and_then(|tools| fitting(tools, &planned, &node)) {
        // A signal to all processes of the job has ended a tool that was asked for its version.
        Err(_) if is_told_to_end(cancel) => Ok(()),
        Err(message) => refuse(home, &planned, tasks, &notes, &message),
        Ok((converter, toolchain)) => {
            let context = Context {
                input_dirs: &planned.input_dirs,
                output_dir: home.output_dir(),
                scratch,
                settings: &planned.settings,
                converter,
                toolchain,
                cancel,
            };
            let part = Part { home, planned: &planned, context, notes: &notes };
            part.run(tasks, shape.at_a_time.min(tasks.len()), admission)
        }
    };
    let last = if cancel.is_cancelled() { What::Stopped } else { What::Over };
    written.and_then(|()| notes.put(last)).map_err(at(&folder))
}

/// Whether the part is told to end, or will be within a moment: the signal may reach its tools first.
fn is_told_to_end(cancel: &CancelToken) -> bool {
    let begin = Instant::now();
    while !cancel.is_cancelled() && begin.elapsed() < MOMENT {
        std::thread::sleep(MOMENT / 20);
    }
    cancel.is_cancelled()
}

/// The tools, if they are those that the plan was made for: their version is a part of what makes two jobs the same.
fn fitting<'a>(
    tools: (&'a dyn Converter, &'a dyn Toolchain),
    planned: &Planned,
    node: &str,
) -> Result<(&'a dyn Converter, &'a dyn Toolchain), String> {
    let (wanted, found) = (&planned.settings.toolchain_version, tools.1.version());
    match found == *wanted {
        true => Ok(tools),
        false => Err(format!(
            "on {node} the {} tools are {found:?}, and the sweep was planned for {wanted:?}; let --setup choose the same release on all nodes, or leave this \
             node out with --slurm-option=--exclude={node}",
            planned.settings.toolchain,
        )),
    }
}

/// Records that no job of the part can be run here.
fn refuse(home: &Home, planned: &Planned, tasks: &[Task], notes: &Notes, message: &str) -> io::Result<()> {
    for task in tasks {
        for job in task.jobs() {
            let (Some(place), Some(spec)) = (planned.job(job, home), planned.spec(job)) else { continue };
            let now = jiff::Timestamp::now();
            let failure = Failure::known(FailureKind::ToolNotStarted, Cause::ToolMissing, message.to_owned());
            let record = JobRecord {
                status: JobStatus::Failed,
                started: Some(now),
                ended: Some(now),
                fingerprint: spec.fingerprint.clone(),
                error: Some(failure.message.clone()),
                failure: Some(failure),
                ..JobRecord::new(place, &planned.stages)
            };
            notes.put(What::finished(job, record))?;
        }
    }
    Ok(())
}

struct Part<'a> {
    home: &'a Home,
    planned: &'a Planned,
    context: Context<'a>,
    notes: &'a Notes,
}

impl Part<'_> {
    fn run(&self, tasks: &[Task], at_a_time: usize, admission: Admission) -> io::Result<()> {
        let waiting = Mutex::new(tasks.iter().collect::<VecDeque<_>>());
        let memory: Vec<AtomicU64> = (0..at_a_time).map(|_| AtomicU64::new(IDLE)).collect();
        let gate = Mutex::new(Gate::new(admission));
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..at_a_time)
                .map(|own| {
                    let (waiting, memory, gate) = (&waiting, &memory, &gate);
                    let worker = std::thread::Builder::new().stack_size(STACK_BYTES);
                    worker.spawn_scoped(scope, move || -> io::Result<()> {
                        let Some(memory_here) = memory.get(own) else { return Ok(()) };
                        while self.admit(gate, memory, memory_here) {
                            let Some(task) = held(waiting).pop_front() else { break };
                            let record = self.run_task(task, memory_here)?;
                            held(gate).learn(record.peak_memory_bytes.unwrap_or_default());
                            memory_here.store(IDLE, Ordering::Relaxed);
                        }
                        memory_here.store(IDLE, Ordering::Relaxed);
                        Ok(())
                    })
                })
                .collect();
            for worker in workers {
                // Panics of jobs are records; one of this file's own is passed on.
                worker?.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            }
            Ok(())
        })
    }

    /// Waits until there is room for another job; `false` if none shall begin any more.
    fn admit(&self, gate: &Mutex<Gate>, memory: &[AtomicU64], own: &AtomicU64) -> bool {
        loop {
            if self.context.cancel.is_cancelled() {
                return false;
            }
            let mut gate = held(gate);
            let loads = memory.iter().map(|used| used.load(Ordering::Relaxed));
            let in_use: Vec<u64> = loads.filter(|used| *used != IDLE).collect();
            let folders: Vec<&Path> =
                std::iter::once(self.context.output_dir).chain(self.context.scratch).collect();
            if gate.check(&in_use, &folders).is_ok() {
                own.store(0, Ordering::Relaxed);
                return true;
            }
            drop(gate);
            std::thread::sleep(LOOK_EVERY);
        }
    }

    /// Runs the task's job unless it is done, and gives its results to the identical ones. Returns the job's record.
    fn run_task(&self, task: &Task, memory: &AtomicU64) -> io::Result<JobRecord> {
        let record =
            self.run_job(task.job, memory, |spec, listener| job::run(spec, &self.context, listener))?;
        if is_unfinished(&record) {
            return Ok(record);
        }
        for follower in &task.followers {
            let copied = self.run_job(*follower, memory, |spec, listener| {
                job::copy(spec, &record, None, &self.context, listener)
            })?;
            if is_unfinished(&copied) {
                break;
            }
        }
        Ok(record)
    }

    fn run_job(
        &self,
        job: JobId,
        memory: &AtomicU64,
        run: impl FnOnce(&JobSpec, &dyn JobListener) -> JobRecord,
    ) -> io::Result<JobRecord> {
        let Some(spec) = self.planned.spec(job) else { return Ok(JobRecord::default()) };
        let committed = self.committed(spec);
        let record = match committed {
            Some(record) => record,
            None => {
                self.notes.put(What::Started { job })?;
                run(spec, &Listening { job, notes: self.notes, memory })
            }
        };
        // A job that was cut short is simply not done.
        if !is_unfinished(&record) {
            self.notes.put(What::finished(job, record.clone()))?;
        }
        Ok(record)
    }

    /// What another run of the job has committed. What a failed one left does not count: it may be of the round before, whose part was taken for dead and
    /// went on.
    fn committed(&self, spec: &JobSpec) -> Option<JobRecord> {
        let place = spec.at(self.context.input_dirs, self.home.output_dir());
        let record = read_record(&place.folder)?;
        let is_done = record.status == JobStatus::Success && record.fingerprint.is_some();
        (is_done && record.fingerprint == spec.fingerprint).then(|| record.moved_to(place))
    }
}

/// In place of a worker's memory: it has no job.
const IDLE: u64 = u64::MAX;

fn is_unfinished(record: &JobRecord) -> bool {
    record.failure.as_ref().is_some_and(|failure| failure.kind == FailureKind::Interrupted)
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Notes the stages of a job. A note that cannot be written is missed by nobody but watchers: what counts is the record.
struct Listening<'a> {
    job: JobId,
    notes: &'a Notes,
    memory: &'a AtomicU64,
}

impl Listener for Listening<'_> {
    fn stage_started(&self, stage: Stage) {
        let record = StageRecord::new(stage, StageStatus::Running);
        let _ = self.notes.put(What::Stage { job: self.job, record });
    }

    fn stage_finished(&self, record: StageRecord) {
        let _ = self.notes.put(What::Stage { job: self.job, record });
    }

    fn command_finished(&self, _record: CommandRecord) {}

    fn memory(&self, bytes: u64) {
        self.memory.store(bytes, Ordering::Relaxed);
    }
}

impl JobListener for Listening<'_> {
    fn converted(&self, _project: &str, _warnings: &[String]) {}
}
