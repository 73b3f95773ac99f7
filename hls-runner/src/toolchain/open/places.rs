//! Where things are in a project of the open flow, below its folder.

use std::path::PathBuf;

/// What the circuit is: its ports, its latency, the instant estimate.
pub(super) const CIRCUIT: &str = "circuit.json";
/// Samples, as the test bench reads them.
pub(super) const INPUTS: &str = "sim/inputs.hex";
/// What must come out.
pub(super) const EXPECTED: &str = "sim/expected.hex";
/// What came out.
pub(super) const RESULTS: &str = "sim/results.hex";
/// What compiling the simulation said.
pub(super) const COMPILE_LOG: &str = "sim/compile.log";
/// What the simulation said.
pub(super) const SIMULATION_LOG: &str = "sim/rtlsim.log";
/// The record of the simulation.
pub(super) const SIMULATION: &str = "sim/result.json";
/// Where Verilator works.
pub(super) const VERILATED: &str = "sim/obj_dir";
/// The script that maps the circuit.
pub(super) const MAP_SCRIPT: &str = "map/map.ys";
/// Yosys's own log.
pub(super) const MAP_LOG: &str = "map/yosys.log";
/// What Yosys says besides.
pub(super) const MAP_OUTPUT: &str = "map/output.log";
/// What Yosys counts.
pub(super) const MAP_STAT: &str = "map/stat.txt";
/// The record of the mapping.
pub(super) const MAPPING: &str = "map/resources.json";
/// The record of the timing estimate.
pub(super) const TIMING: &str = "map/timing.json";
/// The timing estimate for people.
pub(super) const TIMING_REPORT: &str = "timing.rpt";

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
    [format!("rtl/{project}.v"), format!("sim/{project}_tb.v")]
}

/// The mapped netlist.
pub(super) fn netlist(project: &str) -> String {
    format!("map/{project}.json")
}

/// Everything that is small and worth keeping.
pub(super) fn reports(project: &str) -> Vec<PathBuf> {
    let named = [
        format!("rtl/{project}.v"),
        format!("rtl/{project}_xc7.v"),
        format!("rtl/{project}_ap_ctrl.v"),
        format!("rtl/{project}_axis.v"),
        format!("sim/{project}_tb.v"),
        format!("{project}.core"),
    ];
    let fixed = [
        CIRCUIT,
        "hls4ml_config.yml",
        "vivado_ooc.tcl",
        "sim/xc7_cells.v",
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
    ];
    fixed.into_iter().map(PathBuf::from).chain(named.into_iter().map(PathBuf::from)).collect()
}
