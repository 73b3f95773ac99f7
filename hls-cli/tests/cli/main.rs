//! The `hls-cli` program as a person runs it: real model files, real folders, exit codes and messages.
//!
//! `--toolchain vitis` is tried with the stand-ins of `fixtures/vendor`, which need `tclsh`; C simulation needs `g++`, and `--toolchain open`
//! Yosys and Icarus Verilog.

mod compare;
mod estimate;
mod fifo;
mod grid;
mod hostile;
mod interrupt;
mod page;
mod preflight;
mod references;
mod report;
mod scarcity;
mod score;
mod scripts;
mod select;
mod shell;
mod single;
mod support;
mod survival;
mod sweep_csim;
mod sweep_hardware;
mod sweep_open;
mod sweep_vitis;
mod texts;
mod tune;
mod usage;
