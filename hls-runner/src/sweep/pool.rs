//! The workers: threads that take jobs and tell what happens to them.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender};

use crate::record::failure::Failure;
use crate::sweep::error::JobError;
use crate::sweep::event::{Event, EventKind, JobOutcome, Teller};
use crate::sweep::job::{self, Context};
use crate::sweep::schedule::Task;

/// Deeply nested model files are parsed on these threads.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Starts one worker. It works until the channel of tasks is closed; `memory` says what its tool uses now.
pub(crate) fn start_worker<'scope, 'env: 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    number: usize,
    tasks: Receiver<Task<'env>>,
    events: Sender<Event>,
    memory: &'env AtomicU64,
    context: &'env Context<'env>,
) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name(format!("worker-{number}"))
        .stack_size(STACK_BYTES)
        .spawn_scoped(scope, move || {
            for task in tasks {
                let teller = Teller { job: task.job().id, events: events.clone(), memory };
                run(&task, &teller, context);
                memory.store(0, Ordering::Relaxed);
            }
        })
        .map(|_| ())
}

fn run(task: &Task<'_>, teller: &Teller<'_>, context: &Context<'_>) {
    teller.tell(|job| EventKind::JobStarted { job });
    // A job shares nothing mutable with the others, so a panic cannot leave anything of theirs half done.
    let result = catch_unwind(AssertUnwindSafe(|| match task {
        Task::Run(job) => job::run(job, teller, context),
        Task::Copy { job, of } => job::copy(job, of, context),
    }))
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
