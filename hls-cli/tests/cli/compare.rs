//! `compare`: two sweeps, model by model.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::support::*;
use super::texts;

/// A job whose numbers follow from a few.
fn job(model: &str, lut: u64, latency: u64, clock: f64) -> Value {
    json!({
        "h5_file": format!("/models/{model}.h5"), "model": model, "status": "success", "error": null,
        "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T10:10:00+01:00",
        "report": {
            "part": "xc7z020-clg400-1", "tool_version": "2023.2",
            "clock_period_target_ns": clock, "clock_period_estimated_ns": clock * 0.75,
            "latency_min_cycles": latency, "latency_max_cycles": latency,
            "interval_min_cycles": 1, "interval_max_cycles": 1,
            "resources": {"lut": 3 * lut, "ff": 2 * lut, "dsp": 4, "bram_18k": 0},
            "logic_synthesis": {"tool_version": "2023.2", "resources": {"lut": lut, "ff": lut / 2, "dsp": 4, "bram_18k": 0}}
        }
    })
}

fn failed(model: &str, error: &str) -> Value {
    json!({"h5_file": format!("/models/{model}.h5"), "model": model, "status": "failed", "error": error})
}

fn sweep(version: &str, results: Vec<Value>) -> TempDir {
    let dir = tempdir().expect("scratch");
    let document = json!({
        "schema": 2, "total": results.len(), "start_time": "2026-03-01T10:00:00+01:00", "end_time": "2026-03-01T11:30:00+01:00",
        "toolchain": {"name": "vitis", "program": "/tools/vitis-run", "version": version},
        "stages": {"synth": true, "vsynth": true, "cosim": false}, "results": results,
    });
    fs::write(dir.path().join("synthesis_results.json"), document.to_string()).expect("results");
    dir
}

/// The same models with a clock of 5 ns and of 10 ns: one behaves in a way of its own, one fails now, one has recovered, and each sweep has one
/// that the other lacks.
pub fn two_clocks() -> (TempDir, TempDir) {
    let luts = [4000, 5000, 6000, 7000, 8000];
    let fast = luts.iter().enumerate().map(|(at, lut)| job(&format!("m{at}"), *lut, 20, 5.0));
    let slow = luts.iter().enumerate().map(|(at, lut)| job(&format!("m{at}"), lut * 9 / 10, 11, 10.0));
    let mut slow: Vec<Value> = slow.collect();
    slow[3] = job("m3", 14000, 11, 10.0);
    slow[3]["report"]["tool_version"] = "2024.1".into();
    slow[3]["report"]["logic_synthesis"]["resources"]["dsp"] = 0.into();
    let fast =
        fast.chain([job("breaks", 100, 3, 5.0), failed("mends", "no licence"), job("gone", 10, 2, 5.0)]);
    slow.extend([
        failed("breaks", "vitis_hls ended with status 1"),
        job("mends", 90, 2, 10.0),
        job("new", 10, 2, 10.0),
    ]);
    (sweep("2023.2", fast.collect()), sweep("2024.1", slow))
}

/// A sweep over clock periods: `clock-period` is a setting of each job.
fn grid(clocks: &[f64], parts: &[&str]) -> TempDir {
    let mut results = Vec::new();
    for model in ["m0", "m1"] {
        for clock in clocks {
            for part in parts {
                let mut job = job(model, (1000.0 * clock) as u64, 20, *clock);
                job["settings"] = json!({"clock-period": clock, "part": part});
                results.push(job);
            }
        }
    }
    sweep("2023.2", results)
}

fn compare(a: &Path, b: &Path, more: &[&str]) -> Ran {
    run(hls_cli().args(["compare", text(a), text(b)]), more)
}

