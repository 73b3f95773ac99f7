//! Where things are in a project of the open flow, below its folder.

use std::path::PathBuf;

use hls_codegen::rtl::layout;

pub(super) use hls_codegen::rtl::layout::{
    EXPECTED, FACTS as CIRCUIT, INPUTS, MAP_COUNTS as MAP_STAT, MAP_LOG, MAP_SCRIPT,
    PNR_LOG as PNR_YOSYS_LOG, PNR_PINS, PNR_SCRIPT, RESULTS, between_pins, mapped as netlist, placeable,
};

/// What compiling the simulation said.
pub(super) const COMPILE_LOG: &str = "sim/compile.log";
/// What the simulation said.
pub(super) const SIMULATION_LOG: &str = "sim/rtlsim.log";
/// The record of the simulation.
pub(super) const SIMULATION: &str = "sim/result.json";
/// Where Verilator works.
pub(super) const VERILATED: &str = "sim/obj_dir";
/// What Yosys says besides.
pub(super) const MAP_OUTPUT: &str = "map/output.log";
/// The record of the mapping.
pub(super) const MAPPING: &str = "map/resources.json";
/// The record of the timing estimate.
pub(super) const TIMING: &str = "map/timing.json";
/// The timing estimate for people.
pub(super) const TIMING_REPORT: &str = "timing.rpt";

/// What Yosys says besides, where it makes the netlist for placing.
pub(super) const PNR_YOSYS_OUTPUT: &str = "pnr/output.log";
/// What nextpnr says.
pub(super) const PNR_LOG: &str = "pnr/nextpnr.log";
/// The record of the placement.
pub(super) const PLACEMENT: &str = "pnr/placement.json";

/// The compiled simulation of Icarus Verilog.
pub(super) fn vvp(project: &str) -> String {
    format!("sim/{project}.vvp")
}

/// The compiled simulation of Verilator.
pub(super) fn verilated(project: &str) -> String {
    format!("{VERILATED}/{}", test_bench(project))
}

/// The module of the test bench.
pub(super) fn test_bench(project: &str) -> String {
    format!("{project}_tb")
}

/// What is simulated, with its test bench.
pub(super) fn simulated_sources(project: &str) -> [String; 2] {
    [layout::plain(project), layout::test_bench(project)]
}

/// Everything that is small and worth keeping.
pub(super) fn reports(project: &str) -> Vec<PathBuf> {
    let named = [
        layout::plain(project),
        layout::primitives(project),
        layout::test_bench(project),
        format!("rtl/{project}_ap_ctrl.v"),
        format!("rtl/{project}_axis.v"),
        format!("{project}.core"),
        between_pins(project),
    ];
    let fixed = [
        CIRCUIT,
        "hls4ml_config.yml",
        "vivado_ooc.tcl",
        layout::CELLS,
        layout::MAP_CELLS,
        INPUTS,
        EXPECTED,
        RESULTS,
        SIMULATION,
        SIMULATION_LOG,
        MAP_SCRIPT,
        MAP_STAT,
        MAP_LOG,
        MAPPING,
        TIMING,
        TIMING_REPORT,
        PNR_SCRIPT,
        PNR_PINS,
        PNR_LOG,
        PLACEMENT,
    ];
    fixed.into_iter().map(PathBuf::from).chain(named.into_iter().map(PathBuf::from)).collect()
}
