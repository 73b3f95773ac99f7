//! The numbers themselves, with units in the names of the fields.

use serde::{Deserialize, Serialize};

use super::circuit::Circuit;
use crate::record::lenient::field;

/// What a file holds that no vendor's tool wrote: the stand-ins mark everything with it.
pub(crate) const STAND_IN_MARK: &str = "NOT A SYNTHESIS RESULT";

/// The numbers of one project.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// A stand-in made these numbers up; they are no synthesis result.
    pub stand_in: bool,
    /// What Vitis HLS estimates; all `None` where the stage `synth` was not run.
    #[serde(flatten)]
    pub estimate: Estimate,
    /// What the co-simulation measured.
    #[serde(deserialize_with = "field")]
    pub cosimulation: Option<Cosimulation>,
    /// What Vivado's logic synthesis needs.
    #[serde(deserialize_with = "field")]
    pub logic_synthesis: Option<LogicSynthesis>,
    /// The same after place and route.
    #[serde(deserialize_with = "field")]
    pub implementation: Option<LogicSynthesis>,
    /// What this program's own hardware needs.
    #[serde(flatten)]
    pub circuit: Circuit,
    /// What the RTL simulation against the emulator found.
    #[serde(deserialize_with = "field")]
    pub rtl_simulation: Option<RtlSimulation>,
}

/// Vitis HLS's estimates for the top function.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Estimate {
    /// Release of Vitis HLS, as `2024.1`.
    pub tool_version: Option<String>,
    /// The device, as `xc7z020-clg400-1`.
    pub part: Option<String>,
    /// The clock period that was asked for.
    pub clock_period_target_ns: Option<f64>,
    /// The clock period that the longest path needs.
    pub clock_period_estimated_ns: Option<f64>,
    /// What Vitis keeps in reserve of the target for placing and routing.
    pub clock_uncertainty_ns: Option<f64>,
    /// By how much the longest path is shorter than target less uncertainty; only the summary report `csynth.rpt`, which lacks the clocks, has it.
    pub slack_ns: Option<f64>,
    /// The greatest clock frequency that C synthesis expects; only its log has it, which is read where a script's folder has one.
    pub fmax_estimated_mhz: Option<f64>,
    /// Cycles from the first input to the last output, at best; `None` where it depends on the data.
    pub latency_min_cycles: Option<u64>,
    /// The same at worst.
    pub latency_max_cycles: Option<u64>,
    /// Cycles until the next sample may follow (initiation interval), at best.
    pub interval_min_cycles: Option<u64>,
    /// The same at worst.
    pub interval_max_cycles: Option<u64>,
    /// What the design needs.
    pub resources: Resources,
    /// What the device has.
    pub resources_available: Resources,
}

/// Numbers of an FPGA's parts. A RAMB36 block counts as two `bram_18k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    /// Look-up tables.
    pub lut: Option<u64>,
    /// Flip-flops.
    pub ff: Option<u64>,
    /// Multiplier blocks.
    pub dsp: Option<u64>,
    /// Block RAMs of 18 Kibit.
    pub bram_18k: Option<u64>,
    /// UltraRAM blocks.
    pub uram: Option<u64>,
}

/// The result of the co-simulation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosimulation {
    /// Whether the RTL computes what the C++ does.
    pub status: CosimStatus,
    /// Which RTL was simulated.
    pub language: RtlLanguage,
    /// Cycles from a sample's input to its output.
    pub latency_cycles: Spread,
    /// Cycles from one sample to the next; `None`s with a single sample.
    pub interval_cycles: Spread,
    /// Cycles of the whole simulation; releases before Vitis HLS do not say.
    #[serde(default)]
    pub total_cycles: Option<u64>,
}

/// The least, mean and greatest of a number that was measured for each sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Spread {
    /// The least.
    pub min: Option<u64>,
    /// The mean, as the tool rounds it.
    pub avg: Option<u64>,
    /// The greatest.
    pub max: Option<u64>,
}

