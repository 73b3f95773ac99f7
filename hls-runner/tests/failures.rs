//! One job's failure is that job's alone, says what happened, and leaves nothing running.

mod support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use hls_runner::toolchain::Csim;
use hls_runner::{
    Event, EventKind, FailureKind, JobStatus, Reporter, Silent, Stage, StageSet, StageStatus, SweepError,
    SweepOptions, SweepState,
};
use support::{Bench, WELL, record, someone_runs, synth_only};

#[test]
fn every_way_to_fail_has_its_own_sentence_and_the_others_go_on() {
    use FailureKind::{Convert, MissingReport, Panic, ToolFailed, ToolKilled};
    let synth = Some(Stage::new("synth"));
    let cases: &[(&str, String, FailureKind, Option<Stage>, &str)] = &[
        ("status", "echo no licence\nexit 3".into(), ToolFailed, None, "vitis-run ended with status 3"),
        (
            "stage",
            "echo '***** C/RTL SYNTHESIS *****'\nexit 1".into(),
            ToolFailed,
            synth.clone(),
            "vitis-run ended with status 1 during the stage synth",
        ),
        ("after_a_stage", format!("{WELL}\nexit 1"), ToolFailed, None, "vitis-run ended with status 1"),
        ("signal", "kill -9 $$".into(), ToolKilled, None, "vitis-run was killed by signal 9 (SIGKILL"),
        (
            "no_report",
            format!("{WELL}\nrm p_prj/solution1/syn/report/p_csynth.rpt"),
            MissingReport,
            synth.clone(),
            "the stage synth is not done: p_prj/solution1/syn/report/p_csynth.rpt or \
             p_prj/solution1/syn/report/csynth.rpt was not written",
        ),
        (
            "empty_report",
            format!("{WELL}\n: > p_prj/solution1/syn/report/p_csynth.rpt"),
            MissingReport,
            synth.clone(),
            "the stage synth is not done: p_prj/solution1/syn/report/p_csynth.rpt or \
             p_prj/solution1/syn/report/csynth.rpt is empty",
        ),
        ("no_folder", "rm -rf \"$PWD\"".into(), MissingReport, synth, "was not written"),
        ("broken", "broken".into(), Convert, None, "broken.h5 could not be converted: "),
        ("panic", "panic".into(), Panic, None, "a bug in this program ended the job: the converter met"),
        (
            "name",
            "# name: p;exit\n".into(),
            Convert,
            None,
            "the converter named the project `p;exit`, which is not a C identifier",
        ),
    ];
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    for (name, text, ..) in cases {
        bench.model(&format!("{name}.h5"), text);
    }
    bench.model("good_1.h5", WELL);
    bench.model("good_2.h5", WELL);
    std::os::unix::fs::symlink("nowhere", bench.input().join("vanished.h5")).unwrap();

    let result = bench.run();
    assert_eq!(result.state.successful(), 2);
    assert_eq!(result.state.failed(), cases.len() + 1);
    for (name, _, kind, stage, words) in cases {
        let job = record(&result, name);
        let failure = job.failure.as_ref().unwrap();
        assert_eq!((failure.kind, &failure.stage), (*kind, stage), "{name}: {failure:?}");
        assert!(failure.message.contains(words), "{name}: {}", failure.message);
        assert_eq!(job.status, JobStatus::Failed);
        assert!(job.tarball.is_none() && job.kept_files.is_empty());
        let at_synth = job.stages.iter().find(|record| record.stage == Stage::new("synth")).unwrap();
        assert_eq!(at_synth.status == StageStatus::Failed, stage.is_some(), "{name}: {at_synth:?}");
    }
    let vanished = record(&result, "vanished").failure.as_ref().unwrap();
    assert!(vanished.message.contains("vanished.h5 could not be converted: No such file"), "{vanished:?}");
    let status = record(&result, "status");
    assert_eq!(status.failure.as_ref().unwrap().log_tail, ["no licence"]);
    let log = status.job.folder.join("build_stdout.log");
    assert_eq!(fs::read_to_string(log).unwrap(), "no licence\n", "a failed job keeps its logs");
    assert!(!record(&result, "broken").job.folder.exists(), "half a project is not left behind");
}

/// A model whose tool leaves a grandchild that ignores SIGTERM, and a word to find that by.
fn stubborn(then: &str) -> (String, String) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let seconds = format!("{}.{count}", 40_000 + std::process::id() % 40_000);
    (format!("trap '' TERM\nsleep {seconds} &\n{then}\n"), seconds)
}

