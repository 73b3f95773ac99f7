//! What happens to real sweeps: they are killed, tools hang or die, clocks jump. What was finished stays finished, starting again
//! continues, and what failed says why. Disks and memory run out in `scarcity.rs`.
//!
//! The tool is a script that writes the files of a synthesis at once. A test that needs more of the machine than is there (strace, libfaketime)
//! says so and ends; `./run-tests` lists these.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::{TempDir, tempdir};

use super::support::*;

pub const MODELS: [&str; 4] = ["model_trial_000", "model_trial_001", "model_trial_002", "model_trial_003"];

/// What the script does for a synthesis; `$RUNS` gets a line at the beginning and at the end.
pub const WELL: &str = include_str!("../common/well.sh");

/// Models, a tool, and a folder for what comes of them.
pub struct Bench {
    scratch: TempDir,
}

impl Bench {
    /// Some of the sweep's models and a tool.
    pub fn new(models: &[&str], behaviour: &str) -> Self {
        let bench = Self { scratch: tempdir().expect("scratch") };
        copy_models(models, &bench.path("models"));
        bench.tool(behaviour);
        bench
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    fn tool(&self, behaviour: &str) {
        fs::create_dir_all(self.path("tools/bin")).expect("folder");
        let tool = self.path("tools/bin/vitis-run");
        let runs = self.path("runs");
        let script = format!(
            "#!/bin/sh\n[ \"$1\" = --version ] && {{ echo quick; exit 0; }}\nmodel=$(basename \"$PWD\")\n\
             echo begin $model >> {runs}\n{behaviour}\necho end $model >> {runs}\n",
            runs = runs.display()
        );
        fs::write(&tool, script).expect("tool");
        fs::set_permissions(&tool, fs::Permissions::from_mode(0o755)).expect("tool");
    }

    /// A sweep that ends with the synthesis.
    pub fn synth(&self, more: &[&str]) -> Command {
        self.synth_into(&self.path("out"), more)
    }

    fn synth_into(&self, output: &Path, more: &[&str]) -> Command {
        let mut command = hls_cli();
        self.arguments(&mut command, output, more);
        command
    }

    pub fn arguments(&self, command: &mut Command, output: &Path, more: &[&str]) {
        command.args(["synth", "--no-cosim", "--no-export", "--no-vsynth"]);
        if !more.contains(&"--min-free-disk") {
            command.args(["--min-free-disk", "0"]);
        }
        command.arg("--input-dir");
        command.arg(self.path("models")).arg("--output-dir").arg(output);
        command.arg("--vitis-dir").arg(self.path("tools")).args(more);
    }

    /// What the tool did since the last look: `begin MODEL` and `end MODEL`.
    pub fn runs(&self) -> Vec<String> {
        let text = fs::read_to_string(self.path("runs")).unwrap_or_default();
        let _ = fs::remove_file(self.path("runs"));
        text.lines().map(str::to_owned).collect()
    }
}

/// The models that succeeded, by the results as they are at this moment: these must be a whole document, or not be there.
pub fn successes(output: &Path) -> BTreeSet<String> {
    if !output.join("synthesis_results.json").exists() {
        return BTreeSet::new();
    }
    let results = results(output);
    let all = results["results"].as_array().expect("results");
    let succeeded = all.iter().filter(|entry| entry["status"] == "success");
    succeeded.map(|entry| entry["model"].as_str().expect("model").to_owned()).collect()
}

/// Waits until no process works in a folder or below it.
fn require_nobody_in(folder: &Path) {
    let works_there = |entry: &fs::DirEntry| {
        fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))
    };
    let begin = Instant::now();
    loop {
        let left: Vec<_> = fs::read_dir("/proc").expect("/proc").flatten().filter(works_there).collect();
        if left.is_empty() {
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(10), "still there: {left:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn quiet(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("hls-cli starts")
}

#[test]
fn killed_at_any_time_a_sweep_continues_where_it_was() {
    let bench = Bench::new(&MODELS, &format!("sleep 0.1\n{WELL}"));
    let output = bench.path("out");
    let mut done = BTreeSet::new();
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..40 {
        let mut sweep = quiet(&mut bench.synth(&["--resume", "--num-workers", "2"]));
        std::thread::sleep(Duration::from_millis(random.u64(10..700)));
        sweep.kill().expect("kill");
        let over = sweep.wait().expect("end").code().is_some();
        require_nobody_in(&output);
        let begun = bench.runs();
        for model in &done {
            assert!(!begun.contains(&format!("begin hls_{model}")), "{model} was done and was begun again");
        }
        let now = successes(&output);
        assert!(now.is_superset(&done), "{done:?} were done, {now:?} are now");
        done = now;
        if over {
            break;
        }
    }
    run::<&str>(&mut bench.synth(&["--resume"]), []).expect(0);
    assert_eq!(successes(&output), MODELS.map(String::from).into());
    for model in MODELS {
        assert!(output.join(format!("hls_{model}.tar.gz")).is_file());
    }
}

#[test]
fn killed_at_each_write_to_the_disk_a_sweep_continues_where_it_was() {
    let probe = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    if !probe.is_ok_and(|output| output.status.success()) {
        return skip("strace is not installed, or may not trace");
    }
    let bench = Bench::new(&MODELS[..2], WELL);
    // Every call of those that order what is on the disk, some of the many that only make or remove files.
    for (call, step) in [
        ("fsync", 2),
        ("rename", 2),
        ("fdatasync", 1),
        ("renameat2", 1),
        ("ftruncate", 1),
        ("unlink", 1),
        ("mkdir", 20),
        ("unlinkat", 60),
    ] {
        let killed = (1..).step_by(step).take_while(|at| is_killed_and_continues(&bench, call, *at)).count();
        assert!(killed > 0, "{call} is never called");
    }
}

/// Kills a sweep at a thread's `at`-th call, and starts it again. Whether there were so many.
fn is_killed_and_continues(bench: &Bench, call: &str, at: usize) -> bool {
    let output = bench.path("out");
    let mut command = Command::new("strace");
    command.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")]);
    command.args(["-e", &format!("inject={call}:signal=KILL:when={at}")]);
    command.arg(env!("CARGO_BIN_EXE_hls-cli"));
    bench.arguments(&mut command, &output, &["--num-workers", "1"]);
    let status = quiet(&mut command).wait().expect("end");
    require_nobody_in(&output);
    let done = successes(&output);
    bench.runs();
    if !status.success() {
        assert!(status.signal() == Some(9) || status.code() == Some(137), "{call} {at}: {status}");
        run::<&str>(&mut bench.synth(&["--resume"]), []).expect(0);
        let begun = bench.runs();
        for model in done {
            assert!(!begun.contains(&format!("begin hls_{model}")), "{call} {at}: {model} was done");
        }
    }
    assert_eq!(successes(&output).len(), 2, "{call} {at}");
    let left: Vec<String> =
        names(&output).into_iter().filter(|name| name.starts_with('.') && name != ".hls-sweep").collect();
    assert!(left.is_empty(), "{call} {at}: half done: {left:?}");
    fs::remove_dir_all(&output).expect("remove");
    !status.success()
}

#[test]
fn when_the_program_is_killed_its_tools_are_gone_too() {
    let bench = Bench::new(&MODELS[..1], "");
    let output = bench.path("out");
    // The stand-in starts processes that ignore every polite signal; they and it work in the project folder.
    let mut command = with_stand_ins();
    command.env("HLS_STANDIN_FAULT", "csynth:grandchildren=12");
    command.args(["synth", "--input-dir"]).arg(bench.path("models")).arg("--output-dir").arg(&output);
    let mut sweep = quiet(&mut command);
    let in_output = || {
        let entries = fs::read_dir("/proc").expect("/proc").flatten();
        let cwd = |entry: fs::DirEntry| fs::read_link(entry.path().join("cwd")).ok();
        entries.filter_map(cwd).filter(|cwd| cwd.starts_with(&output)).count()
    };
    let begin = Instant::now();
    while in_output() < 12 {
        assert!(begin.elapsed() < Duration::from_secs(120), "the stand-in does not start them");
        std::thread::sleep(Duration::from_millis(50));
    }
    sweep.kill().expect("kill");
    sweep.wait().expect("end");
    require_nobody_in(&output);
}

#[test]
fn a_tool_that_takes_too_long_is_ended_by_the_limit_that_it_passes() {
    let silent = "echo '***** C/RTL SYNTHESIS *****'; sleep 60";
    let talks = "echo '***** C/RTL SYNTHESIS *****'; while :; do echo on; sleep 0.2; done";
    for (behaviour, limit, kind, cause, ended_by) in [
        (silent, "--timeout", "timeout", "timeout", "timeout"),
        (talks, "--stage-timeout", "timeout", "timeout", "stage_timeout"),
        (silent, "--stall-timeout", "stall", "stall", "stall"),
    ] {
        let bench = Bench::new(&MODELS[..1], behaviour);
        let ran = run::<&str>(&mut bench.synth(&[limit, "2"]), []).expect(1);
        ran.says(&["took longer than 2 s", "Raise the limit", limit][usize::from(limit != "--timeout")..]);
        let results = results(&bench.path("out"));
        let entry = result_of(&results, MODELS[0]);
        assert_eq!(entry["failure"]["kind"], kind, "{entry:#}");
        assert_eq!(entry["failure"]["cause"], cause);
        assert_eq!(entry["failure"]["stage"], "synth");
        assert_eq!(entry["commands"][0]["ended_by"], ended_by);
    }
}

#[test]
fn what_each_stage_costs_is_recorded() {
    // So much work, however long it takes on a machine that others use; and a moment in which it is seen.
    let busy = "x=$(head -c 30000000 /dev/zero | tr '\\0' x); i=0; while [ $i -lt 1000000 ]; do i=$((i + 1)); done; sleep 1";
    let end = "echo '***** C/RTL SYNTHESIS COMPLETED IN 0h0m3s *****'";
    let bench = Bench::new(&MODELS[..1], &format!("{WELL}\n{busy}\n{end}"));
    run::<&str>(&mut bench.synth(&[]), []).expect(0);
    let results = results(&bench.path("out"));
    let entry = result_of(&results, MODELS[0]);
    let stages = entry["stages"].as_array().expect("stages");
    let synth = stages.iter().find(|stage| stage["stage"] == "synth").expect("synth");
    assert_eq!(synth["wall_seconds"], 3.0);
    assert!(synth["cpu_seconds"].as_f64().is_some_and(|seconds| seconds > 0.3), "{synth:#}");
    assert!(synth["peak_memory_bytes"].as_u64().is_some_and(|bytes| bytes > 30_000_000), "{synth:#}");
    let cosim = stages.iter().find(|stage| stage["stage"] == "cosim").expect("cosim");
    assert!(cosim["cpu_seconds"].is_null() && cosim["status"] == "skipped", "{cosim:#}");
}

#[test]
fn failures_say_why_and_what_to_do() {
    let bench = Bench::new(
        &MODELS,
        &format!(
            "case $model in
             *_000) echo 'ERROR: [XFORM 203-504] Stop unrolling loop Product1 because it may cause large runtime'; exit 1;;
             *_001) echo 'ERROR: [HLS 200-1023] Part xc7z020clg400-1 is not installed.'; exit 1;;
             *_002) ulimit -v 60000; head -c 300000000 /dev/zero | tail -c 200000000 | wc -c; exit 1;;
             esac\n{WELL}"
        ),
    );
    let ran = run::<&str>(&mut bench.synth(&[]), []).expect(1);
    ran.says(&["Use strategy Resource with a larger reuse factor", "Choose an installed part", "--part"]);
    let results = results(&bench.path("out"));
    for (model, cause, evidence) in [
        (MODELS[0], "unroll_limit", "Stop unrolling loop"),
        (MODELS[1], "part_not_installed", "is not installed"),
        (MODELS[2], "out_of_memory", "memory exhausted"),
    ] {
        let failure = &result_of(&results, model)["failure"];
        assert_eq!(failure["cause"], cause, "{failure:#}");
        assert!(failure["evidence"][0].as_str().is_some_and(|line| line.contains(evidence)), "{failure:#}");
        assert!(failure["advice"].is_string() && failure["explanation"].is_string());
    }
    assert_eq!(result_of(&results, MODELS[3])["status"], "success");
}

