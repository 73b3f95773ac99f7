//! The stage `pnr`: the circuit placed and routed by itself in a device.

use std::fs;
use std::path::{Path, PathBuf};

use crate::process::spec::Finished;
use crate::record::failure::{Cause, FailureKind};
use crate::record::job::StageStatus;
use crate::report::{CircuitFile, CircuitPort};
use crate::toolchain::artifact::Expected;
use crate::toolchain::error::ToolError;
use crate::toolchain::open::find::Open;
use crate::toolchain::open::flow::{circuit, write_record, wrong};
use crate::toolchain::open::nextpnr::{Around, Nextpnr};
use crate::toolchain::open::places;
use crate::toolchain::open::stages::PNR;
use crate::toolchain::open::yosys::Yosys;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::run::{Run, logs, measured, require_success, tool_name};

/// It ended well and did not say how fast the circuit is.
#[derive(Debug, thiserror::Error)]
#[error(
    "{} has neither the cells that were placed nor the clock after routing; nextpnr-xilinx must print both",
    log.display()
)]
struct NoNumbers {
    log: PathBuf,
}

impl Open {
    /// Makes the netlist between pins, places and routes it, and records what came of it.
    pub(super) fn place(
        &self,
        (yosys, nextpnr): (&Yosys, &Nextpnr),
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
    ) -> Result<(), ToolError> {
        let circuit = circuit(&PNR, folder)?;
        let expected = Expected::before(folder, (PNR.must_leave)(&project.name));
        let placer = nextpnr.spec(&project.name, folder, circuit.clock_period_ns);
        run.stage_started(PNR.stage());
        let mut runs: Vec<Finished> = Vec::new();
        let mut ended = Ok(());
        for spec in [&yosys.between_pins(folder), &placer] {
            let finished = run.process(spec, &mut || Some(PNR.stage()))?;
            ended = require_success(spec, &finished, Some(PNR.stage()));
            runs.push(finished);
            if ended.is_err() {
                break;
            }
        }
        let missing =
            |missing| ToolError::MissingReport { tool: tool_name(&placer), missing, logs: logs(&placer) };
        let recorded = ended
            .and_then(|()| expected.check(folder).map_err(missing))
            .and_then(|()| record(nextpnr, &circuit, folder));
        let status = if recorded.is_ok() { StageStatus::Done } else { StageStatus::Failed };
        run.stage_finished(measured(PNR.stage(), status, &runs));
        recorded
    }
}

fn record(nextpnr: &Nextpnr, circuit: &CircuitFile, folder: &Path) -> Result<(), ToolError> {
    let log = folder.join(places::PNR_LOG);
    // A log that cannot be read says nothing.
    let text = fs::read(&log).unwrap_or_default();
    let placement = nextpnr
        .placement(&String::from_utf8_lossy(&text), around(circuit))
        .ok_or_else(|| wrong(&PNR, FailureKind::MissingReport, Cause::MissingReport, NoNumbers { log }))?;
    write_record(folder, places::PLACEMENT, &placement)
}

/// Around the circuit, each bit of a sample and of a result has a register, each bit of a result a choice besides, and so have the valid bits.
fn around(circuit: &CircuitFile) -> Around {
    let bits = |port: &CircuitPort| port.elements as u64 * u64::from(port.bits);
    let all: u64 = circuit.ports.iter().map(bits).sum();
    let results: u64 = circuit.outputs().map(bits).sum();
    Around { lut: results + 1, ff: all + 2 }
}
