//! The simulators of Verilog: which there are, and how they compile and run a project's test bench.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::process::spec::Spec;
use crate::toolchain::open::places;

/// A simulator of Verilog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum VerilogSimulator {
    /// Icarus Verilog: compiles in no time, which is best for a few hundred samples.
    #[default]
    Iverilog,
    /// Verilator: compiles C++, which is best for very many samples.
    Verilator,
}

impl VerilogSimulator {
    /// The program that compiles.
    #[must_use]
    pub const fn program(self) -> &'static str {
        match self {
            Self::Iverilog => "iverilog",
            Self::Verilator => "verilator",
        }
    }

    /// What it prints its release for.
    pub(super) const fn version_argument(self) -> &'static str {
        match self {
            Self::Iverilog => "-V",
            Self::Verilator => "--version",
        }
    }
}

/// A simulator as it was found on this machine.
#[derive(Debug, Clone)]
pub(super) struct FoundSimulator {
    pub(super) kind: VerilogSimulator,
    pub(super) compiler: PathBuf,
    /// Runs what the compiler makes; Verilator's results are programs.
    pub(super) runner: Option<PathBuf>,
    /// What it says of its release.
    pub(super) version: String,
}

impl FoundSimulator {
    /// Where it is and which release, as a line for people.
    pub(super) fn describe(&self) -> String {
        format!("{} ({})", self.compiler.display(), self.version)
    }

    /// Compiles the test bench.
    pub(super) fn compile(&self, project: &str, folder: &Path) -> Spec {
        let top = places::test_bench(project);
        let options = match self.kind {
            VerilogSimulator::Iverilog => {
                vec!["-g2005".to_owned(), "-s".to_owned(), top, "-o".to_owned(), places::vvp(project)]
            }
            VerilogSimulator::Verilator => {
                let fixed = [
                    "--binary",
                    "--timing",
                    "-Wno-fatal",
                    "-Wno-lint",
                    "-j",
                    "1",
                    "--Mdir",
                    places::VERILATED,
                ];
                let named = ["--top-module".to_owned(), top.clone(), "-o".to_owned(), top];
                fixed.map(str::to_owned).into_iter().chain(named).collect()
            }
        };
        let args = options.into_iter().chain(places::simulated_sources(project));
        spec(self.compiler.clone(), args.map(OsString::from).collect(), folder, places::COMPILE_LOG)
    }

    /// Runs what was compiled.
    pub(super) fn simulate(&self, project: &str, folder: &Path) -> Spec {
        let (program, args) = match &self.runner {
            // -n: a `$stop` ends the simulation instead of asking somebody.
            Some(runner) => (runner.clone(), vec!["-n".into(), places::vvp(project).into()]),
            None => (folder.join(places::verilated(project)), Vec::new()),
        };
        spec(program, args, folder, places::SIMULATION_LOG)
    }
}

fn spec(program: PathBuf, args: Vec<OsString>, folder: &Path, log: &str) -> Spec {
    Spec {
        program,
        args,
        cwd: folder.to_owned(),
        env: Vec::new(),
        log: folder.join(log),
        signs_of_life: Vec::new(),
    }
}
