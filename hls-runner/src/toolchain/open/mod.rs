//! The open flow: this program's own Verilog, simulated, mapped to the cells of a 7-series FPGA, and timed, with no licence.
//!
//! ```text
//! rtl/NAME.v ─▶ rtl (compile) ─▶ rtlsim: every bit against the emulator's
//! rtl/NAME_xc7.v ─▶ map (Yosys) ─▶ timing: the longest path of the netlist
//! ```
//!
//! Each stage is a process of its own but `timing`, which is computed here. Icarus Verilog or Verilator compiles the test bench
//! `sim/NAME_tb.v`, which reads `sim/inputs.hex` and writes `sim/results.hex`; that is compared with `sim/expected.hex`. Yosys runs
//! `map/map.ys`, which leaves the netlist `map/NAME.json`.
//!
//! Kept as reports: the Verilog and its scripts, `circuit.json`, the vectors, `sim/result.json`, `map/stat.txt`, `map/yosys.log`,
//! `map/resources.json`, `map/timing.json` and `timing.rpt`. The netlist and the compiled simulation are kept only with the whole project.

mod compare;
mod find;
mod flow;
mod hardware;
mod measure;
mod netlist;
mod nextpnr;
mod place;
mod places;
mod resources;
mod simulate;
mod simulator;
pub(crate) mod stages;
mod timing;
mod yosys;

pub use find::{Open, OpenPlaces};
pub(crate) use nextpnr::find as find_nextpnr;
pub use simulator::VerilogSimulator;
