//! The stages of the open flow: what they need and what they must leave.

use crate::toolchain::artifact::Artifact;
use crate::toolchain::open::places;
use crate::toolchain::stage::StageSpec;

/// Compilation of the Verilog with its test bench.
pub(super) const RTL: StageSpec = StageSpec {
    must_leave: |name| vec![Artifact::new(RTL.stage(), [places::vvp(name), places::verilated(name)])],
    ..StageSpec::new("rtl", "Compile the Verilog and its test bench")
};

/// The simulation, compared with the emulator.
pub(super) const RTLSIM: StageSpec = StageSpec {
    needs: &["rtl"],
    checks_reference: true,
    must_leave: |_| vec![Artifact::new(RTLSIM.stage(), [places::RESULTS])],
    ..StageSpec::new("rtlsim", "Simulate the RTL and compare every bit with the emulator")
};

/// Mapping to the cells of an FPGA.
pub(super) const MAP: StageSpec = StageSpec {
    must_leave: |name| {
        let files = [places::netlist(name), places::MAP_STAT.to_owned()];
        files.into_iter().map(|file| Artifact::new(MAP.stage(), [file])).collect()
    },
    ..StageSpec::new("map", "Map the circuit to 7-series cells with Yosys")
};

/// The longest path of the mapped netlist.
pub(super) const TIMING: StageSpec = StageSpec {
    needs: &["map"],
    must_leave: |_| vec![Artifact::new(TIMING.stage(), [places::TIMING_REPORT])],
    ..StageSpec::new("timing", "Estimate the clock of the mapped netlist")
};

/// Placing and routing.
pub(super) const PNR: StageSpec = StageSpec {
    on_by_default: false,
    needs: &["map"],
    must_leave: |name| {
        let files = [places::placeable(name), places::PNR_LOG.to_owned()];
        files.into_iter().map(|file| Artifact::new(PNR.stage(), [file])).collect()
    },
    ..StageSpec::new(
        "pnr",
        "Place and route the circuit with nextpnr-xilinx, for which --chipdb names the device",
    )
};

/// All of them, in the order in which they run.
pub(crate) static STAGES: [StageSpec; 5] = [RTL, RTLSIM, MAP, TIMING, PNR];