/// The library that shows a program another time; `None` where it is not installed.
fn libfaketime() -> Option<PathBuf> {
    let arch = std::env::consts::ARCH;
    let places = [format!("/usr/lib/{arch}-linux-gnu/faketime"), "/usr/lib/faketime".into()];
    places.iter().map(|place| Path::new(place).join("libfaketimeMT.so.1")).find(|path| path.exists())
}

#[test]
fn setting_the_clock_ends_no_tool() {
    let Some(library) = libfaketime() else {
        return skip("libfaketime is not installed");
    };
    let bench = Bench::new(&MODELS[..2], &format!("echo on; sleep 3; echo on\n{WELL}"));
    let clock = bench.path("clock");
    fs::write(&clock, "+0d").expect("clock");
    let mut command = bench.synth(&[
        "--num-workers",
        "2",
        "--timeout",
        "60",
        "--stage-timeout",
        "60",
        "--stall-timeout",
        "60",
    ]);
    command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", &clock);
    command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    let mut sweep = quiet(&mut command);
    let begin = Instant::now();
    while !bench.path("runs").exists() {
        assert!(begin.elapsed() < Duration::from_secs(60), "the tool does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    fs::write(&clock, "+9d").expect("clock");
    std::thread::sleep(Duration::from_secs(1));
    fs::write(&clock, "-9d").expect("clock");
    assert_eq!(sweep.wait().expect("end").code(), Some(0));
    let results = results(&bench.path("out"));
    let [begun, ended] =
        ["start_time", "end_time"].map(|key| results[key].as_str().expect("time").to_owned());
    assert!(ended < begun, "the clock was not seen to go back: {begun} to {ended}");
    let wall = result_of(&results, MODELS[0])["commands"][0]["wall_seconds"].as_f64().expect("wall");
    assert!((2.0..60.0).contains(&wall), "{wall}");
    // Nothing that shows times minds.
    for command in ["report", "status"] {
        run(&mut hls_cli(), [command, text(&bench.path("out"))]).expect(0);
    }
    run::<&str>(&mut bench.synth(&["--resume"]), [])
        .expect(0)
        .says(&["2 models were finished by an earlier run"]);
}

#[test]
fn a_second_sweep_in_the_same_folder_is_refused() {
    let bench = Bench::new(&MODELS[..1], &format!("sleep 20\n{WELL}"));
    let mut first = quiet(&mut bench.synth(&[]));
    let begin = Instant::now();
    while !bench.path("runs").exists() {
        assert!(begin.elapsed() < Duration::from_secs(30), "the tool does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    let who = format!("process {} on", first.id());
    run::<&str>(&mut bench.synth(&["--resume"]), []).expect(2).says(&["another sweep works in", &who]);
    first.kill().expect("kill");
    first.wait().expect("end");
    // Its lock went with it.
    bench.tool(WELL);
    run::<&str>(&mut bench.synth(&["--resume"]), []).expect(0);
}

#[test]
fn nobody_needs_to_listen() {
    let bench = Bench::new(&MODELS[..2], WELL);
    let mut sweep =
        bench.synth(&[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("hls-cli starts");
    drop((sweep.stdout.take(), sweep.stderr.take()));
    assert_eq!(sweep.wait().expect("end").code(), Some(0));
    assert_eq!(successes(&bench.path("out")).len(), 2);
}

#[test]
fn a_hang_up_ends_a_sweep_but_not_under_nohup() {
    for (prefix, code) in [("", 130), ("trap '' HUP;", 0)] {
        let bench = Bench::new(&MODELS[..1], &format!("sleep 2\n{WELL}"));
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{prefix} exec \"$@\""), "sh"]).arg(env!("CARGO_BIN_EXE_hls-cli"));
        bench.arguments(&mut command, &bench.path("out"), &[]);
        let mut sweep = quiet(&mut command);
        while !bench.path("runs").exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(
            Command::new("kill").args(["-HUP", &sweep.id().to_string()]).status().expect("kill").success()
        );
        assert_eq!(sweep.wait().expect("end").code(), Some(code), "{prefix}");
    }
}

/// The processes below a process.
fn below(root: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = fs::read_dir("/proc")
        .expect("/proc")
        .flatten()
        .filter_map(|entry| {
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            let id = entry.file_name().to_str()?.parse().ok()?;
            let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
            Some((id, parent))
        })
        .collect();
    let mut found = vec![root];
    let mut at = 0;
    while let Some(id) = found.get(at).copied() {
        found.extend(parents.iter().filter(|(_, parent)| *parent == id).map(|(id, _)| *id));
        at += 1;
    }
    found.split_off(1)
}

/// As a batch system does it when a job is cancelled, preempted or out of time: every process gets the signal, this program last.
#[test]
fn a_signal_to_every_process_of_a_batch_job_interrupts_the_sweep() {
    for name in ["TERM", "INT", "HUP"] {
        let bench = Bench::new(&MODELS[..3], "sleep 60");
        let mut sweep = quiet(&mut bench.synth(&["--num-workers", "2"]));
        let begin = Instant::now();
        // Two keepers, two shells, two sleeps.
        while below(sweep.id()).len() < 6 {
            assert!(begin.elapsed() < Duration::from_secs(60), "the tools do not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        let send = |ids: &[u32]| {
            let ids = ids.iter().map(u32::to_string);
            // One may have ended with another.
            Command::new("kill")
                .arg(format!("-{name}"))
                .args(ids)
                .stderr(Stdio::null())
                .status()
                .expect("kill");
        };
        send(&below(sweep.id()));
        std::thread::sleep(Duration::from_millis(150));
        send(&[sweep.id()]);
        assert_eq!(sweep.wait().expect("end").code(), Some(130), "{name}");
        require_nobody_in(&bench.path("out"));
        let results = results(&bench.path("out"));
        assert_eq!(results["interrupted"], true);
        for model in &MODELS[..2] {
            let entry = result_of(&results, model);
            assert_eq!(entry["failure"]["cause"], "interrupted", "{name}: {entry:#}");
        }
        assert_eq!(result_of(&results, MODELS[2])["status"], "pending", "{name}");
        bench.tool(WELL);
        run::<&str>(&mut bench.synth(&["--resume"]), []).expect(0);
    }
}
