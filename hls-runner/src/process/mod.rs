//! Run a tool, and never leave any of it behind.
//!
//! A tool is ended together with everything that it started: on cancellation and when a limit is passed all of it gets SIGTERM and, after a
//! grace period, SIGKILL. When the tool itself is over, whatever it left running is killed too. Where this program lets [`main_if_asked`]
//! act, that holds for processes that leave their group, and when this program itself is killed; otherwise for the tool's process
//! group, and only while this program lives.

mod group;
mod keeper;
mod kept;
mod tree;

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::admission::memory_kills;
use crate::cancel::CancelToken;
use crate::stage::Stage;
use group::Group;
pub use keeper::main_if_asked;
use kept::Kept;
pub(crate) use tree::started_ticks;

/// How often cancellation, time limits and logs are looked at while a tool runs.
const TICK: Duration = Duration::from_millis(50);

/// What to run, where, and where its output goes.
#[derive(Debug, Clone)]
pub struct Spec {
    /// The program: a path, not searched for.
    pub program: PathBuf,
    /// Its arguments, passed as they are: no shell reads them.
    pub args: Vec<OsString>,
    /// The folder that it runs in.
    pub cwd: PathBuf,
    /// Variables set on top of this process's environment.
    pub env: Vec<(OsString, OsString)>,
    /// The file to which standard output and standard error are appended.
    pub log: PathBuf,
    /// Other files that grow while it works, for [`Limits::stall_timeout`].
    pub signs_of_life: Vec<PathBuf>,
}

impl Spec {
    /// The program and its arguments as text, for records.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        std::iter::once(self.program.as_os_str())
            .chain(self.args.iter().map(OsString::as_os_str))
            .map(|part| part.to_string_lossy().into_owned())
            .collect()
    }
}

/// How long a job's processes may take, and how they are ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest elapsed time of all processes of a job together, if there is a limit.
    pub timeout: Option<Duration>,
    /// Longest elapsed time of one stage.
    pub stage_timeout: Option<Duration>,
    /// Longest time in which a tool writes nothing.
    pub stall_timeout: Option<Duration>,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Duration,
}

impl Limits {
    /// No limits, and five seconds of grace.
    pub const NONE: Self =
        Self { timeout: None, stage_timeout: None, stall_timeout: None, grace: Duration::from_secs(5) };
}

impl Default for Limits {
    fn default() -> Self {
        Self::NONE
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// It exited with this status.
    Status(i32),
    /// This signal, which we did not send, ended it.
    Signal(i32),
    /// The job took longer than this and it was ended.
    TimedOut(Duration),
    /// The stage took longer than this and it was ended.
    StageTimedOut(Duration),
    /// It wrote nothing for this long and was ended.
    Stalled(Duration),
    /// The sweep was cancelled and it was ended.
    Cancelled,
}

impl Exit {
    /// Whether it exited with status 0.
    #[must_use]
    pub fn success(self) -> bool {
        self == Self::Status(0)
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Status(code) => write!(f, "ended with status {code}"),
            Self::Signal(signal) => {
                write!(f, "was killed by signal {signal}")?;
                match Signal::from_named_raw(*signal) {
                    Some(Signal::KILL) => f.write_str(" (SIGKILL, often for want of memory)"),
                    Some(Signal::SEGV) => f.write_str(" (SIGSEGV: it crashed)"),
                    Some(Signal::ABORT) => f.write_str(" (SIGABRT: it gave up)"),
                    Some(Signal::TERM) => f.write_str(" (SIGTERM: somebody ended it)"),
                    _ => Ok(()),
                }
            }
            Self::TimedOut(limit) => {
                write!(f, "took longer than {} s and was ended", limit.as_secs_f64())
            }
            Self::StageTimedOut(limit) => {
                write!(f, "was ended because the stage took longer than {} s", limit.as_secs_f64())
            }
            Self::Stalled(limit) => {
                write!(f, "was ended because it wrote nothing for {} s", limit.as_secs_f64())
            }
            Self::Cancelled => f.write_str("was ended because the sweep was interrupted"),
        }
    }
}

/// What a process cost, together with the children that it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Elapsed time.
    pub wall: Duration,
    /// User plus system time.
    pub cpu: Duration,
    /// Peak resident memory in bytes: of the largest process, and where it has a keeper of all together, sampled twice a second.
    pub peak_memory_bytes: u64,
}

/// What a process and all its children use at a moment, as far as it is known: without a keeper, nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Load {
    /// Resident memory, summed.
    pub(crate) memory_bytes: u64,
    /// User plus system time since it began.
    pub(crate) cpu: Duration,
}

/// How a process ended and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// What it cost.
    pub usage: Usage,
    /// Whether the system killed something for want of memory while it ran.
    pub killed_for_memory: bool,
}

/// Why a process could not be run.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The program could not be started.
    #[error("{} could not be started; check that it is installed and may be executed", program.display())]
    Start {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file for its output could not be opened.
    #[error("log {} could not be opened; check the free space and the permissions", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system would not say how it ended.
    #[error("the end of {} could not be learned", program.display())]
    Wait {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

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
    let kills = memory_kills();
    let mut running = Running::start(spec)?;
    let mut clocks = Clocks::new(begin, start, limits, spec);
    let ended_by_us = running.supervise(&mut clocks, cancel, watch, load);
    let ended =
        running.reap().map_err(|source| ProcessError::Wait { program: spec.program.clone(), source })?;
    let usage = Usage { wall: start.elapsed(), cpu: ended.cpu, peak_memory_bytes: ended.peak_memory_bytes };
    watch();
    let exit = ended_by_us.unwrap_or_else(|| exit_of(ended.status));
    Ok(Finished { exit, usage, killed_for_memory: !exit.success() && memory_kills() > kills })
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Status(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}

/// How a tool ended and what it cost.
struct Ended {
    status: ExitStatus,
    cpu: Duration,
    peak_memory_bytes: u64,
}

/// Where a tool's output goes.
struct Output {
    out: File,
    err: File,
}

impl Output {
    fn append_to(path: &Path) -> std::io::Result<Self> {
        let out = OpenOptions::new().create(true).append(true).open(path)?;
        let err = out.try_clone()?;
        Ok(Self { out, err })
    }
}

/// A running tool.
enum Running {
    Group(Group),
    Kept(Kept),
}

impl Running {
    fn start(spec: &Spec) -> Result<Self, ProcessError> {
        let output = Output::append_to(&spec.log)
            .map_err(|source| ProcessError::Log { path: spec.log.clone(), source })?;
        let started = if keeper::in_use() {
            Kept::start(spec, output).map(Self::Kept)
        } else {
            Group::start(spec, output).map(Self::Group)
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

/// Starts a program. "Text file busy" is tried again for a moment: another thread that was just forking may
/// have held a copy of the handle through which the program was written.
fn spawn(command: &mut Command) -> std::io::Result<Child> {
    let mut tries = 0;
    loop {
        match command.spawn() {
            Err(error) if error.kind() == std::io::ErrorKind::ExecutableFileBusy && tries < 20 => {
                tries += 1;
                std::thread::sleep(Duration::from_millis(5));
            }
            result => return result,
        }
    }
}
