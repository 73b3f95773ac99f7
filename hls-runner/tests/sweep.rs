//! Whole sweeps with stand-in tools: what is left on disk, what is recorded, what runs at the same time.

mod support;

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use hls_runner::{
    Event, EventKind, FailureKind, Job, JobStatus, Reporter, Retention, Silent, Stage, StageStatus,
    SweepOptions, SweepState, Tarball,
};
use support::{Bench, WELL, list, record, synth_only};

#[test]
fn a_finished_job_leaves_its_reports_a_tarball_and_a_record() {
    let bench = Bench::new();
    bench.model("model_trial_1.h5", WELL);
    let result = bench.run();
    assert_eq!((result.state.successful(), result.state.failed()), (1, 0), "{:?}", result.state.jobs);

    let kept = [
        "p_prj",
        "project.tcl",
        "vitis_hls.log",
        "vivado.jou",
        "vivado.log",
        "vivado_synth.rpt",
        "vivado_synth.tcl",
    ];
    let folder = bench.output().join("hls_model_trial_1");
    assert_eq!(list(&folder), kept);
    assert_eq!(
        list(&bench.output()),
        ["hls_model_trial_1", "hls_model_trial_1.tar.gz", "synthesis_results.json"]
    );

    let unpacked = tempfile::tempdir().unwrap();
    let tar = Command::new("tar")
        .arg("xzf")
        .arg(bench.output().join("hls_model_trial_1.tar.gz"))
        .current_dir(&unpacked)
        .output()
        .unwrap();
    assert!(tar.status.success() && tar.stderr.is_empty(), "{tar:?}");
    assert_eq!(list(&unpacked.path().join("hls_model_trial_1")), kept);
    let report = |dir: &std::path::Path| fs::read(dir.join("vivado_synth.rpt")).unwrap();
    assert_eq!(report(&unpacked.path().join("hls_model_trial_1")), report(&folder));
}

#[test]
fn results_keep_the_fields_that_scripts_read() {
    let bench = Bench::new();
    bench.model("pareto_primary/a.h5", WELL);
    bench.model("pareto_primary/b.h5", "broken");
    bench.run();
    let results = bench.results();
    for (key, value) in [("total", 2), ("successful", 1), ("failed", 1), ("schema", 2)] {
        assert_eq!(results[key], value, "{key}");
    }
    let entry = &results["results"][0];
    let keys: Vec<&str> = entry.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        keys,
        [
            "h5_file",
            "model_file",
            "model",
            "tier",
            "output_dir",
            "status",
            "kept_files",
            "kept_names",
            "tarball",
            "error",
            "start_time",
            "end_time",
            "project_name",
            "warnings",
            "stages",
            "commands",
            "csim",
            "peak_memory_bytes",
            "fingerprint",
            "identical_to",
            "resumed",
            "attempts",
            "earlier_errors",
            "report",
            "failure"
        ]
    );
    assert_eq!(entry["status"], "success");
    assert_eq!(entry["tier"], "primary");
    assert_eq!(entry["model_file"], entry["h5_file"]);
    assert_eq!(entry["h5_file"], bench.input().join("pareto_primary/a.h5").to_str().unwrap());
    assert_eq!(entry["output_dir"], bench.output().join("hls_a").to_str().unwrap());
    assert_eq!(entry["tarball"], bench.output().join("hls_a.tar.gz").to_str().unwrap());
    let folder = bench.output().join("hls_a");
    let paths: Vec<PathBuf> = serde_json::from_value(entry["kept_files"].clone()).unwrap();
    assert!(paths.iter().all(|path| path.is_file()), "{paths:?}");
    let names: Vec<PathBuf> = serde_json::from_value(entry["kept_names"].clone()).unwrap();
    assert_eq!(paths, names.iter().map(|name| folder.join(name)).collect::<Vec<_>>());
    assert_eq!(
        entry["kept_names"],
        serde_json::json!([
            "project.tcl",
            "vitis_hls.log",
            "vivado_synth.rpt",
            "vivado_synth.tcl",
            "vivado.jou",
            "vivado.log",
            "p_prj/solution1/syn/report/csynth.xml",
            "p_prj/solution1/syn/report/p_csynth.rpt",
            "p_prj/solution1/sim/report/p_cosim.rpt"
        ])
    );
    assert_eq!(entry["report"], serde_json::Value::Null, "the tool's files hold no numbers");
    assert!(entry["warnings"][0].as_str().unwrap().contains("csynth.xml"), "{:#}", entry["warnings"]);
    assert_eq!(entry["error"], serde_json::Value::Null);
    for key in ["start_time", "end_time"] {
        let text = entry[key].as_str().unwrap();
        assert!(text.parse::<jiff::Timestamp>().is_ok() && !text.ends_with('Z'), "{text}");
    }
    let stages: Vec<(&str, &str)> = entry["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|stage| (stage["stage"].as_str().unwrap(), stage["status"].as_str().unwrap()))
        .collect();
    assert_eq!(
        stages,
        [
            ("fifo_opt", "skipped"),
            ("csim", "skipped"),
            ("synth", "done"),
            ("cosim", "done"),
            ("validation", "skipped"),
            ("export", "done"),
            ("vsynth", "done"),
            ("rtlsim", "skipped")
        ]
    );
    assert_eq!(entry["stages"][2]["wall_seconds"], 62.0);
    let command = &entry["commands"][0];
    assert_eq!(command["exit_status"], 0);
    assert_eq!(&command["argv"].as_array().unwrap()[1..], ["--mode", "hls", "--tcl", "build_prj.tcl"]);
    assert!(command["peak_memory_bytes"].as_u64().unwrap() > 100_000);
    assert!(command["wall_seconds"].as_f64().unwrap() > 0.0);

    let failed = &results["results"][1];
    assert_eq!(failed["status"], "failed");
    assert_eq!(failed["failure"]["kind"], "convert");
    let error = failed["error"].as_str().unwrap();
    assert!(error.contains("b.h5 could not be converted: ") && error.contains("has no layers"), "{error}");
}

