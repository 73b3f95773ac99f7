//! A tool in a process group of its own, without a keeper.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use wait4::Wait4;

use crate::process::spec::Spec;
use crate::process::start::{Ended, Output, spawn};

/// A running tool and everything in its process group. Dropped unreaped (a panic), it kills them.
///
/// Signals are sent only while the tool is not yet reaped, so that its process id cannot have been given to a stranger.
pub(super) struct ProcessGroup {
    leader: Child,
    id: Pid,
    over: Receiver<()>,
    reaped: bool,
}

impl ProcessGroup {
    pub(super) fn start(spec: &Spec, output: Output) -> io::Result<Self> {
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .current_dir(&spec.cwd)
            .envs(spec.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output.out)
            .stderr(output.err)
            .process_group(0);
        let leader = spawn(&mut command)?;
        let id = Pid::from_child(&leader);
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
        waiter.map(|_| group)
    }

    /// Waits for the tool's end, at most for `time`, and says whether it has come.
    pub(super) fn is_over_after(&self, time: Duration) -> bool {
        !matches!(self.over.recv_timeout(time), Err(RecvTimeoutError::Timeout))
    }

    pub(super) fn signal(&self, signal: Signal) {
        // The only failure that matters, a group that is already gone, is what we want.
        let _ = kill_process_group(self.id, signal);
    }

    /// Ends what is left of the group.
    pub(super) fn reap(&mut self) -> io::Result<Ended> {
        self.signal(Signal::KILL);
        self.reaped = true;
        let end = self.leader.wait4()?;
        let cpu = end.rusage.utime + end.rusage.stime;
        Ok(Ended { status: end.status, cpu, peak_memory_bytes: end.rusage.maxrss })
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if !self.reaped {
            let _ = self.reap();
        }
    }
}
