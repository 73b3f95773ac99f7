//! Runs in the same output folder, identical models, second tries, and jobs that wait for room.

mod support;

use std::fs;
use std::path::Path;

use hls_runner::{
    Admission, Cause, ConvertError, ConvertedProject, Converter, Event, EventKind, JobStatus, Reporter,
    Resume, Silent, SweepError, SweepOptions, SweepState,
};
use support::{Bench, FakeConverter, WELL, list, record, synth_only};

fn bench() -> Bench {
    Bench { stages: synth_only(), workers: 2, ..Bench::new() }
}

fn resuming(bench: &Bench) -> SweepOptions {
    SweepOptions { resume: Resume::Continue, ..bench.options() }
}

/// A model whose tool counts its runs.
fn counted(bench: &Bench, name: &str, rest: &str) -> String {
    format!("echo {name} >> {}\n{rest}", bench.dir.path().join("runs").display())
}

/// The models whose tool ran since the last look, sorted.
fn runs(bench: &Bench) -> Vec<String> {
    let path = bench.dir.path().join("runs");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let _ = fs::remove_file(path);
    let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
    names.sort();
    names
}

/// Notes what it is told besides the ordinary.
#[derive(Default)]
struct Notes(Vec<String>);

impl Reporter for Notes {
    fn event(&mut self, event: &Event, state: &SweepState) {
        match &event.kind {
            EventKind::EarlierRun { finished, resuming } => {
                self.0.push(format!("{finished} earlier, resuming: {resuming}"))
            }
            EventKind::JobRetried { job, .. } => {
                self.0.push(format!("again: {}", state.job(*job).unwrap().job.name))
            }
            EventKind::Waiting { shortage } => self.0.push(format!("waiting: {}", shortage.is_some())),
            _ => {}
        }
    }
}

#[test]
fn what_is_done_and_unchanged_is_not_done_again() {
    let bench = bench();
    for name in ["same", "changed", "lost", "damaged"] {
        bench.model(&format!("{name}.h5"), &counted(&bench, name, WELL));
    }
    bench.model("failed.h5", &counted(&bench, "failed", "exit 1"));
    bench.run();
    assert_eq!(runs(&bench), ["changed", "damaged", "failed", "lost", "same"]);
    let first = bench.results();

    bench.model("changed.h5", &counted(&bench, "changed", &format!("{WELL}\n# another epoch")));
    bench.model("new.h5", &counted(&bench, "new", &format!("{WELL}\n# new")));
    fs::remove_file(bench.output().join("hls_lost.tar.gz")).unwrap();
    fs::remove_file(bench.output().join("hls_damaged/vitis_hls.log")).unwrap();
    let mut notes = Notes::default();
    let result = bench.try_run(&resuming(&bench), &bench.vitis(), &mut notes).unwrap();
    assert_eq!(runs(&bench), ["changed", "damaged", "failed", "lost", "new"]);
    assert_eq!(notes.0, ["1 earlier, resuming: true"]);
    assert_eq!((result.state.successful(), result.state.failed(), result.state.resumed()), (5, 1, 1));

    // What was not run again reads as it did, but for the mark that it was not.
    let entry = |results: &serde_json::Value, name: &str| {
        let all = results["results"].as_array().unwrap();
        all.iter().find(|entry| entry["model"] == name).unwrap().clone()
    };
    let mut expected = entry(&first, "same");
    expected["resumed"] = true.into();
    assert_eq!(entry(&bench.results(), "same"), expected);

    // Another stage, another retention: other results.
    let options = SweepOptions { tarball: hls_runner::Tarball::Omit, ..resuming(&bench) };
    bench.try_run(&options, &bench.vitis(), &mut Silent).unwrap();
    assert_eq!(runs(&bench).len(), 6);
}

