//! `report` and `status` on results files of every age.

use std::fs;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::support::*;

fn job(model: &str, latency: u64, lut: u64) -> Value {
    json!({
        "h5_file": format!("/models/{model}.h5"), "model": model, "status": "success", "error": null,
        "start_time": "2026-03-01T10:00:00.000000+01:00", "end_time": "2026-03-01T11:01:05.000000+01:00",
        "report": {
            "stand_in": false, "part": "xc7z020-clg400-1",
            "clock_period_target_ns": 5.0, "clock_period_estimated_ns": 3.641,
            "latency_min_cycles": latency, "latency_max_cycles": latency + 2,
            "interval_min_cycles": 1, "interval_max_cycles": 1,
            "resources": {"lut": lut, "ff": 1000, "dsp": 11, "bram_18k": 4, "uram": null},
            "resources_available": {"lut": 53200, "ff": 106400, "dsp": 220, "bram_18k": 280, "uram": 0},
            "logic_synthesis": {
                "part": "xc7z020clg400-1",
                "resources": {"lut": lut / 2, "ff": 900, "dsp": 11, "bram_18k": 3, "uram": null},
                "resources_available": {"lut": 53200, "ff": 106400, "dsp": 220, "bram_18k": 280}
            },
            "cosimulation": {
                "status": "pass", "language": "verilog",
                "latency_cycles": {"min": latency, "avg": latency, "max": latency}, "interval_cycles": {}
            }
        }
    })
}

fn failed() -> Value {
    json!({
        "h5_file": "/models/broken.h5", "model": "broken", "status": "failed",
        "error": "vitis_hls ended with status 1 during the stage synth", "report": null,
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T10:00:07+01:00",
        "failure": {"kind": "tool_failed", "stage": "synth", "advice": "Set XILINXD_LICENSE_FILE."}
    })
}

pub fn sweep(document: Value) -> TempDir {
    let dir = tempdir().expect("scratch");
    fs::write(dir.path().join("synthesis_results.json"), document.to_string()).expect("results");
    dir
}

pub fn finished() -> TempDir {
    sweep(json!({
        "schema": 1, "total": 3, "successful": 2, "failed": 1, "interrupted": false,
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T11:30:00+01:00",
        "toolchain": {"name": "vitis", "program": "/tools/vitis-run"},
        "results": [job("slow", 100, 8000), failed(), job("fast", 7, 20000)],
    }))
}

/// Designs with timing and power, of which one is placed and routed and misses its clock there.
pub fn placed() -> TempDir {
    let with = |model: &str, slack: f64, placed: Option<f64>| {
        let mut job = job(model, 12, 8000);
        let said = |lut: u64, slack: f64, watts: f64| {
            json!({
                "part": "xc7z020clg400-1",
                "resources": {"lut": lut, "ff": 900, "dsp": 0, "bram_18k": 0, "uram": null},
                "resources_available": {"lut": 53200, "ff": 106400, "dsp": 220, "bram_18k": 280},
                "clock_period_ns": 5.0, "fmax_mhz": 1000.0 / (5.0 - slack),
                "worst_negative_slack_ns": slack, "total_negative_slack_ns": slack.min(0.0), "worst_hold_slack_ns": 0.05,
                "power": {"total_w": watts, "dynamic_w": watts - 0.105, "static_w": 0.105}
            })
        };
        job["report"]["logic_synthesis"] = said(2700, slack, 0.265);
        job["report"]["implementation"] = placed.map_or(Value::Null, |slack| said(2510, slack, 0.251));
        job
    };
    sweep(json!({
        "schema": 2, "total": 2, "successful": 2, "failed": 0, "interrupted": false,
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T12:30:00+01:00",
        "toolchain": {"name": "vitis", "program": "/tools/vitis-run"},
        "results": [with("routed", 0.812, Some(-0.144)), with("synthesized", 1.359, None)],
    }))
}

