//! Results of sweeps that nobody ran.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

/// A sweep over 3 clocks × 3 reuse factors of as many models as `jobs` needs, with Vivado's count of what succeeded, and scores of the models. Always the
/// same.
pub fn grid(dir: &Path, jobs: usize) {
    let mut random = fastrand::Rng::with_seed(7);
    let mut results = Vec::new();
    let mut scores = Vec::new();
    while results.len() < jobs {
        let model = format!("model_trial_{:03}", scores.len());
        let size = 400.0 * (3.5 * random.f64()).exp();
        let accuracy = 0.95 - 0.3 / (1.0 + size / 1500.0) - 0.02 * random.f64();
        scores.push(json!({"model": model, "metrics": {"accuracy": accuracy, "auc": 0.5 + accuracy / 2.0}}));
        for (clock, reuse) in [5.0, 10.0, 20.0].into_iter().flat_map(|c| [1_u32, 4, 16].map(move |r| (c, r)))
        {
            if results.len() < jobs {
                results.push(job(&model, size, clock, reuse, &mut random));
            }
        }
    }
    write(
        dir,
        results,
        json!([
            {"axis": "clock-period", "values": [5, 10, 20]},
            {"axis": "reuse-factor", "values": [1, 4, 16]},
        ]),
    );
    fs::write(dir.join("scores.json"), json!({"models": scores}).to_string()).expect("scores");
}

fn job(model: &str, size: f64, clock: f64, reuse: u32, random: &mut fastrand::Rng) -> Value {
    let lut = (size * (1.0 + 0.1 * random.f64()) / f64::from(reuse).sqrt()) as u64;
    let ff = (lut as f64 * (0.4 + 0.2 * random.f64()) * (20.0 / clock).sqrt()) as u64;
    let failed = random.u32(..20) == 0;
    let resources =
        |lut: u64, ff: u64| json!({"lut": lut, "ff": ff, "dsp": 16 / reuse, "bram_18k": 3, "uram": 0});
    let available = json!({"lut": 53200, "ff": 106400, "dsp": 220, "bram_18k": 280, "uram": 0});
    let latency = 12 + reuse + (40.0 / clock) as u32;
    let report = json!({
        "stand_in": false, "tool_version": "2024.1", "part": "xc7z020-clg400-1",
        "clock_period_target_ns": clock, "clock_period_estimated_ns": clock * 0.7,
        "latency_min_cycles": latency, "latency_max_cycles": latency + 2,
        "interval_min_cycles": reuse, "interval_max_cycles": reuse,
        "resources": resources(3 * lut, 2 * ff), "resources_available": available,
        "logic_synthesis": {
            "part": "xc7z020clg400-1", "resources": resources(lut, ff), "resources_available": available,
            "worst_negative_slack_ns": (random.f64() - 0.1) * clock / 10.0,
        },
    });
    let failure = json!({
        "kind": "tool_failed", "stage": "synth", "cause": "licence_missing",
        "message": "vitis_hls ended with status 1 during the stage synth",
        "explanation": "No licence was available.", "advice": "Set XILINXD_LICENSE_FILE.",
        "evidence": ["ERROR: [Common 17-345] A valid license was not found"], "log": "vitis_hls.log",
        "log_tail": (0..40).map(|line| format!("INFO: line {line} of the log")).collect::<Vec<_>>(),
    });
    json!({
        "h5_file": format!("/models/{model}.h5"), "model": model, "output_dir": format!("/out/hls_{model}"),
        "settings": {"clock-period": clock, "reuse-factor": reuse},
        "status": if failed { "failed" } else { "success" },
        "error": failed.then_some("vitis_hls ended with status 1 during the stage synth"),
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T10:05:07+01:00",
        "warnings": ["layer \"dense\": the bias is rounded"],
        "stages": [
            {"stage": "synth", "status": if failed { "failed" } else { "done" }, "wall_seconds": 231.0},
            {"stage": "vsynth", "status": if failed { "pending" } else { "done" }, "wall_seconds": null},
        ],
        "commands": [{
            "argv": ["/tools/Vitis/bin/vitis-run", "--mode", "hls", "--tcl", "build_prj.tcl"], "exit_status": i32::from(failed),
            "signal": null, "ended_by": null, "wall_seconds": 231.2, "cpu_seconds": 401.5, "peak_memory_bytes": 2_234_567_890_u64,
        }],
        "report": (!failed).then_some(report), "failure": failed.then_some(failure),
    })
}

/// A sweep of models whose names, logs and files try to become a part of the page.
pub fn hostile(dir: &Path, texts: &[&str]) {
    let results = texts.iter().map(|text| {
        json!({
            "h5_file": format!("/models/{text}.h5"), "model": text, "status": "failed", "error": text,
            "settings": {*text: text}, "warnings": [text],
            "failure": {"kind": "tool_failed", "cause": "unknown", "message": text, "advice": text, "explanation": text,
                        "evidence": [text], "log": text, "log_tail": [text]},
            "stages": [{"stage": text, "status": "failed"}],
            "commands": [{"argv": [text], "exit_status": 1, "wall_seconds": 1.0, "cpu_seconds": 1.0, "peak_memory_bytes": 1}],
            "report": {"part": text, "resources": {"lut": 10, "ff": 20}},
        })
    });
    write(dir, results.collect(), json!([]));
    let scores: Vec<Value> =
        texts.iter().map(|text| json!({"model": text, "metrics": {"accuracy": 0.5, *text: 0.7}})).collect();
    fs::write(dir.join("scores.json"), json!({"models": scores}).to_string()).expect("scores");
}

fn write(dir: &Path, results: Vec<Value>, grid: Value) {
    let count = |status: &str| results.iter().filter(|job| job["status"] == status).count();
    let document = json!({
        "schema": 2, "total": results.len(), "successful": count("success"), "failed": count("failed"),
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T21:30:00+01:00", "grid": grid,
        "toolchain": {"name": "vitis", "program": "/tools/vitis-run", "version": "2024.1"}, "results": results,
    });
    fs::write(dir.join("synthesis_results.json"), document.to_string()).expect("results");
}
