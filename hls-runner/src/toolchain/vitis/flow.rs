//! A run of the script: its switches, its process, its verdict, its reports.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use hls_codegen::vitis::layout::{self, vivado_reports};
use hls_codegen::{Avoided, VivadoOptions};

use crate::folder::retain::{DefaultRetention, KeepList};
use crate::process::spec::Spec;
use crate::record::failure::{Cause, FailureKind};
use crate::record::stage::StageSet;
use crate::report::cosim;
use crate::report::numbers::{CosimStatus, Cosimulation};
use crate::report::source::read;
use crate::toolchain::artifact::{Artifact, Expected};
use crate::toolchain::error::ToolError;
use crate::toolchain::findings::Findings;
use crate::toolchain::marks::Marks;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::run::{Run, Toolchain, logs, require_success, tool_name};
use crate::toolchain::search;
use crate::toolchain::stage::StageSpec;
use crate::toolchain::vitis::find::{Launcher, Vitis};
use crate::toolchain::vitis::measure::measurements;
use crate::toolchain::vitis::sources::report_sources;
use crate::toolchain::vitis::stages::{
    COSIM, FIFO_OPT, FIFO_RESULT, RESET, RTLSIM, ReportPaths, STAGES, VIVADO_REPORT, VSYNTH, of_script,
};
use crate::toolchain::vitis::{blocks, rtl, script_errors};

/// The script's switches, sourced by `build_prj.tcl`.
pub(super) const BUILD_OPTIONS: &str = "build_opt.tcl";
/// The script that runs the stages.
const BUILD_SCRIPT: &str = "build_prj.tcl";
/// What the tool prints, by hls4ml's name for that file.
pub(super) const BUILD_LOG: &str = "build_stdout.log";
/// The tool's own log, by the name that scripts know.
const TOOL_LOG: &str = "vitis_hls.log";
/// Where the tool's log is when `vitis-run` keeps it from writing [`TOOL_LOG`]; the last resort is what it
/// printed, which has the same lines.
const TOOL_LOG_ELSEWHERE: [&str; 2] = ["logs/hls_run_tcl.log", BUILD_LOG];
/// Vivado's own log.
const VIVADO_LOG: &str = "vivado.log";

/// Files of the project that only some options bring along.
const OF_OPTIONS: [&str; 3] = [layout::BEFORE_SYNTH, layout::BEFORE_VSYNTH, layout::VIVADO_CLOCK];
/// What makes Vivado write every report that there is.
const EVERY_REPORT: VivadoOptions = VivadoOptions::ALL;

impl Vitis {
    /// The process that runs the script.
    pub(super) fn spec(&self, folder: &Path) -> Spec {
        let (program, args) = match &self.launcher {
            Launcher::VitisRun(program) => (program, vec!["--mode", "hls", "--tcl", BUILD_SCRIPT]),
            Launcher::VitisHls(program) => (program, vec!["-f", BUILD_SCRIPT]),
        };
        Spec {
            program: program.clone(),
            args: args.into_iter().map(OsString::from).collect(),
            cwd: folder.to_owned(),
            env: self.env.clone(),
            log: folder.join(BUILD_LOG),
            // `vivado` and the simulators write here, and little to the standard output.
            signs_of_life: [TOOL_LOG, TOOL_LOG_ELSEWHERE[0], VIVADO_LOG]
                .map(|name| folder.join(name))
                .to_vec(),
        }
    }
}

