//! A sweep with stand-ins: a converter that copies the model file's text into the project, and tools that
//! are small shell scripts. What a tool does in a project is written in the model file itself.
#![allow(dead_code)]

use std::fs;
use std::num::NonZeroUsize;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hls_runner::process::Limits;
use hls_runner::toolchain::table::by_name;
use hls_runner::toolchain::{ToolPlaces, Vitis, default_stages};
use hls_runner::{
    CancelToken, ConvertError, ConvertedProject, Converter, JobRecord, Reporter, Silent, Stage, StageSet,
    SweepError, SweepOptions, SweepResult, Toolchain, discover, plan, run_sweep,
};
use serde_json::Value;
use tempfile::TempDir;

/// What the stand-in tool does for a well-behaved project: every file of every stage.
pub const WELL: &str = r#"
grep -q 'synth *1' build_opt.tcl && {
  echo '***** C/RTL SYNTHESIS *****'
  mkdir -p p_prj/solution1/syn/report
  echo '<x/>' > p_prj/solution1/syn/report/csynth.xml
  echo report > p_prj/solution1/syn/report/p_csynth.rpt
  echo '***** C/RTL SYNTHESIS COMPLETED IN 0h1m2s *****'
}
grep -q 'cosim *1' build_opt.tcl && {
  mkdir -p p_prj/solution1/sim/report; echo report > p_prj/solution1/sim/report/p_cosim.rpt; }
grep -q 'export *1' build_opt.tcl && {
  mkdir -p p_prj/solution1/impl; echo zip > p_prj/solution1/impl/export.zip; }
grep -q 'vsynth *1' build_opt.tcl && {
  echo report > vivado_synth.rpt; echo log > vivado.log; echo jou > vivado.jou; }
echo log > vitis_hls.log
"#;

/// Writes a project whose tool behaves as the model file says; `panic` and `broken` act while converting.
pub struct FakeConverter;

impl Converter for FakeConverter {
    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError> {
        let text = fs::read_to_string(model)?;
        fs::write(project_dir.join("half_a_file"), "")?;
        match text.lines().next() {
            Some("panic") => panic!("the converter met {}", model.display()),
            Some("broken") => return Err(format!("{} has no layers", model.display()).into()),
            _ => {}
        }
        fs::create_dir_all(project_dir.join("firmware"))?;
        for (name, content) in [
            ("behave.sh", text.as_str()),
            ("project.tcl", "set project_name \"p\"\n"),
            ("vivado_synth.tcl", "exit\n"),
            ("firmware/p.cpp", "// a kernel\n"),
        ] {
            fs::write(project_dir.join(name), content)?;
        }
        let name = text.lines().find_map(|line| line.strip_prefix("# name: ")).unwrap_or("p");
        Ok(ConvertedProject { name: name.to_owned(), ..ConvertedProject::default() })
    }
}

/// A folder with an input folder, an output folder, and stand-in tools.
pub struct Bench {
    pub dir: TempDir,
    pub stages: StageSet,
    pub workers: usize,
    pub grace: Duration,
    pub timeout: Option<Duration>,
    pub cancel: CancelToken,
}

impl Bench {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("in")).unwrap();
        fs::create_dir_all(dir.path().join("tools/bin")).unwrap();
        let bench = Self {
            dir,
            stages: vitis_defaults(),
            workers: 4,
            grace: Duration::from_millis(500),
            timeout: None,
            cancel: CancelToken::new(),
        };
        bench.tool("vitis-run", "exec sh ./behave.sh");
        bench.tool("vivado", "exit 0");
        bench
    }

    pub fn tool(&self, name: &str, script: &str) {
        let path = self.dir.path().join("tools/bin").join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub fn model(&self, name: &str, text: &str) -> PathBuf {
        let path = self.input().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    pub fn input(&self) -> PathBuf {
        self.dir.path().join("in")
    }

    pub fn output(&self) -> PathBuf {
        self.dir.path().join("out")
    }

    pub fn vitis(&self) -> Vitis {
        let places = ToolPlaces { explicit: Some(self.dir.path().join("tools")), ..ToolPlaces::from_env() };
        Vitis::find(&places, &self.stages).unwrap()
    }

    pub fn options(&self) -> SweepOptions {
        SweepOptions {
            workers: NonZeroUsize::new(self.workers).unwrap(),
            stages: Some(self.stages.clone()),
            limits: Limits { timeout: self.timeout, grace: self.grace, ..Limits::NONE },
            ..SweepOptions::default()
        }
    }

    pub fn run(&self) -> SweepResult {
        self.try_run(&self.options(), &self.vitis(), &mut Silent).unwrap()
    }

    pub fn try_run(
        &self,
        options: &SweepOptions,
        toolchain: &dyn Toolchain,
        reporter: &mut dyn Reporter,
    ) -> Result<SweepResult, SweepError> {
        self.run_with(options, &FakeConverter, toolchain, reporter)
    }

    pub fn run_with(
        &self,
        options: &SweepOptions,
        converter: &dyn Converter,
        toolchain: &dyn Toolchain,
        reporter: &mut dyn Reporter,
    ) -> Result<SweepResult, SweepError> {
        let models = discover(&self.input(), "*.h5").unwrap().select(None, None).unwrap();
        let plan = plan(&self.input(), Some(&self.output()), models).unwrap();
        run_sweep(&plan, options, converter, toolchain, reporter, &self.cancel)
    }

    pub fn results(&self) -> Value {
        let text = fs::read_to_string(self.output().join("synthesis_results.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

/// What Vitis runs where nothing else is asked for.
pub fn vitis_defaults() -> StageSet {
    default_stages(by_name("vitis").unwrap().stages)
}

pub fn synth_only() -> StageSet {
    [Stage::new("reset"), Stage::new("synth")].into_iter().collect()
}

pub fn record<'a>(result: &'a SweepResult, name: &str) -> &'a JobRecord {
    result.state.jobs.iter().find(|record| record.job.name == name).unwrap()
}

/// Names in a folder, sorted, without what a sweep keeps there for itself, folder and record.
pub fn list(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name != ".hls-sweep" && name != ".hls-job.json")
        .collect();
    names.sort();
    names
}

/// Whether any process on this machine has `word` among its arguments.
pub fn someone_runs(word: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
    })
}

/// How many processes on this machine work in `folder` or below it.
pub fn processes_in(folder: &Path) -> usize {
    let works_there = |entry: &fs::DirEntry| {
        fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    };
    fs::read_dir("/proc").unwrap().flatten().filter(works_there).count()
}
