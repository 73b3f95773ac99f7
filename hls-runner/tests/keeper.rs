//! Nothing of a tool outlives it, also where its processes leave its group. Not under libtest: this program must be able to become a keeper, which
//! only `main` can do.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use hls_runner::CancelToken;
use hls_runner::process::{self, Exit, Finished, Limits, ProcessError, Spec};

/// A tool that starts processes, some of them in sessions of their own, that ignore every polite signal.
fn stubborn(word: &str, then: &str) -> String {
    format!(
        "for i in 1 2 3 4 5 6; do (trap '' TERM HUP INT; exec sleep {word}) & done\n\
         for i in 1 2 3 4 5 6; do setsid sh -c \"trap '' TERM HUP INT; (sleep {word}; true) & wait\" & done\n\
         until [ $(grep -la {word} /proc/[0-9]*/cmdline 2>/dev/null | wc -l) -ge 12 ]; do sleep 0.05; done\n\
         {then}\n"
    )
}

/// A number that no other process has among its arguments.
fn word(number: u32) -> String {
    format!("{}.{number}", 100_000 + std::process::id())
}

fn someone_runs(word: &str) -> bool {
    fs::read_dir("/proc").unwrap().flatten().any(|entry| {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        command.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
    })
}

fn shell(folder: &Path, script: &str) -> Spec {
    Spec {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        cwd: folder.to_owned(),
        env: vec![("GREETING".into(), "good morning".into())],
        log: folder.join("log"),
        signs_of_life: Vec::new(),
    }
}

const PATIENCE: Limits = Limits { grace: Duration::from_millis(300), ..Limits::NONE };

fn run(spec: &Spec, limits: Limits) -> Result<Finished, ProcessError> {
    process::run(spec, limits, &CancelToken::new(), &mut || None)
}

fn what_a_tool_leaves_behind_is_ended(folder: &Path) {
    let word = word(1);
    let finished = run(&shell(folder, &stubborn(&word, "exit 3")), PATIENCE).unwrap();
    assert_eq!(finished.exit, Exit::Status(3));
    assert!(!someone_runs(&word));
}

fn a_time_limit_ends_everything(folder: &Path) {
    let word = word(2);
    let limits = Limits { timeout: Some(Duration::from_secs(2)), ..PATIENCE };
    let finished = run(&shell(folder, &stubborn(&word, "wait")), limits).unwrap();
    assert_eq!(finished.exit, Exit::TimedOut(Duration::from_secs(2)));
    assert!(!someone_runs(&word));
    assert!(finished.usage.wall < Duration::from_secs(8), "{:?}", finished.usage);
}

fn silence_ends_a_tool_and_talk_does_not(folder: &Path) {
    let limits = Limits { stall_timeout: Some(Duration::from_secs(2)), ..PATIENCE };
    let begin = Instant::now();
    let talk = "for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.4; done";
    assert_eq!(run(&shell(folder, talk), limits).unwrap().exit, Exit::Status(0));
    assert!(begin.elapsed() > Duration::from_secs(3));
    let finished = run(&shell(folder, "echo begun; sleep 60"), limits).unwrap();
    assert_eq!(finished.exit, Exit::Stalled(Duration::from_secs(2)));
    // Another file that grows is a sign of life, too.
    let elsewhere = "for i in 1 2 3 4 5 6 7 8; do echo $i >> own.log; sleep 0.4; done";
    let spec = Spec { signs_of_life: vec![folder.join("own.log")], ..shell(folder, elsewhere) };
    assert_eq!(run(&spec, limits).unwrap().exit, Exit::Status(0));
}

fn how_a_tool_ended_is_told(folder: &Path) {
    for (script, exit) in [
        ("exit 0", Exit::Status(0)),
        ("exit 42", Exit::Status(42)),
        ("kill -SEGV $$", Exit::Signal(11)),
        ("kill -KILL $$", Exit::Signal(9)),
    ] {
        assert_eq!(run(&shell(folder, script), PATIENCE).unwrap().exit, exit, "{script}");
    }
    fs::remove_file(folder.join("log")).unwrap();
    run(&shell(folder, "pwd; echo $GREETING; echo problem >&2; cat"), PATIENCE).unwrap();
    let said = fs::read_to_string(folder.join("log")).unwrap();
    assert_eq!(said, format!("{}\ngood morning\nproblem\n", folder.canonicalize().unwrap().display()));
}

