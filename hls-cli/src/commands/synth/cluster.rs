//! `synth --executor ENGINE`: submits a sweep to a cluster and watches it. Nothing here has to stay alive.

use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use hls_runner::cluster::engine::table::Entry as Engine;
use hls_runner::cluster::{self, ClusterError, Home, Order, Planned, tell_changes};
use hls_runner::{CancelToken, Reporter};

use super::finish;
use super::request::order;
use super::work::{Work, options, toolchain};
use crate::args::{self, Command, SynthArgs};
use crate::error::{CliError, INTERRUPTED};
use crate::output;
use crate::progress::Progress;
use crate::signals::cancel_on_signals;
use hls_runner::toolchain::table::{Entry, default_here};

/// How often the sweep's files are looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often this process sees to it that the sweep goes on, in case its own jobs cannot.
const STEP_EVERY: Duration = Duration::from_secs(30);

/// Options that say how the command behaves, and nothing about the sweep.
const BESIDES: [&str; 2] = ["--resume", "--detach"];

pub fn run(args: &SynthArgs, engine: &Engine) -> Result<ExitCode, CliError> {
    let entry = args.toolchain.unwrap_or_else(|| default_here(args.vitis_dir.as_deref()));
    let work = Work::new(args, entry)?;
    let output_dir = work.plan.output_dir.clone();
    let order = order(args, engine)?;
    if args.cluster.dry_run {
        let planned = planned_here(args, &work)?;
        let text = cluster::dry_run(&output_dir, &order, planned.as_ref()).map_err(CliError::usage)?;
        output::print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    // From here on, a signal cancels what was submitted, and does not leave it alone.
    let cancel = cancel_on_signals()?;
    let going_on = cluster::unfinished(&output_dir).map_err(CliError::usage)?;
    let home = match going_on.and(Home::current(&output_dir)).filter(|_| args.resume) {
        Some(home) => attach(home, &order)?,
        None => match submit(args, &work, order, &cancel)? {
            Some(home) => home,
            None => return Ok(ExitCode::from(INTERRUPTED)),
        },
    };
    let by_hand = cluster::by_hand(&home).map_err(CliError::failed)?;
    if let Some(what) = &by_hand {
        output::note(what);
    }
    if (args.cluster.detach || by_hand.is_some()) && !cancel.is_cancelled() {
        return Ok(ExitCode::SUCCESS);
    }
    watch(&home, &cancel)
}

/// Refuses to work in a folder in which a sweep on a cluster is going on.
pub fn refuse_if_going_on(output_dir: &Path) -> Result<(), CliError> {
    match cluster::unfinished(output_dir).map_err(CliError::usage)? {
        None => Ok(()),
        Some(name) => Err(CliError::usage(ClusterError::GoingOn { path: output_dir.to_owned(), name })),
    }
}

/// The sweep that is going on, if it is the one that is asked for.
fn attach(home: Home, order: &Order) -> Result<Home, CliError> {
    let known = home.order().map_err(CliError::failed)?;
    let of_sweep = |command: &[String]| -> Vec<String> {
        command.iter().filter(|word| !BESIDES.contains(&word.as_str())).cloned().collect()
    };
    if of_sweep(&known.command) != of_sweep(&order.command) {
        return Err(CliError::usage(anyhow!(
            "the sweep that is going on in {} was submitted with other options: hls-cli {}; give the same ones to attach to it, or cancel it first \
             ({}, and so on for each round)",
            home.output_dir().display(),
            known.command.join(" "),
            cluster::cancel_by_hand(&known).map_err(CliError::usage)?,
        )));
    }
    output::note(&format!("attached to the sweep hls-{}; Ctrl-C cancels it", known.id));
    Ok(home)
}

/// Submits a sweep; `None` if a signal came before.
fn submit(
    args: &SynthArgs,
    work: &Work,
    order: Order,
    cancel: &CancelToken,
) -> Result<Option<Home>, CliError> {
    // Before anything is written: the request may be wrong.
    let planned = planned_here(args, work)?;
    cluster::check(&work.plan.output_dir, &order, planned.as_ref()).map_err(CliError::usage)?;
    if cancel.is_cancelled() {
        output::note("interrupted: nothing was submitted");
        return Ok(None);
    }
    let home = cluster::submit(&work.plan.output_dir, order, planned.as_ref()).map_err(refused)?;
    let id = home.order().map_err(CliError::failed)?.id;
    let what = match &planned {
        Some(planned) => {
            let resumed = match planned.resumed() {
                0 => String::new(),
                resumed => format!(", {resumed} finished by an earlier run"),
            };
            format!("{}{resumed}, {}", work.count, planned.settings.toolchain)
        }
        None => format!("{}, planned on a node", work.count),
    };
    output::note(&format!(
        "submitted as hls-{id}: {what}. This command may be ended by logging out or kill -9; --resume attaches again, Ctrl-C cancels the sweep"
    ));
    Ok(Some(home))
}

/// Why a sweep was not submitted, and what a person can do.
fn refused(error: ClusterError) -> CliError {
    match error {
        refused @ ClusterError::NotTaken { .. } => CliError::usage(anyhow!(
            "{refused}; nothing of the sweep runs: change what the message names (--engine-option, --mem, --time), and submit again"
        )),
        other => CliError::usage(other),
    }
}

/// What is to be done, where the tools that will run are on this machine; otherwise a node has to find out.
fn planned_here(args: &SynthArgs, work: &Work) -> Result<Option<Planned>, CliError> {
    let chosen = args.toolchain.is_some() || work.entry.name == "vitis";
    if !args.cluster.setup.is_empty() || args.cluster.container.is_some() || !chosen {
        return Ok(None);
    }
    toolchain(work.entry, args).ok().map(|_| plan(args, work)).transpose()
}

fn plan(args: &SynthArgs, work: &Work) -> Result<Planned, CliError> {
    let entry: &Entry = work.entry;
    let tools = toolchain(entry, args)?;
    let options = options(args, entry);
    cluster::plan_jobs(&work.plan, &options, &work.converter, tools.as_ref(), entry.usual_memory)
        .map_err(CliError::usage)
}

/// Finds out on this machine what is to be done, unless that is known already.
pub fn plan_recorded(home: &Home) -> Result<(), CliError> {
    let args = recorded(home)?;
    let entry = args.toolchain.unwrap_or_else(|| default_here(args.vitis_dir.as_deref()));
    let planned = plan(&args, &Work::new(&args, entry)?)?;
    cluster::keep_plan(home, &planned).map_err(CliError::failed)
}

/// The options that a sweep was submitted with; from now on this process is in the folder in which they were given.
pub fn recorded(home: &Home) -> Result<Box<SynthArgs>, CliError> {
    let order = home.order().map_err(CliError::failed)?;
    std::env::set_current_dir(&order.folder)?;
    match args::parse_recorded(&order.command).map_err(CliError::failed)?.command {
        Command::Synth(args) => Ok(args),
        _ => Err(CliError::failed(anyhow!("{} is no sweep", home.folder().display()))),
    }
}

/// Shows a sweep until it is over, or cancels it.
fn watch(home: &Home, cancel: &CancelToken) -> Result<ExitCode, CliError> {
    let mut fold = cluster::Fold::open(home).map_err(CliError::failed)?;
    let mut state = fold.state().map_err(CliError::failed)?;
    let mut progress = Progress::new();
    let mut last_step = Instant::now();
    let mut last_error = String::new();
    let mut left_out = 0;
    while state.ended.is_none() {
        if cancel.is_cancelled() {
            output::note("interrupted: cancelling the sweep's jobs");
            cluster::cancel(home).map_err(CliError::failed)?;
        } else if last_step.elapsed() >= STEP_EVERY {
            last_step = Instant::now();
            match cluster::step(home) {
                // Whoever has the lock does the same.
                Ok(_) | Err(ClusterError::Locked { .. }) => last_error.clear(),
                Err(error) => {
                    let text = hls_runner::sentence(&error);
                    let what_next = match &error {
                        ClusterError::NotTaken { .. } => {
                            "it is tried again; hls-cli status says for how long"
                        }
                        _ => "the sweep itself is not touched by this",
                    };
                    if text != last_error {
                        output::note(&format!("warning: {text}; {what_next}"));
                    }
                    last_error = text;
                }
            }
        } else {
            std::thread::sleep(LOOK_EVERY);
        }
        if fold.refresh().map_err(CliError::failed)? {
            let now = fold.state().map_err(CliError::failed)?;
            tell_changes(&state, &now, &mut progress);
            for out in fold.left_out().iter().skip(left_out) {
                output::note(&format!("note: {} is left out from now on: {}", out.node, out.reason));
            }
            left_out = left_out.max(fold.left_out().len());
            state = now;
        }
        progress.tick(&state);
    }
    // The last word: whoever ended the sweep may have been ended before it wrote the results.
    match cluster::step(home) {
        Ok(cluster::Progress::Over { error: Some(error) }) => Err(CliError::usage(anyhow!(error))),
        Ok(_) | Err(ClusterError::Locked { .. }) => finish(&state, home.output_dir()),
        Err(error) => Err(CliError::failed(error)),
    }
}