#[test]
fn older_results_stay_until_newer_ones_take_their_place() {
    let bench = bench();
    let (folder, archive) = (bench.output().join("hls_a"), bench.output().join("hls_a.tar.gz"));
    let log = || fs::read_to_string(folder.join("vitis_hls.log")).unwrap();
    let seen = bench.dir.path().join("seen");
    let look =
        format!("cat {}/vitis_hls.log > {}; test -f {}", folder.display(), seen.display(), archive.display());
    let writes = |word: &str| format!("{WELL}\necho {word} > vitis_hls.log");

    bench.model("a.h5", &writes("first"));
    bench.run();
    bench.model("a.h5", &format!("{look} || exit 1\n{}", writes("second")));
    assert_eq!(bench.run().state.successful(), 1);
    assert_eq!((fs::read_to_string(&seen).unwrap(), log()), ("first\n".into(), "second\n".into()));

    // Those of a failed job say why it failed, and have no archive.
    bench.model("a.h5", "echo 'no licence'; exit 1");
    assert_eq!(bench.run().state.failed(), 1);
    assert_eq!(fs::read_to_string(folder.join("build_stdout.log")).unwrap(), "no licence\n");
    assert!(!archive.exists());

    // Where there is no project, there is nothing of another model's either.
    bench.model("a.h5", &writes("third"));
    bench.run();
    assert!(folder.exists() && archive.exists());
    bench.model("a.h5", "broken");
    assert_eq!(bench.run().state.failed(), 1);
    assert!(!folder.exists() && !archive.exists());
    assert_eq!(list(&bench.output()), ["synthesis_results.json"]);
}

#[test]
fn without_resuming_everything_runs_again_and_it_is_said() {
    let bench = bench();
    bench.model("a.h5", &counted(&bench, "a", WELL));
    bench.run();
    let mut notes = Notes::default();
    bench.try_run(&bench.options(), &bench.vitis(), &mut notes).unwrap();
    assert_eq!(runs(&bench), ["a", "a"]);
    assert_eq!(notes.0, ["1 earlier, resuming: false"]);
}

