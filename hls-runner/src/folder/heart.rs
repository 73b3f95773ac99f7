//! Signs of life: a file whose time is renewed as long as its owner lives, for observers on other hosts.

use std::fs::File;
use std::io;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};

/// Renews the time of a file until it is dropped.
#[derive(Debug)]
pub(crate) struct Heart {
    /// The thread ends when its channel is closed.
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Heart {
    pub(crate) fn start(file: &File, every: Duration) -> io::Result<Self> {
        let file = file.try_clone()?;
        let (end, ended) = bounded::<()>(0);
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        let thread = std::thread::Builder::new().stack_size(64 * 1024).spawn(move || {
            while ended.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                // One beat more or less does not matter. The file system's clock is used, and not this host's.
                let _ = futimens(&file, &Timestamps { last_access: now, last_modification: now });
            }
        })?;
        Ok(Self { running: Some((end, thread)) })
    }
}

impl Drop for Heart {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.running.take() {
            drop(end);
            // It has the file open, and with it any lock on it.
            let _ = thread.join();
        }
    }
}

/// For how long the owner of a file has given no sign of life, by the clock of the file system of `folder`: those of the hosts may differ.
pub(crate) fn silence(file: &File, folder: &Path) -> Option<Duration> {
    let last = file.metadata().ok()?.modified().ok()?;
    let now = tempfile::tempfile_in(folder).and_then(|new| new.metadata()?.modified());
    Some(now.unwrap_or_else(|_| SystemTime::now()).duration_since(last).unwrap_or_default())
}
