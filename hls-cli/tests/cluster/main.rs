//! Sweeps on a real Slurm, started by each test: a controller and two nodes on this machine. What comes out is compared with a sweep without it, and
//! what happens to clusters happens here: parts and nodes die, jobs are cancelled, the command goes away.
//!
//! Where Slurm is not installed, a test says so and ends; `./run-tests` lists these.

#[path = "../cli/support.rs"]
#[allow(dead_code)]
mod support;

mod slurm;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use slurm::{Slurm, missing};
use support::*;

const MODELS: [&str; 6] = [
    "model_trial_000",
    "model_trial_001",
    "model_trial_002",
    "model_trial_003",
    "model_trial_004",
    "model_trial_005",
];

/// A sweep on this machine, loaded by others as it may be, takes no longer.
const LONGEST: Duration = Duration::from_secs(180);

/// Writes the files of a synthesis.
const WELL: &str = "
echo '***** C/RTL SYNTHESIS *****'
mkdir -p myproject_prj/solution1/syn/report
cp /dev/null vitis_hls.log
echo '<profile/>' > myproject_prj/solution1/syn/report/csynth.xml
echo report > myproject_prj/solution1/syn/report/myproject_csynth.rpt
echo log >> vitis_hls.log
";

/// One Slurm at a time: its nodes claim more than this machine has.
static ONE: Mutex<()> = Mutex::new(());

struct Bench {
    scratch: TempDir,
    slurm: Slurm,
    _turn: MutexGuard<'static, ()>,
}

