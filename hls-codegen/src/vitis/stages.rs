//! The stages of `build_prj.tcl`.

use serde::Serialize;

/// A stage of the vendor's flow, or a switch of one, in the order of `build_prj.tcl`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Start from an empty Vitis project.
    Reset,
    /// C simulation.
    Csim,
    /// C synthesis.
    Synth,
    /// C/RTL cosimulation.
    Cosim,
    /// Compare the results of C simulation and cosimulation.
    Validation,
    /// Export the IP.
    Export,
    /// Logic synthesis with Vivado.
    Vsynth,
    /// FIFO depth optimization.
    FifoOpt,
}

impl Stage {
    /// All stages, in the order of `build_prj.tcl`.
    pub const ALL: [Self; 8] = [
        Self::Reset,
        Self::Csim,
        Self::Synth,
        Self::Cosim,
        Self::Validation,
        Self::Export,
        Self::Vsynth,
        Self::FifoOpt,
    ];

    /// hls4ml's name, which the scripts use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Csim => "csim",
            Self::Synth => "synth",
            Self::Cosim => "cosim",
            Self::Validation => "validation",
            Self::Export => "export",
            Self::Vsynth => "vsynth",
            Self::FifoOpt => "fifo_opt",
        }
    }
}

/// Some of the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages(u8);

impl Stages {
    /// These stages.
    #[must_use]
    pub const fn of(stages: &[Stage]) -> Self {
        let mut bits = 0;
        let mut i = 0;
        while i < stages.len() {
            bits |= Self::bit(stages[i]);
            i += 1;
        }
        Self(bits)
    }

    /// Whether a stage is among them.
    #[must_use]
    pub const fn contains(self, stage: Stage) -> bool {
        self.0 & Self::bit(stage) != 0
    }

    const fn bit(stage: Stage) -> u8 {
        1 << stage as u8
    }
}

impl Default for Stages {
    /// What hls4ml writes before a build chooses its stages.
    fn default() -> Self {
        Self::of(&[Stage::Csim, Stage::Synth, Stage::Cosim, Stage::Validation])
    }
}

/// What `build_opt.tcl` is filled with.
#[derive(Debug, Serialize)]
pub struct Switches {
    stages: Vec<Switch>,
}

/// A stage in `build_opt.tcl`.
#[derive(Debug, Serialize)]
struct Switch {
    /// The stage's name, padded with spaces to the width of the longest.
    name: String,
    on: bool,
}

impl From<Stages> for Switches {
    fn from(stages: Stages) -> Self {
        let width = Stage::ALL.iter().map(|stage| stage.name().len()).max().unwrap_or(0);
        let switch =
            |stage: Stage| Switch { name: format!("{:width$}", stage.name()), on: stages.contains(stage) };
        Self { stages: Stage::ALL.map(switch).into() }
    }
}
