//! Run a tool in a process group of its own, and never leave any of it behind.
//!
//! The group is ended as a whole: on cancellation and on timeout it gets SIGTERM and, after a grace period,
//! SIGKILL. When the tool itself is over, whatever it left running in the group is killed too. Signals are
//! sent only while the tool is not yet reaped, so that its process id cannot have been given to a stranger.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use wait4::Wait4;

use crate::cancel::CancelToken;

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

/// How long a process may take, and how it is ended.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest elapsed time, if there is a limit.
    pub timeout: Option<Duration>,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { timeout: None, grace: Duration::from_secs(5) }
    }
}

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status.
    Status(i32),
    /// This signal, which we did not send, ended it.
    Signal(i32),
    /// It took longer than this and was ended.
    TimedOut(Duration),
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
            Self::Cancelled => f.write_str("was ended because the sweep was interrupted"),
        }
    }
}

/// What a process cost, together with the children that it waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Elapsed time.
    pub wall: Duration,
    /// User plus system time.
    pub cpu: Duration,
    /// Peak resident memory of the largest process, in bytes.
    pub peak_memory_bytes: u64,
}

/// How a process ended and what it cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// What it cost.
    pub usage: Usage,
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

/// Runs a process to its end. `watch` is called several times a second while it runs and once after.
///
/// # Errors
/// The process could not be started or its end not be learned. A process that ends badly is no error here.
pub fn run(
    spec: &Spec,
    limits: Limits,
    cancel: &CancelToken,
    watch: &mut dyn FnMut(),
) -> Result<Finished, ProcessError> {
    let begin = Instant::now();
    let mut group = Group::start(spec)?;
    let ended_by_us = group.supervise(begin, limits, cancel, watch);
    let (status, cpu, peak_memory_bytes) =
        group.reap().map_err(|source| ProcessError::Wait { program: spec.program.clone(), source })?;
    let usage = Usage { wall: begin.elapsed(), cpu, peak_memory_bytes };
    watch();
    Ok(Finished { exit: ended_by_us.unwrap_or_else(|| exit_of(status)), usage })
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::Status(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}

/// A running tool and everything in its process group. Dropped unreaped (a panic), it kills them.
struct Group {
    leader: Child,
    id: Pid,
    over: Receiver<()>,
    reaped: bool,
}

impl Group {
    fn start(spec: &Spec) -> Result<Self, ProcessError> {
        let log_error = |source| ProcessError::Log { path: spec.log.clone(), source };
        let start_error = |source| ProcessError::Start { program: spec.program.clone(), source };
        let out = OpenOptions::new().create(true).append(true).open(&spec.log).map_err(log_error)?;
        let err = out.try_clone().map_err(log_error)?;
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .current_dir(&spec.cwd)
            .envs(spec.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(out)
            .stderr(err)
            .process_group(0);
        let mut leader = spawn(&mut command).map_err(start_error)?;
        let Some(id) = i32::try_from(leader.id()).ok().and_then(Pid::from_raw) else {
            let _ = leader.kill();
            let _ = leader.wait();
            return Err(start_error(std::io::Error::other("it has no usable process id")));
        };
        let (tell, over) = bounded(1);
        // A thread that waits costs nothing while the tool runs and notices its end at once; WNOWAIT
        // leaves the process unreaped, so that its id stays ours until the group is dealt with.
        let waiter = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
            while let Err(rustix::io::Errno::INTR) =
                waitid(WaitId::Pid(id), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT)
            {}
            let _ = tell.send(());
        });
        let group = Self { leader, id, over, reaped: false };
        waiter.map(|_| group).map_err(start_error)
    }

    /// Waits for the leader's end, or brings it about. Says why if it was us.
    fn supervise(
        &mut self,
        begin: Instant,
        limits: Limits,
        cancel: &CancelToken,
        watch: &mut dyn FnMut(),
    ) -> Option<Exit> {
        let mut ended_by_us = None;
        let mut kill_at: Option<Instant> = None;
        while let Err(RecvTimeoutError::Timeout) = self.over.recv_timeout(TICK) {
            watch();
            if ended_by_us.is_none() {
                ended_by_us = reason_to_end(begin, limits, cancel);
                if ended_by_us.is_some() {
                    kill_at = Some(Instant::now() + limits.grace);
                    self.signal(Signal::TERM);
                }
            }
            if kill_at.is_some_and(|at| Instant::now() >= at || cancel.is_immediate()) {
                self.signal(Signal::KILL);
            }
        }
        ended_by_us
    }

    fn signal(&self, signal: Signal) {
        // The only failure that matters, a group that is already gone, is what we want.
        let _ = kill_process_group(self.id, signal);
    }

    fn reap(&mut self) -> std::io::Result<(ExitStatus, Duration, u64)> {
        self.signal(Signal::KILL);
        self.reaped = true;
        let end = self.leader.wait4()?;
        Ok((end.status, end.rusage.utime + end.rusage.stime, end.rusage.maxrss))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.reap();
        }
    }
}

fn reason_to_end(begin: Instant, limits: Limits, cancel: &CancelToken) -> Option<Exit> {
    if cancel.is_cancelled() {
        return Some(Exit::Cancelled);
    }
    limits.timeout.filter(|limit| begin.elapsed() >= *limit).map(Exit::TimedOut)
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
