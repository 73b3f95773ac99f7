//! Results that other programs wrote, and reports of which only some are there.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hls_runner::results::Activity;
use hls_runner::{FailureKind, JobStatus, Summary};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{Bench, WELL, record};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/reports").join(name)
}

/// An entry as the scripts of the pixel detectors' people write it: paths from where they were started, times without offset.
fn entry(model: &str, start: &str, end: &str) -> Value {
    let folder = format!("../runs/hls_outputs/hls_{model}");
    json!({
        "h5_file": format!("../runs/{model}.h5"), "status": "success", "output_dir": folder,
        "kept_files": [format!("{folder}/vivado_synth.rpt")], "tarball": format!("{folder}.tar.gz"),
        "error": null, "start_time": start, "end_time": end,
    })
}

fn script_results(total: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let results = [
        entry("first", "2026-05-04T09:00:00.250000", "2026-05-04T09:01:27.500000"),
        entry("second", "2026-05-04T09:00:00.250000", "2026-05-04T09:16:30.250000"),
    ];
    let document = json!({"total": total, "successful": 2, "failed": 0, "results": results});
    fs::write(dir.path().join("synthesis_results.json"), document.to_string()).unwrap();
    let reports = dir.path().join("hls_second/tagger_prj/solution1/syn/report");
    fs::create_dir_all(&reports).unwrap();
    fs::copy(fixture("csynth.rpt"), reports.join("tagger_csynth.rpt")).unwrap();
    fs::copy(fixture("utilization_7series.rpt"), dir.path().join("hls_second/vivado_synth.rpt")).unwrap();
    dir
}

#[test]
fn the_results_of_a_script_are_over_and_their_numbers_are_in_the_folders_beside_them() {
    let dir = script_results(2);
    let summary = Summary::read(dir.path()).unwrap();
    assert_eq!(summary.activity, Activity::Over);
    assert_eq!(summary.sweep.elapsed(), Some(Duration::from_secs(990)));
    let [first, second] = summary.jobs() else { panic!("{:?}", summary.jobs()) };
    assert_eq!((first.job.name.as_str(), &first.status), ("first", &JobStatus::Success));
    assert_eq!(first.elapsed(), Some(Duration::from_millis(87_250)));
    assert!(first.report.is_none(), "there is no folder");
    assert_eq!(second.kept_files, ["../runs/hls_outputs/hls_second/vivado_synth.rpt"], "as it is written");
    let report = second.report.as_ref().unwrap();
    assert_eq!((report.estimate.latency_max_cycles, report.estimate.resources.lut), (Some(19), Some(5017)));
    assert_eq!(report.logic_synthesis.as_ref().and_then(|logic| logic.resources.lut), Some(4321));

    // Not all of the models have a result yet.
    assert_eq!(Summary::read(script_results(3).path()).unwrap().activity, Activity::Unknown);
}

#[test]
fn either_report_of_c_synthesis_is_enough() {
    let bench = Bench::new();
    let reports = "p_prj/solution1/syn/report";
    let only = |file: &str, fixture_name: &str| {
        format!("{WELL}\nrm {reports}/*\ncp '{}' {reports}/{file}", fixture(fixture_name).display())
    };
    bench.model("detailed.h5", &only("p_csynth.rpt", "csynth.rpt"));
    bench.model("summary.h5", &only("csynth.rpt", "csynth_summary.rpt"));
    let result = bench.run();
    for (name, file) in [("detailed", "p_csynth.rpt"), ("summary", "csynth.rpt")] {
        let job = record(&result, name);
        assert_eq!(job.failure, None, "{name}");
        let estimate = &job.report.as_ref().expect("numbers").estimate;
        assert_eq!((estimate.latency_max_cycles, estimate.resources.lut), (Some(19), Some(5017)), "{name}");
        assert!(job.kept_names.contains(&format!("{reports}/{file}")), "{:?}", job.kept_names);
    }
}

#[test]
fn a_failed_job_keeps_the_numbers_of_its_c_synthesis() {
    let bench = Bench::new();
    let reports = "p_prj/solution1/syn/report";
    let synthesis =
        format!("{WELL}\nrm {reports}/*\ncp '{}' {reports}/p_csynth.rpt", fixture("csynth.rpt").display());
    let mismatch = format!(
        "{synthesis}\ncp '{}' p_prj/solution1/sim/report/p_cosim.rpt",
        fixture("cosim_fail.rpt").display()
    );
    bench.model("status.h5", &format!("{synthesis}\nexit 1"));
    bench.model("cosim.h5", &mismatch);
    bench.model("early.h5", "exit 1");
    let result = bench.run();
    for (name, kind) in [("status", Some(FailureKind::ToolFailed)), ("cosim", None)] {
        let job = record(&result, name);
        let failure = job.failure.as_ref().expect("it failed");
        assert!(kind.is_none_or(|kind| failure.kind == kind), "{failure:?}");
        let report = job.report.as_ref().expect("numbers of the stages before");
        assert_eq!(report.estimate.latency_max_cycles, Some(19), "{name}");
    }
    assert!(record(&result, "early").report.is_none());
    let entry = bench.results()["results"]
        .as_array()
        .unwrap()
        .iter()
        .find(|e| e["model"] == "status")
        .unwrap()
        .clone();
    assert_eq!((&entry["status"], &entry["report"]["resources"]["lut"]), (&json!("failed"), &json!(5017)));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever became of a script's files, reading them is an answer or an error, and never takes long.
    #[test]
    fn damaged_folders_of_scripts_are_read_or_refused(
        results in damage(), log in damage(), settings in damage(), report in damage(),
    ) {
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/scripts/hls_outputs");
        let dir = tempfile::tempdir().unwrap();
        for (file, damage) in [
            ("synthesis_results.json", &results),
            ("hls_model_trial_012/vitis_hls.log", &log),
            ("hls_model_trial_012/project.tcl", &settings),
            ("hls_model_trial_012/vivado_synth.rpt", &report),
            ("hls_model_trial_012/myproject_prj/solution1/syn/report/myproject_csynth.rpt", &report),
        ] {
            let mut bytes = fs::read(scripts.join(file)).unwrap();
            damage.apply(&mut bytes);
            fs::create_dir_all(dir.path().join(file).parent().unwrap()).unwrap();
            fs::write(dir.path().join(file), bytes).unwrap();
        }
        // The folder is there, so there is always something to read, unless the file is whole JSON of another form.
        if let Err(error) = Summary::read(dir.path()) {
            prop_assert!(error.to_string().contains("is not the results file of a sweep"), "{error}");
        }
    }
}

/// Where a file is cut, and bytes that are replaced, as shares of its length.
#[derive(Debug, Clone)]
struct Damage {
    length: f64,
    bytes: Vec<(f64, u8)>,
}

impl Damage {
    fn apply(&self, bytes: &mut Vec<u8>) {
        for (at, byte) in &self.bytes {
            let at = (at * bytes.len() as f64) as usize;
            if let Some(place) = bytes.get_mut(at) {
                *place = *byte;
            }
        }
        bytes.truncate((self.length * bytes.len() as f64) as usize);
    }
}

fn damage() -> impl Strategy<Value = Damage> {
    let length = prop_oneof![Just(1.0), 0.0..1.0f64];
    let bytes = prop::collection::vec((0.0..1.0f64, any::<u8>()), 0..4);
    (length, bytes).prop_map(|(length, bytes)| Damage { length, bytes })
}
