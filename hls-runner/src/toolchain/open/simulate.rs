//! The stage `rtlsim`: the compiled test bench runs, and what it writes is compared with the emulator's outputs.

use std::fs;
use std::path::Path;

use crate::record::failure::{Cause, FailureKind};
use crate::report::{RtlSimulation, RtlSimulationStatus};
use crate::toolchain::error::ToolError;
use crate::toolchain::open::compare::{CompareError, compare};
use crate::toolchain::open::find::Open;
use crate::toolchain::open::flow::{circuit, run_stage, write_record, wrong};
use crate::toolchain::open::places;
use crate::toolchain::open::simulator::FoundSimulator;
use crate::toolchain::open::stages::RTLSIM;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::run::Run;

/// The simulated circuit is slower or faster than its description says.
#[derive(Debug, thiserror::Error)]
#[error(
    "in the simulation the {what} is {} cycles, but {} says {described}; this is a bug in this program, please report it \
     with the model",
    measured.map_or("an unknown number of".to_owned(), |cycles| cycles.to_string()),
    places::CIRCUIT
)]
struct OtherTiming {
    what: &'static str,
    /// `None` if the test bench did not print it.
    measured: Option<u64>,
    described: u64,
}

/// There is nothing to simulate.
#[derive(Debug, thiserror::Error)]
#[error("{} holds no sample, so nothing was compared", places::EXPECTED)]
struct NoSample;

impl Open {
    pub(super) fn simulate(
        &self,
        simulator: &FoundSimulator,
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
    ) -> Result<(), ToolError> {
        let circuit = circuit(&RTLSIM, folder)?;
        let expected = folder.join(places::EXPECTED);
        let unusable = |error| wrong(&RTLSIM, FailureKind::RtlsimMismatch, Cause::RtlsimFailed, error);
        // Known before the simulation: without it, there is nothing to compare with.
        fs::metadata(&expected)
            .map_err(|source| unusable(CompareError::Read { path: expected.clone(), source }))?;
        run_stage(&RTLSIM, &simulator.simulate(&project.name, folder), project, folder, run)?;

        let compared = compare(&circuit, &expected, &folder.join(places::RESULTS));
        let said = Said::read(&folder.join(places::SIMULATION_LOG));
        let status = if compared.is_ok() { RtlSimulationStatus::Pass } else { RtlSimulationStatus::Fail };
        let record = RtlSimulation {
            tool: simulator.version.clone(),
            samples: compared.as_ref().copied().unwrap_or(said.samples),
            status,
            latency_cycles: said.latency_cycles,
            interval_cycles: said.interval_cycles,
        };
        write_record(folder, places::SIMULATION, &record)?;

        let mismatch = |error: CompareError| {
            let cause = match error {
                CompareError::Read { .. } => Cause::RtlsimFailed,
                CompareError::Differs(_) | CompareError::Samples { .. } => Cause::RtlsimMismatch,
            };
            wrong(&RTLSIM, FailureKind::RtlsimMismatch, cause, error)
        };
        if compared.map_err(mismatch)? == 0 {
            return Err(wrong(&RTLSIM, FailureKind::RtlsimMismatch, Cause::RtlsimFailed, NoSample));
        }
        for (what, measured, described) in [
            ("latency", said.latency_cycles, circuit.latency_cycles),
            ("interval", said.interval_cycles, circuit.interval_cycles),
        ] {
            if measured != Some(described) {
                let other = OtherTiming { what, measured, described };
                return Err(wrong(&RTLSIM, FailureKind::RtlsimMismatch, Cause::RtlsimMismatch, other));
            }
        }
        Ok(())
    }
}

/// What the test bench prints.
#[derive(Debug, Default)]
struct Said {
    samples: usize,
    latency_cycles: Option<u64>,
    interval_cycles: Option<u64>,
}

impl Said {
    fn read(log: &Path) -> Self {
        // Without a log, nothing was said.
        let text = fs::read(log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let number = |name: &str| {
            text.lines().find_map(|line| {
                line.trim().strip_prefix(name)?.strip_prefix(' ')?.trim().parse::<u64>().ok()
            })
        };
        Self {
            samples: number("samples").and_then(|samples| usize::try_from(samples).ok()).unwrap_or_default(),
            latency_cycles: number("latency_cycles"),
            interval_cycles: number("interval_cycles"),
        }
    }
}
