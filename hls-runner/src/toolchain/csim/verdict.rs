//! C simulation as a toolchain: the verdict on one project.

use std::path::{Path, PathBuf};

use crate::folder::retain::{DefaultRetention, KeepList};
use crate::process::spec::Finished;
use crate::record::csim::CsimSummary;
use crate::record::job::StageStatus;
use crate::record::stage::{Stage, StageSet};
use crate::toolchain::artifact::{Artifact, Expected};
use crate::toolchain::csim::compare::{compare, count};
use crate::toolchain::csim::compiler::{Csim, EXECUTABLE, Effort, LOG, SCRATCH, raw_run};
use crate::toolchain::csim::simulator::{LayerOutputs, Simulator};
use crate::toolchain::error::ToolError;
use crate::toolchain::project::{ConvertedProject, Expectation, Mismatch, Reference, Simulated};
use crate::toolchain::run::{Run, Toolchain, logs, measured, require_success, tool_name};
use crate::toolchain::search;

/// What the test bench writes.
const RESULTS: &str = "tb_data/csim_results.log";
/// What it should write, if anybody knows.
const PREDICTIONS: &str = "tb_data/tb_output_predictions.dat";

impl Csim {
    fn simulate(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
        done: &mut Vec<Finished>,
    ) -> Result<CsimSummary, ToolError> {
        let expected = Expected::before(folder, vec![Artifact::new(Stage::Csim, [RESULTS])]);
        let test_bench = Self::test_bench(folder, Vec::new());
        for spec in [&self.compile(&project.name, folder, Effort::default()), &test_bench] {
            let finished = run.process(spec, &mut || Some(Stage::Csim))?;
            done.push(finished);
            require_success(spec, &finished, Some(Stage::Csim))?;
        }
        expected.check(folder).map_err(|missing| ToolError::MissingReport {
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
    ) -> Result<usize, ToolError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            |source| ToolError::Write { path, source }
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
                Err(ToolError::Reference { mismatch: located.unwrap_or(mismatch) })
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
    ) -> Result<Option<CsimSummary>, ToolError> {
        run.stage_started(Stage::Csim);
        let mut done = Vec::new();
        let result = self.simulate(project, folder, run, &mut done);
        let status = if result.is_ok() { StageStatus::Done } else { StageStatus::Failed };
        run.stage_finished(measured(Stage::Csim, status, &done));
        result.map(Some)
    }
}
