use serde::{Deserialize, Serialize};

/// A stage of hls4ml's build flow, in the order in which `build_prj.tcl` runs them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Start from an empty tool project (a switch of the others rather than work of its own).
    Reset,
    /// C simulation of the test bench.
    Csim,
    /// C to RTL synthesis.
    Synth,
    /// RTL co-simulation.
    Cosim,
    /// Comparison of the results of C simulation and co-simulation.
    Validation,
    /// Export as an IP core.
    Export,
    /// Logic synthesis in Vivado.
    Vsynth,
}

impl Stage {
    /// Every stage, in running order.
    pub const ALL: [Self; 7] =
        [Self::Reset, Self::Csim, Self::Synth, Self::Cosim, Self::Validation, Self::Export, Self::Vsynth];

    /// hls4ml's name of the stage: the key in `build_opt.tcl` and the command-line switch.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Csim => "csim",
            Self::Synth => "synth",
            Self::Cosim => "cosim",
            Self::Validation => "validation",
            Self::Export => "export",
            Self::Vsynth => "vsynth",
        }
    }

    /// The title that hls4ml's `build_prj.tcl` prints between `*****` when the stage starts and ends.
    pub(crate) fn banner(self) -> Option<&'static str> {
        match self {
            Self::Reset => None,
            Self::Csim => Some("C SIMULATION"),
            Self::Synth => Some("C/RTL SYNTHESIS"),
            Self::Cosim => Some("C/RTL SIMULATION"),
            Self::Validation => Some("C/RTL VALIDATION"),
            Self::Export => Some("EXPORT IP"),
            Self::Vsynth => Some("VIVADO SYNTHESIS"),
        }
    }

    /// Stages whose products this one reads.
    fn needs(self) -> &'static [Self] {
        match self {
            Self::Reset | Self::Csim | Self::Synth => &[],
            Self::Cosim | Self::Export | Self::Vsynth => &[Self::Synth],
            Self::Validation => &[Self::Csim, Self::Cosim],
        }
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Which stages are asked for. The default is the sweep's: everything but csim and validation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct StageSet(u8);

impl StageSet {
    /// No stage at all.
    pub const NONE: Self = Self(0);

    /// The set with `stage` in it.
    #[must_use]
    pub fn with(self, stage: Stage) -> Self {
        Self(self.0 | stage.bit())
    }

    /// The set with `stage` not in it.
    #[must_use]
    pub fn without(self, stage: Stage) -> Self {
        Self(self.0 & !stage.bit())
    }

    /// Whether `stage` is asked for.
    #[must_use]
    pub fn contains(self, stage: Stage) -> bool {
        self.0 & stage.bit() != 0
    }

    /// The stages in the set, in running order.
    pub fn iter(self) -> impl Iterator<Item = Stage> {
        Stage::ALL.into_iter().filter(move |stage| self.contains(*stage))
    }

    /// Pairs `(stage, needed)` where `stage` is asked for and `needed`, whose products it reads, is not.
    #[must_use]
    pub fn missing_prerequisites(self) -> Vec<(Stage, Stage)> {
        self.iter()
            .flat_map(|stage| stage.needs().iter().map(move |needed| (stage, *needed)))
            .filter(|(_, needed)| !self.contains(*needed))
            .collect()
    }
}

impl Default for StageSet {
    fn default() -> Self {
        [Stage::Reset, Stage::Synth, Stage::Cosim, Stage::Export, Stage::Vsynth].into_iter().collect()
    }
}

impl FromIterator<Stage> for StageSet {
    fn from_iter<I: IntoIterator<Item = Stage>>(stages: I) -> Self {
        stages.into_iter().fold(Self::NONE, Self::with)
    }
}

impl std::fmt::Debug for StageSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Stage::{Cosim, Csim, Export, Synth, Validation, Vsynth};
    use super::*;

    #[test]
    fn the_default_is_the_sweeps() {
        let on: Vec<&str> = StageSet::default().iter().map(Stage::name).collect();
        assert_eq!(on, ["reset", "synth", "cosim", "export", "vsynth"]);
    }

    #[test]
    fn prerequisites() {
        type Case = (&'static [Stage], &'static [(Stage, Stage)]);
        let cases: &[Case] = &[
            (&[], &[]),
            (&[Csim], &[]),
            (&[Synth, Cosim, Export, Vsynth], &[]),
            (&[Cosim, Vsynth], &[(Cosim, Synth), (Vsynth, Synth)]),
            (&[Validation], &[(Validation, Csim), (Validation, Cosim)]),
            (&[Csim, Synth, Cosim, Validation], &[]),
        ];
        for (stages, missing) in cases {
            let set: StageSet = stages.iter().copied().collect();
            assert_eq!(set.missing_prerequisites(), *missing, "{set:?}");
        }
    }
}