/// What Vivado says after synthesis and what it says after place and route are never in one column.
#[test]
fn numbers_after_place_and_route_have_columns_of_their_own() {
    let dir = placed();
    let csv = report(&dir, &["--csv"]).expect(0).stdout;
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| {
        let at = rows[0].iter().position(|heading| *heading == name).unwrap_or_else(|| panic!("no {name}"));
        rows[1..].iter().map(|row| row[at]).collect::<Vec<_>>()
    };
    assert_eq!(column("synthesized_lut"), ["2700", "2700"]);
    assert_eq!(column("implemented_lut"), ["2510", ""]);
    assert_eq!(column("implemented_slack_ns"), ["-0.144", ""]);
    assert_eq!(column("implemented_power_w"), ["0.251", ""]);
    assert_eq!(column("synthesized_meets_timing"), ["true", "true"]);
    let document: Value = serde_json::from_str(&report(&dir, &["--json"]).expect(0).stdout).expect("JSON");
    assert_eq!(document["jobs"][0]["implemented_fit"]["meets_timing"], false);
    assert_eq!(document["jobs"][1]["implemented_fit"], Value::Null);
    let status = run(&mut hls_cli(), ["status", text(dir.path())]).expect(0);
    status.says_out("According to Vivado after place and route, 1 design does not meet its clock.");
}

/// A job of the open toolchain.
fn circuit(model: &str, cycles: u64, lut: u64, mapped: bool) -> Value {
    let resources =
        |lut: u64| json!({"lut": lut, "ff": 2 * lut / 5, "carry": lut / 4, "dsp": 0, "bram_18k": 0});
    let yosys = json!({"tool": "Yosys", "version": "0.23", "family": "xc7", "resources": resources(lut)});
    let timing = json!({"period_ns": 5.5, "fmax_mhz": 181.8, "method": "longest path"});
    json!({
        "h5_file": format!("/models/{model}.h5"), "model": model, "status": "success", "error": null,
        "start_time": "2026-03-01T10:00:00.000000+01:00", "end_time": "2026-03-01T10:00:21.000000+01:00",
        "report": {
            "latency_cycles": cycles, "interval_cycles": 1, "clock_period_ns": if mapped { 5.0 } else { 6.0 },
            "estimated": {"resources": resources(lut + 7)},
            "mapped": mapped.then_some(yosys), "timing_estimate": mapped.then_some(timing),
            "rtl_simulation": {
                "tool": "Icarus Verilog version 11.0 (stable) ()", "samples": 200, "status": "pass",
                "latency_cycles": cycles, "interval_cycles": 1
            }
        }
    })
}

pub fn circuits() -> TempDir {
    sweep(json!({
        "schema": 2, "total": 3, "successful": 3, "failed": 0, "interrupted": false,
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T10:01:00+01:00",
        "toolchain": {"name": "open", "program": "/usr/bin/yosys"},
        "results": [circuit("large", 9, 26000, true), circuit("small", 4, 900, true), circuit("unmapped", 6, 1200, false)],
    }))
}

#[test]
fn circuits_are_sorted_by_what_yosys_counts() {
    let ran = report(&circuits(), &["--sort", "lut", "--reverse"]).expect(0);
    assert!(
        at(&ran, "large") < at(&ran, "small") && at(&ran, "small") < at(&ran, "unmapped"),
        "{}",
        ran.stdout
    );
    let ran = report(&circuits(), &["--sort", "latency"]).expect(0);
    assert!(
        at(&ran, "small") < at(&ran, "unmapped") && at(&ran, "unmapped") < at(&ran, "large"),
        "{}",
        ran.stdout
    );
    let ran = report(&circuits(), &["--csv"]).expect(0);
    let rows: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split(',').collect()).collect();
    let column = |name: &str| {
        let column =
            rows[0].iter().position(|heading| *heading == name).unwrap_or_else(|| panic!("no column {name}"));
        rows[1..].iter().map(|row| row[column]).collect::<Vec<_>>()
    };
    assert_eq!(column("mapped_lut"), ["26000", "900", ""]);
    assert_eq!(column("instant_lut"), ["26007", "907", "1207"]);
    assert_eq!(column("timing_meets_clock"), ["false", "false", ""]);
    // Nine cycles with the period that the netlist allows; without one, the requested.
    assert_eq!(column("timing_latency_ns"), ["49.5", "22", "36"]);
    assert_eq!(column("estimated_lut"), ["", "", ""]);
    assert_eq!(column("synthesized_lut"), ["", "", ""]);
}

