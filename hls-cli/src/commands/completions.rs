//! `completions`: a script that teaches a shell the commands and options.

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::{Cli, CompletionsArgs};
use crate::error::CliError;
use crate::output;

pub fn run(args: &CompletionsArgs) -> Result<(), CliError> {
    output::print(&script(args.shell).map_err(CliError::failed)?)
}

fn script(shell: Shell) -> anyhow::Result<String> {
    let mut command = Cli::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, name, &mut script);
    String::from_utf8(script).context("the completion script is not UTF-8")
}
