//! `man`: the manual, one page for the program and one for each command.

use std::fs;

use anyhow::Context;
use clap::CommandFactory;

use crate::args::{Cli, ManArgs};
use crate::error::CliError;

pub fn run(args: &ManArgs) -> Result<(), CliError> {
    write_pages(args).map_err(CliError::failed)
}

fn write_pages(args: &ManArgs) -> anyhow::Result<()> {
    let folder = args.folder.display();
    fs::create_dir_all(&args.folder).with_context(|| format!("cannot create the folder {folder}"))?;
    // Without the command `help`, which would get pages of its own for each command.
    let command = Cli::command().disable_help_subcommand(true);
    clap_mangen::generate_to(command, &args.folder)
        .with_context(|| format!("cannot write man pages to {folder}"))
}
