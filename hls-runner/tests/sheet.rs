//! Sheets of sweeps: what is joined with the jobs, where columns come from, and which jobs are on fronts.

use std::fs;
use std::path::Path;

use hls_runner::Summary;
use hls_runner::sheet::{NoPlot, Sheet, Source};
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

fn job(dir: &Path, model: &str, clock: u32, lut: u64, status: &str) -> Value {
    json!({
        "model": model, "h5_file": dir.join(format!("{model}.h5")), "status": status, "settings": {"clock-period": clock},
        "report": {
            "resources": {"lut": 3 * lut, "ff": lut}, "clock_period_target_ns": clock, "latency_max_cycles": 7,
            "logic_synthesis": {"part": "xc7z020clg400-1", "resources": {"lut": lut, "ff": lut / 2}},
        },
    })
}

/// Two models at two clocks, with scores beside the models.
fn search() -> TempDir {
    let dir = tempdir().unwrap();
    let outputs = dir.path().join("hls_outputs");
    fs::create_dir(&outputs).unwrap();
    let at = |model, clock, lut, status| job(dir.path(), model, clock, lut, status);
    let results = [
        at("model_trial_001", 5, 1000, "success"),
        at("model_trial_001", 10, 800, "success"),
        at("model_trial_002", 5, 4000, "success"),
        at("model_trial_002", 10, 10, "failed"),
    ];
    write(
        &outputs.join("synthesis_results.json"),
        &json!({"schema": 2, "input_dir": dir.path(), "results": results}),
    );
    let score = |model: &str, accuracy: f64| json!({"model": model, "metrics": {"accuracy": accuracy}, "synthesized_lut": 1});
    let models =
        [score("model_trial_001", 0.7), score("model_trial_002", 0.8), score("model_trial_003", 0.9)];
    write(&dir.path().join("scores.json"), &json!({"models": models}));
    dir
}

fn write(path: &Path, document: &Value) {
    fs::write(path, document.to_string()).unwrap();
}

fn sheet(dir: &Path) -> Sheet {
    Sheet::of(&Summary::read(dir).unwrap(), &[]).unwrap()
}

fn column(sheet: &Sheet, name: &str) -> Vec<String> {
    let at =
        sheet.columns.iter().position(|column| column.name == name).unwrap_or_else(|| panic!("no {name}"));
    sheet.rows.iter().map(|row| row[at].to_string()).collect()
}

#[test]
fn each_job_has_its_numbers_and_what_is_known_of_its_model() {
    let dir = search();
    let sheet = sheet(dir.path());
    assert_eq!(column(&sheet, "accuracy"), ["0.7", "0.7", "0.8", "0.8"]);
    assert_eq!(column(&sheet, "setting.clock-period"), ["5", "10", "5", "10"]);
    // A file's word on a column of the results is of another run.
    assert_eq!(column(&sheet, "synthesized_lut"), ["1000", "800", "4000", "10"]);
    assert_eq!(column(&sheet, "synthesized_lut+synthesized_ff"), ["1500", "1200", "6000", "15"]);
    assert_eq!(column(&sheet, "latency_max_ns"), ["35", "70", "35", "70"]);
    assert_eq!(sheet.warnings, [""; 0], "files may know other models, too");
    let source = |name: &str| &sheet.columns.iter().find(|column| column.name == name).unwrap().source;
    assert_eq!(source("accuracy"), &Source::Files("scores.json".to_owned()));
    assert_eq!(source("setting.clock-period"), &Source::Setting);
    assert_eq!(source("latency_max_ns"), source("estimated_lut"));
    assert_ne!(source("synthesized_lut+synthesized_ff"), source("estimated_lut+estimated_ff"));
}

#[test]
fn fronts_have_what_can_be_built_by_one_tool() {
    let dir = search();
    let sheet = sheet(dir.path());
    let plot = sheet.pareto(None, None).unwrap();
    assert_eq!((plot.x.name.as_str(), plot.y.name.as_str()), ("synthesized_lut+synthesized_ff", "accuracy"));
    assert_eq!(plot.y.axis_title(), "accuracy (scores.json)");
    assert_eq!(plot.x.axis_title(), "LUT + FF (Vivado after synthesis)");
    let front: Vec<(usize, f64, f64)> =
        plot.front().iter().map(|point| (point.job, point.x, point.y)).collect();
    assert_eq!(
        front,
        [(1, 1200.0, 0.7), (2, 6000.0, 0.8)],
        "the failed job, which would be the best, is none"
    );
    let area = sheet.area().unwrap();
    assert_eq!((area.x.name.as_str(), area.y.name.as_str()), ("synthesized_ff", "synthesized_lut"));
    assert_eq!(sheet.chips().iter().map(|chip| chip.name.as_str()).collect::<Vec<_>>(), ["xc7z020"]);
    assert!(matches!(sheet.pareto(Some("moons"), None), Err(NoPlot::Figure(_))));
    let mixed = sheet.pareto(Some("synthesized_lut+estimated_ff"), None);
    assert!(matches!(mixed, Err(NoPlot::Mixed { .. })), "{mixed:?}");
    assert!(sheet.pareto(Some("estimated_lut+estimated_ff"), None).is_ok());
    fs::remove_file(dir.path().join("scores.json")).unwrap();
    assert!(matches!(self::sheet(dir.path()).pareto(None, None), Err(NoPlot::NoMetric)));
}