/// Projects that depend on more than the model file.
struct WithSettings(&'static str);

impl Converter for WithSettings {
    fn settings(&self, _model: &Path) -> String {
        self.0.to_owned()
    }

    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError> {
        FakeConverter.convert(model, project_dir)
    }
}

#[test]
fn other_settings_are_other_jobs() {
    let bench = bench();
    bench.model("a.h5", &counted(&bench, "a", WELL));
    for (settings, times) in [("reuse factor 1", 1), ("reuse factor 1", 0), ("reuse factor 2", 1)] {
        bench.run_with(&resuming(&bench), &WithSettings(settings), &bench.vitis(), &mut Silent).unwrap();
        assert_eq!(runs(&bench).len(), times, "{settings}");
    }
}

#[test]
fn identical_models_are_run_once_and_reported_each() {
    let bench = bench();
    for name in ["a", "b", "c"] {
        bench.model(&format!("{name}.h5"), &counted(&bench, "good", WELL));
    }
    for name in ["x", "y"] {
        bench.model(&format!("{name}.h5"), &counted(&bench, "bad", "echo 'std::bad_alloc'; exit 1"));
    }
    let result = bench.run();
    assert_eq!(runs(&bench), ["bad", "good"]);
    assert_eq!((result.state.successful(), result.state.failed()), (3, 2));
    let kept = list(&bench.output().join("hls_a"));
    for name in ["b", "c"] {
        let job = record(&result, name);
        assert_eq!((&job.status, job.identical_to.as_deref()), (&JobStatus::Success, Some("a")));
        assert_eq!(list(&job.job.folder), kept);
        assert!(job.job.tarball().is_file());
        assert_eq!(job.tarball.as_ref(), Some(&job.job.tarball()));
    }
    let failed = record(&result, "y");
    assert_eq!(failed.identical_to.as_deref(), Some("x"));
    assert_eq!(failed.failure.as_ref().unwrap().cause, Cause::OutOfMemory);

    // Each is a job of its own for the next run: one whose results are gone takes them from the others.
    fs::remove_dir_all(bench.output().join("hls_c")).unwrap();
    let result = bench.try_run(&resuming(&bench), &bench.vitis(), &mut Silent).unwrap();
    assert_eq!(runs(&bench), ["bad"]);
    assert_eq!((result.state.successful(), result.state.resumed()), (3, 2));
    assert_eq!(list(&bench.output().join("hls_c")), kept);
}

#[test]
fn what_may_pass_is_tried_again_after_the_others() {
    let bench = Bench { workers: 1, ..bench() };
    let flag = bench.dir.path().join("licence").display().to_string();
    let moody = format!(
        "if [ ! -e {flag} ]; then touch {flag}; echo \"ERROR: [Common 17-345] A valid license was not found\"; exit 1; fi\n{WELL}"
    );
    bench.model("a.h5", &counted(&bench, "a", &moody));
    bench.model("b.h5", &counted(&bench, "b", WELL));
    bench.model("c.h5", &counted(&bench, "c", "echo 'x.cpp:1: error: no'; exit 1"));
    bench.model("d.h5", &counted(&bench, "d", "kill -9 $$"));
    let mut notes = Notes::default();
    let options = SweepOptions { retries: 2, ..bench.options() };
    let result = bench.try_run(&options, &bench.vitis(), &mut notes).unwrap();
    assert_eq!(notes.0, ["again: a", "again: d", "again: d"]);
    assert_eq!(runs(&bench), ["a", "a", "b", "c", "d", "d", "d"]);
    let a = record(&result, "a");
    assert_eq!((&a.status, a.attempts, a.failure.is_none()), (&JobStatus::Success, 2, true));
    assert_eq!(a.earlier_errors, ["vitis-run ended with status 1"]);
    let d = record(&result, "d");
    assert_eq!((&d.status, d.attempts, d.earlier_errors.len()), (&JobStatus::Failed, 3, 2));
    assert_eq!(record(&result, "c").failure.as_ref().unwrap().cause, Cause::Compile);
    assert_eq!((result.state.running(), result.state.successful(), result.state.failed()), (0, 2, 2));
}

#[test]
fn jobs_wait_for_room() {
    let bench = Bench { workers: 3, ..bench() };
    for name in ["a", "b", "c"] {
        // Says how many of them run at the same time.
        let busy = format!(
            "cd {}; mkdir busy_$$; ls -d busy_* | wc -l >> most; sleep 0.4; rmdir busy_$$; cd - > /dev/null",
            bench.dir.path().display()
        );
        bench.model(&format!("{name}.h5"), &format!("# {name}\n{busy}\n{WELL}"));
    }
    let most = || {
        let text = fs::read_to_string(bench.dir.path().join("most")).unwrap();
        fs::remove_file(bench.dir.path().join("most")).unwrap();
        text.lines().map(|line| line.trim().parse::<u32>().unwrap()).max().unwrap()
    };
    for (per_job, expected) in [(1, 3), (600, 1), (450, 2)] {
        let admission =
            Admission { max_memory: Some(1000), memory_per_job: Some(per_job), ..Admission::default() };
        let mut notes = Notes::default();
        let options = SweepOptions { admission, ..bench.options() };
        let result = bench.try_run(&options, &bench.vitis(), &mut notes).unwrap();
        assert_eq!(result.state.successful(), 3);
        assert_eq!(most(), expected, "{per_job} of 1000 bytes each");
        assert_eq!(notes.0.iter().any(|note| note == "waiting: true"), expected < 3, "{:?}", notes.0);
        assert!(result.state.waiting.is_none());
    }
}

#[test]
fn a_full_disk_makes_jobs_wait_until_the_sweep_is_ended() {
    struct End<'a>(&'a Bench);
    impl Reporter for End<'_> {
        fn event(&mut self, event: &Event, _: &SweepState) {
            if let EventKind::Waiting { shortage: Some(shortage) } = &event.kind {
                assert!(shortage.to_string().contains("must stay free"), "{shortage}");
                self.0.cancel.cancel();
            }
        }
    }
    let bench = bench();
    bench.model("a.h5", &counted(&bench, "a", WELL));
    let admission = Admission { disk_reserve: u64::MAX, ..Admission::default() };
    let options = SweepOptions { admission, ..bench.options() };
    let result = bench.try_run(&options, &bench.vitis(), &mut End(&bench)).unwrap();
    assert!(result.state.interrupted);
    assert_eq!(record(&result, "a").status, JobStatus::Pending);
    assert!(runs(&bench).is_empty());
}

#[test]
fn two_sweeps_do_not_work_in_one_folder() {
    struct Second<'a>(&'a Bench, Option<String>);
    impl Reporter for Second<'_> {
        fn event(&mut self, event: &Event, _: &SweepState) {
            if matches!(event.kind, EventKind::JobStarted { .. }) {
                let error = self.0.try_run(&self.0.options(), &self.0.vitis(), &mut Silent).unwrap_err();
                assert!(matches!(error, SweepError::Locked { .. }), "{error}");
                let owner = hls_runner::working_in(&self.0.output()).unwrap();
                assert_eq!(owner.pid, std::process::id());
                self.1 = Some(error.to_string());
            }
        }
    }
    let bench = bench();
    bench.model("a.h5", WELL);
    let mut second = Second(&bench, None);
    bench.try_run(&bench.options(), &bench.vitis(), &mut second).unwrap();
    let message = second.1.unwrap();
    let who = format!("process {} on ", std::process::id());
    assert!(message.contains("another sweep works in") && message.contains(&who), "{message}");
    assert_eq!(hls_runner::working_in(&bench.output()), None);
    bench.run();
}
