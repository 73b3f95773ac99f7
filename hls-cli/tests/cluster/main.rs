//! Sweeps on a real Slurm, started by each test: a controller and two nodes on this machine. What comes out is compared with a sweep without it, and
//! what happens to clusters happens here: parts and nodes die, jobs are cancelled, the command goes away.
//!
//! Where Slurm is not installed, a test says so and ends; `./run-tests` lists these.

#[path = "../cli/support.rs"]
#[allow(dead_code)]
mod support;

mod faults;
mod kills;
mod many;
mod slurm;
mod wrong;

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Condvar, Mutex, PoisonError};
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
const WELL: &str = include_str!("../common/well.sh");

/// So many Slurms at a time: tests mostly wait, but nodes claim more than this machine has.
const AT_A_TIME: usize = 3;
static RUNNING: Mutex<usize> = Mutex::new(0);
static ENDED: Condvar = Condvar::new();

/// The right to have a Slurm.
struct Turn;

impl Turn {
    fn take() -> Self {
        let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        let full = |running: &mut usize| *running >= AT_A_TIME;
        *ENDED.wait_while(running, full).unwrap_or_else(PoisonError::into_inner) += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *RUNNING.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        ENDED.notify_one();
    }
}

struct Bench {
    scratch: TempDir,
    slurm: Slurm,
    _turn: Turn,
}

