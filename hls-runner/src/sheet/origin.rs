//! What people are told about the origin of a number.

use crate::results::columns::Origin;

/// An origin in words.
struct Words {
    key: &'static str,
    title: &'static str,
    meaning: &'static str,
    /// Where its numbers stand in a table, among those of others: tools in the order of their work.
    rank: usize,
}

const fn words(rank: usize, key: &'static str, title: &'static str, meaning: &'static str) -> Words {
    Words { key, title, meaning, rank }
}

impl Origin {
    /// A word for programs.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.words().key
    }

    /// A heading for columns, and the part of an axis title that says where its numbers come from.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.words().title
    }

    /// How far such numbers can be trusted.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.words().meaning
    }

    pub(super) fn rank(self) -> usize {
        self.words().rank
    }

    fn words(self) -> Words {
        match self {
            Self::CSynthesis => words(
                0,
                "c_synthesis",
                "C synthesis, estimate",
                "estimates of Vitis HLS; those of LUTs are often two to five times too high",
            ),
            Self::Cosimulation => {
                words(1, "cosimulation", "Co-simulation", "cycles that the co-simulation of the RTL measured")
            }
            Self::LogicSynthesis => words(
                2,
                "logic_synthesis",
                "Vivado after synthesis",
                "Vivado's count after logic synthesis, before placing and routing",
            ),
            Self::Implementation => words(
                3,
                "implementation",
                "Vivado after routing",
                "Vivado's count, timing and power after placing and routing",
            ),
            Self::Circuit => words(
                4,
                "instant",
                "Instant estimate",
                "counted by this program while it wrote the circuit; latency is a fact of the circuit",
            ),
            Self::RtlSimulation => words(
                5,
                "rtl_simulation",
                "RTL simulation",
                "cycles measured in a simulation whose output bits are compared with the emulator's",
            ),
            Self::Mapping => words(
                6,
                "mapping",
                "Yosys after mapping",
                "Yosys's count after mapping to the cells of an FPGA",
            ),
            Self::TimingEstimate => words(
                7,
                "timing_estimate",
                "Timing estimate",
                "of the mapped netlist, neither placed nor routed; ±25 %",
            ),
            Self::Nextpnr => words(
                8,
                "nextpnr",
                "nextpnr after routing",
                "cells and clock after placing and routing by nextpnr",
            ),
            Self::Sweep => words(9, "sweep", "Job", "what the sweep knows of the job"),
        }
    }
}
