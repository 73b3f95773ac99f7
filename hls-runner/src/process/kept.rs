//! A tool with a keeper, as seen from this program.

use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::process::keeper::{self, Message};
use crate::process::spec::{Load, Spec};
use crate::process::start::{Ended, Output, spawn};

/// This program's own executable, also where its file was replaced in the meantime.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// The connection to a keeper, and the keeper.
pub(super) struct KeptProcess {
    keeper: Child,
    connection: UnixStream,
    partial: Vec<u8>,
    /// The tool's process group.
    group: Option<Pid>,
    /// Why the tool does not run at all.
    not_started: Option<io::Error>,
    ended: Option<io::Result<Ended>>,
    load: Load,
}

impl KeptProcess {
    pub(super) fn start(spec: &Spec, output: Output) -> io::Result<Self> {
        let (connection, its_end) = UnixStream::pair()?;
        let mut command = Command::new(OWN_PROGRAM);
        command
            .arg(keeper::ARGUMENT)
            .arg(&spec.program)
            .args(&spec.args)
            .current_dir(&spec.cwd)
            .envs(spec.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::from(OwnedFd::from(its_end)))
            .stdout(output.out)
            .stderr(output.err)
            .process_group(0);
        let keeper = spawn(&mut command)?;
        // The command holds the keeper's end open, which must be closed for the keeper's own end to be noticed.
        drop(command);
        let mut kept = Self {
            keeper,
            connection,
            partial: Vec::new(),
            group: None,
            not_started: None,
            ended: None,
            load: Load::default(),
        };
        while kept.group.is_none() && kept.ended.is_none() && kept.not_started.is_none() {
            kept.listen(Duration::from_secs(1));
        }
        match kept.not_started.take() {
            Some(error) => Err(error),
            None => Ok(kept),
        }
    }

    /// Waits for news, at most for `time`, and says whether the tool is over.
    pub(super) fn is_over_after(&mut self, time: Duration) -> bool {
        self.listen(time);
        self.ended.is_some()
    }

    /// What the tool and its children used, not long ago.
    pub(super) fn load(&self) -> Load {
        self.load
    }

    pub(super) fn signal(&mut self, signal: Signal) {
        let order = if signal == Signal::KILL { keeper::KILL } else { keeper::TERMINATE };
        if self.connection.write_all(&[order]).is_err() {
            self.signal_group(signal);
        }
    }

    /// Waits for the end of all and takes what is known of it.
    pub(super) fn reap(&mut self) -> io::Result<Ended> {
        while self.ended.is_none() {
            self.listen(Duration::from_secs(1));
        }
        self.keeper.wait()?;
        self.ended.take().unwrap_or_else(|| Err(ErrorKind::UnexpectedEof.into()))
    }

    fn listen(&mut self, time: Duration) {
        let mut buffer = [0; 512];
        let _ = self.connection.set_read_timeout(Some(time));
        match self.connection.read(&mut buffer) {
            Ok(0) => self.lost(),
            Ok(count) => {
                for byte in buffer.iter().take(count) {
                    if *byte == b'\n' {
                        let line = std::mem::take(&mut self.partial);
                        self.hear(&line);
                    } else {
                        self.partial.push(*byte);
                    }
                }
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
            Err(_) => self.lost(),
        }
    }

    fn hear(&mut self, line: &[u8]) {
        match serde_json::from_slice(line) {
            Ok(Message::Started { id }) => self.group = Pid::from_raw(id),
            Ok(Message::NotStarted { code }) => self.not_started = Some(io::Error::from_raw_os_error(code)),
            Ok(Message::Load(load)) => self.load = load,
            Ok(Message::Ended { status, cpu, peak_memory_bytes }) => {
                let status = ExitStatus::from_raw(status);
                self.ended = Some(Ok(Ended { status, cpu, peak_memory_bytes }));
            }
            // Something below the keeper wrote to the connection: not ours to understand.
            Err(_) => {}
        }
    }

    /// Somebody ended the keeper. The tool's group can still be reached.
    fn lost(&mut self) {
        self.signal_group(Signal::KILL);
        self.ended.get_or_insert_with(|| {
            Err(io::Error::other("the process that watched it was ended by somebody; so was the tool"))
        });
    }

    fn signal_group(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for KeptProcess {
    fn drop(&mut self) {
        // A panic came between: closing the connection makes the keeper end everything.
        let _ = self.connection.shutdown(std::net::Shutdown::Both);
        let _ = self.keeper.wait();
    }
}
