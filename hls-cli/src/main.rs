//! `hls-cli`: from QKeras/Keras model files to hls4ml-style projects, simulated or synthesized.
//!
//! This crate talks to people: arguments, progress, tables, exit codes. Everything else is in the libraries that it
//! calls. One file per command in `commands`; the conversion options that all of them share are in `conversion.rs`.

mod advice;
mod args;
mod commands;
mod computing;
mod conversion;
mod error;
mod grid;
mod guard;
mod labelled;
mod output;
mod progress;
mod remedy;
mod selection;
mod signals;
mod tables;

use std::process::ExitCode;

fn main() -> ExitCode {
    // Must come first: this may be the process that watches over a tool.
    hls_runner::process::main_if_asked();
    let cli = args::parse();
    match commands::run(cli) {
        Ok(code) => code,
        Err(error) => output::report(&error),
    }
}
