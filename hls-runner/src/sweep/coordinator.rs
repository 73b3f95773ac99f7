//! The coordinator: hands out jobs, folds events, owns the results file.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use crate::plan::jobs::{JobId, Plan};
use crate::plan::spec::JobSpec;
use crate::process::cancel::CancelToken;
use crate::record::failure::{Cause, Failure};
use crate::record::job::JobRecord;
use crate::record::sweep::SweepRecord;
use crate::results::write::ResultsFile;
use crate::sweep::admission::Gate;
use crate::sweep::ballast::Ballast;
use crate::sweep::error::SweepError;
use crate::sweep::event::{Event, EventKind};
use crate::sweep::identify::{fingerprint, header};
use crate::sweep::job::Context;
use crate::sweep::journal::{Earlier, Journal};
use crate::sweep::options::{Resume, SweepOptions};
use crate::sweep::pool::{Work, start_worker};
use crate::sweep::prepare::{Prepared, prepare};
use crate::sweep::schedule::{Schedule, Task};
use crate::sweep::settings::Settings;
use crate::sweep::state::{Reporter, SweepResult, SweepState};
use crate::toolchain::project::Converter;
use crate::toolchain::run::Toolchain;
use crate::toolchain::stage::records;

/// How often the reporter's clock ticks and cancellation is looked at.
const TICK: Duration = Duration::from_millis(100);

/// Events that may wait for the coordinator; a worker that is further ahead waits itself.
const EVENTS_IN_FLIGHT: usize = 256;

/// Runs the jobs of `plan` and returns when all are over, or after `cancel` when all running ones are.
///
/// `reporter` is called on this thread only. Failed jobs are no error here: look at
/// [`SweepState::failed`], and at [`SweepState::interrupted`].
///
/// # Errors
/// Nothing was started: no jobs, stages that do not fit each other or the toolchain, an output folder that
/// cannot be written or in which somebody else works. Or ([`SweepError::Results`]) everything ran, but the last results could not be
/// written; the error carries them.
pub fn run_sweep(
    plan: &Plan,
    options: &SweepOptions,
    converter: &dyn Converter,
    toolchain: &dyn Toolchain,
    reporter: &mut dyn Reporter,
    cancel: &CancelToken,
) -> Result<SweepResult, SweepError> {
    let Prepared { settings, workers, state_dir, journal, earlier, lock } =
        prepare(plan, options, toolchain)?;
    let context = Context {
        input_dirs: &plan.input_dirs,
        output_dir: &plan.output_dir,
        scratch: options.scratch.as_deref(),
        settings: &settings,
        converter,
        toolchain,
        cancel,
    };
    let memory: Vec<AtomicU64> = (0..workers).map(|_| AtomicU64::new(0)).collect();
    let mut coordinator = Coordinator {
        state: SweepState::new(plan, records(toolchain.stages(), &settings.stages)),
        header: header(plan, workers, toolchain, &settings),
        results: ResultsFile::new(&plan.output_dir, &state_dir),
        journal,
        schedule: Schedule::new(plan, workers),
        gate: Gate::new(options.admission),
        ballast: Ballast::new(&state_dir, plan.jobs.len()),
        memory: &memory,
        plan,
        folders: std::iter::once(plan.output_dir.as_path()).chain(options.scratch.as_deref()).collect(),
        retries: options.retries,
        reporter,
        cancel,
        last_tick: Instant::now(),
    };
    // What was done before is in the results from their first version on.
    coordinator.begin(&settings, converter, &earlier, options.resume);
    let output_error = |source| SweepError::OutputDir { path: plan.output_dir.clone(), source };
    coordinator.results.write(&coordinator.state.record(&coordinator.header)).map_err(output_error)?;
    run(&mut coordinator, &context)?;
    let result = coordinator.collect();
    drop(lock);
    result
}

