//! Vitis HLS, and Vivado through it, as hls4ml's `build_prj.tcl` drives them.
//!
//! One process runs all stages: `vitis-run --mode hls --tcl build_prj.tcl`, or `vitis_hls -f build_prj.tcl`
//! in older installations. The switches go into `build_opt.tcl`, which the script sources; Vivado's part
//! (`vivado -mode batch -source vivado_synth.tcl`) is started by the script itself. The script's banners
//! (`***** C/RTL SYNTHESIS *****`, `***** C/RTL SYNTHESIS COMPLETED IN 0h3m16s *****`) tell which stage is
//! running and how long each took.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use crate::folder::retain::{DefaultRetention, KeepList};
use crate::process::log::Follower;
use crate::process::spec::Spec;
use crate::record::csim::CsimSummary;
use crate::record::job::{StageRecord, StageStatus};
use crate::record::stage::{Stage, StageSet};
use crate::report::cosim;
use crate::report::numbers::{CosimStatus, Cosimulation};
use crate::report::source::{Format, Source};
use crate::toolchain::artifact::{Artifact, Expected};
use crate::toolchain::error::ToolError;
use crate::toolchain::project::ConvertedProject;
use crate::toolchain::run::{Run, Toolchain, logs, require_success, tool_name};
use crate::toolchain::search::{self, Found, Search, ToolNotFound};

/// The script's switches, sourced by `build_prj.tcl`.
const BUILD_OPTIONS: &str = "build_opt.tcl";
/// The script that runs the stages.
const BUILD_SCRIPT: &str = "build_prj.tcl";
/// What the tool prints, by hls4ml's name for that file.
const BUILD_LOG: &str = "build_stdout.log";
/// The tool's own log, by the name that scripts know.
const TOOL_LOG: &str = "vitis_hls.log";
/// Where the tool's log is when `vitis-run` keeps it from writing [`TOOL_LOG`]; the last resort is what it
/// printed, which has the same lines.
const TOOL_LOG_ELSEWHERE: [&str; 2] = ["logs/hls_run_tcl.log", BUILD_LOG];
/// Vivado's own log.
const VIVADO_LOG: &str = "vivado.log";
/// Vivado's utilization report.
const VIVADO_REPORT: &str = "vivado_synth.rpt";

const ADVICE: &str = "install Vitis HLS or source its settings64.sh first, or use --toolchain csim, which \
                      needs only g++ (C simulation, no synthesis)";

/// Where Vitis and Vivado are looked for.
#[derive(Debug, Clone, Default)]
pub struct ToolPlaces {
    /// An installation folder, its `bin`, or a `settings64.sh`. Vitis HLS is then looked for there only,
    /// Vivado there first.
    pub explicit: Option<PathBuf>,
    /// The search path, as in `PATH`.
    pub path: Option<OsString>,
    /// The folder of a Vitis HLS installation.
    pub xilinx_hls: Option<OsString>,
    /// The folder of a Vitis installation.
    pub xilinx_vitis: Option<OsString>,
    /// The folder of a Vivado installation.
    pub xilinx_vivado: Option<OsString>,
}

impl ToolPlaces {
    /// The places that this process's environment names.
    #[must_use]
    pub fn from_env() -> Self {
        Self {
            explicit: None,
            path: std::env::var_os("PATH"),
            xilinx_hls: std::env::var_os("XILINX_HLS"),
            xilinx_vitis: std::env::var_os("XILINX_VITIS"),
            xilinx_vivado: std::env::var_os("XILINX_VIVADO"),
        }
    }

    fn search_for_hls(&self) -> Search {
        match &self.explicit {
            // Whoever names a place does not want the tools of another.
            Some(path) => Search::new().explicit(path),
            None => Search::new()
                .path("PATH", self.path.as_deref())
                .variable("XILINX_HLS", self.xilinx_hls.as_deref())
                .variable("XILINX_VITIS", self.xilinx_vitis.as_deref()),
        }
    }

    /// `settings_path` is the `PATH` that Vitis's own settings file made.
    fn search_for_vivado(&self, settings_path: Option<&OsStr>) -> Search {
        let search = self.explicit.iter().fold(Search::new(), |search, path| search.explicit(path));
        let search = settings_path
            .into_iter()
            .fold(search, |search, path| search.path("the PATH of settings64.sh", Some(path)));
        search
            .path("PATH", self.path.as_deref())
            .variable("XILINX_VIVADO", self.xilinx_vivado.as_deref())
            .variable("XILINX_VITIS", self.xilinx_vitis.as_deref())
            .variable("XILINX_HLS", self.xilinx_hls.as_deref())
    }
}

