//! The commands, one file each.

mod config;
mod convert;
mod doctor;
mod inspect;
mod predict;
mod synth;

use crate::args::{Cli, Command};
use crate::error::CliError;
use std::process::ExitCode;

/// Runs what the arguments ask for.
pub fn run(cli: Cli) -> Result<ExitCode, CliError> {
    match cli.command {
        Command::Synth(args) => synth::run(&args),
        Command::Convert(args) => convert::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Config(args) => config::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Inspect(args) => inspect::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Predict(args) => predict::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Doctor => doctor::run(),
    }
}
