//! C simulation without a vendor's tools: compile the project with g++ or clang++, run its test bench,
//! compare the results.
//!
//! The compiler sees `NAME_test.cpp` behind `firmware/NAME.cpp` with `-I firmware/ap_types`; the kernels read
//! weights at run time from `firmware/weights` (macro `WEIGHTS_DIR`). The test bench runs in the project
//! folder and writes `tb_data/csim_results.log`. Where the project comes with a [`Reference`], the same test bench then runs on its
//! samples, and every bit is compared; a difference is traced to the layer in which it begins.
//!
//! Kept as reports: `project.tcl`, `csim.log` (what compiler and test bench said),
//! `tb_data/csim_results.log`, `hls4ml_config.yml` and `build_opt.tcl`. By default the whole project is
//! kept without the executable, because here the project itself is the result.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use crate::convert::{ConvertedProject, Expectation, Mismatch, Reference};
use crate::error::JobError;
use crate::process::{Finished, Spec};
use crate::report::{Artifact, Expected};
use crate::retain::{DefaultRetention, KeepList};
use crate::simulate::{LayerOutputs, Simulated, Simulator, raw_run};
use crate::stage::{Stage, StageSet};
use crate::state::StageStatus;
use crate::toolchain::compare::{compare, count};
use crate::toolchain::search::{self, Search, is_executable};
use crate::toolchain::{
    CsimSummary, Run, ToolNotFound, Toolchain, logs, measured, require_success, tool_name,
};

const EXECUTABLE: &str = "csim.exe";
const LOG: &str = "csim.log";
/// Folders for files that are there while a simulation runs begin with this.
pub(crate) const SCRATCH: &str = ".csim-";
/// What the test bench writes.
const RESULTS: &str = "tb_data/csim_results.log";
/// What it should write, if anybody knows.
const PREDICTIONS: &str = "tb_data/tb_output_predictions.dat";

const WEIGHTS_DIR: &str = r#"-DWEIGHTS_DIR="firmware/weights""#;

/// What the compiler should spend its time on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// A short compilation, for a few thousand samples.
    #[default]
    FastCompile,
    /// A fast simulation, for very many samples.
    FastRun,
}

impl Effort {
    fn flag(self) -> &'static str {
        match self {
            Effort::FastCompile => "-O1",
            Effort::FastRun => "-O3",
        }
    }
}

/// A C++ compiler that can build a project's test bench.
#[derive(Debug, Clone)]
pub struct Csim {
    compiler: PathBuf,
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
                let found = Search::new().path("PATH", path).find(&names, advice)?;
                Ok(Self { compiler: found.program, leading_args })
            }
        }
    }

    /// The stages of a sweep with this toolchain: `csim` alone.
    #[must_use]
    pub fn default_stages() -> StageSet {
        StageSet::NONE.with(Stage::Csim)
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

    fn simulate(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
        done: &mut Vec<Finished>,
    ) -> Result<CsimSummary, JobError> {
        let expected = Expected::before(folder, vec![Artifact::new(Stage::Csim, [RESULTS])]);
        let test_bench = Self::test_bench(folder, Vec::new());
        for spec in [&self.compile(&project.name, folder, Effort::default()), &test_bench] {
            let finished = run.process(spec, &mut || Some(Stage::Csim))?;
            done.push(finished);
            require_success(spec, &finished, Some(Stage::Csim))?;
        }
        expected.check(folder).map_err(|missing| JobError::MissingReport {
            tool: tool_name(&test_bench),
            missing,
            logs: logs(&test_bench),
        })?;
        let results = folder.join(RESULTS);
        let summary = match project.expectation {
            Expectation::None => count(&results)?,
            Expectation::Exact => compare(&folder.join(PREDICTIONS), &results)?,
        };
        let verified = match &project.reference {
            Some(reference) => self.verify(reference.as_ref(), project, folder, run, done)?,
            None => 0,
        };
        Ok(CsimSummary { verified, ..summary })
    }

    /// Runs the compiled test bench on the reference's samples and compares every bit.
    fn verify(
        &self,
        reference: &dyn Reference,
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
        done: &mut Vec<Finished>,
    ) -> Result<usize, JobError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            |source| JobError::Write { path, source }
        };
        let folder = std::path::absolute(folder).map_err(at(folder))?;
        let scratch = tempfile::Builder::new().prefix(SCRATCH).tempdir_in(&folder).map_err(at(&folder))?;
        let [input, output] = ["input", "output"].map(|name| scratch.path().join(name));
        std::fs::write(&input, reference.samples()).map_err(at(&input))?;
        let spec = raw_run(&folder, &[input, output.clone()]);
        let finished = run.process(&spec, &mut || Some(Stage::Csim))?;
        done.push(finished);
        require_success(&spec, &finished, Some(Stage::Csim))?;
        let outputs = std::fs::read(&output).map_err(at(&output))?;
        match reference.check(&Simulated { outputs, trace: Vec::new() }) {
            Ok(()) => Ok(reference.count()),
            Err(mismatch) => {
                let located = self.locate(reference, &project.name, scratch.path(), run);
                Err(JobError::Reference { mismatch: located.unwrap_or(mismatch) })
            }
        }
    }

    /// The first layer that differs, by a project that records all of them; `None` if that cannot be found out.
    fn locate(
        &self,
        reference: &dyn Reference,
        name: &str,
        scratch: &Path,
        run: &Run<'_>,
    ) -> Option<Mismatch> {
        let folder = scratch.join("traced");
        std::fs::create_dir(&folder).ok()?;
        reference.write_traced(&folder).ok()?;
        let simulator =
            Simulator::build(self, &folder, name, Effort::default(), run.limits, run.cancel).ok()?;
        let simulated = simulator.run(&reference.samples(), LayerOutputs::Record).ok()?;
        reference.check(&simulated).err()
    }
}

impl Toolchain for Csim {
    fn name(&self) -> &'static str {
        "csim"
    }

    fn program(&self) -> &Path {
        &self.compiler
    }

    fn version(&self) -> String {
        search::version_of(&self.compiler, &["--version"], &[])
    }

    fn stages(&self) -> StageSet {
        Self::default_stages()
    }

    fn keep_list(&self, _project: &str) -> KeepList {
        let reports = ["project.tcl", LOG, RESULTS, "hls4ml_config.yml", "build_opt.tcl"];
        KeepList {
            reports: reports.map(PathBuf::from).to_vec(),
            disposable: vec![PathBuf::from(EXECUTABLE)],
            by_default: DefaultRetention::Project,
        }
    }

    fn run(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        _stages: StageSet,
        run: &Run<'_>,
    ) -> Result<Option<CsimSummary>, JobError> {
        run.stage_started(Stage::Csim);
        let mut done = Vec::new();
        let result = self.simulate(project, folder, run, &mut done);
        let status = if result.is_ok() { StageStatus::Done } else { StageStatus::Failed };
        run.stage_finished(measured(Stage::Csim, status, &done));
        result.map(Some)
    }
}