pub fn report(dir: &TempDir, more: &[&str]) -> Ran {
    run(hls_cli().args(["report", text(dir.path())]), more)
}

/// Where a text begins in the output.
fn at(ran: &Ran, part: &str) -> usize {
    ran.stdout.find(part).unwrap_or_else(|| panic!("\"{part}\" is missing in:\n{}", ran.stdout))
}

#[test]
fn the_table_has_what_one_compares_and_the_failures_with_their_advice() {
    let ran = report(&finished(), &[]).expect(0);
    for part in [
        "latency",
        "100-102",
        "4000 (8%)",
        "10000 (19%)",
        "11 (5%)",
        "3.64",
        "1:01:05",
        "3 models: 2 succeeded, 1 failed",
        "broken: tool_failed in synth",
        "ended with status 1",
        "What to do: Set XILINXD_LICENSE_FILE.",
    ] {
        at(&ran, part);
    }
    assert!(!ran.stdout.contains('~') && !ran.stdout.contains("NOT A SYNTHESIS RESULT"), "{}", ran.stdout);
    assert!(at(&ran, "slow") < at(&ran, "broken") && at(&ran, "broken") < at(&ran, "fast"));
}

#[test]
fn rows_are_sorted_as_asked_for() {
    let dir = finished();
    for (args, order) in [
        (&["--sort", "latency"][..], ["fast", "slow", "broken"]),
        (&["--sort", "latency", "--reverse"], ["slow", "fast", "broken"]),
        (&["--sort", "lut"], ["slow", "fast", "broken"]),
        (&["--sort", "model"], ["broken", "fast", "slow"]),
        (&["--sort", "time"], ["broken", "slow", "fast"]),
        (&["--sort", "estimated_lut"], ["slow", "fast", "broken"]),
    ] {
        let csv = report(&dir, &[args, &["--csv"]].concat()).expect(0).stdout;
        let models: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
        assert_eq!(models, order, "{args:?}");
    }
    report(&dir, &["--reverse"]).expect(2).says(&["--sort"]);
    report(&dir, &["--sort", "beauty"]).expect(2).says(&[
        "--sort: there is no column `beauty`",
        "latency",
        "synthesized_lut",
    ]);
}

#[test]
fn rows_of_a_grid_are_sorted_by_a_setting() {
    let at = |clock: f64| {
        let mut job = job("m", 3, 10);
        job["settings"] = json!({"clock-period": clock});
        job
    };
    let dir = sweep(json!({"results": [at(10.0), at(2.5), at(5.0)]}));
    for column in ["clock-period", "setting.clock-period"] {
        let csv = report(&dir, &["--sort", column, "--csv"]).expect(0).stdout;
        let clocks: Vec<&str> = csv.lines().skip(1).filter_map(|line| line.rsplit(',').next()).collect();
        assert_eq!(clocks, ["2.5", "5", "10"], "{column}");
    }
    report(&dir, &["--sort", "period"]).expect(2).says(&["the settings of the grid (clock-period)"]);
}

#[test]
fn csv_has_units_in_its_header_and_a_line_for_each_model() {
    let ran = report(&finished(), &["--csv"]).expect(0);
    let lines: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split(',').collect()).collect();
    let value = |row: usize, name: &str| {
        let column = lines[0].iter().position(|column| *column == name);
        lines[row][column.unwrap_or_else(|| panic!("{name} is missing in {:?}", lines[0]))]
    };
    for (name, expected) in [
        ("model", "slow"),
        ("status", "success"),
        ("stand_in", "false"),
        ("latency_max_cycles", "102"),
        ("clock_period_estimated_ns", "3.641"),
        ("estimated_lut", "8000"),
        ("synthesized_lut", "4000"),
        ("available_dsp", "220"),
        ("estimated_uram", ""),
        ("cosim_status", "pass"),
        ("cosim_latency_avg_cycles", "100"),
        ("seconds", "3665.000"),
        ("error", ""),
    ] {
        assert_eq!(value(1, name), expected, "{name}");
    }
    assert_eq!((value(2, "failure_kind"), value(2, "latency_max_cycles")), ("tool_failed", ""));
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{lines:?}");
}

