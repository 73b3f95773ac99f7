//! A run of the open flow: its stages one after another, what is kept, and what is read afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::folder::retain::{DefaultRetention, KeepList};
use crate::process::spec::Spec;
use crate::record::failure::{Cause, FailureKind};
use crate::record::stage::StageSet;
use crate::report::{CircuitFile, Format, Source, circuit_json, read};
use crate::toolchain::artifact::Expected;
use crate::toolchain::error::ToolError;
use crate::toolchain::findings::Findings;
use crate::toolchain::open::find::Open;
use crate::toolchain::open::measure::measurements;
use crate::toolchain::open::places;
use crate::toolchain::open::simulator::FoundSimulator;
use crate::toolchain::open::stages::{MAP, PNR, RTL, RTLSIM, STAGES, TIMING};
use crate::toolchain::open::yosys::Yosys;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::run::{Run, Toolchain, logs, tool_name};
use crate::toolchain::stage::StageSpec;

impl Toolchain for Open {
    fn name(&self) -> &'static str {
        "open"
    }

    fn program(&self) -> &Path {
        let simulator = || self.simulator.as_ref().map(|simulator| simulator.compiler.as_path());
        self.yosys.as_ref().map(|yosys| yosys.path()).or_else(simulator).unwrap_or(Path::new(""))
    }

    fn version(&self) -> String {
        let yosys = self.yosys.as_ref().map(|yosys| yosys.version.as_str());
        let simulator = self.simulator.as_ref().map(|simulator| simulator.version.as_str());
        let placer = self.nextpnr.as_ref().map(|nextpnr| nextpnr.describe());
        let said: Vec<&str> = [yosys, simulator, placer].into_iter().flatten().collect();
        said.join("; ")
    }

    fn details(&self) -> Vec<String> {
        let yosys = self.yosys.iter().flat_map(Yosys::details);
        let simulator = self.simulator.iter().map(FoundSimulator::describe);
        let placer = self.nextpnr.iter().map(|nextpnr| nextpnr.describe().to_owned());
        yosys.chain(simulator).chain(placer).collect()
    }

    fn stages(&self) -> &[StageSpec] {
        &STAGES
    }

    fn keep_list(&self, project: &str) -> KeepList {
        KeepList {
            reports: places::reports(project),
            disposable: vec![PathBuf::from(places::vvp(project)), PathBuf::from(places::VERILATED)],
            by_default: DefaultRetention::Reports,
        }
    }

    fn read(&self, _project: &str, folder: &Path, stages: &StageSet) -> Findings {
        // What the circuit is does not depend on the stages.
        let stages = stages.clone().with(RTL.stage());
        let reading = read(folder, &sources(), &stages);
        Findings {
            measurements: reading.report.as_ref().map(measurements).unwrap_or_default(),
            warnings: reading.warnings,
            report: reading.report.map(Box::new),
            ..Findings::default()
        }
    }

    fn run(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        stages: &StageSet,
        run: &Run<'_>,
    ) -> Result<Findings, ToolError> {
        let on = |spec: &StageSpec| stages.contains(&spec.stage());
        let mut warnings = Vec::new();
        if let Some(simulator) = self.simulator.as_ref().filter(|_| on(&RTL)) {
            run_stage(&RTL, &simulator.compile(&project.name, folder), project, folder, run)?;
            if on(&RTLSIM) {
                self.simulate(simulator, project, folder, run)?;
            }
        }
        if let Some(yosys) = self.yosys.as_ref().filter(|_| on(&MAP)) {
            warnings.extend(self.map(yosys, project, folder, run)?);
            if on(&TIMING) {
                self.time(project, folder, run)?;
            }
            if let Some(nextpnr) = self.nextpnr.as_ref().filter(|_| on(&PNR)) {
                self.place((yosys, nextpnr), project, folder, run)?;
            }
        }
        Ok(Findings { warnings, ..Findings::default() })
    }
}

/// The files with numbers.
fn sources() -> Vec<Source> {
    let source =
        |stage: StageSpec, format, path: &str| Source { stage: stage.stage(), format, path: path.into() };
    vec![
        source(RTL, Format::Circuit, places::CIRCUIT),
        source(RTLSIM, Format::RtlSimulation, places::SIMULATION),
        source(MAP, Format::Mapping, places::MAPPING),
        source(TIMING, Format::Timing, places::TIMING),
        source(PNR, Format::Placement, places::PLACEMENT),
    ]
}

/// Runs the process of a stage and insists on what it must leave.
pub(super) fn run_stage(
    stage: &StageSpec,
    spec: &Spec,
    project: &ConvertedProject,
    folder: &Path,
    run: &Run<'_>,
) -> Result<(), ToolError> {
    let expected = Expected::before(folder, (stage.must_leave)(&project.name));
    run.stage_process(stage.stage(), spec)?;
    expected.check(folder).map_err(|missing| ToolError::MissingReport {
        tool: tool_name(spec),
        missing,
        logs: logs(spec),
    })
}

/// The project's description of its circuit.
pub(super) fn circuit(stage: &StageSpec, folder: &Path) -> Result<CircuitFile, ToolError> {
    let path = folder.join(places::CIRCUIT);
    let unreadable = |why: String| {
        wrong(stage, FailureKind::MissingReport, Cause::MissingReport, Unreadable { path: path.clone(), why })
    };
    let text = fs::read_to_string(&path).map_err(|error| unreadable(error.to_string()))?;
    circuit_json::parse(&text).map_err(|flaw| unreadable(flaw.to_string()))
}

/// A file of the project is not as it should be.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be used: {why}", path.display())]
pub(super) struct Unreadable {
    pub(super) path: PathBuf,
    pub(super) why: String,
}

/// The error for a stage whose result is wrong.
pub(super) fn wrong(
    stage: &StageSpec,
    kind: FailureKind,
    cause: Cause,
    source: impl std::error::Error + Send + Sync + 'static,
) -> ToolError {
    ToolError::Wrong { stage: stage.stage(), kind, cause, source: Box::new(source), logs: Vec::new() }
}

/// Writes a record that [`Toolchain::read`] finds.
pub(super) fn write_record(folder: &Path, name: &str, record: &impl Serialize) -> Result<(), ToolError> {
    let text = serde_json::to_string_pretty(record).unwrap_or_default();
    write_text(folder, name, &text)
}

pub(super) fn write_text(folder: &Path, name: &str, text: &str) -> Result<(), ToolError> {
    let path = folder.join(name);
    fs::write(&path, text).map_err(|source| ToolError::Write { path, source })
}
