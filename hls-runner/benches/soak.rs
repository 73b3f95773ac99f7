//! What a sweep adds to each job, and whether its memory stays flat: ten thousand jobs whose tool does nothing, beside bare starts of the same tool.
//!
//! `cargo bench -p hls-runner`; `HLS_SOAK_JOBS=N` for another number. Everything that a real sweep does is done: a keeper for each tool, the
//! journal flushed to the disk, results rewritten, folders swapped, archives packed. Machines and disks differ: the ratio and the growth are
//! the numbers to watch. A real tool takes minutes.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hls_runner::process::Spec;
use hls_runner::retain::{DefaultRetention, KeepList};
use hls_runner::toolchain::{Findings, Run, StageSpec, ToolError};
use hls_runner::{
    CancelToken, ConvertError, ConvertedProject, Converter, Event, EventKind, Reporter, StageSet,
    SweepOptions, SweepState, Toolchain, discover, plan, run_sweep,
};

const TOOL: &str = "/bin/true";
const JOBS: usize = 10_000;
/// What may be added to a job, and what a job may leave behind in memory.
const MOST_MILLISECONDS: f64 = 50.0;
const MOST_KIB_PER_JOB: f64 = 8.0;

struct SmallProject;

impl Converter for SmallProject {
    fn convert(&self, _model: &Path, folder: &Path) -> Result<ConvertedProject, ConvertError> {
        fs::write(folder.join("project.tcl"), "set project_name p\n")?;
        Ok(ConvertedProject { name: "p".into(), ..ConvertedProject::default() })
    }
}

/// A tool that does nothing.
struct Nothing;

impl Toolchain for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }

    fn program(&self) -> &Path {
        Path::new(TOOL)
    }

    fn stages(&self) -> &[StageSpec] {
        const { &[StageSpec::new("synth", "Do nothing")] }
    }

    fn keep_list(&self, _project: &str) -> KeepList {
        KeepList {
            reports: vec!["project.tcl".into(), "log".into()],
            disposable: Vec::new(),
            by_default: DefaultRetention::Reports,
        }
    }

    fn run(
        &self,
        _project: &ConvertedProject,
        folder: &Path,
        _stages: &StageSet,
        run: &Run<'_>,
    ) -> Result<Findings, ToolError> {
        let spec = Spec {
            program: TOOL.into(),
            args: Vec::new(),
            cwd: folder.to_owned(),
            env: Vec::new(),
            log: folder.join("log"),
            signs_of_life: Vec::new(),
        };
        run.process(&spec, &mut || None).map(|_| Findings::default())
    }
}

/// This process's resident memory at each tenth of the jobs, in KiB.
#[derive(Default)]
struct Memory {
    done: usize,
    samples: Vec<u64>,
}

impl Reporter for Memory {
    fn event(&mut self, event: &Event, state: &SweepState) {
        if matches!(event.kind, EventKind::JobFinished { .. }) {
            self.done += 1;
            if self.done.is_multiple_of((state.total() / 10).max(1)) {
                self.samples.push(resident_kib());
            }
        }
    }
}

fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default()
}

fn main() {
    hls_runner::process::main_if_asked();
    let jobs = std::env::var("HLS_SOAK_JOBS").ok().and_then(|text| text.parse().ok()).unwrap_or(JOBS);
    let workers = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let models = scratch.path().join("models");
    fs::create_dir(&models).expect("folder");
    for number in 0..jobs {
        fs::write(models.join(format!("m{number:05}.h5")), number.to_string()).expect("model");
    }
    let found = discover(&models, "*.h5").and_then(|found| found.select(None, None)).expect("models");
    let plan = plan(&models, Some(&scratch.path().join("out")), found).expect("plan");
    let options = SweepOptions { workers, ..SweepOptions::default() };
    let mut memory = Memory::default();
    let begin = Instant::now();
    let result = run_sweep(&plan, &options, &SmallProject, &Nothing, &mut memory, &CancelToken::new());
    let sweep = begin.elapsed();
    assert_eq!(result.expect("the sweep runs").state.successful(), jobs);

    let bare = bare_starts(jobs, workers.get());
    let each = |time: Duration| time.as_secs_f64() * 1e3 * workers.get() as f64 / jobs as f64;
    let overhead = each(sweep) - each(bare);
    let growth = match (memory.samples.first(), memory.samples.last()) {
        (Some(first), Some(last)) => last.saturating_sub(*first) as f64 / (jobs as f64 * 0.9),
        _ => 0.0,
    };
    println!("{jobs} jobs, {workers} workers, tool {TOOL}");
    println!("per job and worker:  sweep {:.2} ms, bare start {:.2} ms", each(sweep), each(bare));
    println!("added to each job:   {overhead:.2} ms ({})", verdict(overhead <= MOST_MILLISECONDS));
    println!("memory at each tenth of the jobs (KiB): {:?}", memory.samples);
    println!("growth per job:      {growth:.2} KiB ({})", verdict(growth <= MOST_KIB_PER_JOB));
}

fn verdict(good: bool) -> &'static str {
    if good { "within the target" } else { "TARGET MISSED" }
}

fn bare_starts(jobs: usize, workers: usize) -> Duration {
    let begin = Instant::now();
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                while next.fetch_add(1, Ordering::Relaxed) < jobs {
                    assert!(Command::new(TOOL).status().expect("the tool starts").success());
                }
            });
        }
    });
    begin.elapsed()
}