/// Starts the workers and hands out the jobs until all are over.
fn run<'a>(coordinator: &mut Coordinator<'a>, context: &Context<'_>) -> Result<(), SweepError> {
    let memory = coordinator.memory;
    std::thread::scope(|scope| {
        // If the reporter panics, the scope waits for the workers: their tools must not keep it waiting.
        let guard = CancelOnPanic(context.cancel);
        let (work_sender, work) = bounded(memory.len());
        let (event_sender, events) = bounded(EVENTS_IN_FLIGHT);
        for (number, memory) in memory.iter().enumerate() {
            start_worker(scope, number, work.clone(), event_sender.clone(), memory, context)
                .map_err(|source| SweepError::Thread { source })?;
        }
        drop((work, event_sender));
        coordinator.run(work_sender, &events);
        std::mem::forget(guard);
        Ok(())
    })
}

struct Coordinator<'a> {
    state: SweepState,
    /// What does not change of the results.
    header: SweepRecord<()>,
    results: ResultsFile,
    journal: Journal,
    schedule: Schedule<'a>,
    gate: Gate,
    ballast: Ballast,
    /// What the tools of each worker use now, in bytes.
    memory: &'a [AtomicU64],
    plan: &'a Plan,
    /// Where there must be space.
    folders: Vec<&'a Path>,
    retries: u32,
    reporter: &'a mut dyn Reporter,
    cancel: &'a CancelToken,
    last_tick: Instant,
}

impl<'a> Coordinator<'a> {
    /// Finds out which jobs are the same, and which an earlier run did. Nothing is written yet.
    fn begin(&mut self, settings: &Settings, converter: &dyn Converter, earlier: &Earlier, resume: Resume) {
        self.tell(EventKind::SweepStarted);
        let mut finished = Vec::new();
        for job in &self.plan.jobs {
            let Some(fingerprint) = fingerprint(job, settings, converter) else { continue };
            if let Some(record) = earlier.complete(job, &fingerprint, &self.plan.output_dir) {
                finished.push((job.id, record));
            }
            self.schedule.identify(job, &fingerprint);
            self.state.apply(&Event::now(EventKind::JobIdentified { job: job.id, fingerprint }));
        }
        if !finished.is_empty() {
            let resuming = resume == Resume::Continue;
            self.tell(EventKind::EarlierRun { finished: finished.len(), resuming });
            for (job, record) in finished.into_iter().filter(|_| resuming) {
                let planned = self.plan.jobs.get(job.0).cloned().unwrap_or_default();
                let record = JobRecord { job: planned, ..record.clone() };
                self.schedule.resumed(&record);
                self.tell(EventKind::JobResumed { job, record: Box::new(record) });
            }
        }
    }

