//! Verilog simulators: which are there, which is used, and how they compile and run.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use super::bench::BENCH;
use crate::process::spec::Spec;
use crate::toolchain::search::{ToolNotFound, ToolSearch, version_of};
use crate::toolchain::verilator;

/// What the simulators say, below the folder where they run.
pub(super) const LOG: &str = "simulator.log";
/// The names of the files to be compiled, one per line.
pub(super) const FILES: &str = "files.txt";
/// Where Verilator builds, and the file that Icarus Verilog makes.
pub(super) const BUILD: &str = "obj_dir";
const COMPILED: &str = "simulation";

/// In the time in which Verilator compiles a design, Icarus Verilog simulates about so many cycles of it (a megabyte of Verilog: 10 s).
const CYCLES_OF_A_COMPILATION: u64 = 1000;
const ADVICE: &str = "install one of them (on Debian and Ubuntu: apt install iverilog, or verilator), or turn the stage rtlsim off";

/// A simulator on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Simulator {
    kind: Kind,
    program: PathBuf,
    /// What it calls itself.
    pub(crate) version: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Compiles to C++: a fast simulation after a slow compilation.
    Verilator,
    /// Interprets: a slow simulation at once.
    Icarus,
}

/// The simulators that there are: at least one.
#[derive(Debug, Clone)]
pub(crate) enum Simulators {
    One(Simulator),
    Both { verilator: Simulator, icarus: Simulator },
}

impl Simulators {
    /// Looks for Verilator and Icarus Verilog in the folders of a search path.
    ///
    /// # Errors
    /// Neither is there, or only a Verilator that is too old.
    pub(crate) fn find_in(path: Option<&OsStr>) -> Result<Self, ToolNotFound> {
        let search = ToolSearch::new().path("PATH", path);
        let recent =
            search.find(&["verilator"], ADVICE).ok().map(|found| Simulator::verilator(found.program));
        let recent = recent.filter(Simulator::is_recent);
        // No program has the first name: it is what the error says.
        let icarus = search.find(&[verilator::RECENT, "iverilog"], ADVICE);
        match (recent, icarus.map(|found| Simulator::icarus(found.program))) {
            (Some(verilator), Ok(icarus)) => Ok(Self::Both { verilator, icarus }),
            (Some(one), Err(_)) | (None, Ok(one)) => Ok(Self::One(one)),
            (None, Err(error)) => Err(error),
        }
    }

    /// The one that is done first with a simulation of so many cycles; `None` if nobody knows.
    pub(crate) fn for_cycles(&self, cycles: Option<u64>) -> &Simulator {
        match self {
            Self::One(simulator) => simulator,
            Self::Both { icarus, .. } if cycles.is_some_and(|cycles| cycles <= CYCLES_OF_A_COMPILATION) => {
                icarus
            }
            Self::Both { verilator, .. } => verilator,
        }
    }
}

/// Icarus Verilog, in the folders of a search path.
///
/// # Errors
/// It is not there.
pub(crate) fn find_icarus(path: Option<&OsStr>) -> Result<PathBuf, ToolNotFound> {
    Ok(ToolSearch::new()
        .path("PATH", path)
        .find(&["iverilog"], "install it (on Debian and Ubuntu: apt install iverilog)")?
        .program)
}

/// A recent Verilator, in the folders of a search path.
///
/// # Errors
/// It is not there.
pub(crate) fn find_verilator(path: Option<&OsStr>) -> Result<PathBuf, ToolNotFound> {
    let search = ToolSearch::new().path("PATH", path);
    let advice = "install it (on Debian and Ubuntu: apt install verilator g++ make)";
    let found = Simulator::verilator(search.find(&["verilator"], advice)?.program);
    // No program has that name: it is what the error says.
    if found.is_recent() { Ok(found.program) } else { Ok(search.find(&[verilator::RECENT], advice)?.program) }
}

impl Simulator {
    fn verilator(program: PathBuf) -> Self {
        Self { kind: Kind::Verilator, version: version_of(&program, &["--version"], &[]), program }
    }

