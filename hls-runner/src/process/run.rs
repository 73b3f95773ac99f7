//! A tool from its start to its end: limits, cancellation, what it cost.

use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::machine::System;
use crate::process::cancel::CancelToken;
use crate::process::group::ProcessGroup;
use crate::process::keeper;
use crate::process::kept::KeptProcess;
use crate::process::signals::ends_a_job;
use crate::process::spec::{Finished, Limits, Load, ProcessError, Spec};
use crate::process::start::{Ended, Output};
use crate::record::process::{Exit, Usage};
use crate::record::stage::Stage;

/// How often cancellation, time limits and logs are looked at while a tool runs.
const TICK: Duration = Duration::from_millis(50);

/// Called while a process runs: looks at what it writes, and says which stage it is in.
pub type Watch<'a> = dyn FnMut() -> Option<Stage> + 'a;

/// What a process that belongs to no stage is watched with.
pub(crate) fn unwatched() -> Option<Stage> {
    None
}

/// Runs a process to its end. `watch` is called several times a second while it runs and once after.
///
/// # Errors
/// The process could not be started or its end not be learned. A process that ends badly is no error here.
pub fn run(
    spec: &Spec,
    limits: Limits,
    cancel: &CancelToken,
    watch: &mut Watch<'_>,
) -> Result<Finished, ProcessError> {
    run_since(Instant::now(), spec, limits, cancel, watch, &mut |_| ())
}

/// As [`run`], of a job that began at `begin`; `load` is told what it uses.
pub(crate) fn run_since(
    begin: Instant,
    spec: &Spec,
    limits: Limits,
    cancel: &CancelToken,
    watch: &mut Watch<'_>,
    load: &mut dyn FnMut(Load),
) -> Result<Finished, ProcessError> {
    let start = Instant::now();
    let kills = System::here().memory_kills();
    let mut running = Running::start(spec)?;
    let mut clocks = Clocks::new(begin, start, limits, spec);
    let ended_by_us = running.supervise(&mut clocks, cancel, watch, load);
    let ended = running.reap();
    let wall = start.elapsed();
    watch();
    if ended_by_us.is_none() && is_cut_short(&ended, cancel) {
        let usage = ended.map_or(Usage { wall, ..Usage::default() }, |ended| usage(wall, &ended));
        return Ok(Finished { exit: Exit::Cancelled, usage, killed_for_memory: false });
    }
    let ended = ended.map_err(|source| ProcessError::Wait { program: spec.program.clone(), source })?;
    let exit = ended_by_us.unwrap_or_else(|| exit_of(ended.status));
    let by_sigkill = matches!(exit, Exit::Signal(SIGKILL)) || exit == Exit::Status(128 + SIGKILL);
    let killed_for_memory = !exit.success() && System::here().memory_kills().explain(kills, by_sigkill);
    Ok(Finished { exit, usage: usage(wall, &ended), killed_for_memory })
}

const SIGKILL: i32 = Signal::KILL.as_raw();

/// How long a tool's end waits for the news that this program was asked to end as well.
const NEWS_OF_CANCELLATION: Duration = Duration::from_secs(1);

/// Whether a tool that we did not end was ended together with the whole job. A batch system sends its signal to every process of a job, and the
/// tool's end may be known here before the signal to this program is: then the tool has not failed, it was interrupted.
fn is_cut_short(ended: &std::io::Result<Ended>, cancel: &CancelToken) -> bool {
    let suspicious = match ended {
        Ok(ended) if ended.status.success() => return false,
        Ok(ended) => ends_a_job(ended.status),
        // Its keeper is gone.
        Err(_) => true,
    };
    let begin = Instant::now();
    while suspicious && !cancel.is_cancelled() && begin.elapsed() < NEWS_OF_CANCELLATION {
        std::thread::sleep(Duration::from_millis(20));
    }
    cancel.is_cancelled()
}