/// Cancels as soon as a process with this word is seen.
struct CancelWhenSeen<'a> {
    bench: &'a Bench,
    word: &'a str,
    at: Option<Instant>,
    now: bool,
}

impl Reporter for CancelWhenSeen<'_> {
    fn event(&mut self, _event: &Event, _state: &SweepState) {}

    fn tick(&mut self, _state: &SweepState) {
        if self.at.is_none() && someone_runs(self.word) {
            self.at = Some(Instant::now());
            if self.now { self.bench.cancel.cancel_now() } else { self.bench.cancel.cancel() }
        }
    }
}

#[test]
fn cancelling_leaves_no_process_and_writes_the_results() {
    for (now, longest) in [(false, Duration::from_millis(3500)), (true, Duration::from_millis(1200))] {
        let mut bench = Bench { stages: synth_only(), workers: 2, ..Bench::new() };
        bench.grace = Duration::from_millis(1500);
        let (text, word) = stubborn("wait\nsleep 30");
        bench.model("a.h5", &text);
        bench.model("b.h5", &format!("{text}\n# another model"));
        bench.model("c.h5", WELL);
        let mut reporter = CancelWhenSeen { bench: &bench, word: &word, at: None, now };
        let result = bench.try_run(&bench.options(), &bench.vitis(), &mut reporter).unwrap();
        let took = reporter.at.unwrap().elapsed();
        assert!(!someone_runs(&word), "a grandchild survived");
        assert!(took < longest, "{took:?}");
        assert!(result.state.interrupted);
        assert_eq!(result.state.cut_short(), 2);
        let results = bench.results();
        assert_eq!(results["interrupted"], true);
        let statuses: Vec<&str> = (0..3).map(|n| results["results"][n]["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, ["failed", "failed", "pending"]);
        assert_eq!(results["results"][0]["failure"]["kind"], "interrupted");
        assert_eq!(results["results"][0]["commands"][0]["ended_by"], "interrupt");
        assert!(results["end_time"].is_string());
    }
}

#[test]
fn a_timeout_ends_the_whole_group() {
    let mut bench = Bench { stages: synth_only(), ..Bench::new() };
    bench.timeout = Some(Duration::from_millis(300));
    let (text, word) = stubborn("wait");
    bench.model("slow.h5", &text);
    bench.model("quick.h5", WELL);
    let result = bench.run();
    assert!(!someone_runs(&word), "a grandchild survived");
    assert_eq!(record(&result, "quick").status, JobStatus::Success);
    let failure = record(&result, "slow").failure.as_ref().unwrap();
    assert_eq!(failure.kind, FailureKind::Timeout);
    assert!(failure.message.contains("took longer than 0.3 s"), "{}", failure.message);
}

#[test]
fn what_a_tool_leaves_running_is_ended_with_it() {
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    let (text, word) = stubborn(WELL);
    bench.model("m.h5", &text);
    let result = bench.run();
    assert_eq!(result.state.successful(), 1, "{:?}", result.state.jobs);
    assert!(!someone_runs(&word), "a grandchild survived");
}

#[test]
fn a_panicking_reporter_leaves_no_process() {
    struct Panics<'a>(&'a str);
    impl Reporter for Panics<'_> {
        fn event(&mut self, _event: &Event, _state: &SweepState) {}
        fn tick(&mut self, _state: &SweepState) {
            assert!(!someone_runs(self.0), "the reporter breaks down");
        }
    }
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    let (text, word) = stubborn("wait");
    bench.model("m.h5", &text);
    let run =
        std::panic::AssertUnwindSafe(|| bench.try_run(&bench.options(), &bench.vitis(), &mut Panics(&word)));
    assert!(std::panic::catch_unwind(run).is_err());
    assert!(!someone_runs(&word), "a grandchild survived");
}