/// Vitis HLS as it was found on this machine.
#[derive(Debug, Clone)]
pub struct Vitis {
    launcher: Launcher,
    env: Vec<(OsString, OsString)>,
}

#[derive(Debug, Clone)]
enum Launcher {
    VitisRun(PathBuf),
    VitisHls(PathBuf),
}

impl Vitis {
    /// Looks for the tools that `stages` need: `vitis-run` or else `vitis_hls`, and `vivado` for `vsynth`.
    ///
    /// Places, in order: the explicit one, `PATH`, `XILINX_HLS`, `XILINX_VITIS`; for Vivado `XILINX_VIVADO`
    /// before these two. The first place that has a tool wins; in one folder `vitis-run` goes before
    /// `vitis_hls`. An installation folder's `settings64.sh`, where there is one, is sourced by bash, and
    /// the tools run in the environment that it makes.
    ///
    /// # Errors
    /// A tool that is nowhere, with everything that was looked for and where.
    pub fn find(places: &ToolPlaces, stages: StageSet) -> Result<Self, ToolNotFound> {
        let Found { program, mut env } = places.search_for_hls().find(&["vitis-run", "vitis_hls"], ADVICE)?;
        if stages.contains(Stage::Vsynth) {
            let vivado = places
                .search_for_vivado(value_of(&env, "PATH"))
                .find(&["vivado"], "install Vivado, or turn the stage vsynth off")?;
            merge(&mut env, vivado.env);
            add_to_path(&mut env, places.path.as_deref(), vivado.program.parent());
        }
        let launcher = match program.file_name().and_then(OsStr::to_str) {
            Some("vitis_hls") => Launcher::VitisHls(program),
            _ => Launcher::VitisRun(program),
        };
        Ok(Self { launcher, env })
    }

    /// The same tools, told to use no more than so many threads each. Vitis HLS has no option for that; Vivado's is set by `vivado_synth.tcl`.
    #[must_use]
    pub fn with_threads(mut self, threads: NonZeroUsize) -> Self {
        for name in ["HLS_MAX_THREADS", "OMP_NUM_THREADS"] {
            self.env.retain(|(key, _)| key != name);
            self.env.push((name.into(), threads.to_string().into()));
        }
        self
    }