fn usage(wall: Duration, ended: &Ended) -> Usage {
    Usage { wall, cpu: ended.cpu, peak_memory_bytes: ended.peak_memory_bytes }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Status(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}

/// A running tool.
enum Running {
    Group(ProcessGroup),
    Kept(KeptProcess),
}

impl Running {
    fn start(spec: &Spec) -> Result<Self, ProcessError> {
        let output = Output::append_to(&spec.log)
            .map_err(|source| ProcessError::Log { path: spec.log.clone(), source })?;
        let started = if keeper::in_use() {
            KeptProcess::start(spec, output).map(Self::Kept)
        } else {
            ProcessGroup::start(spec, output).map(Self::Group)
        };
        started.map_err(|source| ProcessError::Start { program: spec.program.clone(), source })
    }

    /// Waits for the tool's end, or brings it about. Says why if it was us.
    fn supervise(
        &mut self,
        clocks: &mut Clocks,
        cancel: &CancelToken,
        watch: &mut Watch<'_>,
        load: &mut dyn FnMut(Load),
    ) -> Option<Exit> {
        let mut ended_by_us = None;
        let mut kill_at: Option<Instant> = None;
        while !self.is_over_after(TICK) {
            load(self.load());
            let stage = watch();
            if ended_by_us.is_none() {
                ended_by_us = if cancel.is_cancelled() { Some(Exit::Cancelled) } else { clocks.look(stage) };
                if ended_by_us.is_some() {
                    kill_at = Some(Instant::now() + clocks.limits.grace);
                    self.signal(Signal::TERM);
                }
            }
            if kill_at.is_some_and(|at| Instant::now() >= at || cancel.is_immediate()) {
                self.signal(Signal::KILL);
            }
        }
        ended_by_us
    }

    fn is_over_after(&mut self, time: Duration) -> bool {
        match self {
            Self::Group(group) => group.is_over_after(time),
            Self::Kept(kept) => kept.is_over_after(time),
        }
    }

    fn load(&self) -> Load {
        match self {
            Self::Group(_) => Load::default(),
            Self::Kept(kept) => kept.load(),
        }
    }

    fn signal(&mut self, signal: Signal) {
        match self {
            Self::Group(group) => group.signal(signal),
            Self::Kept(kept) => kept.signal(signal),
        }
    }

    fn reap(&mut self) -> std::io::Result<Ended> {
        match self {
            Self::Group(group) => group.reap(),
            Self::Kept(kept) => kept.reap(),
        }
    }
}

/// The clocks that may end a tool. All of them are monotonic: setting the machine's time ends nothing.
struct Clocks {
    limits: Limits,
    begin: Instant,
    stage: Option<Stage>,
    stage_begin: Instant,
    signs: Vec<PathBuf>,
    written: u64,
    last_sign: Instant,
    next_look: Instant,
}

impl Clocks {
    /// How often files are asked for their length.
    const LOOK_EVERY: Duration = Duration::from_millis(500);

    fn new(begin: Instant, start: Instant, limits: Limits, spec: &Spec) -> Self {
        let signs = std::iter::once(&spec.log).chain(&spec.signs_of_life).cloned().collect();
        Self {
            limits,
            begin,
            stage: None,
            stage_begin: start,
            signs,
            written: 0,
            last_sign: start,
            next_look: start,
        }
    }

    /// The limit that is passed, if one is.
    fn look(&mut self, stage: Option<Stage>) -> Option<Exit> {
        let now = Instant::now();
        if stage != self.stage {
            self.stage = stage;
            self.stage_begin = now;
        }
        let passed = |limit: Option<Duration>, since: Instant| limit.filter(|limit| now - since >= *limit);
        if let Some(limit) = passed(self.limits.timeout, self.begin) {
            return Some(Exit::TimedOut(limit));
        }
        if let Some(limit) = passed(self.limits.stage_timeout, self.stage_begin) {
            return Some(Exit::StageTimedOut(limit));
        }
        self.look_for_signs(now);
        passed(self.limits.stall_timeout, self.last_sign).map(Exit::Stalled)
    }

    fn look_for_signs(&mut self, now: Instant) {
        if self.limits.stall_timeout.is_none() || now < self.next_look {
            return;
        }
        self.next_look = now + Self::LOOK_EVERY;
        let lengths = self.signs.iter().map(|path| std::fs::metadata(path).map_or(0, |found| found.len()));
        let written = lengths.sum();
        if written != self.written {
            self.written = written;
            self.last_sign = now;
        }
    }
}
