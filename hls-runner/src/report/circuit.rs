//! The numbers of a circuit that this program wrote, and of its mapping to logic cells.

use serde::{Deserialize, Serialize};

use crate::record::lenient::field;

/// What is known of a circuit that this program wrote; all `None` where Vitis HLS made the hardware.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Circuit {
    /// Cycles from a sample's input to its output, by construction.
    #[serde(deserialize_with = "field")]
    pub latency_cycles: Option<u64>,
    /// Cycles until the next sample may follow (initiation interval), by construction.
    #[serde(deserialize_with = "field")]
    pub interval_cycles: Option<u64>,
    /// The clock period that its pipeline stages were made for.
    #[serde(deserialize_with = "field")]
    pub clock_period_ns: Option<f64>,
    /// What it should need, counted while it was written.
    #[serde(deserialize_with = "field")]
    pub estimated: Option<InstantEstimate>,
    /// What it needs once it is mapped to the cells of an FPGA.
    #[serde(deserialize_with = "field")]
    pub mapped: Option<Mapping>,
    /// How fast that netlist is.
    #[serde(deserialize_with = "field")]
    pub timing_estimate: Option<TimingEstimate>,
}

/// Numbers of logic cells. Every kind of look-up table counts as one `lut`, an inverter too; a RAMB36 block as two `bram_18k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Cells {
    /// Look-up tables.
    pub lut: u64,
    /// Flip-flops.
    pub ff: u64,
    /// Carry chains of four bits.
    pub carry: u64,
    /// Multiplier blocks.
    pub dsp: u64,
    /// Block RAMs of 18 Kibit.
    pub bram_18k: u64,
}

/// What a circuit should need, counted while it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct InstantEstimate {
    /// The cells.
    pub resources: Cells,
}

/// A circuit mapped to the cells of an FPGA family, neither placed nor routed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mapping {
    /// What mapped it: `Yosys`.
    pub tool: String,
    /// Its release, as `0.23`.
    pub version: String,
    /// The family: `xc7` for AMD's 7 series.
    pub family: String,
    /// The cells.
    pub resources: Cells,
}

/// How fast a mapped netlist is, without placing it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TimingEstimate {
    /// The longest path.
    pub period_ns: f64,
    /// What clock that allows.
    pub fmax_mhz: f64,
    /// How it was estimated, and how far off it may be.
    pub method: String,
}
