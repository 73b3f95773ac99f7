//! What both ways to run a tool share: starting it, where its output goes, how it ended.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

/// How a tool ended and what it cost.
pub(super) struct Ended {
    pub(super) status: ExitStatus,
    pub(super) cpu: Duration,
    pub(super) peak_memory_bytes: u64,
}

/// Where a tool's output goes.
pub(super) struct Output {
    pub(super) out: File,
    pub(super) err: File,
}

impl Output {
    pub(super) fn append_to(path: &Path) -> std::io::Result<Self> {
        let out = OpenOptions::new().create(true).append(true).open(path)?;
        let err = out.try_clone()?;
        Ok(Self { out, err })
    }
}

/// Starts a program. "Text file busy" is tried again for a moment: another thread that was just forking may
/// have held a copy of the handle through which the program was written.
pub(super) fn spawn(command: &mut Command) -> std::io::Result<Child> {
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
