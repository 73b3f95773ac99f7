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
    /// What it is once it is placed and routed.
    #[serde(deserialize_with = "field")]
    pub placement: Option<Placement>,
}

impl Circuit {
    /// What the longest path of the mapped netlist takes.
    #[must_use]
    pub fn period_ns(&self) -> Option<f64> {
        self.timing_estimate.as_ref().map(|timing| timing.period_ns)
    }

    /// Whether the mapped netlist is fast enough for the clock that was asked for, as far as that can be told without placing it.
    #[must_use]
    pub fn meets_clock(&self) -> Option<bool> {
        Some(self.period_ns()? <= self.clock_period_ns?)
    }

    /// From a sample's input to its output with the clock that was asked for, or with the fastest that the netlist allows if that is slower.
    /// A combinational circuit takes as long as its longest path.
    #[must_use]
    pub fn latency_ns(&self) -> Option<f64> {
        match (self.latency_cycles?, self.clock_period_ns, self.period_ns()) {
            (0, _, period) => period,
            (cycles, Some(clock), period) => {
                Some(cycles as f64 * period.map_or(clock, |period| period.max(clock)))
            }
            (cycles, None, period) => period.map(|period| cycles as f64 * period),
        }
    }
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

/// A circuit placed and routed in a device.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Placement {
    /// What placed it: `nextpnr-xilinx`.
    pub tool: String,
    /// Its release.
    pub version: String,
    /// The device: the name of its chip database.
    pub device: String,
    /// Look-up tables, without those of the registers around the circuit.
    pub lut: u64,
    /// Flip-flops, without those of the registers around the circuit.
    pub ff: u64,
    /// Carry chains of four bits.
    pub carry: u64,
    /// The longest routed path between registers.
    pub period_ns: f64,
    /// What clock that allows.
    pub fmax_mhz: f64,
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