fn a_tool_that_is_not_there_is_named(folder: &Path) {
    let spec = Spec { program: folder.join("vitis_hls"), ..shell(folder, "") };
    let error = run(&spec, PATIENCE).unwrap_err();
    let ProcessError::Start { program, source } = &error else { panic!("{error}") };
    assert_eq!(*program, folder.join("vitis_hls"));
    assert_eq!(source.kind(), std::io::ErrorKind::NotFound);
}

fn memory_of_all_processes_counts(folder: &Path) {
    // Three processes that hold 40 MB each for a while.
    let holder = "head -c 40000000 /dev/zero | tail -c 1 >/dev/null; sleep 0";
    let script = format!(
        "for i in 1 2 3; do (x=$(head -c 40000000 /dev/zero | tr '\\0' 'x'); sleep 2; : $x) & done; wait; {holder}"
    );
    let used = run(&shell(folder, &script), PATIENCE).unwrap().usage.peak_memory_bytes;
    assert!(used > 110_000_000, "{used}");
}

fn the_end_of_a_keeper_is_the_end_of_its_tool(folder: &Path) {
    let word = word(3);
    // The tool's parent is the keeper.
    // Not at once: the group of a tool whose keeper ends before it has told that the tool runs is not known.
    let script = format!("sleep {word} & sleep 1; kill -KILL $PPID; wait");
    let error = run(&shell(folder, &script), PATIENCE).unwrap_err();
    assert!(matches!(error, ProcessError::Wait { .. }), "{error}");
    let begin = Instant::now();
    while someone_runs(&word) && begin.elapsed() < Duration::from_secs(5) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(!someone_runs(&word));
}

fn a_keeper_outlives_signals_to_the_whole_job(folder: &Path) {
    let script = "for name in TERM INT HUP; do kill -$name $PPID; done; sleep 0.2; exit 7";
    assert_eq!(run(&shell(folder, script), PATIENCE).unwrap().exit, Exit::Status(7));
    // Its tool can be ended by them nevertheless. Where these tests run in the background of a script, everything ignores INT at first.
    for (name, number) in [("TERM", 15), ("INT", 2), ("HUP", 1)] {
        let script = format!("exec env --default-signal sh -c 'kill -{name} $$; sleep 5'");
        let finished = run(&shell(folder, &script), PATIENCE).unwrap();
        assert_eq!(finished.exit, Exit::Signal(number));
    }
}

fn a_tool_that_ends_with_the_whole_job_was_interrupted(folder: &Path) {
    // The tool's end is seen a moment before this program is told that it was meant as well; in the last case it is the keeper's.
    for script in ["kill -TERM $$; sleep 5", "exit 143", "kill -KILL $PPID; sleep 5"] {
        let cancel = CancelToken::new();
        let late = cancel.clone();
        let news = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(400));
            late.cancel();
        });
        let finished = process::run(&shell(folder, script), PATIENCE, &cancel, &mut || None).unwrap();
        assert_eq!(finished.exit, Exit::Cancelled, "{script}");
        news.join().unwrap();
    }
    // A failure of its own is reported at once.
    let begin = Instant::now();
    assert_eq!(run(&shell(folder, "exit 1"), PATIENCE).unwrap().exit, Exit::Status(1));
    assert!(begin.elapsed() < Duration::from_millis(900), "{:?}", begin.elapsed());
}

/// What is tried, in a folder of its own.
type Case = fn(&Path);

fn main() {
    process::main_if_asked();
    let cases: &[(&str, Case)] = &[
        ("what_a_tool_leaves_behind_is_ended", what_a_tool_leaves_behind_is_ended),
        ("a_time_limit_ends_everything", a_time_limit_ends_everything),
        ("silence_ends_a_tool_and_talk_does_not", silence_ends_a_tool_and_talk_does_not),
        ("how_a_tool_ended_is_told", how_a_tool_ended_is_told),
        ("a_tool_that_is_not_there_is_named", a_tool_that_is_not_there_is_named),
        ("memory_of_all_processes_counts", memory_of_all_processes_counts),
        ("the_end_of_a_keeper_is_the_end_of_its_tool", the_end_of_a_keeper_is_the_end_of_its_tool),
        ("a_keeper_outlives_signals_to_the_whole_job", a_keeper_outlives_signals_to_the_whole_job),
        (
            "a_tool_that_ends_with_the_whole_job_was_interrupted",
            a_tool_that_ends_with_the_whole_job_was_interrupted,
        ),
    ];
    for (name, case) in cases {
        let folder = tempfile::tempdir().unwrap();
        case(folder.path());
        println!("test {name} ... ok");
    }
}