    /// Hands out jobs and takes in events until all that was begun is over.
    fn run(&mut self, workers: Sender<Work>, events: &Receiver<Event>) {
        while !self.schedule.is_over() {
            if self.cancel.is_cancelled() && !self.state.interrupted {
                self.schedule.stop();
                self.take_in_now(EventKind::Interrupted);
                continue;
            }
            self.hand_out(&workers);
            match events.recv_timeout(TICK) {
                Ok(event) => self.hear(event),
                Err(RecvTimeoutError::Timeout) => {}
                // No worker is left. Workers do not end before their jobs, but this would wait for ever.
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.tick();
        }
    }

    /// Gives free workers what they may begin.
    fn hand_out(&mut self, workers: &Sender<Work>) {
        if self.schedule.is_all_begun() && self.state.waiting.is_some() {
            self.take_in_now(EventKind::Waiting { shortage: None });
        }
        while self.schedule.has_next() {
            let shortage = self.gate.check(&self.in_use(), &self.folders).err();
            if shortage.is_some() != self.state.waiting.is_some() {
                self.take_in_now(EventKind::Waiting { shortage });
            }
            if shortage.is_some() {
                return;
            }
            let Some(task) = self.schedule.next() else { return };
            self.journal.started(task.job());
            let written = self.journal.write();
            self.report_unwritten_journal(written);
            let work = self.work(task);
            if workers.send(work).is_err() {
                return;
            }
        }
    }

    /// A task with all that its worker must know.
    fn work(&self, task: Task<'a>) -> Work {
        let fingerprint = self.state.job(task.job().id).and_then(|record| record.fingerprint.clone());
        let spec = JobSpec::new(self.plan, task.job(), fingerprint);
        match task {
            Task::Run(_) => Work { spec, of: None },
            Task::Copy { of, .. } => Work { spec, of: Some(of) },
        }
    }

    /// What each running job uses, in bytes; one that has just begun uses nothing yet.
    fn in_use(&self) -> Vec<u64> {
        let mut used: Vec<u64> = self.memory.iter().map(|bytes| bytes.load(Ordering::Relaxed)).collect();
        used.sort_unstable_by(|a, b| b.cmp(a));
        used.truncate(self.schedule.running());
        used
    }

    fn hear(&mut self, event: Event) {
        let EventKind::JobFinished { job, record } = event.kind else { return self.take_in(&event) };
        self.gate.learn(record.peak_memory_bytes.unwrap_or_default());
        match &record.failure {
            Some(failure) if record.identical_to.is_none() && self.is_worth_another_try(job, failure) => {
                self.schedule.again(job);
                let kind = EventKind::JobRetried { job, failure: failure.clone() };
                self.take_in(&Event { at: event.at, kind });
            }
            _ => {
                self.fold(&Event { at: event.at, kind: EventKind::JobFinished { job, record } });
                // The journal comes first: what the results call done is never done again.
                self.conclude(job);
                self.results_changed();
            }
        }
    }

    fn is_worth_another_try(&self, job: JobId, failure: &Failure) -> bool {
        let attempts = self.state.job(job).map_or(0, |record| record.attempts);
        failure.cause.may_pass() && attempts <= self.retries && !self.cancel.is_cancelled()
    }

    /// Writes down that a job is over, and lets identical ones have its results.
    fn conclude(&mut self, job: JobId) {
        if let Some(record) = self.state.job(job) {
            self.journal.finished(record);
            let written = self.ballast.write(|| self.journal.write_safely());
            // An interrupted job has no results to share.
            let cut_short =
                record.failure.as_ref().is_some_and(|failure| failure.cause == Cause::Interrupted);
            self.schedule.finished(job, (!cut_short).then_some(record));
            self.report_unwritten_journal(written);
        }
    }

    fn report_unwritten_journal(&mut self, written: std::io::Result<()>) {
        if let Err(error) = written {
            let path = self.journal.path().to_owned();
            let kind = EventKind::ResultsNotWritten { path, message: error.to_string() };
            self.reporter.event(&Event::now(kind), &self.state);
        }
    }

    fn tell(&mut self, kind: EventKind) {
        self.fold(&Event::now(kind));
    }

    fn take_in_now(&mut self, kind: EventKind) {
        self.take_in(&Event::now(kind));
    }

    fn take_in(&mut self, event: &Event) {
        self.fold(event);
        self.results_changed();
    }

    fn fold(&mut self, event: &Event) {
        self.state.apply(event);
        self.reporter.event(event, &self.state);
    }

    fn results_changed(&mut self) {
        self.results.mark_changed();
        self.write_if_due();
    }

    fn tick(&mut self) {
        if self.last_tick.elapsed() >= TICK {
            self.last_tick = Instant::now();
            self.reporter.tick(&self.state);
            self.write_if_due();
            // The failure was reported once; what is left is retried until it succeeds.
            let _ = self.journal.write();
        }
    }

    fn write_if_due(&mut self) {
        if !self.results.is_due() {
            return;
        }
        let written = self.ballast.write(|| self.results.write(&self.state.record(&self.header)));
        if written.is_ok() {
            self.ballast.restore();
        }
        if let Err(error) = written {
            let path = self.results.path().to_owned();
            let kind = EventKind::ResultsNotWritten { path, message: error.to_string() };
            self.reporter.event(&Event::now(kind), &self.state);
        }
    }

    /// Writes the final results and returns what the caller gets.
    fn collect(mut self) -> Result<SweepResult, SweepError> {
        let event = Event::now(EventKind::SweepFinished);
        self.state.apply(&event);
        let written = self.ballast.write(|| self.results.write(&self.state.record(&self.header)));
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