    fn spec(&self, folder: &Path) -> Spec {
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

    fn stages(&self) -> StageSet {
        Stage::ALL.into_iter().collect()
    }

    fn keep_list(&self, project: &str) -> KeepList {
        let mut reports =
            ["project.tcl", TOOL_LOG, VIVADO_REPORT, "vivado_synth.tcl", "vivado.jou", VIVADO_LOG]
                .map(PathBuf::from)
                .to_vec();
        let ReportPaths { top_xml, xml, rpt, summary, cosim } = ReportPaths::of(project);
        reports.extend([top_xml, xml, rpt, summary, cosim].map(PathBuf::from));
        KeepList { reports, disposable: Vec::new(), by_default: DefaultRetention::Reports }
    }

    fn report_sources(&self, project: &str) -> Vec<Source> {
        report_sources(project)
    }

    fn run(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        stages: StageSet,
        run: &Run<'_>,
    ) -> Result<Option<CsimSummary>, ToolError> {
        let options = folder.join(BUILD_OPTIONS);
        fs::write(&options, build_options(stages))
            .map_err(|source| ToolError::Write { path: options, source })?;
        let expected = Expected::before(folder, artifacts(&project.name, stages));
        let spec = self.spec(folder);
        let mut banners = Banners::new(&spec.log, stages);
        let finished = run.process(&spec, &mut || banners.look(run))?;
        banners.look_to_the_end(run);
        let logged = provide_tool_log(folder);
        require_success(&spec, &finished, banners.running)?;
        expected.check(folder).map_err(|missing| ToolError::MissingReport {
            tool: tool_name(&spec),
            missing,
            logs: logs(&spec),
        })?;
        require_passed_cosim(&folder.join(ReportPaths::of(&project.name).cosim), stages, &spec)?;
        logged.map_err(|source| ToolError::Write { path: folder.join(TOOL_LOG), source })?;
        banners.all_done(run);
        Ok(None)
    }
}

/// The reports with numbers of a project with this name, in order of preference.
pub(crate) fn report_sources(project: &str) -> Vec<Source> {
    let ReportPaths { top_xml, xml, rpt, summary, cosim } = ReportPaths::of(project);
    let source = |stage, format, path: String| Source { stage, format, path: path.into() };
    vec![
        source(Stage::Synth, Format::CsynthXml, top_xml),
        source(Stage::Synth, Format::CsynthXml, xml),
        source(Stage::Synth, Format::CsynthRpt, rpt),
        source(Stage::Synth, Format::CsynthRpt, summary),
        source(Stage::Cosim, Format::Cosim, cosim),
        source(Stage::Vsynth, Format::Utilization, VIVADO_REPORT.to_owned()),
    ]
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

/// The text of `build_opt.tcl`.
fn build_options(stages: StageSet) -> String {
    let mut text = String::from("array set opt {\n");
    for stage in Stage::ALL {
        text.push_str(&format!("    {:<10} {}\n", stage.name(), u8::from(stages.contains(stage))));
    }
    // Sizing FIFOs from a co-simulation trace is not a stage of the sweep.
    text.push_str("    fifo_opt   0\n}\n");
    text
}

/// What each stage must write, below the project folder. Validation only compares and writes nothing.
fn artifacts(name: &str, stages: StageSet) -> Vec<Artifact> {
    let solution = solution(name);
    let ReportPaths { rpt, summary, cosim, .. } = ReportPaths::of(name);
    let of = |stage, places: &[&str]| Artifact::new(stage, places);
    stages
        .iter()
        .flat_map(|stage| match stage {
            Stage::Reset | Stage::Validation => vec![],
            Stage::Csim => vec![of(
                stage,
                &["tb_data/csim_results.log", &format!("{solution}/csim/build/tb_data/csim_results.log")],
            )],
            // The numbers are read from the XML where it is there; nothing else needs it.
            Stage::Synth => vec![of(stage, &[&rpt, &summary])],
            Stage::Cosim => vec![of(stage, &[&cosim])],
            // The last file of an export, complete with everything in `impl/ip` ("[HLS 200-802] Generated
            // output file NAME_prj/solution1/impl/export.zip").
            Stage::Export => vec![of(stage, &[&format!("{solution}/impl/export.zip")])],
            Stage::Vsynth => vec![of(stage, &[VIVADO_REPORT])],
        })
        .collect()
}

/// The tool ends with status 0 even where RTL and C++ differ; only the report says so.
fn require_passed_cosim(report: &Path, stages: StageSet, spec: &Spec) -> Result<(), ToolError> {
    if !stages.contains(Stage::Cosim) {
        return Ok(());
    }
    let text = fs::read(report).unwrap_or_default();
    match cosim::parse(&String::from_utf8_lossy(&text)) {
        Ok(Cosimulation { status: CosimStatus::Fail, .. }) => {
            Err(ToolError::Cosim { report: report.to_owned(), logs: logs(spec) })
        }
        // What cannot be read is a warning of the job, where the reports are read for their numbers.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The folder of the tool's solution.
fn solution(name: &str) -> String {
    format!("{name}_prj/solution1")
}

/// Where Vitis HLS puts its reports, below the project folder.
struct ReportPaths {
    /// `NAME_csynth.xml`, of the top function.
    top_xml: String,
    /// `csynth.xml`: the same with all functions below.
    xml: String,
    rpt: String,
    /// `csynth.rpt`: the summary.
    summary: String,
    cosim: String,
}

impl ReportPaths {
    fn of(name: &str) -> Self {
        let solution = solution(name);
        Self {
            top_xml: format!("{solution}/syn/report/{name}_csynth.xml"),
            xml: format!("{solution}/syn/report/csynth.xml"),
            rpt: format!("{solution}/syn/report/{name}_csynth.rpt"),
            summary: format!("{solution}/syn/report/csynth.rpt"),
            cosim: format!("{solution}/sim/report/{name}_cosim.rpt"),
        }
    }
}

/// Follows the script's banners in the log.
struct Banners {
    log: Follower,
    stages: StageSet,
    running: Option<Stage>,
    done: StageSet,
}

enum Banner {
    Begin(Stage),
    End(Stage, Option<f64>),
}

impl Banners {
    fn new(log: &Path, stages: StageSet) -> Self {
        Self { log: Follower::new(log.to_owned()), stages, running: None, done: StageSet::NONE }
    }

    fn look(&mut self, run: &Run<'_>) -> Option<Stage> {
        let mut seen = Vec::new();
        self.log.look(|line| seen.extend(banner(line)));
        self.tell(seen, run);
        self.running
    }

    fn look_to_the_end(&mut self, run: &Run<'_>) {
        let mut seen = Vec::new();
        self.log.look_to_the_end(|line| seen.extend(banner(line)));
        self.tell(seen, run);
    }

    fn tell(&mut self, seen: Vec<Banner>, run: &Run<'_>) {
        for banner in seen {
            match banner {
                Banner::Begin(stage) if self.stages.contains(stage) => {
                    self.running = Some(stage);
                    run.stage_started(stage);
                }
                Banner::End(stage, seconds) if self.stages.contains(stage) => self.end(stage, seconds, run),
                Banner::Begin(_) | Banner::End(..) => {}
            }
        }
    }

    fn end(&mut self, stage: Stage, wall_seconds: Option<f64>, run: &Run<'_>) {
        self.running = self.running.filter(|running| *running != stage);
        self.done = self.done.with(stage);
        run.stage_finished(StageRecord { wall_seconds, ..StageRecord::new(stage, StageStatus::Done) });
    }

    /// The tool succeeded and all files are there: stages without an end banner are done as well.
    fn all_done(&mut self, run: &Run<'_>) {
        let silent = self.stages.iter().filter(|stage| *stage != Stage::Reset);
        for stage in silent.filter(|stage| !self.done.contains(*stage)).collect::<Vec<_>>() {
            self.end(stage, None, run);
        }
    }
}

fn banner(line: &str) -> Option<Banner> {
    let title = line.trim().strip_prefix("***** ")?.strip_suffix(" *****")?;
    Stage::ALL.into_iter().find_map(|stage| {
        let rest = title.strip_prefix(stage.banner()?)?;
        if rest.is_empty() {
            return Some(Banner::Begin(stage));
        }
        rest.strip_prefix(" COMPLETED IN ").map(|time| Banner::End(stage, seconds(time)))
    })
}

/// Reads hls4ml's `0h3m16s`.
fn seconds(time: &str) -> Option<f64> {
    let (hours, rest) = time.split_once('h')?;
    let (minutes, rest) = rest.split_once('m')?;
    let number = |text: &str| text.parse::<u32>().ok().map(f64::from);
    Some(number(hours)? * 3600.0 + number(minutes)? * 60.0 + number(rest.strip_suffix('s')?)?)
}

fn value_of<'a>(env: &'a [(OsString, OsString)], name: &str) -> Option<&'a OsStr> {
    env.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
}

/// Adds variables; of two `PATH`s both stay, the older first.
fn merge(env: &mut Vec<(OsString, OsString)>, more: Vec<(OsString, OsString)>) {
    for (name, value) in more {
        match env.iter_mut().find(|(key, _)| *key == name) {
            Some((_, old)) if name == "PATH" => {
                old.push(":");
                old.push(value);
            }
            Some((_, old)) => *old = value,
            None => env.push((name, value)),
        }
    }
}

/// Makes sure that the script finds programs of `folder` by their name.
fn add_to_path(env: &mut Vec<(OsString, OsString)>, own: Option<&OsStr>, folder: Option<&Path>) {
    let Some(folder) = folder else { return };
    let current = value_of(env, "PATH").or(own).unwrap_or_default().to_owned();
    if std::env::split_paths(&current).any(|dir| dir == folder) {
        return;
    }
    let mut longer = current;
    longer.push(":");
    longer.push(folder);
    env.retain(|(name, _)| name != "PATH");
    env.push(("PATH".into(), longer));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_options_are_hls4mls_switches() {
        assert_eq!(
            build_options(StageSet::default()),
            "array set opt {\n    reset      1\n    csim       0\n    synth      1\n    cosim      1\n    \
             validation 0\n    export     1\n    vsynth     1\n    fifo_opt   0\n}\n"
        );
    }

    #[test]
    fn banners_are_read_and_nothing_else() {
        let cases = [
            ("***** C SIMULATION *****", Some((Stage::Csim, None))),
            ("***** C/RTL SYNTHESIS COMPLETED IN 1h3m16s *****", Some((Stage::Synth, Some(3796.0)))),
            ("  ***** EXPORT IP *****  ", Some((Stage::Export, None))),
            ("***** VIVADO SYNTHESIS COMPLETED IN soon *****", Some((Stage::Vsynth, None))),
            ("INFO: [SIM 2] *************** CSIM start ***************", None),
            ("***** C SIMULATION FAILED *****", None),
            ("***** ", None),
        ];
        for (line, expected) in cases {
            let found = banner(line).map(|banner| match banner {
                Banner::Begin(stage) => (stage, None),
                Banner::End(stage, seconds) => (stage, seconds),
            });
            assert_eq!(found, expected, "{line}");
        }
    }

    #[test]
    fn a_path_is_extended_not_replaced() {
        let mut env = vec![("PATH".into(), "/a".into())];
        merge(&mut env, vec![("PATH".into(), "/b".into()), ("X".into(), "1".into())]);
        add_to_path(&mut env, None, Some(Path::new("/b")));
        add_to_path(&mut env, None, Some(Path::new("/c")));
        assert_eq!(value_of(&env, "PATH"), Some(OsStr::new("/a:/b:/c")));
        assert_eq!(value_of(&env, "X"), Some(OsStr::new("1")));
    }
}