#[test]
fn json_has_the_reports_as_they_are() {
    let ran = report(&finished(), &["--json"]).expect(0);
    let document: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(document["stand_in"], false);
    let jobs = document["jobs"].as_array().expect("jobs");
    assert_eq!(jobs[0]["report"]["logic_synthesis"]["resources"]["lut"], 4000);
    assert_eq!(jobs[1]["failure"]["advice"], "Set XILINXD_LICENSE_FILE.");
    assert_eq!(jobs[2]["seconds"], 3665.0);
}

#[test]
fn stand_ins_are_never_passed_over_in_silence() {
    let mut made_up = job("made_up", 3, 10);
    made_up["report"]["stand_in"] = true.into();
    made_up["report"]["logic_synthesis"] = Value::Null;
    let dir = sweep(json!({"results": [made_up]}));
    report(&dir, &[]).expect(0).says_out("NOT A SYNTHESIS RESULT").says_out("~10 (0%)");
    report(&dir, &["--csv"]).expect(0).says(&["NOT A SYNTHESIS RESULT"]).says_out(",true,");
    report(&dir, &["--json"]).expect(0).says(&["NOT A SYNTHESIS RESULT"]);
    run(&mut hls_cli(), ["status", text(dir.path())]).expect(0).says_out("NOT A SYNTHESIS RESULT");
}

/// A design that needs 301 % of the LUTs by C synthesis's estimate and misses its clock; by Vivado's count it fits.
fn beyond(model: &str) -> Value {
    let mut job = job(model, 13, 160_355);
    job["report"]["clock_uncertainty_ns"] = 1.35.into();
    job["report"]["clock_period_estimated_ns"] = 3.931.into();
    job["report"]["logic_synthesis"]["resources"]["lut"] = 50_000.into();
    job
}

#[test]
fn what_does_not_fit_or_misses_its_clock_is_marked_counted_and_a_field() {
    let mut estimated = beyond("estimated");
    estimated["report"]["logic_synthesis"] = Value::Null;
    let mut slow = beyond("slow");
    slow["report"]["logic_synthesis"]["resources"]["lut"] = 53_201.into();
    slow["report"]["logic_synthesis"]["worst_negative_slack_ns"] = (-0.25).into();
    let dir = sweep(json!({"results": [estimated, beyond("counted"), slow, job("good", 7, 900)]}));
    let folders = [(text(dir.path()), "[output]")];
    super::texts::check("report-unusable", &mut hls_cli(), &["report", text(dir.path())], 0, &folders);
    let csv = report(&dir, &["--csv"]).expect(0).stdout;
    for row in [
        ",false,lut,-0.281,false,,,,",
        ",false,lut,-0.281,false,true,,,",
        ",false,lut,-0.281,false,false,lut,-0.25,false",
        ",true,,1.359,true,true,,,",
    ] {
        assert!(csv.lines().any(|line| line.contains(row)), "{row} is missing in:\n{csv}");
    }
    let document: Value = serde_json::from_str(&report(&dir, &["--json"]).expect(0).stdout).expect("JSON");
    let fits =
        |job: usize| (&document["jobs"][job]["estimated_fit"], &document["jobs"][job]["synthesized_fit"]);
    assert_eq!(fits(0).0["exceeded"], json!(["lut"]));
    assert_eq!((fits(0).1, &fits(1).1["fits_device"]), (&Value::Null, &Value::Bool(true)));
    assert_eq!((&fits(2).1["slack_ns"], &fits(2).1["meets_timing"]), (&json!(-0.25), &Value::Bool(false)));
    run(&mut hls_cli(), ["status", text(dir.path())]).expect(0).says_out("than the device has");
}