impl Toolchain for Vitis {
    fn name(&self) -> &'static str {
        "vitis"
    }

    fn program(&self) -> &Path {
        match &self.launcher {
            Launcher::VitisRun(program) | Launcher::VitisHls(program) => program,
        }
    }

    fn version(&self) -> String {
        let argument = match &self.launcher {
            Launcher::VitisRun(_) => "--version",
            Launcher::VitisHls(_) => "-version",
        };
        search::version_of(self.program(), &[argument], &self.env)
    }

    fn stages(&self) -> &[StageSpec] {
        &STAGES
    }

    fn keep_list(&self, project: &str) -> KeepList {
        let mut reports =
            ["project.tcl", TOOL_LOG, VIVADO_REPORT, "vivado_synth.tcl", "vivado.jou", VIVADO_LOG]
                .map(PathBuf::from)
                .to_vec();
        let ReportPaths { top_xml, xml, rpt, summary, cosim } = ReportPaths::of(project);
        reports.extend([top_xml, xml, rpt, summary, cosim].map(PathBuf::from));
        reports.extend(OF_OPTIONS.map(PathBuf::from));
        reports.extend(vivado_reports(Avoided::NOTHING, EVERY_REPORT).into_iter().map(PathBuf::from));
        reports.push(FIFO_RESULT.into());
        reports.extend(rtl::reports());
        KeepList { reports, disposable: rtl::disposable(), by_default: DefaultRetention::Reports }
    }

    fn read(&self, project: &str, folder: &Path, stages: &StageSet) -> Findings {
        let reading = read(folder, &report_sources(project), stages);
        let report = reading.report.as_ref();
        let mut warnings = reading.warnings;
        warnings.extend(report.into_iter().flat_map(rtl::disagreements));
        Findings {
            measurements: report.map(|report| measurements(report, &reading.taken)).unwrap_or_default(),
            warnings,
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
        let warnings = match stages.contains(&FIFO_OPT.stage()) {
            true => (self.optimize_fifos(&project.name, folder, run))
                .map_err(|error| script_errors::closer(error, project, folder, stages))?,
            false => Vec::new(),
        };
        let mut findings = Findings { warnings, ..Findings::default() };
        let stages = &after_fifo_opt(stages);
        if of_script().all(|spec| !spec.is_work || !stages.contains(&spec.stage())) {
            return Ok(findings);
        }
        let options = folder.join(BUILD_OPTIONS);
        fs::write(&options, build_options(stages))
            .map_err(|source| ToolError::Write { path: options, source })?;
        let must_leave = of_script().filter(|spec| stages.contains(&spec.stage()));
        let of_options =
            stages.contains(&VSYNTH.stage()).then(|| vivado_reports(project.avoided, project.vivado));
        let of_options =
            of_options.into_iter().flatten().map(|report| Artifact::new(VSYNTH.stage(), [report]));
        let must_leave = must_leave.flat_map(|spec| (spec.must_leave)(&project.name)).chain(of_options);
        let expected = Expected::before(folder, must_leave.collect());
        let spec = self.spec(folder);
        let mut marks = Marks::new(&spec.log, &STAGES, &stages.clone().without(&RTLSIM.stage()));
        let finished = run.process(&spec, &mut || marks.look(run))?;
        let unfinished = marks.look_to_the_end(run);
        let logged = provide_tool_log(folder);
        require_success(&spec, &finished, unfinished)
            .map_err(|error| script_errors::closer(error, project, folder, stages))?;
        expected.check(folder).map_err(|missing| ToolError::MissingReport {
            tool: tool_name(&spec),
            missing,
            logs: logs(&spec),
        })?;
        require_passed_cosim(&folder.join(ReportPaths::of(&project.name).cosim), stages, &spec)?;
        logged.map_err(|source| ToolError::Write { path: folder.join(TOOL_LOG), source })?;
        findings.warnings.extend(blocks::require_none(project, folder, stages)?);
        if stages.contains(&VSYNTH.stage()) && project.vivado.place_and_route {
            script_errors::require_routed(folder, &spec)?;
        }
        marks.all_done(run);
        if stages.contains(&RTLSIM.stage()) {
            self.simulate_rtl(project, folder, stages, run)?;
        }
        Ok(findings)
    }
}

/// Makes sure that the tool's log has the name that scripts know, whichever launcher was used.
fn provide_tool_log(folder: &Path) -> std::io::Result<()> {
    let log = folder.join(TOOL_LOG);
    if log.exists() {
        return Ok(());
    }
    let elsewhere = TOOL_LOG_ELSEWHERE.iter().map(|name| folder.join(name)).find(|path| path.is_file());
    elsewhere.map_or(Ok(()), |path| fs::copy(path, &log).map(|_| ()))
}

/// The stages that are left once the depths of the FIFOs are measured: from an empty tool project, since the one that is there has other depths.
fn after_fifo_opt(stages: &StageSet) -> StageSet {
    match stages.contains(&FIFO_OPT.stage()) {
        true => stages.clone().without(&FIFO_OPT.stage()).with(RESET.stage()),
        false => stages.clone(),
    }
}

/// The text of `build_opt.tcl`.
pub(super) fn build_options(stages: &StageSet) -> String {
    let mut text = String::from("array set opt {\n");
    for spec in of_script() {
        text.push_str(&format!("    {:<10} {}\n", spec.name, u8::from(stages.contains(&spec.stage()))));
    }
    // Only says that the co-simulation is to watch the FIFOs.
    let watch = u8::from(stages.contains(&FIFO_OPT.stage()));
    text + &format!("    {:<10} {watch}\n}}\n", FIFO_OPT.name)
}

/// The tool's report says that the co-simulation failed.
#[derive(Debug, thiserror::Error)]
#[error("the co-simulation failed: {} says Fail instead of Pass", .0.display())]
struct FailedCosim(PathBuf);

/// The tool ends with status 0 even where RTL and C++ differ; only the report says so.
fn require_passed_cosim(report: &Path, stages: &StageSet, spec: &Spec) -> Result<(), ToolError> {
    if !stages.contains(&COSIM.stage()) {
        return Ok(());
    }
    let text = fs::read(report).unwrap_or_default();
    match cosim::parse(&String::from_utf8_lossy(&text)) {
        Ok(Cosimulation { status: CosimStatus::Fail, .. }) => Err(ToolError::Wrong {
            stage: COSIM.stage(),
            kind: FailureKind::CosimMismatch,
            cause: Cause::CosimFailed,
            source: Box::new(FailedCosim(report.to_owned())),
            // The report says that it failed, the logs may say why; without a reason there, the report's row decides.
            logs: logs(spec).into_iter().chain([report.to_owned()]).collect(),
        }),
        // What cannot be read is a warning of the job, where the reports are read for their numbers.
        Ok(_) | Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use crate::toolchain::stage::default_stages;

    use super::*;

    #[test]
    fn build_options_are_hls4mls_switches() {
        assert_eq!(
            build_options(&default_stages(&STAGES)),
            "array set opt {\n    reset      1\n    csim       0\n    synth      1\n    cosim      1\n    \
             validation 0\n    export     1\n    vsynth     1\n    fifo_opt   0\n}\n"
        );
    }
}
