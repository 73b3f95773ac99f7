//! C simulation as a toolchain: the verdict on one project.

use std::path::{Path, PathBuf};

use crate::folder::retain::{DefaultRetention, KeepList};
use crate::process::spec::Finished;
use crate::record::csim::CsimSummary;
use crate::record::failure::{Cause, FailureKind};
use crate::record::job::StageStatus;
use crate::record::measurement::Measurement;
use crate::record::stage::StageSet;
use crate::toolchain::artifact::{Artifact, Expected};
use crate::toolchain::csim::compare::{CompareError, compare, count};
use crate::toolchain::csim::compiler::{Csim, EXECUTABLE, Effort, LOG, SCRATCH, raw_run};
use crate::toolchain::csim::simulator::{LayerOutputs, Simulator};
use crate::toolchain::error::ToolError;
use crate::toolchain::findings::Findings;
use crate::toolchain::project::{ConvertedProject, Expectation, Mismatch, Reference, Simulated};
use crate::toolchain::run::{Run, Toolchain, logs, measured, require_success, tool_name};
use crate::toolchain::search;
use crate::toolchain::stage::StageSpec;

/// What the test bench writes.
const RESULTS: &str = "tb_data/csim_results.log";
/// What it should write, if anybody knows.
const PREDICTIONS: &str = "tb_data/tb_output_predictions.dat";

const CSIM: StageSpec = StageSpec {
    checks_reference: true,
    must_leave: |_| vec![Artifact::new(CSIM.stage(), [RESULTS])],
    ..StageSpec::new("csim", "C simulation")
};

/// The stages of this toolchain.
pub(crate) static STAGES: [StageSpec; 1] = [CSIM];

/// The C simulation differs from what the model's exact arithmetic gives.
#[derive(Debug, thiserror::Error)]
#[error(
    "the C simulation and the emulator differ: {0}. This is a bug in this program, or in the \
     kernels if they are your own; please report it with the model"
)]
struct Unlike(Mismatch);

fn wrong(kind: FailureKind, source: impl std::error::Error + Send + Sync + 'static) -> ToolError {
    ToolError::Wrong {
        stage: CSIM.stage(),
        kind,
        cause: Cause::CsimMismatch,
        source: Box::new(source),
        logs: Vec::new(),
    }
}

fn differs(error: CompareError) -> ToolError {
    let kind = match error {
        CompareError::Read { .. } => FailureKind::MissingReport,
        CompareError::NotANumber { .. }
        | CompareError::Differs { .. }
        | CompareError::TooShort { .. }
        | CompareError::TooLong { .. } => FailureKind::CsimMismatch,
    };
    wrong(kind, error)
}

fn measurements(summary: &CsimSummary) -> Vec<Measurement> {
    let count = |metric: &'static str, value: usize| Measurement {
        metric: metric.into(),
        value: value as f64,
        unit: "".into(),
        stage: CSIM.stage(),
        source: RESULTS.to_owned(),
    };
    vec![
        count("samples", summary.samples),
        count("values", summary.values),
        count("verified", summary.verified),
    ]
}

impl Csim {
    fn simulate(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        run: &Run<'_>,
        done: &mut Vec<Finished>,
    ) -> Result<CsimSummary, ToolError> {
        let expected = Expected::before(folder, (CSIM.must_leave)(&project.name));
        let test_bench = Self::test_bench(folder, Vec::new());
        for spec in [&self.compile(&project.name, folder, Effort::default()), &test_bench] {
            let finished = run.process(spec, &mut || Some(CSIM.stage()))?;
            done.push(finished);
            require_success(spec, &finished, Some(CSIM.stage()))?;
        }
        expected.check(folder).map_err(|missing| ToolError::MissingReport {
            tool: tool_name(&test_bench),
            missing,
            logs: logs(&test_bench),
        })?;
        let results = folder.join(RESULTS);
        let summary = match project.expectation {
            Expectation::None => count(&results),
            Expectation::Exact => compare(&folder.join(PREDICTIONS), &results),
        }
        .map_err(differs)?;
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
        let finished = run.process(&spec, &mut || Some(CSIM.stage()))?;
        done.push(finished);
        require_success(&spec, &finished, Some(CSIM.stage()))?;
        let outputs = std::fs::read(&output).map_err(at(&output))?;
        match reference.check(&Simulated { outputs, trace: Vec::new() }) {
            Ok(()) => Ok(reference.count()),
            Err(mismatch) => {
                let located = self.locate(reference, &project.name, scratch.path(), run);
                Err(wrong(FailureKind::CsimMismatch, Unlike(located.unwrap_or(mismatch))))
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

    fn stages(&self) -> &[StageSpec] {
        &STAGES
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
        _stages: &StageSet,
        run: &Run<'_>,
    ) -> Result<Findings, ToolError> {
        run.stage_started(CSIM.stage());
        let mut done = Vec::new();
        let result = self.simulate(project, folder, run, &mut done);
        let status = if result.is_ok() { StageStatus::Done } else { StageStatus::Failed };
        run.stage_finished(measured(CSIM.stage(), status, &done));
        result.map(|summary| Findings {
            measurements: measurements(&summary),
            csim: Some(summary),
            ..Findings::default()
        })
    }
}