#[test]
fn a_sweep_that_cannot_start_says_why() {
    type Case = (fn(&mut Bench), &'static str);
    let cases: &[Case] = &[
        (|bench| fs::write(bench.output(), "a file").unwrap(), "cannot be written; choose another"),
        (|bench| bench.stages = StageSet::NONE.with(Stage::new("reset")), "no stage is left to run"),
        (
            |bench| bench.stages = synth_only().without(&Stage::new("synth")).with(Stage::new("export")),
            "export needs synth",
        ),
    ];
    for (spoil, words) in cases {
        let mut bench = Bench { stages: synth_only(), ..Bench::new() };
        bench.model("m.h5", WELL);
        spoil(&mut bench);
        let error = bench.try_run(&bench.options(), &bench.vitis(), &mut Silent).unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[test]
fn csim_has_nothing_to_do_for_synthesis_stages() {
    let bench = Bench::new();
    bench.model("m.h5", WELL);
    let options = SweepOptions { stages: Some(support::vitis_defaults()), ..bench.options() };
    let error = bench.try_run(&options, &Csim::find().unwrap(), &mut Silent).unwrap_err();
    assert!(error.to_string().contains("the toolchain csim runs csim"), "{error}");
}

/// Reads the results at every event, as another program might at any moment.
#[derive(Default)]
struct Reader {
    output: std::path::PathBuf,
    finished_seen: Vec<u64>,
    complaints: Vec<String>,
}

impl Reporter for Reader {
    fn event(&mut self, event: &Event, _state: &SweepState) {
        if let EventKind::ResultsNotWritten { path, message } = &event.kind {
            self.complaints.push(format!("{}: {message}", path.display()));
        }
        if let Ok(text) = fs::read_to_string(self.output.join("synthesis_results.json")) {
            let results: serde_json::Value = serde_json::from_str(&text).unwrap();
            let finished = results["successful"].as_u64().unwrap() + results["failed"].as_u64().unwrap();
            self.finished_seen.push(finished);
        }
    }
}

#[test]
fn results_are_complete_at_every_moment_and_grow_as_jobs_end() {
    let timeout = Some(Duration::from_secs(60));
    let bench = Bench { stages: synth_only(), workers: 1, timeout, ..Bench::new() };
    // The results lag by as much as the disk needs. Each tool waits until they have counted the jobs before its own.
    let results = bench.output().join("synthesis_results.json").display().to_string();
    for n in 0..3 {
        let wait = format!("until grep -q '\"successful\": {n},' {results}; do sleep 0.02; done");
        bench.model(&format!("m{n}.h5"), &format!("# model {n}\n{wait}\n{WELL}"));
    }
    let mut reader = Reader { output: bench.output(), ..Reader::default() };
    bench.try_run(&bench.options(), &bench.vitis(), &mut reader).unwrap();
    assert!(reader.finished_seen.is_sorted());
    for finished in 0..=3 {
        assert!(reader.finished_seen.contains(&finished), "{:?}", reader.finished_seen);
    }
}

#[test]
fn results_that_cannot_be_written_do_not_stop_the_sweep() {
    let bench = Bench { stages: synth_only(), workers: 1, ..Bench::new() };
    let results = bench.output().join("synthesis_results.json").display().to_string();
    let block = format!("until mkdir -p {results}/x 2>/dev/null; do rm -f {results}; done");
    bench.model("a.h5", &format!("{block}\nsleep 0.7\n{WELL}"));
    bench.model("b.h5", WELL);
    let mut reader = Reader { output: bench.output(), ..Reader::default() };
    let error = bench.try_run(&bench.options(), &bench.vitis(), &mut reader).unwrap_err();
    let SweepError::Results { result, path, .. } = &error else { panic!("{error}") };
    assert_eq!(result.state.successful(), 2);
    assert_eq!(*path, bench.output().join("synthesis_results.json"));
    assert!(error.to_string().contains("2 success(es) and 0 failure(s)"), "{error}");
    assert!(!reader.complaints.is_empty());
    for name in ["hls_a/project.tcl", "hls_b/project.tcl", "hls_a.tar.gz"] {
        assert!(bench.output().join(name).is_file(), "{name}");
    }
    let no_scratch = |name: &str| !name.starts_with('.');
    assert!(support::list(&bench.output()).iter().all(|name| no_scratch(name)));
}

#[test]
fn a_tool_that_vanishes_is_named() {
    let bench = Bench { stages: synth_only(), ..Bench::new() };
    bench.model("m.h5", WELL);
    let vitis = bench.vitis();
    fs::remove_file(bench.dir.path().join("tools/bin/vitis-run")).unwrap();
    let result = bench.try_run(&bench.options(), &vitis, &mut Silent).unwrap();
    let failure = record(&result, "m").failure.as_ref().unwrap();
    assert_eq!(failure.kind, FailureKind::ToolNotStarted);
    assert!(failure.message.contains("tools/bin/vitis-run could not be started"), "{}", failure.message);
    assert!(Path::new(&bench.output()).join("hls_m/project.tcl").is_file());
}
