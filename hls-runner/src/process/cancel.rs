use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

const RUNNING: u8 = 0;
const GRACEFUL: u8 = 1;
const AT_ONCE: u8 = 2;

/// Asks a running sweep to end. Clones share one state; setting it is safe from a signal handler.
#[derive(Debug, Clone, Default)]
pub struct CancelToken(Arc<AtomicU8>);

impl CancelToken {
    /// A token that has not been cancelled.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Start no new job, terminate the running tools (SIGTERM, then SIGKILL after the grace period).
    pub fn cancel(&self) {
        self.0.fetch_max(GRACEFUL, Ordering::SeqCst);
    }

    /// As [`cancel`](Self::cancel), without the grace period: running tools are killed at once.
    pub fn cancel_now(&self) {
        self.0.fetch_max(AT_ONCE, Ordering::SeqCst);
    }

    /// Whether the sweep should end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst) != RUNNING
    }

    /// Whether the sweep should end without a grace period.
    #[must_use]
    pub fn is_immediate(&self) -> bool {
        self.0.load(Ordering::SeqCst) == AT_ONCE
    }
}
