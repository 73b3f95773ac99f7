//! Simulation of RTL that a synthesis tool generated: its Verilog, driven through its own ports, must give every bit that the emulator
//! computes.
//!
//! The design is any module with the block-level protocol `ap_ctrl_hs`, whose data ports carry the inputs and outputs of the model
//! ([`matching`]). Everything happens in a folder of its own:
//!
//! | file | what it is |
//! |---|---|
//! | `verilog/*.v`, `*.dat` | copies of the design's files, without the delays `#0` that Verilator 5.006 refuses |
//! | `rtlsim_bench.v` | the test bench |
//! | `inputs.hex`, `outputs.hex` | the reference's samples, and what the design computes of them |
//! | `files.txt`, `simulator.log`, `outcome.txt` | what is compiled, what the simulator said, how the simulation ended |
//! | `result.json` | the record, an [`RtlSimulation`] |

mod bench;
mod bits;
mod error;
mod expression;
mod interface;
mod matching;
mod outcome;
mod ports;
mod simulate;
mod simulator;
mod sources;
mod tokens;
mod verdict;

use std::path::Path;

use crate::record::stage::Stage;

pub(crate) use simulate::simulate;
pub(crate) use simulator::{Simulators, find_icarus, find_verilator};

/// The record, in the folder of the simulation.
pub(crate) const RESULT: &str = "result.json";
/// What the simulator said.
pub(crate) const LOG: &str = simulator::LOG;
/// What nobody needs after a simulation that ended well.
pub(crate) const DISPOSABLE: [&str; 3] = [simulator::BUILD, "simulation", "verilog"];

/// A design and where it is simulated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Design<'a> {
    /// The stage that this is.
    pub(crate) stage: &'a Stage,
    /// The name of the top module.
    pub(crate) top: &'a str,
    /// The folder with its Verilog.
    pub(crate) verilog: &'a Path,
    /// Where it is simulated; is made.
    pub(crate) folder: &'a Path,
    /// What is known of its speed.
    pub(crate) pace: Pace,
}

/// How many cycles a design is expected to take, at worst, where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Pace {
    /// From a sample's input to its output.
    pub(crate) latency: Option<u64>,
    /// From one sample's input to the next one's.
    pub(crate) interval: Option<u64>,
}

impl Pace {
    fn cycles(self, samples: usize) -> Option<u64> {
        let samples = u64::try_from(samples).unwrap_or(u64::MAX);
        Some(samples.saturating_mul(self.interval?).saturating_add(self.latency?))
    }

    /// After so many cycles without any sign of life a design is stuck.
    fn patience(self) -> u64 {
        self.latency
            .into_iter()
            .chain(self.interval)
            .max()
            .map_or(100_000, |most| most.saturating_mul(4) + 1000)
    }
}
