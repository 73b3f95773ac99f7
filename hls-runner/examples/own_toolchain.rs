//! A toolchain of your own: two stages, the files that they must leave, and the numbers that they give.
//!
//! It counts the lines of each project with `wc` and sums it up with `sha256sum`; synthesis with other tools looks the same. A toolchain of
//! this crate would have a row in `hls_runner::toolchain::table` besides, and with it a name for `--toolchain`, switches for its stages, and a
//! line of `doctor`.
//!
//! `cargo run -p hls-runner --example own_toolchain`

use std::error::Error;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use hls_runner::process::Spec;
use hls_runner::retain::{DefaultRetention, KeepList};
use hls_runner::toolchain::{Artifact, Expected, Findings, Run, StageSpec, ToolError};
use hls_runner::{
    CancelToken, ConvertError, ConvertedProject, Converter, Measurement, Silent, Stage, StageSet,
    StageStatus, SweepOptions, SweepState, Toolchain, discover, plan, run_sweep,
};

/// Counts lines.
const LINES: StageSpec = StageSpec {
    must_leave: |_project| vec![Artifact::new(LINES.stage(), ["lines.txt"])],
    ..StageSpec::new("lines", "Count the lines of the project")
};

/// Reads what the stage before it wrote.
const SUM: StageSpec = StageSpec {
    needs: &["lines"],
    must_leave: |_project| vec![Artifact::new(SUM.stage(), ["sum.txt"])],
    ..StageSpec::new("sum", "Sum up what was counted")
};

/// The stages, in the order in which they run.
static STAGES: [StageSpec; 2] = [LINES, SUM];

/// The tools: where they are was found out before.
struct Counter {
    shell: PathBuf,
}

impl Counter {
    /// Runs one stage as a process of its own.
    fn stage(&self, stage: Stage, script: &str, folder: &Path, run: &Run<'_>) -> Result<(), ToolError> {
        let spec = Spec {
            program: self.shell.clone(),
            args: ["-c", script].map(OsString::from).to_vec(),
            cwd: folder.to_owned(),
            env: Vec::new(),
            log: folder.join("counter.log"),
            signs_of_life: Vec::new(),
        };
        run.stage_process(stage, &spec)
    }
}

impl Toolchain for Counter {
    fn name(&self) -> &'static str {
        "counter"
    }

    fn program(&self) -> &Path {
        &self.shell
    }

    fn stages(&self) -> &[StageSpec] {
        &STAGES
    }

    fn keep_list(&self, _project: &str) -> KeepList {
        let reports = ["project.tcl", "lines.txt", "sum.txt", "counter.log"];
        KeepList {
            reports: reports.map(PathBuf::from).to_vec(),
            disposable: Vec::new(),
            by_default: DefaultRetention::Reports,
        }
    }

    fn run(
        &self,
        project: &ConvertedProject,
        folder: &Path,
        stages: &StageSet,
        run: &Run<'_>,
    ) -> Result<Findings, ToolError> {
        let on: Vec<&StageSpec> = STAGES.iter().filter(|spec| stages.contains(&spec.stage())).collect();
        let must_leave = on.iter().flat_map(|spec| (spec.must_leave)(&project.name)).collect();
        let expected = Expected::before(folder, must_leave);
        for spec in &on {
            let script = match spec.name {
                "lines" => "wc -l < project.tcl > lines.txt",
                _ => "sha256sum lines.txt > sum.txt",
            };
            self.stage(spec.stage(), script, folder, run)?;
        }
        // Status 0 alone is no success: each stage must have written what it should.
        let logs = vec![folder.join("counter.log")];
        expected.check(folder).map_err(|missing| ToolError::MissingReport {
            tool: "counter".into(),
            missing,
            logs,
        })?;
        Ok(Findings { measurements: lines(folder).into_iter().collect(), ..Findings::default() })
    }
}

/// The number in the first stage's report.
fn lines(folder: &Path) -> Option<Measurement> {
    let value = fs::read_to_string(folder.join("lines.txt")).ok()?.trim().parse().ok()?;
    Some(Measurement {
        metric: "lines".into(),
        value,
        unit: "".into(),
        stage: LINES.stage(),
        source: "lines.txt".into(),
    })
}

/// A model is a text; its project is that text.
struct Copy;

impl Converter for Copy {
    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError> {
        fs::copy(model, project_dir.join("project.tcl"))?;
        Ok(ConvertedProject { name: "text".into(), ..ConvertedProject::default() })
    }
}

/// A sweep over two models in `folder`; returns all that is known about it.
pub fn sweep(folder: &Path) -> Result<SweepState, Box<dyn Error>> {
    fs::write(folder.join("short.h5"), "one\n")?;
    fs::write(folder.join("long.h5"), "one\ntwo\nthree\n")?;
    let models = discover(folder, "*.h5")?.select(None, None)?;
    let plan = plan(folder, None, models)?;
    let counter = Counter { shell: "/bin/sh".into() };
    let options = SweepOptions::default();
    let result = run_sweep(&plan, &options, &Copy, &counter, &mut Silent, &CancelToken::new())?;
    Ok(result.state)
}

fn main() -> Result<(), Box<dyn Error>> {
    // Must come first: this may be the process that watches over a tool.
    hls_runner::process::main_if_asked();
    let folder = tempfile::tempdir()?;
    for job in sweep(folder.path())?.jobs {
        let done = job.stages.iter().filter(|record| record.status == StageStatus::Done).count();
        for Measurement { metric, value, stage, source, .. } in &job.measurements {
            println!(
                "{}: {done} stages done, {metric} = {value} (stage {stage}, from {source})",
                job.job.name
            );
        }
    }
    Ok(())
}
