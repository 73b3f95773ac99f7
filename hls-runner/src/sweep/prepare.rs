//! What happens before the first job: the request is checked, the output folder locked, and what earlier runs did is read.

use std::fs;
use std::path::PathBuf;

use crate::folder::attempt::remove_left_over;
use crate::folder::lock::{Lock, LockError, STATE_DIR};
use crate::plan::jobs::Plan;
use crate::sweep::error::SweepError;
use crate::sweep::journal::{Earlier, Journal};
use crate::sweep::options::SweepOptions;
use crate::sweep::settings::Settings;
use crate::toolchain::run::Toolchain;

/// A sweep that may begin.
pub(super) struct Prepared {
    pub(super) settings: Settings,
    pub(super) workers: usize,
    pub(super) state_dir: PathBuf,
    pub(super) journal: Journal,
    pub(super) earlier: Earlier,
    /// Held until the sweep is over.
    pub(super) lock: Lock,
}

/// Makes sure that the sweep makes sense and that nobody else works in its output folder.
pub(super) fn prepare(
    plan: &Plan,
    options: &SweepOptions,
    toolchain: &dyn Toolchain,
) -> Result<Prepared, SweepError> {
    if plan.jobs.is_empty() {
        return Err(SweepError::NoJobs);
    }
    let settings = Settings::new(options, toolchain)?;
    let output_error = |source| SweepError::OutputDir { path: plan.output_dir.clone(), source };
    let state_dir = plan.output_dir.join(STATE_DIR);
    fs::create_dir_all(&state_dir).map_err(output_error)?;
    let (lock, _) = Lock::take(&state_dir).map_err(|error| match error {
        LockError::Held(owner) => SweepError::Locked { path: plan.output_dir.clone(), owner },
        LockError::Io(path, source) => SweepError::OutputDir { path, source },
    })?;
    // What cannot be removed takes up space and harms nobody: each attempt has a name of its own.
    let _ = remove_left_over(&plan.output_dir);
    let (journal, earlier) = Journal::open(&state_dir, &plan.output_dir).map_err(output_error)?;
    let workers = options.workers.get().min(plan.jobs.len());
    Ok(Prepared { settings, workers, state_dir, journal, earlier, lock })
}
