//! The toolchains that there are, by name. To add one: a file that implements [`Toolchain`], and a row here.

use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hls_codegen::rtl::Rtl;
use hls_codegen::{Backend, backends};
use hls_model::target::BackendKind;

use crate::record::stage::StageSet;
use crate::toolchain::csim::{self, Csim};
use crate::toolchain::open::{self, Open, OpenPlaces, VerilogSimulator};
use crate::toolchain::rtlsim;
use crate::toolchain::run::Toolchain;
use crate::toolchain::search::ToolNotFound;
use crate::toolchain::stage::StageSpec;
use crate::toolchain::vitis::{self, ToolPlaces, Vitis};

/// A toolchain as it is known before anybody looks whether it is installed.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// What its tools are called together.
    pub title: &'static str,
    /// What it runs, as a line of help.
    pub help: &'static str,
    /// What it needs besides, for some of its stages; may be empty.
    pub also_needs: &'static str,
    /// Its stages, in the order in which they run.
    pub stages: &'static [StageSpec],
    /// The memory that one job usually needs, in bytes.
    pub usual_memory: u64,
    /// The back end whose projects it runs.
    pub backend: fn() -> Arc<dyn Backend>,
    /// Looks for it on this machine.
    pub find: fn(&Wanted) -> Result<Box<dyn Toolchain>, ToolNotFound>,
}

impl Entry {
    /// Whether one of `stages` compares what it simulates with the project's [`Reference`](crate::Reference).
    #[must_use]
    pub fn checks_reference(&self, stages: &StageSet) -> bool {
        self.stages.iter().any(|spec| spec.checks_reference && stages.contains(&spec.stage()))
    }
}

/// What is asked of a toolchain that is looked for.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Wanted {
    /// The stages that will run.
    pub stages: StageSet,
    /// Where it is installed, if it shall not be looked for in the usual places.
    pub installation: Option<PathBuf>,
    /// How many threads each tool may use, as far as the tools can be told.
    pub threads: Option<NonZero<usize>>,
    /// What simulates Verilog, where there is a choice.
    pub simulator: VerilogSimulator,
    /// The device for the stage `pnr`: a chip database of nextpnr-xilinx.
    pub chip_database: Option<PathBuf>,
}

impl Wanted {
    /// For these stages, from the usual places.
    #[must_use]
    pub fn new(stages: StageSet) -> Self {
        Self { stages, ..Self::default() }
    }
}

/// Every toolchain; which is the default depends on the machine.
pub static TABLE: [Entry; 3] = [
    Entry {
        name: "vitis",
        title: "Vitis HLS",
        help: "vitis-run or vitis_hls, and vivado",
        also_needs: "Vivado for the vsynth stage, Icarus Verilog or Verilator for rtlsim",
        stages: &vitis::stages::STAGES,
        // Vitis HLS with Vivado takes a few GiB for the models that this is for.
        usual_memory: 6 << 30,
        backend: || backends::of(BackendKind::Vitis),
        find: |wanted| {
            let places = ToolPlaces { explicit: wanted.installation.clone(), ..ToolPlaces::from_env() };
            let vitis = Vitis::find(&places, &wanted.stages)?;
            Ok(match wanted.threads {
                Some(threads) => Box::new(vitis.with_threads(threads)),
                None => Box::new(vitis),
            })
        },
    },
    Entry {
        name: "open",
        title: "Yosys and a simulator",
        help: "Yosys and Icarus Verilog or Verilator: own Verilog, simulated, mapped to look-up tables, timed (needs no licence)",
        also_needs: "",
        stages: &open::stages::STAGES,
        // Yosys takes less than that for the models that this is for.
        usual_memory: 3 << 29,
        backend: || Arc::new(Rtl),
        find: |wanted| {
            let places = OpenPlaces {
                explicit: wanted.installation.clone(),
                chip_database: wanted.chip_database.clone(),
                ..OpenPlaces::from_env()
            };
            Ok(Box::new(Open::find(&places, wanted.simulator, &wanted.stages)?))
        },
    },
    Entry {
        name: "csim",
        title: "C++ compiler",
        help: "g++ or clang++: compile the firmware and run its test bench",
        also_needs: "",
        stages: &csim::STAGES,
        // A C++ compiler takes less.
        usual_memory: 1 << 30,
        backend: || backends::of(BackendKind::Vitis),
        find: |_| Ok(Box::new(Csim::find()?)),
    },
];

/// The toolchain that runs where nobody chose one: the vendor's tools where they are, in `installation` or in the usual places, and
/// otherwise the open ones.
#[must_use]
pub fn default_here(installation: Option<&Path>) -> &'static Entry {
    let [vitis, open, _] = &TABLE;
    let mut wanted = Wanted::new(StageSet::NONE);
    wanted.installation = installation.map(Path::to_owned);
    match (vitis.find)(&wanted) {
        Err(ToolNotFound::Nowhere { .. }) if installation.is_none() => open,
        // Whoever has or names an installation wants that, and learns what is wrong with it.
        Ok(_) | Err(_) => vitis,
    }
}

/// A program that a stage uses if it is there, of several that would do.
#[derive(Debug)]
pub struct Optional {
    /// What it is called.
    pub title: &'static str,
    /// The toolchains that use it.
    pub toolchain: &'static str,
    /// Their stage.
    pub stage: &'static str,
    /// What else is to be known of it.
    pub note: &'static str,
    /// Looks for it on this machine.
    pub find: fn() -> Result<PathBuf, ToolNotFound>,
}

/// Every such program.
pub static OPTIONAL: [Optional; 3] = [
    Optional {
        title: "Icarus Verilog",
        toolchain: "vitis or open",
        stage: "rtlsim",
        note: "one simulator is enough",
        find: || rtlsim::find_icarus(std::env::var_os("PATH").as_deref()),
    },
    Optional {
        title: "Verilator",
        toolchain: "vitis or open",
        stage: "rtlsim",
        note: "one simulator is enough",
        find: || rtlsim::find_verilator(std::env::var_os("PATH").as_deref()),
    },
    Optional {
        title: "nextpnr-xilinx",
        toolchain: "open",
        stage: "pnr",
        note: "with a chip database (--chipdb)",
        find: || open::find_nextpnr(std::env::var_os("PATH").as_deref()),
    },
];

/// The toolchain with this name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_unique_and_what_a_stage_needs_comes_before_it() {
        let names: HashSet<&str> = TABLE.iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for entry in &TABLE {
            let mut before = HashSet::new();
            for spec in entry.stages {
                assert!(spec.needs.iter().all(|name| before.contains(name)), "{} {}", entry.name, spec.name);
                assert!(before.insert(spec.name), "{} {}", entry.name, spec.name);
            }
        }
    }
}
