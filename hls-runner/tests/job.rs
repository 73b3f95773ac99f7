//! A job is data: it is run by whoever has it and the two folders, and counts once.

mod support;

use std::fs;

use hls_runner::{
    Fingerprint, JobContext, JobRecord, JobSpec, JobStatus, Settings, Silent, discover, plan, run_job,
};
use support::{Bench, FakeConverter, WELL, list, synth_only};

#[test]
fn a_job_needs_no_coordinator_and_counts_once() {
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    let good = bench.model("good.h5", &format!("{WELL}\necho \"$PWD\" > vitis_hls.log"));
    bench.model("bad.h5", "echo 'no licence' >&2; exit 3");
    let models = discover(&bench.input(), "*.h5").unwrap().select(None, None).unwrap();
    let plan = plan(&bench.input(), Some(&bench.output()), models).unwrap();
    let print = Fingerprint::of_file(&good).unwrap();
    // As they come to another machine.
    let sent = |index: usize| -> JobSpec {
        let spec = JobSpec::new(&plan, &plan.jobs[index], Some(print.clone()));
        serde_json::from_str(&serde_json::to_string(&spec).unwrap()).unwrap()
    };
    let vitis = bench.vitis();
    let settings = Settings::new(&bench.options(), &vitis).unwrap();
    let settings: Settings = serde_json::from_str(&serde_json::to_string(&settings).unwrap()).unwrap();
    let output = bench.dir.path().join("elsewhere");
    let context = JobContext {
        input_dirs: &[bench.input()],
        output_dir: &output,
        scratch: None,
        settings: &settings,
        converter: &FakeConverter,
        toolchain: &vitis,
        cancel: &bench.cancel,
    };

    let first = run_job(&sent(1), &context, &Silent);
    assert_eq!(first.status, JobStatus::Success, "{:?}", first.failure);
    let folder = output.join("hls_good");
    let tool_was_in = fs::read_to_string(folder.join("vitis_hls.log")).unwrap();
    assert!(tool_was_in.contains(".hls-sweep/attempts/"), "{tool_was_in}");
    let record = |folder: &std::path::Path| -> JobRecord {
        serde_json::from_slice(&fs::read(folder.join(".hls-job.json")).unwrap()).unwrap()
    };
    assert_eq!(record(&folder).kept_files, first.kept_files);

    // A second attempt changes nothing, and gives what the first one found.
    let second = run_job(&sent(1), &context, &Silent);
    let micros = |record: &JobRecord| record.started.map(|at| at.as_microsecond());
    assert_eq!((&second.status, micros(&second)), (&JobStatus::Success, micros(&first)));
    assert_eq!(fs::read_to_string(folder.join("vitis_hls.log")).unwrap(), tool_was_in);

    let failed = run_job(&sent(0), &context, &Silent);
    assert_eq!(failed.status, JobStatus::Failed);
    let folder = output.join("hls_bad");
    let log = failed.failure.unwrap().log.unwrap();
    assert_eq!(log, folder.join("build_stdout.log").display().to_string(), "where it is now");
    assert_eq!(fs::read_to_string(log).unwrap(), "no licence\n");
    assert_eq!(record(&folder).status, JobStatus::Failed);
    assert_eq!(list(&output), ["hls_bad", "hls_good", "hls_good.tar.gz"]);
    assert_eq!(fs::read_dir(output.join(".hls-sweep/attempts")).unwrap().count(), 0);
}