impl Bench {
    /// Models, a tool, and a Slurm with `more` in its configuration; `None` where there is no Slurm.
    fn new(behaviour: &str, more: &str) -> Option<Self> {
        if let Some(reason) = missing() {
            skip(&format!("sweeps on Slurm: {reason}"));
            return None;
        }
        let turn = ONE.lock().unwrap_or_else(PoisonError::into_inner);
        let scratch = tempfile::tempdir().expect("scratch");
        let bench = Self { scratch, slurm: Slurm::start(more), _turn: turn };
        copy_models(&MODELS, &bench.path("models"));
        bench.tool(behaviour);
        Some(bench)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn out(&self) -> PathBuf {
        self.path("out")
    }

    /// The tool notes `begin MODEL` and `end MODEL`.
    fn tool(&self, behaviour: &str) {
        fs::create_dir_all(self.path("tools/bin")).expect("folder");
        let tool = self.path("tools/bin/vitis-run");
        let (runs, here) = (self.path("runs"), self.scratch.path());
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && {{ echo quick; exit 0; }}\nmodel=$(basename \"$PWD\")\nhere={here}\n\
             echo begin $model >> {runs}\n{behaviour}\necho end $model >> {runs}\n",
            here = here.display(),
            runs = runs.display()
        );
        fs::write(&tool, script).expect("tool");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("tool");
    }

    fn synth(&self, output: &Path, more: &[&str]) -> Command {
        let mut command = hls_cli();
        self.slurm.environment(&mut command);
        command.args(["synth", "--no-cosim", "--no-export", "--no-vsynth", "--min-free-disk", "0"]);
        command.args(["--toolchain", "vitis", "--input-dir"]).arg(self.path("models"));
        command.arg("--output-dir").arg(output).arg("--vitis-dir").arg(self.path("tools")).args(more);
        command
    }

    fn on_slurm(&self, more: &[&str]) -> Command {
        let mut command = self.synth(&self.out(), &["--executor", "slurm", "--mem", "100MiB"]);
        command.args(more);
        command
    }

    fn start(&self, more: &[&str]) -> Child {
        self.on_slurm(more).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("hls-cli starts")
    }

    fn runs(&self) -> String {
        fs::read_to_string(self.path("runs")).unwrap_or_default()
    }

    /// How often the tool began with each model.
    fn begins(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for model in self.runs().lines().filter_map(|line| line.strip_prefix("begin hls_")) {
            *counts.entry(model.to_owned()).or_default() += 1;
        }
        counts
    }

    /// Waits until the sweep is over, with nobody but its own jobs at work.
    fn wait_for_end(&self) -> Value {
        let path = self.out().join("synthesis_results.json");
        let ended = || {
            let text = fs::read_to_string(&path).unwrap_or_default();
            serde_json::from_str::<Value>(&text).is_ok_and(|found| !found["end_time"].is_null())
        };
        self.slurm.wait("the end of the sweep", LONGEST, ended);
        results(&self.out())
    }

    /// Waits until the tool has begun with so many models.
    fn wait_for_begins(&self, count: usize) {
        self.slurm.wait("models to begin", LONGEST, || self.begins().len() >= count);
    }

    fn elements(&self, state: &str) -> Vec<String> {
        let found = self.slurm.ask("squeue", &["-h", "-r", "-t", state, "-o", "%F_%K"]);
        found.lines().filter(|line| !line.ends_with("N/A")).map(str::to_owned).collect()
    }

    /// Each model's results are there, whole and once, and nothing is left over.
    fn all_is_well(&self, found: &Value) {
        let all = found["results"].as_array().expect("results");
        assert_eq!((all.len(), &found["successful"]), (MODELS.len(), &Value::from(MODELS.len())), "{found:#}");
        for model in MODELS {
            let folder = self.out().join(format!("hls_{model}"));
            let record: Value =
                serde_json::from_slice(&fs::read(folder.join(".hls-job.json")).expect("record")).expect("JSON");
            let result = result_of(found, model);
            assert_eq!(result["status"], "success");
            for key in ["fingerprint", "kept_files", "project_name"] {
                assert_eq!(record[key], result[key], "{model}: {key}");
            }
        }
        let attempts = self.out().join(".hls-sweep/attempts");
        let left = fs::read_dir(&attempts).map_or(0, Iterator::count);
        assert!(left <= 1, "{left} attempts are left");
    }
}

/// Without what differs between any two runs: times, places and what was measured.
fn comparable(found: &Value, output: &Path) -> Value {
    let text = found.to_string().replace(text(output), "OUTPUT");
    let mut value: Value = serde_json::from_str(&text).expect("JSON");
    forget(&mut value);
    value
}

fn forget(value: &mut Value) {
    const VARIES: [&str; 9] = [
        "start_time",
        "end_time",
        "wall_seconds",
        "cpu_seconds",
        "peak_memory_bytes",
        "user_seconds",
        "system_seconds",
        "usage",
        "pid",
    ];
    match value {
        Value::Object(map) => {
            map.retain(|key, _| !VARIES.contains(&key.as_str()));
            map.values_mut().for_each(forget);
        }
        Value::Array(all) => all.iter_mut().for_each(forget),
        _ => {}
    }
}

#[test]
fn a_sweep_on_slurm_gives_what_a_sweep_here_gives() {
    let Some(bench) = Bench::new(WELL, "MaxArraySize=3") else { return };
    // An identical model, a broken one, and one whose tool fails.
    fs::copy(bench.path("models/model_trial_000.h5"), bench.path("models/model_trial_006.h5")).expect("copy");
    fs::write(bench.path("models/model_trial_007.h5"), "no model").expect("file");
    bench.tool(&format!("[ $model != hls_model_trial_005 ] || {{ echo 'ERROR: [HLS 200-70] no' >&2; exit 1; }}\n{WELL}"));
    let here = bench.path("here");
    run(&mut bench.synth(&here, &[]), [""; 0]).expect(1);
    fs::remove_file(bench.path("runs")).expect("runs");
    let ran = run(&mut bench.on_slurm(&[]), [""; 0]).expect(1);
    ran.says(&["submitted as hls-", "success", "FAILED"]).says_out("8 models: 6 succeeded, 2 failed");
    let (there, expected) = (results(&bench.out()), results(&here));
    assert_eq!(comparable(&there, &bench.out()), comparable(&expected, &here));
    for model in MODELS {
        assert_eq!(names(&bench.out().join(format!("hls_{model}"))), names(&here.join(format!("hls_{model}"))));
    }
    assert_eq!(bench.begins().values().sum::<usize>(), 6, "each model once: {}", bench.runs());
    // Elements 0 to 2 and no more: tasks were packed.
    assert!(bench.slurm.ask("squeue", &["-h", "-r", "-t", "all", "-o", "%K"]).lines().all(|k| !["3", "4"].contains(&k)));
    // Nothing is left to do, neither here nor there; and the local sweep takes the results over.
    for executor in ["slurm", "local"] {
        let again = run(&mut bench.on_slurm(&["--resume", "--executor", executor]), [""; 0]);
        drop(again);
    }
}
