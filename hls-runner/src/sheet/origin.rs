//! What people are told about the origin of a number.

use crate::results::columns::Origin;

impl Origin {
    /// A word for programs.
    #[must_use]
    pub fn key(self) -> &'static str {
        self.words().0
    }

    /// A heading for columns, and the part of an axis title that says where its numbers come from.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.words().1
    }

    /// How far such numbers can be trusted.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        self.words().2
    }

    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Sweep => ("sweep", "Job", "what the sweep knows of the job"),
            Self::CSynthesis => (
                "c_synthesis",
                "C synthesis, estimate",
                "estimates of Vitis HLS; those of LUTs are often two to five times too high",
            ),
            Self::LogicSynthesis => (
                "logic_synthesis",
                "Vivado after synthesis",
                "Vivado's count after logic synthesis, before placing and routing",
            ),
            Self::Cosimulation => {
                ("cosimulation", "Co-simulation", "cycles that the co-simulation of the RTL measured")
            }
            Self::RtlSimulation => (
                "rtl_simulation",
                "RTL simulation",
                "cycles measured in a simulation whose output bits are compared with the emulator's",
            ),
            Self::Circuit => (
                "instant",
                "Instant estimate",
                "counted by this program while it wrote the circuit; latency is a fact of the circuit",
            ),
            Self::Mapping => {
                ("mapping", "Yosys after mapping", "Yosys's count after mapping to the cells of an FPGA")
            }
            Self::TimingEstimate => (
                "timing_estimate",
                "Timing estimate",
                "of the mapped netlist, neither placed nor routed; ±25 %",
            ),
        }
    }
}
