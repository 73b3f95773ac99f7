//! The coordinator: hands out jobs, folds events, owns the results file.

use std::fs;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};
use jiff::Timestamp;

use crate::cancel::CancelToken;
use crate::convert::Converter;
use crate::error::SweepError;
use crate::event::{Event, EventKind, Reporter};
use crate::job::Context;
use crate::plan::{Job, Plan};
use crate::pool::start_worker;
use crate::process::Limits;
use crate::results::{Header, ResultsFile};
use crate::retain::Retention;
use crate::stage::{Stage, StageSet};
use crate::state::SweepState;
use crate::toolchain::Toolchain;

/// How often the reporter's clock ticks and cancellation is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Events that may wait for the coordinator; a worker that is further ahead waits itself.
const EVENTS_IN_FLIGHT: usize = 256;

/// How a sweep is run.
#[derive(Debug, Clone)]
pub struct SweepOptions {
    /// How many jobs run at the same time.
    pub workers: NonZeroUsize,
    /// The stages that are asked for; those that the toolchain does not know are recorded as skipped.
    pub stages: StageSet,
    /// What stays of a successful job's folder.
    pub retention: Retention,
    /// Whether archives are written.
    pub tarball: Tarball,
    /// Limits of each process.
    pub limits: Limits,
}

impl Default for SweepOptions {
    fn default() -> Self {
        Self {
            workers: NonZeroUsize::MIN.saturating_add(3),
            stages: StageSet::default(),
            retention: Retention::default(),
            tarball: Tarball::default(),
            limits: Limits::default(),
        }
    }
}

/// Whether a successful job's folder is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tarball {
    /// Write `hls_<model>.tar.gz` beside `hls_<model>/`.
    #[default]
    Write,
    /// Write none.
    Omit,
}

/// How a sweep ended: its last state.
#[derive(Debug, Clone)]
pub struct SweepResult {
    /// Everything that is known about it, as in `synthesis_results.json`.
    pub state: SweepState,
}

/// Runs the jobs of `plan` and returns when all are over, or after `cancel` when all running ones are.
///
/// `reporter` is called on this thread only. Failed jobs are no error here: look at
/// [`SweepState::failed`], and at [`SweepState::interrupted`].
///
/// # Errors
/// Nothing was started: no jobs, stages that do not fit each other or the toolchain, an output folder that
/// cannot be written. Or ([`SweepError::Results`]) everything ran, but the last results could not be
/// written; the error carries them.
pub fn run_sweep(
    plan: &Plan,
    options: &SweepOptions,
    converter: &dyn Converter,
    toolchain: &dyn Toolchain,
    reporter: &mut dyn Reporter,
    cancel: &CancelToken,
) -> Result<SweepResult, SweepError> {
    let stages = check(plan, options, toolchain)?;
    let workers = options.workers.get().min(plan.jobs.len());
    let output_error = |source| SweepError::OutputDir { path: plan.output_dir.clone(), source };
    fs::create_dir_all(&plan.output_dir).map_err(output_error)?;
    let header = Header::new(plan, workers, toolchain, stages);
    let mut coordinator = Coordinator {
        state: SweepState::new(plan, stages),
        results: ResultsFile::new(&plan.output_dir, header),
        reporter,
        cancel,
        last_tick: Instant::now(),
    };
    coordinator.results.write(&coordinator.state).map_err(output_error)?;
    let context = Context {
        converter,
        toolchain,
        stages,
        retention: options.retention,
        tarball: options.tarball,
        limits: options.limits,
        cancel,
    };
    std::thread::scope(|scope| {
        // If the reporter panics, the scope waits for the workers: their tools must not keep it waiting.
        let guard = CancelOnPanic(cancel);
        let (job_sender, jobs) = bounded(0);
        let (event_sender, events) = bounded(EVENTS_IN_FLIGHT);
        for number in 0..workers {
            start_worker(scope, number, jobs.clone(), event_sender.clone(), &context)
                .map_err(|source| SweepError::Thread { source })?;
        }
        drop((jobs, event_sender));
        coordinator.run(plan.jobs.iter(), job_sender, &events);
        std::mem::forget(guard);
        Ok(())
    })?;
    coordinator.finish()
}

