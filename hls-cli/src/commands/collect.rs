//! `collect`: a step of a sweep on a cluster, by one of its own jobs or by anybody.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::anyhow;
use hls_runner::cluster::{self, ClusterError, Home, Progress};

use super::synth::cluster::plan_recorded;
use crate::args::CollectArgs;
use crate::error::CliError;
use crate::output;

/// How long a job of the sweep waits for another that takes the same step, or for the engine to answer.
const PATIENCE: Duration = Duration::from_secs(15 * 60);
/// For how long it tries where the engine refuses a round, which is longer than a sweep waits for that.
const WHILE_REFUSED: Duration = Duration::from_secs(60 * 60);
/// How often it tries again; less often after a while.
const AGAIN: Duration = Duration::from_secs(2);
const SELDOM: Duration = Duration::from_secs(60);

pub fn run(args: &CollectArgs) -> Result<ExitCode, CliError> {
    let home = match args.in_job {
        true => Home::open(&args.dir).map_err(CliError::failed)?,
        false => Home::current(&args.dir)
            .ok_or_else(|| CliError::usage(ClusterError::None { path: args.dir.clone() }))?,
    };
    if args.in_job && !cluster::is_planned(&home) {
        // A person who watches is told by the file; the job's output has it as well.
        plan_recorded(&home).inspect_err(|error| {
            let _ = cluster::fail(&home, format!("the sweep could not be planned on a node: {error}"));
        })?;
    }
    if let Some(round) = args.beside {
        return stay_beside(&home, round);
    }
    let progress = match args.in_job {
        true => step_in_job(&home)?,
        false => cluster::step(&home).map_err(|error| CliError::failed(with_what_next(error)))?,
    };
    said(&home, &progress)
}

/// Takes steps until a round is over.
fn stay_beside(home: &Home, round: usize) -> Result<ExitCode, CliError> {
    let begin = Instant::now();
    while let Some(time) = cluster::guard_waits(home, round, begin.elapsed()).map_err(CliError::failed)? {
        std::thread::sleep(time);
        step_in_job(home)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What a person can do who tried by hand.
fn with_what_next(error: ClusterError) -> anyhow::Error {
    match error {
        refused @ ClusterError::NotTaken { .. } => anyhow!(
            "{refused}; mend what it says and try again, or give the same command with --resume and other options, which begins anew with what is left"
        ),
        other => other.into(),
    }
}

/// A step, in a job of the sweep: it waits where a person would try again.
pub fn step_in_job(home: &Home) -> Result<Progress, CliError> {
    let begin = Instant::now();
    loop {
        match cluster::step(home) {
            Ok(progress) => return Ok(progress),
            Err(ClusterError::Locked { .. } | ClusterError::Refused { .. }) if begin.elapsed() < PATIENCE => {
                std::thread::sleep(AGAIN);
            }
            // The library says when it is enough.
            Err(ClusterError::NotTaken { .. }) if begin.elapsed() < WHILE_REFUSED => {
                std::thread::sleep((begin.elapsed() / 10).clamp(AGAIN, SELDOM));
            }
            Err(error) => return Err(CliError::failed(error)),
        }
    }
}

fn said(home: &Home, progress: &Progress) -> Result<ExitCode, CliError> {
    let text = match progress {
        Progress::Planning => "a job on a node will find out what is to be done",
        Progress::GoingOn => "going on; hls-cli status says how far it is",
        Progress::Over { error: None } => "over; the results are complete",
        Progress::Over { error: Some(error) } => error,
    };
    output::print(text)?;
    if let Some(what) = cluster::by_hand(home).map_err(CliError::failed)? {
        output::print(&what)?;
    }
    for out in cluster::Fold::open(home).map_err(CliError::failed)?.left_out() {
        output::print(&format!("{} is left out: {}", out.node, out.reason))?;
    }
    Ok(ExitCode::SUCCESS)
}