fn json_of(a: &Path, b: &Path, more: &[&str]) -> Value {
    let ran = compare(a, b, &[&["--json"], more].concat()).expect(0);
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn the_table_says_what_changed_and_by_how_much() {
    let (a, b) = two_clocks();
    let folders = [(text(a.path()), "[a]"), (text(b.path()), "[b]")];
    texts::check("compare", &mut hls_cli(), &["compare", text(a.path()), text(b.path())], 0, &folders);
    let args = ["compare", text(a.path()), text(b.path()), "--by", "synthesized_lut,dsp", "--csv"];
    texts::check("compare-csv", &mut hls_cli(), &args, 0, &folders);
}

#[test]
fn ratios_are_of_one_origin_and_outliers_are_explained() {
    let (a, b) = two_clocks();
    let found = json_of(a.path(), b.path(), &[]);
    let figure = |column: &str| {
        let figures = found["figures"].as_array().expect("figures");
        figures.iter().find(|figure| figure["column"] == column).unwrap_or_else(|| panic!("no {column}"))
    };
    let lut = figure("synthesized_lut");
    assert_eq!(
        (&lut["models"], &lut["median"], &lut["max"], &lut["outliers"]),
        (&json!(5), &json!(0.9), &json!(2.0), &json!(1))
    );
    let mean = (0.9f64.powi(4) * 2.0).powf(0.2);
    assert!((lut["geometric_mean"].as_f64().expect("a mean") - mean).abs() < 1e-12, "{lut}");
    assert_eq!(lut["origin"], "Vivado");
    assert_eq!(figure("estimated_lut")["origin"], "C synthesis, estimate");
    let model = |name: &str| {
        let models = found["models"].as_array().expect("models");
        models.iter().find(|model| model["model"] == name).unwrap_or_else(|| panic!("no {name}"))
    };
    assert_eq!(
        model("m3")["changes"],
        json!([{"what": "release of Vitis HLS", "a": "2023.2", "b": "2024.1", "models": 1, "of_models": 1}])
    );
    assert_eq!(model("m2")["changes"], json!([]));
    let changed: Vec<&str> = found["changes"]
        .as_array()
        .expect("changes")
        .iter()
        .filter_map(|change| change["what"].as_str())
        .collect();
    assert!(
        changed.contains(&"release of the toolchain") && changed.contains(&"clock_period_target_ns"),
        "{changed:?}"
    );
    assert_eq!(model("breaks")["b"]["error"], "vitis_hls ended with status 1");
    assert_eq!((&found["only_a"][0]["model"], &found["only_b"][0]["model"]), (&json!("gone"), &json!("new")));

    // C synthesis on one side and Vivado on the other have nothing to compare.
    let mut estimated = job("m", 10, 2, 5.0);
    estimated["report"]["logic_synthesis"] = Value::Null;
    let mut counted = job("m", 10, 2, 5.0);
    counted["report"]["resources"] = json!({});
    let (a, b) = (sweep("1", vec![estimated]), sweep("1", vec![counted]));
    let found = json_of(a.path(), b.path(), &[]);
    let columns: Vec<&str> =
        found["figures"].as_array().expect("figures").iter().filter_map(|f| f["column"].as_str()).collect();
    assert!(!columns.iter().any(|column| column.ends_with("_lut")), "{columns:?}");
}

#[test]
fn a_limit_decides_about_the_exit_status() {
    let (a, b) = two_clocks();
    let (a, b) = (a.path(), b.path());
    compare(a, b, &["--fail-above", "1.5", "--by", "synthesized_lut"]).expect(1).says(&[
        "2 findings",
        "breaks: it succeeded in A and fails in B",
        "m3: synthesized_lut went from 7000 to 14000",
    ]);
    // Another question, for which nothing is worse; but a model fails now.
    compare(a, b, &["--fail-above", "1.5", "--by", "latency_max_cycles"])
        .expect(1)
        .says(&["1 finding above"]);
    compare(a, a, &["--fail-above", "1"]).expect(2).says(&["both sweeps are"]);
    let again = tempdir().expect("scratch");
    copy_folder(a, again.path());
    let ran = compare(a, again.path(), &["--fail-above", "1"]).expect(0);
    ran.says_out("Nothing is known to be different");
    // Something is needed now of which nothing was needed.
    let (none, some) = (sweep("1", vec![job("m", 0, 2, 5.0)]), sweep("1", vec![job("m", 1, 2, 5.0)]));
    compare(none.path(), some.path(), &["--fail-above", "1000"])
        .expect(1)
        .says(&["synthesized_lut went from 0 to 1"]);
    // A slower clock is a setting; who names its column wants it to be looked at.
    let (fast, slow) = (sweep("1", vec![job("m", 9, 2, 5.0)]), sweep("1", vec![job("m", 9, 2, 10.0)]));
    compare(fast.path(), slow.path(), &["--fail-above", "1"]).expect(0).says_out("clock_period_estimated_ns");
    compare(fast.path(), slow.path(), &["--fail-above", "1.5", "--by", "clock"])
        .expect(1)
        .says(&["clock_period_estimated_ns went from 3.75 to 7.5"]);
    for wrong in ["0.5", "x", "inf", "NaN"] {
        compare(a, b, &["--fail-above", wrong]).expect(2).says(&["at least 1"]);
    }
}

#[test]
fn grids_are_matched_point_by_point_or_by_a_chosen_value() {
    let (wide, again) = (grid(&[5.0, 10.0], &["x", "y"]), grid(&[5.0, 10.0], &["x", "y"]));
    let found = json_of(wide.path(), again.path(), &[]);
    assert_eq!(found["matched_by"], json!(["clock-period", "part"]));
    assert_eq!(found["models"].as_array().map(Vec::len), Some(8));
    assert_eq!(found["models"][0]["settings"], json!({"clock-period": 5, "part": "x"}));

    // Two points of one grid.
    let found =
        json_of(wide.path(), wide.path(), &["--a-where", "clock-period=5", "--b-where", "clock-period=10.0"]);
    assert_eq!((&found["matched_by"], found["models"].as_array().map(Vec::len)), (&json!(["part"]), Some(4)));
    assert!(
        found["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .any(|change| change["what"] == "setting.clock-period")
    );
    assert_eq!(
        found["models"][0]["figures"]
            .as_array()
            .expect("figures")
            .iter()
            .find(|f| f["column"] == "synthesized_lut")
            .expect("lut")["ratio"],
        2.0
    );

    // A grid against a sweep without one.
    let plain = sweep("2023.2", vec![job("m0", 4000, 20, 5.0), job("m1", 4000, 20, 5.0)]);
    compare(wide.path(), plain.path(), &[])
        .expect(2)
        .says(&["A has 4 jobs of m0", "--a-where clock-period=5"]);
    compare(plain.path(), wide.path(), &["--b_where", "clock-period=5"])
        .expect(2)
        .says(&["B has 2 jobs of m0", "--b-where part=x"]);
    let chosen = ["--a-where", "clock-period=5", "--a-where", "part=y"];
    assert_eq!(json_of(wide.path(), plain.path(), &chosen)["models"].as_array().map(Vec::len), Some(2));
    compare(wide.path(), plain.path(), &["--a-where", "clock-period=7"])
        .expect(2)
        .says(&["no job of A has clock-period=7", "5, 10"]);
    compare(wide.path(), plain.path(), &["--b-where", "clock-period=5"])
        .expect(2)
        .says(&["B has no setting `clock-period`", "not a sweep over a grid"]);
    compare(wide.path(), plain.path(), &["--a-where", "clock=5"])
        .expect(2)
        .says(&["its settings are clock-period, part"]);
    compare(wide.path(), plain.path(), &["--a-where", "clock"]).expect(2).says(&["SETTING=VALUE"]);
}

#[test]
fn tables_of_reports_and_folders_of_scripts_are_sweeps_too() {
    let (a, b) = two_clocks();
    let csv = a.path().join("a.csv");
    let table = run(&mut hls_cli(), ["report", text(a.path()), "--csv"]).expect(0).stdout;
    fs::write(&csv, table).expect("file");
    let (of_folder, of_table) = (json_of(a.path(), b.path(), &[]), json_of(&csv, b.path(), &[]));
    assert_eq!(of_folder["figures"], of_table["figures"]);

    let wide = grid(&[5.0, 10.0], &["x"]);
    let csv = a.path().join("grid.csv");
    fs::write(&csv, run(&mut hls_cli(), ["report", text(wide.path()), "--csv"]).expect(0).stdout)
        .expect("file");
    assert_eq!(json_of(&csv, wide.path(), &[])["matched_by"], json!(["clock-period", "part"]));

    let scripts = fixtures().join("scripts/hls_outputs");
    let ours = sweep("2023.2", vec![job("model_trial_012", 10_000, 31, 5.0)]);
    let found = json_of(&scripts, ours.path(), &["--by", "lut"]);
    assert_eq!(found["figures"].as_array().map(Vec::len), Some(2));
    assert_eq!(found["models"][0]["figures"][1]["a"], 9043);
    assert_eq!(found["only_a"].as_array().map(Vec::len), Some(3));
}

#[test]
fn bad_input_is_named_with_what_to_do() {
    let scratch = tempdir().expect("scratch");
    let (a, b) = two_clocks();
    let (a, b) = (a.path(), b.path());
    let file = |name: &str, text: &str| {
        let path = scratch.path().join(name);
        fs::write(&path, text).expect("file");
        path
    };
    compare(a, Path::new("/no/such/folder"), &[])
        .expect(2)
        .says(&["/no/such/folder does not exist", "output folder"]);
    compare(scratch.path(), b, &[])
        .expect(2)
        .says(&["no synthesis_results.json in", "output folder of a sweep"]);
    compare(&file("x.csv", "a,b\n1,2\n"), b, &[]).expect(2).says(&["x.csv", "`model` and `status`"]);
    compare(&file("x.txt", "hello"), b, &[]).expect(2).says(&["x.txt is not the results file of a sweep"]);
    compare(&file("x.json", "[]"), b, &[]).expect(2).says(&["no list \"results\""]);
    compare(a, b, &["--by", "lut,slack", "--csv"])
        .expect(0)
        .says_out("estimated_slack_ns")
        .says_out("synthesized_lut");
    // Part of a word only.
    compare(a, b, &["--by", "lu"]).expect(2).says(&["no figure `lu`"]);
    compare(a, b, &["--by", ""]).expect(2).says(&["no figure ``"]);
    compare(a, b, &["--by", "beauty"]).expect(2).says(&["no figure `beauty`", "synthesized_lut", "--by"]);
    let others = sweep(
        "1",
        vec![job("z1", 1, 2, 3.0), job("z2", 1, 2, 3.0), job("z3", 1, 2, 3.0), job("z4", 1, 2, 3.0)],
    );
    compare(a, others.path(), &[]).expect(2).says(&["no model in common", "z1, z2, z3 and 1 more"]);
    // Of two that cannot be told apart, none is taken; the others are compared.
    let twice = sweep("1", vec![job("m0", 1, 2, 3.0), job("m0", 2, 2, 3.0), job("m1", 1, 2, 3.0)]);
    compare(a, twice.path(), &[]).expect(0).says_out("B has 2 jobs of m0 that cannot be told apart");
    // A later version's file, and one without numbers.
    let new =
        sweep("9", vec![json!({"model": "m0", "status": "parked", "report": {"x": []}, "settings": 7})]);
    compare(a, new.path(), &[])
        .expect(0)
        .says_out("m0: success → parked")
        .says_out("No model has a figure in both");
}

#[test]
fn names_from_outside_give_the_terminal_no_commands() {
    let hostile = |status: &str| {
        let mut job = failed("a\u{1b}]0;owned\u{7}\u{202e}", "first\r\nsecond \u{1b}[2J");
        job["status"] = status.into();
        sweep("\u{1b}[2J", vec![job])
    };
    let (a, b) = (hostile("success"), hostile("failed"));
    let ran = compare(a.path(), b.path(), &[]).expect(0);
    let bad = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
    assert!(!ran.stdout.contains(bad), "{:?}", ran.stdout);
}