#[test]
fn eight_jobs_of_a_second_take_two_on_four_workers() {
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    for n in 0..8 {
        bench.model(&format!("m{n}.h5"), &format!("# model {n}\nsleep 1\n{WELL}"));
    }
    let begin = Instant::now();
    let result = bench.run();
    let took = begin.elapsed();
    assert_eq!(result.state.successful(), 8);
    assert!(took >= Duration::from_secs(2) && took < Duration::from_secs(3), "{took:?}");
}

#[test]
fn retention_and_tarball_follow_the_options() {
    let whole =
        ["behave.sh", "build_opt.tcl", "build_stdout.log", "firmware", "half_a_file", "p_prj", "project.tcl"];
    let cases: &[(Retention, Tarball, &[&str])] = &[
        (
            Retention::ToolchainDefault,
            Tarball::Omit,
            &["p_prj", "project.tcl", "vitis_hls.log", "vivado_synth.tcl"],
        ),
        (Retention::Reports, Tarball::Write, &["p_prj", "project.tcl", "vitis_hls.log", "vivado_synth.tcl"]),
        (Retention::Project, Tarball::Omit, &whole),
    ];
    for (retention, tarball, kept) in cases {
        let bench = Bench { stages: synth_only(), ..Bench::new() };
        bench.model("m.h5", WELL);
        let options = SweepOptions { retention: *retention, tarball: *tarball, ..bench.options() };
        bench.try_run(&options, &bench.vitis(), &mut Silent).unwrap();
        let found = list(&bench.output().join("hls_m"));
        assert!(kept.iter().all(|name| found.contains(&(*name).to_owned())), "{found:?}");
        assert!(*retention == Retention::Project || found.len() == kept.len(), "{found:?}");
        assert_eq!(bench.output().join("hls_m.tar.gz").exists(), *tarball == Tarball::Write);
    }
}

#[test]
fn running_again_replaces_what_we_wrote_and_nothing_else() {
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    for name in ["good", "bad", "mine"] {
        bench.model(&format!("{name}.h5"), WELL);
    }
    bench.model("bad.h5", "exit 3");
    let photo = bench.output().join("hls_mine/holiday.jpg");
    fs::create_dir_all(photo.parent().unwrap()).unwrap();
    fs::write(&photo, "a photo").unwrap();

    let first = bench.run();
    assert_eq!((first.state.successful(), first.state.failed()), (1, 2));
    let failure = record(&first, "mine").failure.as_ref().unwrap();
    assert_eq!(failure.kind, FailureKind::Output);
    assert!(failure.message.contains("hls_mine is in the way"), "{}", failure.message);

    bench.model("bad.h5", WELL);
    let second = bench.run();
    assert_eq!((second.state.successful(), second.state.failed()), (2, 1));
    assert_eq!(fs::read_to_string(photo).unwrap(), "a photo");
}