/// How a co-simulation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CosimStatus {
    /// RTL and C++ agree.
    Pass,
    /// They do not.
    Fail,
}

/// A hardware description language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RtlLanguage {
    /// Verilog.
    Verilog,
    /// VHDL.
    Vhdl,
}

/// The result of an RTL simulation whose outputs are compared, bit by bit, with what the emulator computes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RtlSimulation {
    /// The simulator and its release, in its own words: `Verilator 5.006 2023-01-22`.
    pub tool: String,
    /// Samples that were simulated.
    pub samples: usize,
    /// Whether every output bit of every sample is the emulator's.
    pub status: RtlSimulationStatus,
    /// Cycles from a sample's input to its last output, at worst; `None` where no output was seen.
    #[serde(default)]
    pub latency_cycles: Option<u64>,
    /// Cycles from a sample's input to that of the next, at worst; `None` with a single sample.
    #[serde(default)]
    pub interval_cycles: Option<u64>,
}

/// How an RTL simulation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RtlSimulationStatus {
    /// RTL and emulator agree.
    Pass,
    /// They do not.
    Fail,
}

impl RtlSimulationStatus {
    /// The word that is written down.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
        }
    }
}

/// What Vivado says of a design, after logic synthesis or after place and route.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LogicSynthesis {
    /// Release of Vivado, as `2024.1`.
    pub tool_version: Option<String>,
    /// The device.
    pub part: Option<String>,
    /// What the design needs.
    pub resources: Resources,
    /// What the device has.
    pub resources_available: Resources,
    /// The clock period that was asked for.
    pub clock_period_ns: Option<f64>,
    /// The fastest clock that the longest path allows: 1000 / (period - worst slack).
    pub fmax_mhz: Option<f64>,
    /// The worst slack (WNS), where the report has a timing summary; negative if the clock is missed.
    pub worst_negative_slack_ns: Option<f64>,
    /// The sum of the slacks of all endpoints that miss the clock (TNS): zero or negative.
    pub total_negative_slack_ns: Option<f64>,
    /// The worst slack of data that changes too early (WHS); negative if a hold time is missed.
    pub worst_hold_slack_ns: Option<f64>,
    /// What the tool thinks the chip takes.
    #[serde(deserialize_with = "field")]
    pub power: Option<Power>,
}

/// Vivado's estimate of a chip's power, under its own assumptions on how often signals change.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Power {
    /// In all.
    pub total_w: Option<f64>,
    /// What computing takes.
    pub dynamic_w: Option<f64>,
    /// What the device takes while nothing changes.
    pub static_w: Option<f64>,
}

/// What a timing summary says.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Timing {
    /// Worst slack of the setup times (WNS); `None` where no path has a constraint.
    pub worst_negative_slack_ns: Option<f64>,
    /// The sum of all that are negative (TNS).
    pub total_negative_slack_ns: Option<f64>,
    /// Worst slack of the hold times (WHS).
    pub worst_hold_slack_ns: Option<f64>,
    /// The period of the clock, where there is one, or all have the same.
    pub clock_period_ns: Option<f64>,
}

impl Timing {
    /// The fastest clock that the longest path allows.
    #[must_use]
    pub fn fmax_mhz(&self) -> Option<f64> {
        let path = self.clock_period_ns? - self.worst_negative_slack_ns?;
        // As many digits as the slack is worth.
        (path > 0.0).then(|| (1e6 / path).round() / 1000.0)
    }
}

impl LogicSynthesis {
    /// Adds what a timing summary says.
    pub(crate) fn add_timing(&mut self, timing: Timing) {
        self.clock_period_ns = timing.clock_period_ns;
        self.fmax_mhz = timing.fmax_mhz();
        self.worst_negative_slack_ns = timing.worst_negative_slack_ns;
        self.total_negative_slack_ns = timing.total_negative_slack_ns;
        self.worst_hold_slack_ns = timing.worst_hold_slack_ns;
    }
}
