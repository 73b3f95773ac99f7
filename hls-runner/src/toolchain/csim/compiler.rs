//! How a project's test bench is compiled and run: programs and arguments.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::process::spec::Spec;
use crate::toolchain::search::{ToolNotFound, ToolSearch, is_executable};

/// The compiled test bench.
pub(super) const EXECUTABLE: &str = "csim.exe";
/// What compiler and test bench said.
pub(super) const LOG: &str = "csim.log";
/// Folders for files that are there while a simulation runs begin with this.
pub(super) const SCRATCH: &str = ".csim-";

const WEIGHTS_DIR: &str = r#"-DWEIGHTS_DIR="firmware/weights""#;

/// What the compiler should spend its time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// The shortest compilation, for a few samples.
    ShortestCompile,
    /// A short compilation, for a few thousand samples.
    #[default]
    FastCompile,
    /// A fast simulation, for very many samples.
    FastRun,
}

impl Effort {
    /// The compiler's option for it.
    #[must_use]
    pub fn flag(self) -> &'static str {
        match self {
            Effort::ShortestCompile => "-O0",
            Effort::FastCompile => "-O1",
            Effort::FastRun => "-O3",
        }
    }
}

/// A C++ compiler that can build a project's test bench.
#[derive(Debug, Clone)]
pub struct Csim {
    pub(super) compiler: PathBuf,
    /// Arguments that go before ours.
    leading_args: Vec<OsString>,
}

impl Csim {
    /// Takes the compiler that `CXX` names, or g++ or else clang++ from `PATH`.
    ///
    /// # Errors
    /// The compiler is not there.
    pub fn find() -> Result<Self, ToolNotFound> {
        let cxx = std::env::var("CXX").unwrap_or_default();
        Self::find_in(&cxx, std::env::var_os("PATH").as_deref())
    }

    /// As [`find`](Self::find), with the values of `CXX` (a name or path, arguments may follow; empty if
    /// nothing is wished) and `PATH`.
    ///
    /// # Errors
    /// The compiler is not there.
    pub fn find_in(cxx: &str, path: Option<&OsStr>) -> Result<Self, ToolNotFound> {
        let mut words = cxx.split_whitespace();
        let (names, advice): (Vec<&str>, _) = match words.next() {
            Some(wished) => (vec![wished], "CXX names it; correct or unset that variable"),
            None => (vec!["g++", "clang++"], "install one (on Debian and Ubuntu: apt install g++)"),
        };
        let leading_args = words.map(OsString::from).collect();
        match names.first().map(|name| Path::new(*name)) {
            Some(given) if given.components().count() > 1 && is_executable(given) => {
                let compiler = std::path::absolute(given).unwrap_or_else(|_| given.to_owned());
                Ok(Self { compiler, leading_args })
            }
            _ => {
                let found = ToolSearch::new().path("PATH", path).find(&names, advice)?;
                Ok(Self { compiler: found.program, leading_args })
            }
        }
    }

    /// Where the compiled test bench of the project in `folder` is.
    pub(crate) fn executable(folder: &Path) -> PathBuf {
        folder.join(EXECUTABLE)
    }

    pub(crate) fn compile(&self, name: &str, folder: &Path, effort: Effort) -> Spec {
        let mut args = self.leading_args.clone();
        args.extend(
            ["-std=c++11", effort.flag(), "-I", "firmware/ap_types", WEIGHTS_DIR, "-o"].map(OsString::from),
        );
        args.push(EXECUTABLE.into());
        // One unit instead of two: the headers are most of the work, and are read once.
        args.extend(["-include".into(), format!("firmware/{name}.cpp").into()]);
        args.push(format!("{name}_test.cpp").into());
        Self::spec(self.compiler.clone(), args, folder)
    }

    /// A run of the compiled test bench.
    pub(crate) fn test_bench(folder: &Path, args: Vec<OsString>) -> Spec {
        Self::spec(Self::executable(folder), args, folder)
    }

    fn spec(program: PathBuf, args: Vec<OsString>, folder: &Path) -> Spec {
        Spec {
            program,
            args,
            cwd: folder.to_owned(),
            env: Vec::new(),
            log: folder.join(LOG),
            signs_of_life: Vec::new(),
        }
    }
}

/// A run of a compiled test bench's mode `--raw` on files, which are named by absolute paths.
pub(crate) fn raw_run(folder: &Path, files: &[PathBuf]) -> Spec {
    let mut args = vec![OsString::from("--raw")];
    args.extend(files.iter().map(|file| file.clone().into_os_string()));
    Csim::test_bench(folder, args)
}
