//! The workers: threads that take jobs and tell what happens to them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::Scope;

use crossbeam_channel::{Receiver, Sender};

use crate::folder::claim::clear;
use crate::plan::spec::JobSpec;
use crate::record::job::JobRecord;
use crate::sweep::event::{Event, EventKind, Teller};
use crate::sweep::job::{self, Context};

/// What a worker is given to do.
pub(crate) struct Work {
    pub(crate) spec: JobSpec,
    /// An identical model's job that is done: its results are this one's too.
    pub(crate) of: Option<Box<JobRecord>>,
}

/// Deeply nested model files are parsed on these threads.
const STACK_BYTES: usize = 16 * 1024 * 1024;

/// Starts one worker. It works until the channel is closed; `memory` says what its tool uses now.
pub(crate) fn start_worker<'scope, 'env: 'scope>(
    scope: &'scope Scope<'scope, 'env>,
    number: usize,
    work: Receiver<Work>,
    events: Sender<Event>,
    memory: &'env AtomicU64,
    context: &'env Context<'env>,
) -> std::io::Result<()> {
    std::thread::Builder::new()
        .name(format!("worker-{number}"))
        .stack_size(STACK_BYTES)
        .spawn_scoped(scope, move || {
            for work in work {
                let teller = Teller { job: work.spec.id, events: events.clone(), memory };
                run(&work, &teller, context);
                memory.store(0, Ordering::Relaxed);
            }
        })
        .map(|_| ())
}

fn run(work: &Work, teller: &Teller<'_>, context: &Context<'_>) {
    teller.tell(|job| EventKind::JobStarted { job });
    // The sweep holds the folder's lock, so what has the job's name there is of an earlier run.
    let record = match clear(&work.spec.at(context.input_dirs, context.output_dir)) {
        Err(error) => job::failed(&work.spec, context, teller, &error.into()),
        Ok(older) => match &work.of {
            None => job::run_over(&work.spec, older, context, teller),
            Some(of) => job::copy(&work.spec, of, older, context, teller),
        },
    };
    teller.tell(|job| EventKind::JobFinished { job, record: Box::new(record) });
}
