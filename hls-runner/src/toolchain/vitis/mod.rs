//! Vitis HLS, and Vivado through it, as hls4ml's `build_prj.tcl` drives them.
//!
//! One process runs all stages: `vitis-run --mode hls --tcl build_prj.tcl`, or `vitis_hls -f build_prj.tcl`
//! in older installations. The switches go into `build_opt.tcl`, which the script sources; Vivado's part
//! (`vivado -mode batch -source vivado_synth.tcl`) is started by the script itself. The script's banners
//! (`***** C/RTL SYNTHESIS *****`, `***** C/RTL SYNTHESIS COMPLETED IN 0h3m16s *****`) tell which stage is
//! running and how long each took.
//!
//! One stage runs the script twice: `fifo_opt` co-simulates the project with very deep FIFOs, and gives them the depths that were used.
//! One stage is not the script's: `rtlsim` simulates the Verilog that the script's synthesis left, with an open simulator.

mod blocks;
mod fifo;
mod find;
mod flow;
mod measure;
mod rtl;
mod script_errors;
mod sources;
pub(crate) mod stages;

pub use fifo::{FifoDepth, FifoDepths, read_fifo_depths};
pub use find::{ToolPlaces, Vitis};

pub(crate) use sources::report_sources;