impl Bench {
    /// Models, a tool, and a Slurm with `more` in its configuration; `None` where there is no Slurm.
    fn new(behaviour: &str, more: &str) -> Option<Self> {
        if let Some(reason) = missing() {
            skip(&format!("sweeps on Slurm: {reason}"));
            return None;
        }
        let turn = Turn::take();
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

    /// The name of the jobs of a round.
    fn name(&self, round: usize) -> String {
        let id = fs::read_to_string(self.out().join(".hls-sweep/cluster/current")).expect("a sweep");
        format!("hls-{}-{round}", id.trim())
    }

    fn elements(&self, state: &str) -> Vec<String> {
        let found = self.slurm.ask("squeue", &["-h", "-r", "-t", state, "-o", "%F_%K"]);
        found.lines().filter(|line| !line.ends_with("N/A")).map(str::to_owned).collect()
    }

    /// Each model's results are there, whole and once, and nothing is left over.
    fn all_is_well(&self, found: &Value) {
        let all = found["results"].as_array().expect("results");
        assert_eq!(
            (all.len(), &found["successful"]),
            (MODELS.len(), &Value::from(MODELS.len())),
            "{found:#}"
        );
        for model in MODELS {
            let folder = self.out().join(format!("hls_{model}"));
            let record: Value =
                serde_json::from_slice(&fs::read(folder.join(".hls-job.json")).expect("record"))
                    .expect("JSON");
            let result = result_of(found, model);
            assert_eq!(result["status"], "success");
            for key in ["fingerprint", "kept_files", "project_name"] {
                assert_eq!(record[key], result[key], "{model}: {key}");
            }
        }
        let attempts = self.out().join(".hls-sweep/attempts");
        let left = || fs::read_dir(&attempts).map_or(0, Iterator::count);
        self.slurm.wait("attempts to be removed", Duration::from_secs(20), || left() == 0);
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
    bench.tool(&format!(
        "[ $model != hls_model_trial_005 ] || {{ echo 'ERROR: [HLS 200-70] no' >&2; exit 1; }}\n{WELL}"
    ));
    let here = bench.path("here");
    run(&mut bench.synth(&here, &[]), [""; 0]).expect(1);
    fs::remove_file(bench.path("runs")).expect("runs");
    let ran = run(&mut bench.on_slurm(&[]), [""; 0]).expect(1);
    ran.says(&["submitted as hls-", "success", "FAILED"]).says_out("8 models: 6 succeeded, 2 failed");
    let (there, expected) = (results(&bench.out()), results(&here));
    let (got, wanted) = (comparable(&there, &bench.out()), comparable(&expected, &here));
    let jobs = |of: &Value| of["results"].as_array().expect("results").clone();
    for (job, expected) in jobs(&got).iter().zip(jobs(&wanted)) {
        for (key, expected) in expected.as_object().expect("a job") {
            assert_eq!(&job[key], expected, "{key} of {}", job["model"]);
        }
    }
    assert_eq!(got, wanted);
    for model in MODELS {
        assert_eq!(
            names(&bench.out().join(format!("hls_{model}"))),
            names(&here.join(format!("hls_{model}")))
        );
    }
    assert_eq!(bench.begins().values().sum::<usize>(), 6, "each model once: {}", bench.runs());
    // Elements 0 to 2 and no more: tasks were packed.
    assert!(
        bench
            .slurm
            .ask("squeue", &["-h", "-r", "-t", "all", "-o", "%K"])
            .lines()
            .all(|k| !["3", "4"].contains(&k))
    );
    // Nothing of what succeeded is left to do, neither there nor here.
    for executor in ["slurm", "local"] {
        let mut again = bench.synth(&bench.out(), &["--resume", "--executor", executor]);
        run(&mut again, [""; 0]).expect(1).says_out("6 succeeded, 2 failed (6 of them in an earlier run)");
    }
    assert_eq!(bench.begins()["model_trial_005"], 3, "{}", bench.runs());
    assert_eq!(bench.begins().values().sum::<usize>(), 8, "{}", bench.runs());
}

/// The processes of this sweep that run this part of the first round.
fn processes_of_part(output: &Path, index: usize) -> Vec<u32> {
    let index = index.to_string();
    let wanted = |pid: &u32| {
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let words: Vec<_> = line.split(|byte| *byte == 0).map(String::from_utf8_lossy).collect();
        let is_part = words.get(1).is_some_and(|word| word == "part");
        let of_index = words.windows(2).any(|pair| pair[0] == "--index" && pair[1] == index);
        is_part && of_index && words.iter().any(|word| word.starts_with(text(output)))
    };
    let all = fs::read_dir("/proc").expect("/proc").flatten();
    all.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(wanted).collect()
}

fn signal(pid: u32, name: &str) {
    let status = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().expect("kill");
    assert!(status.success(), "kill -{name} {pid}");
}

/// The tool waits until a file is there, and then does its work.
fn waiting() -> String {
    format!("while [ ! -e $here/go ]; do sleep 0.1; done\n{WELL}")
}

#[test]
fn killed_parts_and_killed_commands_lose_nothing() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    let mut command = bench.start(&["--models-per-part", "1"]);
    bench.wait_for_begins(6);
    // The command is killed; the sweep goes on, and nobody else may work there.
    command.kill().expect("kill");
    command.wait().expect("wait");
    for more in [&["--executor", "slurm"][..], &["--executor", "local"]] {
        run(&mut bench.synth(&bench.out(), more), [""; 0])
            .expect(2)
            .says(&["a sweep on the cluster works in"]);
    }
    let other = ["--executor", "slurm", "--resume", "--reuse-factor", "2"];
    run(&mut bench.synth(&bench.out(), &other), [""; 0]).expect(2).says(&["other options"]);
    let mut status = hls_cli();
    bench.slurm.environment(&mut status);
    run(&mut status, ["status", text(&bench.out())])
        .expect(0)
        .says_out("6 parts run, 0 wait")
        .says_out("6 running")
        .says_out(": model_trial_003");
    // One part is killed, another cancelled by hand.
    let part = processes_of_part(&bench.out(), 0);
    assert_eq!(part.len(), 1, "{part:?}");
    signal(part[0], "KILL");
    let second =
        bench.elements("R").into_iter().find(|element| element.ends_with("_1")).expect("a second part");
    bench.slurm.ask("scancel", &[&second]);
    bench.slurm.wait("both to be gone", LONGEST, || bench.elements("R").len() == 4);
    fs::write(bench.path("go"), "").expect("go");
    // Attached again, it is shown to its end: what is left is done in a second round.
    run(&mut bench.on_slurm(&["--models-per-part", "1", "--resume"]), [""; 0])
        .expect(0)
        .says(&["attached to the sweep hls-"])
        .says_out("6 models: 6 succeeded, 0 failed");
    let found = results(&bench.out());
    bench.all_is_well(&found);
    let expected: Vec<usize> = vec![2, 2, 1, 1, 1, 1];
    assert_eq!(bench.begins().into_values().collect::<Vec<_>>(), expected, "{}", bench.runs());
    assert_eq!(result_of(&found, "model_trial_000")["attempts"], 2);
}

#[test]
fn a_lost_node_loses_nothing_even_if_its_processes_live_on() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    // A part needs more than half a node, so that both nodes have some.
    let options = ["--models-per-part", "3", "--num-workers", "3", "--mem", "9GiB", "--detach"];
    let mut command = bench.synth(&bench.out(), &["--executor", "slurm"]);
    run(command.args(options), [""; 0]).expect(0);
    bench.wait_for_begins(6);
    bench.slurm.kill_node("n1");
    // Slurm gives the node up and starts its part again on the other one, where there is no room; so the lost node comes back empty.
    bench.slurm.wait("the part to be taken back", LONGEST, || !bench.elements("PD").is_empty());
    let twice = |bench: &Bench| bench.runs().lines().filter(|line| line.starts_with("begin")).count();
    assert_eq!(twice(&bench), 6);
    bench.slurm.start_node("n1");
    bench.slurm.wait("the part to run a second time", LONGEST, || twice(&bench) == 9);
    fs::write(bench.path("go"), "").expect("go");
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
}