#[test]
fn old_new_and_foreign_files() {
    // The first scripts wrote no more than this.
    let old = sweep(json!({"total": 1, "results": [{"h5_file": "x/m1.h5", "status": "success"}]}));
    let ran = report(&old, &[]).expect(0).says_out("m1").says_out("No model has numbers");
    assert!(!ran.stdout.contains("LUT"), "{}", ran.stdout);
    let new =
        sweep(json!({"schema": 7, "results": [{"model": "m2", "status": "parked", "report": {"x": []}}]}));
    report(&new, &[]).expect(0).says_out("parked");
    run(&mut hls_cli(), ["status", text(new.path())]).expect(0).says_out("1 models");

    let empty = tempdir().expect("scratch");
    for command in ["report", "status"] {
        run(&mut hls_cli(), [command, text(empty.path())])
            .expect(2)
            .says(&["synthesis_results.json", "output folder"]);
    }
    report(&sweep(json!({"name": "a package"})), &[]).expect(2).says(&["is not the results file of a sweep"]);
}

#[test]
fn the_default_output_folder_is_found_below_that_of_the_models() {
    let models = tempdir().expect("scratch");
    let output = models.path().join("hls_outputs");
    fs::create_dir(&output).expect("folder");
    fs::copy(finished().path().join("synthesis_results.json"), output.join("synthesis_results.json"))
        .expect("copy");
    report(&models, &[]).expect(0).says_out("fast");
}

#[test]
fn status_tells_how_far_it_is() {
    let running = json!({
        "model": "busy", "status": "running", "start_time": "2026-03-01T10:00:00+01:00", "end_time": null,
        "stages": [{"stage": "synth", "status": "done"}, {"stage": "cosim", "status": "running"}],
    });
    let pending = json!({"model": "idle", "status": "pending", "start_time": null});
    let document = json!({
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": null, "toolchain": {"name": "vitis"},
        "results": [job("done", 1, 1), failed(), running, pending],
    });
    let dir = sweep(document);
    let status = |dir: &TempDir| run(&mut hls_cli(), ["status", text(dir.path())]).expect(0);
    let ran = status(&dir);
    for part in [
        "4 models with vitis: unfinished; its results were last written 0:00:0",
        "2 done: 1 succeeded, 1 failed; 1 running, 1 to do",
        "busy  cosim  ",
        "broken  tool_failed: vitis_hls ended",
    ] {
        at(&ran, part);
    }
    fs::create_dir(dir.path().join(".hls-sweep")).expect("folder");
    let path = dir.path().join(".hls-sweep/lock");
    let owner = json!({"host": "elsewhere", "pid": 77, "since": "2026-03-01T09:00:00Z", "started_ticks": 1});
    fs::write(&path, owner.to_string()).expect("lock");
    let lock = fs::File::options().append(true).open(&path).expect("lock");
    // Where each host has locks of its own, a sign of life is all that is seen of an owner on another.
    status(&dir).says_out("running for ").says_out("process 77 on elsewhere");
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(600);
    lock.set_modified(long_ago).expect("time");
    status(&dir).says_out("no process is working on it any more");
    lock.lock().expect("lock");
    status(&dir).says_out("4 models with vitis: running for ").says_out("process 77 on elsewhere");

    let over = finished();
    run(&mut hls_cli(), ["status", "--watch", text(over.path())])
        .expect(0)
        .says_out("finished after 1:30:00");
}

#[test]
fn names_from_outside_give_the_terminal_no_commands() {
    let mut hostile = failed();
    hostile["model"] = "a\u{1b}]0;owned\u{7}\u{202e}".into();
    hostile["error"] = "first\r\nsecond \u{1b}[2J".into();
    let dir = sweep(json!({"results": [hostile]}));
    for ran in [report(&dir, &[]), run(&mut hls_cli(), ["status", text(dir.path())])] {
        let ran = ran.expect(0);
        let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
        assert!(!ran.stdout.contains(bad), "{:?}", ran.stdout);
    }
}
