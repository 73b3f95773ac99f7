//! The workers: threads that take jobs and tell what happens to them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender};
use jiff::Timestamp;

use crate::error::{Failure, JobError};
use crate::event::{Event, EventKind, JobOutcome};
use crate::job::{self, Context};
use crate::plan::{Job, JobId};

/// Deeply nested model files are parsed on these threads.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Sends one job's events to the coordinator.
pub(crate) struct Teller {
    job: JobId,
    events: Sender<Event>,
}

impl Teller {
    pub(crate) fn tell(&self, what: impl FnOnce(JobId) -> EventKind) {
        // The coordinator hears every event until its workers are gone; if it is gone first (a panicking
        // reporter), nobody is left to be told.
        let _ = self.events.send(Event { at: Timestamp::now(), kind: what(self.job) });
    }
}

/// Starts one worker. It runs jobs until the channel of jobs is closed.
pub(crate) fn start_worker<'scope, 'env: 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    number: usize,
    jobs: Receiver<&'env Job>,
    events: Sender<Event>,
    context: &'env Context<'env>,
) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name(format!("worker-{number}"))
        .stack_size(STACK_BYTES)
        .spawn_scoped(scope, move || {
            for job in jobs {
                run(job, &Teller { job: job.id, events: events.clone() }, context);
            }
        })
        .map(|_| ())
}

fn run(job: &Job, teller: &Teller, context: &Context<'_>) {
    teller.tell(|job| EventKind::JobStarted { job });
    // A job shares nothing mutable with the others, so a panic cannot leave anything of theirs half done.
    let result = catch_unwind(AssertUnwindSafe(|| job::run(job, teller, context)))
        .unwrap_or_else(|panic| Err(JobError::Panic { message: message(panic.as_ref()) }));
    let outcome = result.unwrap_or_else(|error| JobOutcome::Failed(Failure::record(&error)));
    teller.tell(|job| EventKind::JobFinished { job, outcome });
}

fn message(panic: &(dyn Any + Send)) -> String {
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
