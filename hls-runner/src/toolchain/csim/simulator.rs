//! C simulation of one project, exact: the test bench is compiled once and then run on any number of samples.
//!
//! This is for programs that want the numbers, where [`Csim`] as a [`Toolchain`](crate::Toolchain) is for
//! sweeps that want a verdict. Samples and results are the binary files of the test bench's mode
//! `--raw INPUT OUTPUT [TRACE]`; what their bytes mean is known to whoever wrote the project.
//!
//! The project folder gains `csim.exe`, `csim.log` (what compiler and test bench said) and, while a
//! simulation runs, files with the prefix `.csim-`.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::process::cancel::CancelToken;
use crate::process::log;
use crate::process::run::{run, unwatched};
use crate::process::spec::{Limits, ProcessError, Spec};
use crate::record::process::Exit;
use crate::toolchain::csim::compiler::{Csim, Effort, SCRATCH, raw_run};
use crate::toolchain::project::Simulated;

/// A compiled test bench in its project folder.
#[derive(Debug)]
pub struct Simulator {
    folder: PathBuf,
    log: PathBuf,
    limits: Limits,
    cancel: CancelToken,
}

/// Whether the outputs of single layers are wanted too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LayerOutputs {
    /// Only what the network puts out.
    #[default]
    Discard,
    /// The outputs of every layer that the project was written to trace.
    Record,
}

/// Why a project could not be simulated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SimulateError {
    /// Compiler or test bench could not be run.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// The compiler refused the project.
    #[error(
        "the C++ of {} could not be compiled: {} {exit}; {} holds its messages{}",
        folder.display(), compiler.display(), log.display(), quoted(said)
    )]
    Compile {
        /// The project folder.
        folder: PathBuf,
        /// The compiler.
        compiler: PathBuf,
        /// How it ended.
        exit: Exit,
        /// The file that holds all messages.
        log: PathBuf,
        /// The last lines of the log.
        said: Vec<String>,
    },
    /// The test bench ended badly.
    #[error(
        "the C simulation of {} {exit}; {} holds its messages{}",
        folder.display(), log.display(), quoted(said)
    )]
    Run {
        /// The project folder.
        folder: PathBuf,
        /// How it ended.
        exit: Exit,
        /// The file that holds all messages.
        log: PathBuf,
        /// The last lines of the log.
        said: Vec<String>,
    },
    /// Samples could not be handed over or results not be fetched.
    #[error("{} could not be used; check the free space and the permissions", path.display())]
    Exchange {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl Simulator {
    /// Compiles the test bench of the project `name` in `folder`.
    ///
    /// `limits` and `cancel` hold for the compiler and for each run of the test bench.
    ///
    /// # Errors
    /// The compiler could not be started, was ended, or refuses the project.
    pub fn build(
        csim: &Csim,
        folder: &Path,
        name: &str,
        effort: Effort,
        limits: Limits,
        cancel: &CancelToken,
    ) -> Result<Self, SimulateError> {
        let folder = std::path::absolute(folder).map_err(|source| exchange(folder.to_owned())(source))?;
        let compile = csim.compile(name, &folder, effort);
        let finished = run(&compile, limits, cancel, &mut unwatched)?;
        if !finished.exit.success() {
            return Err(SimulateError::Compile {
                said: log::tail(&compile.log),
                compiler: compile.program,
                exit: finished.exit,
                log: compile.log,
                folder,
            });
        }
        Ok(Self { folder, log: compile.log, limits, cancel: cancel.clone() })
    }

    /// Runs the test bench on samples (its INPUT, as bytes) and returns what it wrote.
    ///
    /// # Errors
    /// The test bench could not be started or ended badly, or there is no room for the files.
    pub fn run(&self, samples: &[u8], layers: LayerOutputs) -> Result<Simulated, SimulateError> {
        let files = tempfile::Builder::new()
            .prefix(SCRATCH)
            .tempdir_in(&self.folder)
            .map_err(exchange(self.folder.clone()))?;
        let [input, output, trace] = ["input", "output", "trace"].map(|name| files.path().join(name));
        fs::write(&input, samples).map_err(exchange(input.clone()))?;
        let read = |path: PathBuf| fs::read(&path).map_err(exchange(path));
        match layers {
            LayerOutputs::Discard => {
                self.run_files(&input, &output, None)?;
                Ok(Simulated { outputs: read(output)?, trace: Vec::new() })
            }
            LayerOutputs::Record => {
                self.run_files(&input, &output, Some(&trace))?;
                Ok(Simulated { outputs: read(output)?, trace: read(trace)? })
            }
        }
    }

    /// As [`run`](Self::run), from file to file, for more samples than fit into memory.
    ///
    /// # Errors
    /// The test bench could not be started or ended badly.
    pub fn run_files(&self, input: &Path, output: &Path, trace: Option<&Path>) -> Result<(), SimulateError> {
        // The test bench runs in the project folder, where weights are.
        let absolute = |path: &Path| std::path::absolute(path).map_err(exchange(path.to_owned()));
        let files = [Some(input), Some(output), trace].into_iter().flatten();
        let files = files.map(absolute).collect::<Result<Vec<_>, _>>()?;
        let spec = Spec { log: self.log.clone(), ..raw_run(&self.folder, &files) };
        let finished = run(&spec, self.limits, &self.cancel, &mut unwatched)?;
        if finished.exit.success() {
            return Ok(());
        }
        Err(SimulateError::Run {
            folder: self.folder.clone(),
            exit: finished.exit,
            said: log::tail(&self.log),
            log: self.log.clone(),
        })
    }
}

/// The last messages, as the end of a sentence.
fn quoted(said: &[String]) -> String {
    if said.is_empty() { String::new() } else { format!(", the last are:\n{}", said.join("\n")) }
}

fn exchange(path: PathBuf) -> impl FnOnce(io::Error) -> SimulateError {
    |source| SimulateError::Exchange { path, source }
}
