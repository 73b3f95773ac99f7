//! `synth`: turns a folder of models into finished projects, on this machine (here) or on many (`cluster.rs`).

pub mod cluster;
mod request;
pub mod work;

use std::path::Path;
use std::process::ExitCode;

use hls_runner::{SweepError, SweepState};

use crate::args::{ExecutorArg, SynthArgs};
use crate::error::{CliError, FAILED, INTERRUPTED};
use crate::output;
use crate::progress::Progress;
use crate::remedy::with_option;
use crate::signals::cancel_on_signals;
use work::{Work, default_toolchain, options, toolchain};

pub fn run(args: &SynthArgs) -> Result<ExitCode, CliError> {
    match args.cluster.executor {
        ExecutorArg::Local => {
            request::refuse_strange(args, "local")?;
            run_here(args)
        }
        ExecutorArg::Engine(engine) => cluster::run(args, engine),
    }
}

fn run_here(args: &SynthArgs) -> Result<ExitCode, CliError> {
    let work = Work::new(args, args.toolchain.unwrap_or_else(|| default_toolchain(args)))?;
    let (plan, toolchain) = (&work.plan, toolchain(work.entry, args)?);
    let options = options(args, work.entry);
    cluster::refuse_if_going_on(&plan.output_dir)?;
    let cancel = cancel_on_signals()?;
    output::note(&format!(
        "{}, {} at a time, {} with {}",
        work.count,
        options.workers.get().min(plan.jobs.len()),
        toolchain.name(),
        toolchain.program().display()
    ));
    let mut progress = Progress::new();
    let result =
        hls_runner::run_sweep(plan, &options, &work.converter, toolchain.as_ref(), &mut progress, &cancel);
    match result {
        Ok(result) => finish(&result.state, &plan.output_dir),
        Err(error @ SweepError::Results { .. }) => Err(CliError::failed(error)),
        Err(error) => Err(CliError::usage(with_option(error))),
    }
}

fn finish(state: &SweepState, output_dir: &Path) -> Result<ExitCode, CliError> {
    let results = output_dir.join(hls_runner::results::RESULTS_FILE);
    let summary = format!(
        "{} {}: {} succeeded, {} failed{}. Results: {}",
        state.total(),
        state.things(),
        state.successful(),
        state.failed(),
        match state.resumed() {
            0 => String::new(),
            resumed => format!(" ({resumed} of them in an earlier run)"),
        },
        results.display()
    );
    output::print(&summary)?;
    if state.interrupted {
        output::note("interrupted: run the same command with --resume to finish the rest");
    }
    Ok(match (state.interrupted, state.failed()) {
        (true, _) => ExitCode::from(INTERRUPTED),
        (false, 0) => ExitCode::SUCCESS,
        (false, _) => ExitCode::from(FAILED),
    })
}
