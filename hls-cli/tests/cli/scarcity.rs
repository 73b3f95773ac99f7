//! What happens to real sweeps when disks and memory run out: what was finished stays finished, and what failed says why.
//!
//! A test that needs more of the machine than is there (a file system of its own, a control group) says so and ends; `./run-tests` lists these.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::support::*;
use super::survival::{Bench, MODELS, WELL, successes};

/// A file system of its own, as long as it is held; `None` where that may not be made.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn new(path: PathBuf, size: &str) -> Option<Self> {
        fs::create_dir_all(&path).expect("folder");
        Self::mount(&["-t", "tmpfs", "-o", &format!("size={size}"), "none", text(&path)])
            .then_some(Self(path))
    }

    fn resize(&self, size: &str) {
        assert!(Self::mount(&["-o", &format!("remount,size={size}"), text(&self.0)]));
    }

    fn mount(args: &[&str]) -> bool {
        Command::new("mount").args(args).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_loses_nothing_that_was_done() {
    let bench = Bench::new(
        &MODELS,
        &format!("{WELL}\ncase $model in *_000) ;; *) head -c 6000000 /dev/zero > big || exit 1;; esac"),
    );
    let Some(disk) = SmallDisk::new(bench.path("out"), "4m") else {
        return skip("no file system may be mounted here");
    };
    let ran = run::<&str>(&mut bench.synth(&["--num-workers", "1"]), []).expect(1);
    ran.says(&["A file system is full.", "Free some space"]);
    let output = bench.path("out");
    let first = successes(&output);
    assert!(first.contains(MODELS[0]), "{first:?}");
    let results = results(&output);
    let failed = result_of(&results, MODELS[1]);
    assert_eq!(failed["failure"]["cause"], "disk_full", "{failed:#}");

    disk.resize("100m");
    bench.runs();
    run::<&str>(&mut bench.synth(&["--resume"]), []).expect(0);
    assert_eq!(successes(&output).len(), MODELS.len());
    assert!(!bench.runs().contains(&format!("begin hls_{}", MODELS[0])));
}

#[test]
fn jobs_wait_while_the_disk_is_nearly_full() {
    let bench = Bench::new(&MODELS[..1], WELL);
    let Some(disk) = SmallDisk::new(bench.path("out"), "8m") else {
        return skip("no file system may be mounted here");
    };
    let sweep = bench
        .synth(&["--min-free-disk", "20MiB"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("hls-cli starts");
    let begin = Instant::now();
    let waiting = loop {
        let output = bench.path("out");
        if output.join("synthesis_results.json").exists() && results(&output)["waiting"].is_string() {
            break results(&output)["waiting"].clone();
        }
        assert!(begin.elapsed() < Duration::from_secs(60), "it does not say that it waits");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(bench.runs().is_empty());
    assert!(waiting.as_str().is_some_and(|text| text.contains("20 MiB must stay free")), "{waiting}");
    disk.resize("100m");
    let ended = sweep.wait_with_output().expect("end");
    assert_eq!(ended.status.code(), Some(0));
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(said.contains("until there is room for another model: disk space"), "{said}");
}

/// A control group with a limit on memory, as long as it is held; `None` where that may not be made.
struct Group(PathBuf);

impl Group {
    fn new(limit: &str) -> Option<Self> {
        let name = format!("hls_cli_test_{}", std::process::id());
        for (mounted, file) in
            [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]
        {
            let group = Self(Path::new(mounted).join(&name));
            if fs::create_dir(&group.0).is_ok() && fs::write(group.0.join(file), limit).is_ok() {
                // Else the kernel puts pages aside instead of killing.
                let _ = fs::write(group.0.join("memory.swap.max"), "0");
                return Some(group);
            }
        }
        None
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_tool_that_the_system_kills_for_memory_is_recognized() {
    let greedy =
        "case $model in *_001) head -c 900000000 /dev/zero | tail -c 800000000 | wc -c; exit 1;; esac";
    let bench = Bench::new(&MODELS[..2], &format!("{greedy}\n{WELL}"));
    let Some(group) = Group::new("400000000") else {
        return skip("no control group may be made here");
    };
    let mut command = Command::new("sh");
    command.args(["-c", "echo $$ > \"$0\" && exec \"$@\"", text(&group.0.join("cgroup.procs"))]);
    command.arg(env!("CARGO_BIN_EXE_hls-cli"));
    bench.arguments(&mut command, &bench.path("out"), &["--num-workers", "1"]);
    let ran = run::<&str>(&mut command, []).expect(1);
    ran.says(&["Memory ran out. Use fewer workers"]);
    let results = results(&bench.path("out"));
    assert_eq!(result_of(&results, MODELS[0])["status"], "success");
    let killed = result_of(&results, MODELS[1]);
    assert_eq!(killed["failure"]["cause"], "out_of_memory", "{killed:#}");
    // What all its processes used together was seen.
    let peak = killed["peak_memory_bytes"].as_u64().expect("peak");
    assert!(peak > 100_000_000, "{peak}");
}
