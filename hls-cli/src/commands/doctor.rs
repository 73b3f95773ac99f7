//! `doctor`: what is installed, what is missing, what to do.

use crate::error::{CliError, FAILED};
use crate::output;
use hls_runner::StageSet;
use hls_runner::toolchain::{Csim, ToolPlaces, Toolchain, Vitis};
use std::process::ExitCode;

pub fn run() -> Result<ExitCode, CliError> {
    let csim = Csim::find().map(|tool| tool.program().display().to_string()).map_err(|e| e.to_string());
    let vitis = Vitis::find(&ToolPlaces::from_env(), StageSet::default());
    let vitis = vitis.map(|tool| tool.program().display().to_string()).map_err(|e| e.to_string());
    let line = |name: &str, found: &Result<String, String>, purpose: &str| match found {
        Ok(path) => format!("found    {name}: {path}\n         {purpose}"),
        Err(reason) => format!("missing  {name}: {reason}\n         {purpose}"),
    };
    let report = [
        line("C++ compiler", &csim, "needed for --toolchain csim and predict --engine csim"),
        line("Vitis HLS", &vitis, "needed for --toolchain vitis (with Vivado for the vsynth stage)"),
    ];
    output::print(&report.join("\n"))?;
    Ok(match (csim, vitis) {
        (Err(_), Err(_)) => ExitCode::from(FAILED),
        _ => ExitCode::SUCCESS,
    })
}
