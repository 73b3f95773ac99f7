//! The commands, one file each.

mod completions;
mod config;
mod convert;
mod doctor;
mod inspect;
mod man;
mod predict;
mod profile;
mod report;
mod status;
mod synth;

use crate::args::{Cli, Command};
use crate::error::CliError;
use anyhow::Context;
use std::num::NonZeroUsize;
use std::process::ExitCode;

/// Limits the emulator to a number of threads.
fn use_threads(threads: Option<NonZeroUsize>) -> Result<(), CliError> {
    let Some(threads) = threads else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get()).build_global();
    pool.context("--threads").map_err(CliError::failed)
}

/// Runs what the arguments ask for.
pub fn run(cli: Cli) -> Result<ExitCode, CliError> {
    match cli.command {
        Command::Synth(args) => synth::run(&args),
        Command::Convert(args) => convert::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Config(args) => config::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Inspect(args) => inspect::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Predict(args) => predict::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Profile(args) => profile::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Report(args) => report::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Status(args) => status::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Doctor => doctor::run(),
        Command::Completions(args) => completions::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Man(args) => man::run(&args).map(|()| ExitCode::SUCCESS),
    }
}