    fn icarus(program: PathBuf) -> Self {
        Self { kind: Kind::Icarus, version: version_of(&program, &["-V"], &[]), program }
    }

    /// Whether it can do what is asked of it.
    fn is_recent(&self) -> bool {
        verilator::is_recent(&self.version)
    }

    /// What it does in `folder`, one after another: compile the [`FILES`], and run the test bench.
    pub(super) fn steps(&self, folder: &Path, threads: NonZeroUsize) -> [Spec; 2] {
        let spec = |program: PathBuf, args: &[&str]| Spec {
            program,
            args: args.iter().map(OsString::from).collect(),
            cwd: folder.to_owned(),
            env: Vec::new(),
            log: folder.join(LOG),
            signs_of_life: Vec::new(),
        };
        match self.kind {
            Kind::Verilator => {
                let compile = [
                    ["--binary", "--timing", "-O3"].as_slice(),
                    // What is only suspicious is Vitis's business.
                    &["-Wno-fatal", "-Wno-lint", "-Wno-style"],
                    &["--default-language", "1364-2005"],
                    &["--top-module", BENCH, "--Mdir", BUILD, "-o", COMPILED],
                    // Some thousand cycles are simulated long before a compiler has optimized them.
                    &["-MAKEFLAGS", "OPT_FAST=-O0 OPT_SLOW=-O0 OPT_GLOBAL=-O0"],
                    &["-j", &threads.to_string(), "-f", FILES],
                ];
                let simulation = folder.join(BUILD).join(COMPILED);
                [spec(self.program.clone(), &compile.concat()), spec(simulation, &[])]
            }
            Kind::Icarus => {
                let compile = ["-g2005", "-s", BENCH, "-o", COMPILED, "-c", FILES];
                // `-n`: an error ends it, and does not ask what to do.
                [
                    spec(self.program.clone(), &compile),
                    spec(self.program.with_file_name("vvp"), &["-n", COMPILED]),
                ]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const OLD: (&str, &str) = ("verilator", "Verilator 4.038 2020-07-11");
    const NEW: (&str, &str) = ("verilator", "Verilator 5.006 2023-01-22");
    const ICARUS: (&str, &str) = ("iverilog", "Icarus Verilog version 11.0");

    /// What is found where these programs are, each of which says these words.
    fn found(programs: &[(&str, &str)]) -> Result<Simulators, ToolNotFound> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, says) in programs {
            let path = folder.path().join(name);
            fs::write(&path, format!("#!/bin/sh\necho '{says}'\n")).expect("a program");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("permissions");
        }
        Simulators::find_in(Some(folder.path().as_os_str()))
    }

    #[test]
    fn the_simulator_is_the_one_that_is_done_first() {
        type Case = (&'static [(&'static str, &'static str)], Option<u64>, &'static str);
        let cases: [Case; 7] = [
            (&[NEW, ICARUS], Some(200), "Icarus Verilog version 11.0"),
            (&[NEW, ICARUS], Some(20_000), "Verilator 5.006 2023-01-22"),
            (&[NEW, ICARUS], None, "Verilator 5.006 2023-01-22"),
            (&[NEW], Some(200), "Verilator 5.006 2023-01-22"),
            (&[ICARUS], None, "Icarus Verilog version 11.0"),
            (&[OLD, ICARUS], None, "Icarus Verilog version 11.0"),
            (&[("verilator", "")], None, ""),
        ];
        for (programs, cycles, expected) in cases {
            let simulators = found(programs).expect("a simulator");
            assert_eq!(simulators.for_cycles(cycles).version, expected, "{programs:?} {cycles:?}");
        }
        for programs in [[].as_slice(), &[OLD]] {
            let error = found(programs).expect_err("no simulator").to_string();
            assert!(
                error.starts_with("verilator 5 or later or iverilog was not found; looked in PATH"),
                "{error}"
            );
            assert!(error.contains("turn the stage rtlsim off"), "{error}");
        }
    }
}
