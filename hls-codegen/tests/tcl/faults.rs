//! Misbehaviour on request: each fault that the stand-ins' README lists.

use std::fs;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::project::{EVERY_STAGE, Project, text};

#[test]
fn each_fault_happens() {
    enum End {
        Code(i32),
        Signal(i32),
    }
    use End::{Code, Signal};
    let cases = [
        ("csynth:exit=7", Code(7), "Pre-synthesis failed."),
        ("csim:error=the reason", Code(1), "ERROR: the reason"),
        ("csynth:signal=KILL", Signal(9), ""),
        ("any:oom", Signal(6), "std::bad_alloc"),
        ("license", Code(1), "A valid license was not found for feature 'csim'"),
        ("vsynth:license", Code(1), "A valid license was not found for feature 'Synthesis'"),
        ("vsynth:signal=SEGV", Code(1), "VIVADO SYNTHESIS failed"),
        ("vsynth:exit=3", Code(1), "VIVADO SYNTHESIS failed"),
        ("export:enospc", Code(1), "No space left on device"),
        ("cosim:mismatch", Code(1), "ERROR: Test failed"),
        ("cosim:fail", Code(1), "co-simulation finished: FAIL"),
        ("cosim:no-report", Code(1), "tiny_cosim.rpt"),
        ("csynth:exit=7@*/some-other-folder", Code(0), ""),
        ("csynth:slow=0.3", Code(0), ""),
        ("csynth:no-such-fault", Code(2), "HLS_STANDIN_FAULT has 'csynth:no-such-fault'"),
    ];
    for (fault, end, message) in cases {
        let project = Project::new(EVERY_STAGE, json!({}));
        let output = project.build(&[("HLS_STANDIN_FAULT", fault)]);
        match end {
            Code(code) => assert_eq!(output.status.code(), Some(code), "{fault}: {}", text(&output)),
            Signal(signal) => assert_eq!(output.status.signal(), Some(signal), "{fault}: {}", text(&output)),
        }
        assert!(text(&output).contains(message), "{fault}: {}", text(&output));
    }
}

#[test]
fn faults_of_the_files_that_a_stage_leaves() {
    let xml = "tiny_prj/solution1/syn/report/tiny_csynth.xml";
    let whole = Project::new(&["synth"], json!({}));
    assert!(whole.build(&[]).status.success());
    let length = whole.read(xml).len();
    let cases = [("no-report", None), ("empty-report", Some(0)), ("truncated-report", Some(length / 2 + 1))];
    for (fault, expected) in cases {
        let project = Project::new(&["synth"], json!({}));
        assert!(
            project.build(&[("HLS_STANDIN_FAULT", &format!("csynth:{fault}"))]).status.success(),
            "{fault}"
        );
        let left = fs::metadata(project.path().join(xml)).ok().map(|file| file.len() as usize);
        assert_eq!(left, expected, "{fault}");
    }
    let project = Project::new(&["synth"], json!({}));
    assert!(project.build(&[("HLS_STANDIN_FAULT", "csynth:fill-disk=3000000")]).status.success());
    let filling = project.path().join("tiny_prj/solution1/.autopilot/db/fill.bin");
    assert_eq!(fs::metadata(filling).unwrap().len(), 3_000_000);
}

#[test]
fn a_fault_can_be_kept_to_some_folders() {
    let project = Project::new(&["synth"], json!({}));
    let name = project.path().file_name().unwrap().to_string_lossy().into_owned();
    for (glob, code) in [(name.as_str(), 5), ("model_trial_*", 0)] {
        let output =
            project.build(&[("HLS_STANDIN_FAULT", "csynth:exit=5"), ("HLS_STANDIN_FAULT_ONLY", glob)]);
        assert_eq!(output.status.code(), Some(code), "{glob}");
    }
}

/// How many processes of the group are alive (a zombie is not).
fn alive_in_group(group: u32) -> usize {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let stats = processes.filter_map(|process| fs::read_to_string(process.path().join("stat")).ok());
    stats
        .filter(|stat| {
            // "pid (name) state parent group ..."; the name may hold spaces.
            let after_name = stat.rsplit(") ").next().unwrap_or_default();
            let fields: Vec<_> = after_name.split(' ').collect();
            fields.first() != Some(&"Z") && fields.get(2) == Some(&group.to_string().as_str())
        })
        .count()
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "waited in vain for {what}");
        sleep(Duration::from_millis(20));
    }
}

fn signal_group(signal: &str, group: u32) {
    let status = Command::new("kill").args([signal, "--", &format!("-{group}")]).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_hanging_tool_has_grandchildren_that_only_kill_ends() {
    let project = Project::new(&["synth"], json!({}));
    let mut tool = project
        .tool("vitis_hls", &["-f", "build_prj.tcl"])
        .env("HLS_STANDIN_FAULT", "csynth:grandchildren=3")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let group = tool.id();
    let is_deaf = |count| move || alive_in_group(group) == count;
    wait_for("the tool and three grandchildren", is_deaf(4));
    // They become deaf a moment after they start.
    sleep(Duration::from_millis(300));
    signal_group("-TERM", group);
    assert!(!tool.wait().unwrap().success());
    wait_for("the grandchildren alone", is_deaf(3));
    signal_group("-KILL", group);
    wait_for("nobody", is_deaf(0));
}

#[test]
fn a_tool_can_leave_processes_behind_and_succeed() {
    let project = Project::new(&["synth"], json!({}));
    let mut tool = project
        .tool("vitis_hls", &["-f", "build_prj.tcl"])
        .env("HLS_STANDIN_FAULT", "csynth:stray=2")
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let group = tool.id();
    assert!(tool.wait().unwrap().success());
    assert_eq!(alive_in_group(group), 2);
    signal_group("-KILL", group);
    wait_for("nobody", || alive_in_group(group) == 0);
}

#[test]
fn a_tool_that_hangs_is_silent_and_one_that_chatters_is_not() {
    for (fault, chatters) in [("csynth:hang", false), ("csynth:chatter", true)] {
        let project = Project::new(&["synth"], json!({}));
        let mut tool = project
            .tool("vitis_hls", &["-f", "build_prj.tcl"])
            .env("HLS_STANDIN_FAULT", fault)
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let log = project.path().join("vitis_hls.log");
        let reached = || fs::read_to_string(&log).is_ok_and(|text| text.contains("Running: csynth_design"));
        wait_for("csynth_design", reached);
        sleep(Duration::from_millis(200));
        let before = fs::metadata(&log).unwrap().len();
        sleep(Duration::from_millis(500));
        let after = fs::metadata(&log).unwrap().len();
        assert_eq!(after > before, chatters, "{fault}");
        assert!(tool.try_wait().unwrap().is_none(), "{fault}: the tool ended");
        tool.kill().unwrap();
        tool.wait().unwrap();
    }
}