#[test]
fn hostile_and_colliding_names_stay_inside_the_output_folder() {
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    for name in ["a b;rm.h5", "a b&rm.h5", "..h5", "$(touch x).h5", "-rf.h5", "it's \"q\".h5", "n\nl.h5"] {
        bench.model(name, WELL);
    }
    let before = list(bench.dir.path());
    let result = bench.run();
    assert_eq!(result.state.failed(), 0, "{:?}", bench.results());
    let mut folders: Vec<String> =
        list(&bench.output()).into_iter().filter(|name| !name.ends_with(".tar.gz")).collect();
    folders.retain(|name| name != "synthesis_results.json");
    assert_eq!(
        folders,
        ["hls_-rf", "hls__", "hls___touch_x_", "hls_a_b_rm", "hls_a_b_rm_2", "hls_it_s__q_", "hls_n_l"]
    );
    assert_eq!(list(bench.dir.path()).len(), before.len() + 1, "only the output folder is new");
}

#[derive(Default)]
struct Story(Vec<String>);

impl Reporter for Story {
    fn event(&mut self, event: &Event, state: &SweepState) {
        let job = |id: &hls_runner::JobId| -> &Job { &state.job(*id).unwrap().job };
        self.0.push(match &event.kind {
            EventKind::SweepStarted => "sweep".to_owned(),
            EventKind::JobStarted { job: id } => format!("start {}", job(id).name),
            EventKind::Converted { project, .. } => format!("converted {project}"),
            EventKind::StageStarted { stage, .. } => format!("stage {stage}"),
            EventKind::StageFinished { record, .. } => {
                assert_eq!(record.status, StageStatus::Done);
                format!("stage {} done", record.stage)
            }
            EventKind::CommandFinished { record, .. } => format!("tool {}", record.exit),
            EventKind::JobFinished { job: id, .. } => {
                let record = state.job(*id).unwrap();
                assert_eq!(record.status, JobStatus::Success);
                format!("end {} ({} of {})", job(id).name, state.successful(), state.total())
            }
            EventKind::JobIdentified { .. } => "identified".to_owned(),
            EventKind::JobResumed { job: id, .. } => format!("resumed {}", job(id).name),
            EventKind::EarlierRun { .. }
            | EventKind::JobRetried { .. }
            | EventKind::Waiting { .. }
            | EventKind::ResultsNotWritten { .. }
            | EventKind::Interrupted => "trouble".to_owned(),
            EventKind::SweepFinished => "over".to_owned(),
            unknown => panic!("this test does not know {unknown:?}"),
        });
    }
}

#[test]
fn the_reporter_is_told_everything_in_order() {
    let mut bench = Bench::new();
    bench.stages = synth_only();
    bench.model("m.h5", WELL);
    let mut story = Story::default();
    bench.try_run(&bench.options(), &bench.vitis(), &mut story).unwrap();
    assert_eq!(
        story.0,
        [
            "sweep",
            "start m",
            "converted p",
            "stage synth",
            "stage synth done",
            "tool ended with status 0",
            "end m (1 of 1)",
            "over"
        ]
    );
}

#[test]
fn a_running_stage_is_seen_while_it_runs() {
    struct Seen(Option<Stage>);
    impl Reporter for Seen {
        fn event(&mut self, event: &Event, state: &SweepState) {
            if let EventKind::StageStarted { job, .. } = event.kind {
                self.0 = state.job(job).unwrap().running_stage().cloned();
            }
        }
    }
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    bench.model("m.h5", &format!("echo '***** C/RTL SYNTHESIS *****'\nsleep 0.5\n{WELL}"));
    let mut seen = Seen(None);
    bench.try_run(&bench.options(), &bench.vitis(), &mut seen).unwrap();
    assert_eq!(seen.0, Some(Stage::new("synth")));
}
