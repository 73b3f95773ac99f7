//! The keeper: a small process between this program and a tool, which sees to it that nothing of the tool outlives either.
//!
//! A process group is not enough: `vitis_hls` starts `vivado`, which starts shells and simulators, and any of them may leave the group; and
//! when this program is killed with SIGKILL it cannot end anything any more. The keeper is the reaper of all that the tool starts
//! (`PR_SET_CHILD_SUBREAPER`), so that everything below it can be found, and it notices by a closed connection that this program is gone.
//!
//! It is this same program, started again with [`ARGUMENT`]: [`main_if_asked`] must be the first thing that `main` calls. A program that
//! does not call it has process groups only.
//!
//! Signals to everything that belongs to a job (a batch system ends a job so, a service manager its service) do not end the keeper: it ends with
//! its tool or with this program, and reports how the tool ended.
//!
//! The connection is the keeper's standard input, a socket. It takes [`TERMINATE`] and [`KILL`], and tells one [`Message`] a line.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, WaitOptions, getpid, kill_process, set_child_subreaper, waitid,
};
use serde::{Deserialize, Serialize};
use wait4::Wait4;

use crate::process::signals;
use crate::process::spec::Load;
use crate::process::start::spawn;
use crate::process::tree;

/// The first argument of a keeper; the tool and its arguments follow.
pub(super) const ARGUMENT: &str = "--keep-hls-tool";

/// Asks for SIGTERM to everything below the keeper.
pub(super) const TERMINATE: u8 = b'T';
/// Asks for SIGKILL to everything below the keeper.
pub(super) const KILL: u8 = b'K';

/// How often the memory of the tool and its children is added up.
const SAMPLE_EVERY: Duration = Duration::from_millis(500);
/// Of the time, at most one part in so many is spent on that.
const SAMPLE_SHARE: u32 = 50;
/// How long the tool's orphans may take to die of SIGKILL; those that the system holds in a read or write take longer than anybody can wait.
const LONGEST_END: Duration = Duration::from_secs(10);
/// Tools are ended before this program when memory runs out. From 0 to 1000, see proc(5).
const OOM_SCORE: &str = "500";

static IN_USE: AtomicBool = AtomicBool::new(false);

/// What a keeper tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Message {
    /// The tool runs.
    Started {
        /// Its process id, which is also its group's.
        id: i32,
    },
    /// The tool could not be started.
    NotStarted {
        /// The system's error number.
        code: i32,
    },
    /// What the tool and all its children use now.
    Load(Load),
    /// The tool and everything below it is gone.
    Ended {
        /// The status as wait(2) gives it.
        status: i32,
        /// User plus system time of the tool and the children that it waited for.
        cpu: Duration,
        /// Peak resident memory in bytes: of the largest process, or of all together as sampled.
        peak_memory_bytes: u64,
    },
}

/// Whether tools get keepers in this program.
pub(super) fn in_use() -> bool {
    IN_USE.load(Ordering::Relaxed)
}

/// Turns this process into a keeper if it was started as one, and does not return then. Otherwise every tool that it runs from now on gets a
/// keeper. Call it first in `main`.
pub fn main_if_asked() {
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == ARGUMENT) {
        let tool: Vec<OsString> = arguments.collect();
        std::process::exit(i32::from(keep(&tool).is_err()));
    }
    IN_USE.store(cfg!(target_os = "linux"), Ordering::Relaxed);
}

fn keep(tool: &[OsString]) -> io::Result<()> {
    let connection = UnixStream::from(io::stdin().as_fd().try_clone_to_owned()?);
    signals::live_on()?;
    set_child_subreaper(Some(getpid()))?;
    let mut child = match start(tool) {
        Ok(child) => child,
        Err(error) => {
            let code = error.raw_os_error().unwrap_or_default();
            return tell(&connection, &Message::NotStarted { code });
        }
    };
    let id = Pid::from_child(&child);
    tell(&connection, &Message::Started { id: id.as_raw_nonzero().get() })?;
    let peak = AtomicU64::new(0);
    let over = AtomicBool::new(false);
    let ended = std::thread::scope(|scope| {
        scope.spawn(|| attend(&connection, id, &peak, &over));
        wait_for(id);
        let ended = child.wait4();
        end_all();
        over.store(true, Ordering::Relaxed);
        // Wakes the thread that attends.
        let _ = connection.shutdown(std::net::Shutdown::Read);
        ended
    })?;
    tell(
        &connection,
        &Message::Ended {
            status: ended.status.into_raw(),
            cpu: ended.rusage.utime + ended.rusage.stime,
            peak_memory_bytes: ended.rusage.maxrss.max(peak.load(Ordering::Relaxed)),
        },
    )
}

fn start(tool: &[OsString]) -> io::Result<Child> {
    let (program, arguments) = tool.split_first().ok_or(ErrorKind::InvalidInput)?;
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).process_group(0);
    let child = spawn(&mut command)?;
    // Without the right to do so it stays as it is.
    let _ = fs::write(format!("/proc/{}/oom_score_adj", child.id()), OOM_SCORE);
    Ok(child)
}

/// Waits until the tool has ended, and leaves it unreaped.
fn wait_for(id: Pid) {
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(id), options) {}
}

/// Does what the connection asks for and adds up memory, until the tool is over. A closed connection ends everything: nobody waits any more.
fn attend(mut connection: &UnixStream, tool: Pid, peak: &AtomicU64, over: &AtomicBool) {
    let mut pause = SAMPLE_EVERY;
    while !over.load(Ordering::Relaxed) {
        let _ = connection.set_read_timeout(Some(pause));
        let mut order = [0];
        match connection.read(&mut order) {
            Ok(1) if order[0] == TERMINATE => signal_all(Signal::TERM),
            Ok(1) => signal_all(Signal::KILL),
            Err(error) if error.kind() == ErrorKind::WouldBlock => pause = sample(connection, tool, peak),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => {
                while !over.load(Ordering::Relaxed) {
                    signal_all(Signal::KILL);
                    std::thread::sleep(Duration::from_millis(20));
                }
            }
        }
    }
}

/// Notes how much memory is used, reaps orphans that have ended, and returns how long to wait before the next time.
fn sample(connection: &UnixStream, tool: Pid, peak: &AtomicU64) -> Duration {
    let begin = Instant::now();
    let members = tree::below(getpid());
    let bytes = tree::memory(&members);
    peak.fetch_max(bytes, Ordering::Relaxed);
    let load = Load { memory_bytes: bytes, cpu: tree::cpu(&members) };
    let _ = tell(connection, &Message::Load(load));
    for orphan in members.iter().filter(|member| member.ended && member.id != tool) {
        // It is somebody else's child, or reaped already: no matter.
        let _ = rustix::process::waitpid(Some(orphan.id), WaitOptions::NOHANG);
    }
    SAMPLE_EVERY.max(begin.elapsed() * SAMPLE_SHARE)
}

fn signal_all(signal: Signal) {
    for member in tree::below(getpid()).iter().filter(|member| !member.ended) {
        // Gone in the meantime is what we want.
        let _ = kill_process(member.id, signal);
    }
}

/// Ends and reaps whatever the tool left behind. Orphans become the keeper's own children: without a child, nothing is left, and the many files of
/// `/proc` need not be read.
fn end_all() {
    let begin = Instant::now();
    while begin.elapsed() < LONGEST_END {
        loop {
            match rustix::process::wait(WaitOptions::NOHANG) {
                Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
                Ok(None) => break,
                Err(_) => return,
            }
        }
        signal_all(Signal::KILL);
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn tell(mut connection: &UnixStream, message: &Message) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    connection.write_all(&line)
}