/// The stages that will run, if the request makes sense.
fn check(plan: &Plan, options: &SweepOptions, toolchain: &dyn Toolchain) -> Result<StageSet, SweepError> {
    if plan.jobs.is_empty() {
        return Err(SweepError::NoJobs);
    }
    let known = toolchain.stages();
    let stages: StageSet = options.stages.iter().filter(|stage| known.contains(*stage)).collect();
    if stages.without(Stage::Reset) == StageSet::NONE {
        let available: Vec<&str> = known.without(Stage::Reset).iter().map(Stage::name).collect();
        return Err(SweepError::NothingToRun {
            toolchain: toolchain.name(),
            available: available.join(", "),
        });
    }
    match stages.missing_prerequisites().first() {
        Some((stage, needed)) => Err(SweepError::Stages { stage: *stage, needed: *needed }),
        None => Ok(stages),
    }
}

struct Coordinator<'a> {
    state: SweepState,
    results: ResultsFile,
    reporter: &'a mut dyn Reporter,
    cancel: &'a CancelToken,
    last_tick: Instant,
}

impl Coordinator<'_> {
    /// Hands out jobs and takes in events until all that was begun is over.
    fn run<'j>(
        &mut self,
        mut queue: impl Iterator<Item = &'j Job>,
        workers: Sender<&'j Job>,
        events: &Receiver<Event>,
    ) {
        self.take_in_now(EventKind::SweepStarted);
        let mut next = queue.next();
        let mut handed_out = 0;
        while next.is_some() || handed_out > 0 {
            if self.cancel.is_cancelled() && !self.state.interrupted {
                next = None;
                self.take_in_now(EventKind::Interrupted);
                continue;
            }
            let event = match next {
                Some(job) => select! {
                    send(workers, job) -> sent => {
                        handed_out += usize::from(sent.is_ok());
                        next = queue.next();
                        Err(RecvTimeoutError::Timeout)
                    }
                    recv(events) -> event => event.map_err(|_| RecvTimeoutError::Disconnected),
                    default(TICK) => Err(RecvTimeoutError::Timeout),
                },
                None => events.recv_timeout(TICK),
            };
            if let Err(RecvTimeoutError::Disconnected) = event {
                // No worker is left. They do not end before their jobs, but waiting for them would be for ever.
                break;
            }
            if let Ok(event) = event {
                if matches!(event.kind, EventKind::JobFinished { .. }) {
                    handed_out -= 1;
                }
                self.take_in(&event);
            }
            self.tick();
        }
    }

    fn take_in_now(&mut self, kind: EventKind) {
        self.take_in(&Event { at: Timestamp::now(), kind });
    }

    fn take_in(&mut self, event: &Event) {
        self.state.apply(event);
        self.reporter.event(event, &self.state);
        self.results.mark_changed();
        self.write_if_due();
    }

    fn tick(&mut self) {
        if self.last_tick.elapsed() >= TICK {
            self.last_tick = Instant::now();
            self.reporter.tick(&self.state);
            self.write_if_due();
        }
    }

    fn write_if_due(&mut self) {
        if let Err(error) = self.results.write_if_due(&self.state) {
            let path = self.results.path().to_owned();
            let kind = EventKind::ResultsNotWritten { path, message: error.to_string() };
            self.reporter.event(&Event { at: Timestamp::now(), kind }, &self.state);
        }
    }

    fn finish(mut self) -> Result<SweepResult, SweepError> {
        let event = Event { at: Timestamp::now(), kind: EventKind::SweepFinished };
        self.state.apply(&event);
        let written = self.results.write(&self.state);
        self.reporter.event(&event, &self.state);
        let path = self.results.path().to_owned();
        let result = SweepResult { state: self.state };
        match written {
            Ok(()) => Ok(result),
            Err(source) => Err(SweepError::Results { path, source, result: Box::new(result) }),
        }
    }
}

/// Ends running tools when the coordinator leaves in any other way than by finishing.
struct CancelOnPanic<'a>(&'a CancelToken);

impl Drop for CancelOnPanic<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}
