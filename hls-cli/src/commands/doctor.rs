//! `doctor`: what is installed, what is missing, what to do.

use std::process::ExitCode;

use hls_runner::toolchain::default_stages;
use hls_runner::toolchain::table::{Entry, OPTIONAL, Optional, TABLE, Wanted};

use crate::error::{CliError, FAILED};
use crate::output;
use crate::remedy::with_option;

pub fn run() -> Result<ExitCode, CliError> {
    let looked: Vec<(bool, String)> = TABLE.iter().rev().map(look).collect();
    let toolchains = looked.iter().map(|(_, lines)| lines.clone());
    let report: Vec<String> = toolchains.chain(OPTIONAL.iter().map(look_for_optional)).collect();
    output::print(&report.join("\n"))?;
    let any = looked.iter().any(|(found, _)| *found);
    Ok(if any { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

/// What to say about a program that is there, or need not be.
fn look_for_optional(program: &Optional) -> String {
    let Optional { title, toolchain, stage, note, find } = program;
    let purpose = format!("optional, for --{stage} with --toolchain {toolchain}: {note}");
    match find() {
        Ok(path) => format!("found    {title}: {}\n         {purpose}", path.display()),
        Err(error) => format!("missing  {title}: {}\n         {purpose}", with_option(error)),
    }
}

/// Whether a toolchain is there, and what to say about it.
fn look(entry: &Entry) -> (bool, String) {
    let Entry { name, title, also_needs, .. } = entry;
    let mut purpose = format!("needed for --toolchain {name}");
    if *name == "csim" {
        purpose.push_str(" and predict --engine csim");
    }
    if !also_needs.is_empty() {
        purpose.push_str(&format!(" (with {also_needs})"));
    }
    match (entry.find)(&Wanted::new(default_stages(entry.stages))) {
        Ok(tool) => {
            let details = tool.details().into_iter().map(|line| format!("\n         {line}"));
            let details: String = details.collect();
            (true, format!("found    {title}: {}{details}\n         {purpose}", tool.program().display()))
        }
        Err(error) => (false, format!("missing  {title}: {}\n         {purpose}", with_option(error))),
    }
}
