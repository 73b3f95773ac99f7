//! Where things are in an RTL project.

use crate::backend::ProjectLayout;
use crate::options::Options;

/// Samples of the test bench.
pub const INPUTS: &str = "sim/inputs.hex";
/// What the circuit must make of them.
pub const EXPECTED: &str = "sim/expected.hex";
/// What the simulation makes of them.
pub const RESULTS: &str = "sim/results.hex";
/// What is known of the circuit without any tool.
pub const FACTS: &str = "circuit.json";
/// The Yosys script.
pub const MAP_SCRIPT: &str = "map/map.ys";
/// The pins of the primitives, for Yosys.
pub const MAP_CELLS: &str = "map/xc7_cells.v";
/// What Yosys counts.
pub const MAP_COUNTS: &str = "map/stat.txt";
/// What Yosys says.
pub const MAP_LOG: &str = "map/yosys.log";
/// The Yosys script that makes the netlist for placing.
pub const PNR_SCRIPT: &str = "pnr/netlist.ys";
/// The pins of that netlist.
pub const PNR_PINS: &str = "pnr/pins.xdc";
/// What Yosys says of it.
pub const PNR_LOG: &str = "pnr/yosys.log";
/// Models of the primitives for simulation.
pub const CELLS: &str = "sim/xc7_cells.v";

/// The Verilog to read.
#[must_use]
pub fn plain(name: &str) -> String {
    format!("rtl/{name}.v")
}

/// The Verilog in primitives.
#[must_use]
pub fn primitives(name: &str) -> String {
    format!("rtl/{name}_xc7.v")
}

/// The test bench.
#[must_use]
pub fn test_bench(name: &str) -> String {
    format!("sim/{name}_tb.v")
}

/// The mapped netlist.
#[must_use]
pub fn mapped(name: &str) -> String {
    format!("map/{name}.json")
}

/// The circuit between few pins.
#[must_use]
pub fn between_pins(name: &str) -> String {
    format!("pnr/{name}_pins.v")
}

/// The netlist that is placed.
#[must_use]
pub fn placeable(name: &str) -> String {
    format!("pnr/{name}_pins.json")
}

/// Where things are in a project with these options.
pub(super) fn layout(options: &Options) -> ProjectLayout {
    ProjectLayout {
        top_function: options.project_name.clone(),
        test_inputs: "sim/tb_input_features.dat",
        expected_outputs: "sim/tb_output_predictions.dat",
        results: RESULTS,
    }
}
