//! Signals: running tools end, results are written, exit status 130.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::tempdir;

use super::support::*;

fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().expect("kill");
    assert!(sent.success());
}

/// Processes whose command line mentions a folder.
fn processes_in(folder: &str) -> Vec<String> {
    let listed = Command::new("ps").args(["-eo", "pid,args"]).output().expect("ps");
    let lines = String::from_utf8_lossy(&listed.stdout).into_owned();
    lines.lines().filter(|l| l.contains(folder)).map(str::to_owned).collect()
}

#[test]
fn an_interrupted_sweep_ends_its_tools_and_keeps_its_results() {
    for name in ["INT", "TERM"] {
        let scratch = tempdir().expect("scratch");
        let input = scratch.path().join("models");
        copy_models(&["model_trial_012", "model_trial_019"], &input);
        let child = with_stand_ins()
            .env("HLS_STANDIN_FAULT", "csynth:hang")
            .env("HLS_STANDIN_FAULT_ONLY", "*trial_019*")
            .args(["synth", "--num-workers", "2", "--input-dir", text(&input)])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("hls-cli");
        let output = input.join("hls_outputs");
        let deadline = Instant::now() + Duration::from_secs(120);
        while !output.join("hls_model_trial_012.tar.gz").exists() {
            assert!(Instant::now() < deadline, "the first model does not finish");
            std::thread::sleep(Duration::from_millis(100));
        }
        signal(child.id(), name);
        let ended = child.wait_with_output().expect("exit status");
        assert_eq!(ended.status.code(), Some(130), "{name}");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(said.contains("run the same command with --resume to finish the rest"), "{name}: {said}");
        let results = results(&output);
        assert_eq!(result_of(&results, "model_trial_012")["status"], "success", "{name}");
        let ended = result_of(&results, "model_trial_019");
        assert_eq!(ended["status"], "failed", "{name}");
        assert!(ended["error"].as_str().is_some_and(|e| e.contains("interrupt")), "{name}: {ended:#}");
        let left = processes_in(text(scratch.path()));
        assert!(left.is_empty(), "{name}: still running: {left:?}");
    }
}
