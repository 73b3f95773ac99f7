//! The example of a toolchain of one's own does what it says.

#[allow(dead_code)]
#[path = "../examples/own_toolchain.rs"]
mod own_toolchain;

use hls_runner::{JobStatus, StageStatus};

#[test]
fn a_toolchain_of_ones_own_runs_a_sweep() {
    let folder = tempfile::tempdir().unwrap();
    let state = own_toolchain::sweep(folder.path()).unwrap();
    let found: Vec<(&str, f64)> =
        state.jobs.iter().map(|job| (job.job.name.as_str(), job.measurements[0].value)).collect();
    assert_eq!(found, [("long", 3.0), ("short", 1.0)]);
    for job in &state.jobs {
        assert_eq!(job.status, JobStatus::Success);
        let stages: Vec<(&str, StageStatus)> =
            job.stages.iter().map(|record| (record.stage.name(), record.status)).collect();
        assert_eq!(stages, [("lines", StageStatus::Done), ("sum", StageStatus::Done)]);
        assert_eq!(job.kept_names, ["project.tcl", "lines.txt", "sum.txt", "counter.log"]);
    }
    let text = std::fs::read_to_string(folder.path().join("hls_outputs/synthesis_results.json")).unwrap();
    let results: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(results["toolchain"]["name"], "counter");
    assert_eq!(results["stages"], serde_json::json!({ "lines": true, "sum": true }));
    assert_eq!(
        results["results"][0]["measurements"][0],
        serde_json::json!({ "metric": "lines", "value": 3.0, "unit": "", "stage": "lines", "source": "lines.txt" })
    );
}