#[test]
fn what_may_pass_is_tried_again_with_more_memory_where_that_was_short() {
    let behaviour = format!(
        "case $model in
*_000) [ -e $here/memory ] || {{ touch $here/memory; echo 'terminate called after throwing an instance of std::bad_alloc' >&2; exit 1; }};;
*_001) [ -e $here/licence ] || {{ touch $here/licence; echo 'ERROR: [Common 17-345] A valid license was not found' >&2; exit 1; }};;
esac
{WELL}"
    );
    let Some(bench) = Bench::new(&behaviour, "") else { return };
    run(&mut bench.on_slurm(&["--models-per-part", "1", "--retries", "1"]), [""; 0])
        .expect(0)
        .says(&["retry    model_trial_000", "retry    model_trial_001"]);
    let found = results(&bench.out());
    bench.all_is_well(&found);
    for (model, attempts) in [("model_trial_000", 2), ("model_trial_001", 2), ("model_trial_002", 1)] {
        let result = result_of(&found, model);
        assert_eq!(
            (&result["attempts"], result["earlier_errors"].as_array().map(Vec::len)),
            (&attempts.into(), Some(attempts - 1)),
            "{model}"
        );
    }
    let memory = bench.slurm.ask("squeue", &["-h", "-t", "all", "-o", "%K %m"]);
    // Of those that succeeded it is known how little they need; what ran out of it gets more than before in any case.
    let again =
        memory.lines().filter_map(|line| line.strip_prefix("0 ")?.strip_suffix('M')?.parse::<u64>().ok());
    assert!(again.max().is_some_and(|most| most > 200), "{memory}");
}

#[test]
fn the_tools_need_not_be_on_the_machine_that_submits() {
    let Some(bench) = Bench::new(WELL, "") else { return };
    let submit = |setup: &str, more: &[&str]| {
        let mut command = hls_cli();
        bench.slurm.environment(&mut command);
        command.args([
            "synth",
            "--no-cosim",
            "--no-export",
            "--no-vsynth",
            "--min-free-disk",
            "0",
            "--executor",
        ]);
        command
            .args(["slurm", "--toolchain", "vitis", "--setup", setup, "--input-dir"])
            .arg(bench.path("models"));
        run(command.arg("--output-dir").arg(bench.out()).args(more), [""; 0])
    };
    submit("true", &[]).expect(2).says(&["could not be planned on a node", "vitis"]);
    let setup = format!("sleep 3; export PATH=\"{}:$PATH\"", bench.path("tools/bin").display());
    submit(&setup, &["--detach"]).expect(0).says(&["planned on a node"]);
    let mut status = hls_cli();
    bench.slurm.environment(&mut status);
    run(&mut status, ["status", text(&bench.out())]).expect(0).says_out("not planned yet: the job");
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
    assert_eq!(found["toolchain"]["version"], "quick");
}

#[test]
fn ctrl_c_cancels_and_resume_does_the_rest() {
    let behaviour =
        format!("case $model in *_00[012]) while [ ! -e $here/go ]; do sleep 0.1; done;; esac\n{WELL}");
    let Some(bench) = Bench::new(&behaviour, "") else { return };
    let command = bench.start(&["--models-per-part", "1"]);
    bench.slurm.wait("three models to be done", LONGEST, || {
        bench.begins().len() == 6 && bench.runs().lines().filter(|line| line.starts_with("end")).count() == 3
    });
    bench.slurm.wait("their parts to end", LONGEST, || bench.elements("R").len() == 3);
    signal(command.id(), "INT");
    let ended = command.wait_with_output().expect("wait");
    assert_eq!(ended.status.code(), Some(130));
    assert_eq!(bench.slurm.ask("squeue", &["-h", "-t", "PD,R"]), "");
    let found = results(&bench.out());
    assert_eq!((&found["interrupted"], &found["successful"]), (&true.into(), &3.into()));
    fs::write(bench.path("go"), "").expect("go");
    run(&mut bench.on_slurm(&["--models-per-part", "1", "--resume"]), [""; 0])
        .expect(0)
        .says(&["3 finished by an earlier run"])
        .says_out("6 succeeded, 0 failed (3 of them in an earlier run)");
    assert_eq!(bench.begins().into_values().collect::<Vec<_>>(), [2, 2, 2, 1, 1, 1], "{}", bench.runs());
}

#[test]
fn licences_are_counted() {
    let Some(bench) = Bench::new(&format!("sleep 1\n{WELL}"), "Licenses=vivado:2") else { return };
    let of_licence = |licence: &str| {
        let options =
            ["--models-per-part", "1", "--licence", licence, "--slurm-option=--partition=main", "--dry-run"];
        run(&mut bench.on_slurm(&options), [""; 0]).expect(0).stdout
    };
    let known = of_licence("vivado:4");
    assert!(known.contains("--array=0-5%4") && known.contains("--licenses=vivado:1"), "{known}");
    assert!(known.contains("--partition=main"), "{known}");
    let unknown = of_licence("modelsim:3");
    assert!(unknown.contains("--array=0-5%3") && !unknown.contains("--licenses"), "{unknown}");
    assert!(!bench.out().exists(), "a dry run writes nothing");
    run(&mut bench.on_slurm(&["--models-per-part", "1", "--licence", "vivado:4"]), [""; 0]).expect(0);
    bench.all_is_well(&results(&bench.out()));
    let (mut now, mut most) = (0, 0);
    for line in bench.runs().lines() {
        now += if line.starts_with("begin") { 1 } else { -1 };
        most = most.max(now);
    }
    assert_eq!(most, 2, "two licences, as Slurm knows and the command does not: {}", bench.runs());
}
