//! A simulation from the design's files to the verdict.

use std::fs;
use std::num::NonZeroUsize;

use super::bench::{BENCH, Bench, INPUTS, input_lines};
use super::error::RtlsimError;
use super::interface::Interface;
use super::matching::interface;
use super::outcome::Outcome;
use super::simulator::{FILES, Simulator, Simulators};
use super::{Design, RESULT, sources};
use crate::process::spec::Finished;
use crate::report::numbers::{RtlSimulation, RtlSimulationStatus};
use crate::toolchain::error::ToolError;
use crate::toolchain::project::{Reference, Vectors};
use crate::toolchain::run::{Run, require_success};

/// Simulates a design on the samples of `reference` and compares every bit. The record is in [`RESULT`], also where they differ.
///
/// # Errors
/// The design could not be simulated to its end, or differs. The processes that ran are in `done`.
pub(crate) fn simulate(
    design: &Design<'_>,
    reference: Option<&dyn Reference>,
    simulators: &Simulators,
    threads: NonZeroUsize,
    run: &Run<'_>,
    done: &mut Vec<Finished>,
) -> Result<(), ToolError> {
    let failed = |error: RtlsimError| error.of(design.stage);
    let reference = reference.ok_or(RtlsimError::NoReference).map_err(failed)?;
    let (vectors, samples) = (reference.vectors(), reference.count());
    let interface = write(design, &vectors, samples).map_err(failed)?;
    let simulator = simulators.for_cycles(design.pace.cycles(samples));
    execute(design, simulator, threads, run, done)?;
    judge(design, &interface, &vectors, samples, simulator).map_err(failed)
}

/// Writes everything that a simulator needs.
fn write(design: &Design<'_>, vectors: &Vectors, samples: usize) -> Result<Interface, RtlsimError> {
    let Design { top, verilog, folder, .. } = *design;
    let sources = sources::copy(verilog, folder, top)?;
    let interface = interface(&sources.ports, vectors).map_err(|source| RtlsimError::Interface {
        top: top.to_owned(),
        folder: verilog.to_owned(),
        source: Box::new(source),
    })?;
    let bench = Bench { top, interface: &interface, samples, patience: design.pace.patience() };
    let bench_file = format!("{BENCH}.v");
    let mut files: String = sources.files.iter().map(|file| format!("{}\n", file.display())).collect();
    files.push_str(&format!("{bench_file}\n"));
    for (name, text) in [
        (bench_file.as_str(), bench.to_string()),
        (INPUTS, input_lines(&vectors.inputs, samples, &interface.inputs)),
        (FILES, files),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).map_err(RtlsimError::io(&path))?;
    }
    Ok(interface)
}

/// Compiles and runs the test bench.
fn execute(
    design: &Design<'_>,
    simulator: &Simulator,
    threads: NonZeroUsize,
    run: &Run<'_>,
    done: &mut Vec<Finished>,
) -> Result<(), ToolError> {
    let stage = || Some(design.stage.clone());
    for spec in simulator.steps(design.folder, threads) {
        let finished = run.process(&spec, &mut || stage())?;
        done.push(finished);
        require_success(&spec, &finished, stage())?;
    }
    Ok(())
}

/// Compares what the simulation left with the reference, and writes the record.
fn judge(
    design: &Design<'_>,
    interface: &Interface,
    vectors: &Vectors,
    samples: usize,
    simulator: &Simulator,
) -> Result<(), RtlsimError> {
    let outcome = Outcome::read(design.folder)?;
    let difference = outcome.difference(&vectors.outputs, &interface.outputs.strides, samples);
    let verdict = if !outcome.complete {
        Err(RtlsimError::Stuck(Box::new(outcome.stuck(interface, samples, design.pace.patience()))))
    } else {
        difference.map_or(Ok(()), |difference| Err(RtlsimError::Differs(Box::new(difference))))
    };
    let record = RtlSimulation {
        tool: simulator.version.clone(),
        samples: outcome.finished.min(samples),
        status: if verdict.is_ok() { RtlSimulationStatus::Pass } else { RtlSimulationStatus::Fail },
        latency_cycles: Some(outcome.latency).filter(|_| outcome.finished > 0),
        interval_cycles: Some(outcome.interval).filter(|_| outcome.accepted > 1),
    };
    let path = design.folder.join(RESULT);
    let json = serde_json::to_string_pretty(&record)
        .map_err(|error| RtlsimError::Io { path: path.clone(), source: error.into() })?;
    fs::write(&path, json + "\n").map_err(RtlsimError::io(&path))?;
    verdict
}
