//! C simulation without a vendor's tools: compile the project with g++ or clang++, run its test bench,
//! compare the results.
//!
//! The compiler is given `firmware/NAME.cpp`, then `NAME_test.cpp`, with `-I firmware/ap_types`; the kernels read
//! weights at run time from `firmware/weights` (macro `WEIGHTS_DIR`). The test bench runs in the project
//! folder and writes `tb_data/csim_results.log`. Where the project comes with a [`Reference`](crate::Reference), the same test bench then runs on its
//! samples, and every bit is compared; a difference is traced to the layer in which it begins.
//!
//! Kept as reports: `project.tcl`, `csim.log` (what compiler and test bench said),
//! `tb_data/csim_results.log`, `hls4ml_config.yml` and `build_opt.tcl`. By default the whole project is
//! kept without the executable, because here the project itself is the result.

pub(crate) mod compare;
mod compiler;
pub mod simulator;
mod verdict;

pub use compare::CompareError;
pub use compiler::{Csim, Effort};

pub(crate) use verdict::STAGES;
