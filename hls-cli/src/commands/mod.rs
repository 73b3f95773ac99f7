//! The commands, one file each.

mod collect;
mod compare;
mod completions;
mod config;
mod convert;
mod doctor;
mod estimate;
mod fifo;
mod inspect;
mod man;
mod part;
mod predict;
mod profile;
mod report;
mod score;
mod select;
mod status;
mod synth;
mod tune;

use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::error::CliError;

/// Runs what the arguments ask for.
pub fn run(cli: Cli) -> Result<ExitCode, CliError> {
    match cli.command {
        Command::Synth(args) => synth::run(&args),
        Command::Collect(args) => collect::run(&args),
        Command::Part(args) => part::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Convert(args) => convert::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Config(args) => config::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Inspect(args) => inspect::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Estimate(args) => estimate::run(&args),
        Command::Fifo(args) => fifo::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Predict(args) => predict::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Profile(args) => profile::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Score(args) => score::run(&args),
        Command::Select(args) => select::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Tune(args) => tune::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Report(args) => report::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Compare(args) => compare::run(&args),
        Command::Status(args) => status::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Doctor => doctor::run(),
        Command::Completions(args) => completions::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Man(args) => man::run(&args).map(|()| ExitCode::SUCCESS),
    }
}
