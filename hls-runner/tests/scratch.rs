//! With a scratch folder, tools work there; the results are the same, and nothing stays behind.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use hls_runner::{Cause, JobStatus, Retention, Silent, SweepOptions};
use support::{Bench, WELL, list, processes_in, record, synth_only};

fn bench() -> Bench {
    Bench { stages: synth_only(), ..Bench::new() }
}

fn in_scratch(bench: &Bench, scratch: &Path) -> SweepOptions {
    SweepOptions { scratch: Some(scratch.to_owned()), ..bench.options() }
}

/// All below a folder, with the text of files and the targets of links, without what tells times.
fn tree(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found: Vec<(PathBuf, String)> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name() != ".hls-job.json")
        .map(|entry| {
            let path = entry.path();
            let text = match entry.file_type() {
                kind if kind.is_file() => fs::read_to_string(path).unwrap(),
                kind if kind.is_symlink() => fs::read_link(path).unwrap().display().to_string(),
                _ => String::new(),
            };
            (path.strip_prefix(folder).unwrap().to_owned(), text)
        })
        .collect();
    found.sort();
    found
}

#[test]
fn results_are_the_same_and_nothing_stays_there() {
    for retention in [Retention::Reports, Retention::Project] {
        let bench = bench();
        let scratch = bench.dir.path().join("own disk/scratch");
        bench.model("good.h5", &format!("{WELL}\nmkdir empty; ln -s project.tcl link\ntrue > there"));
        bench.model("same.h5", &format!("{WELL}\nmkdir empty; ln -s project.tcl link\ntrue > there"));
        bench.model("bad.h5", "echo \"ERROR: $PWD is no good\"; ln -s project.tcl link; exit 1");
        bench.model("broken.h5", "broken");
        let run = |scratch: Option<&Path>| {
            let options = SweepOptions { scratch: scratch.map(Path::to_owned), retention, ..bench.options() };
            let result = bench.try_run(&options, &bench.vitis(), &mut Silent).unwrap();
            let bad = record(&result, "bad").failure.clone().unwrap();
            assert_eq!(bad.log, Some(bench.output().join("hls_bad/build_stdout.log").display().to_string()));
            assert!(bad.log_tail[0].contains("ERROR"), "{bad:?}");
            let names: Vec<_> = result.state.jobs.iter().map(|job| job.kept_names.clone()).collect();
            let folders = ["good", "same"].map(|name| tree(&bench.output().join(format!("hls_{name}"))));
            let failed: Vec<PathBuf> =
                tree(&bench.output().join("hls_bad")).into_iter().map(|(path, _)| path).collect();
            let archive = fs::read(bench.output().join("hls_good.tar.gz")).unwrap();
            assert_eq!(fs::read_dir(bench.output().join(".hls-sweep/attempts")).unwrap().count(), 0);
            (names, folders, failed, archive, list(&bench.output()))
        };
        let without = run(None);
        let with = run(Some(&scratch));
        assert_eq!(with, without, "{retention:?}");
        assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0, "{:?}", list(&scratch));
    }
}

#[test]
fn a_sweep_that_is_ended_leaves_nothing_there() {
    let bench = bench();
    let scratch = bench.dir.path().join("scratch");
    bench.model("slow.h5", "sleep 60");
    let options = in_scratch(&bench, &scratch);
    std::thread::scope(|scope| {
        let sweep = scope.spawn(|| bench.try_run(&options, &bench.vitis(), &mut Silent).map(|_| ()));
        let begin = Instant::now();
        while processes_in(&scratch) == 0 {
            assert!(begin.elapsed() < Duration::from_secs(60), "the tool works elsewhere");
            std::thread::sleep(Duration::from_millis(20));
        }
        bench.cancel.cancel();
        sweep.join().unwrap().unwrap();
    });
    assert_eq!(fs::read_dir(&scratch).unwrap().count(), 0, "{:?}", list(&scratch));
}

#[test]
fn a_full_scratch_folder_is_diagnosed() {
    let bench = bench();
    let scratch = bench.dir.path().join("scratch");
    fs::create_dir(&scratch).unwrap();
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=1m", "none"]).arg(&scratch).stderr(Stdio::null());
    if !mount.status().is_ok_and(|status| status.success()) {
        eprintln!("skipped: no file system may be mounted here");
        return;
    }
    bench.model("large.h5", "head -c 3000000 /dev/zero > big || exit 1");
    bench.model("small.h5", WELL);
    let options = SweepOptions { workers: std::num::NonZeroUsize::MIN, ..in_scratch(&bench, &scratch) };
    let result = bench.try_run(&options, &bench.vitis(), &mut Silent);
    let left = list(&scratch);
    let unmounted = Command::new("umount").arg("-l").arg(&scratch).status().unwrap();
    assert!(unmounted.success() && left.is_empty(), "{left:?}");
    let result = result.unwrap();
    let failure = record(&result, "large").failure.clone().unwrap();
    assert_eq!(failure.cause, Cause::DiskFull, "{failure:?}");
    assert!(failure.message.contains("MiB are free in the scratch folder"), "{failure:?}");
    assert_eq!(record(&result, "small").status, JobStatus::Success);
}

#[test]
fn a_scratch_folder_that_cannot_be_made_is_named() {
    let bench = bench();
    bench.model("good.h5", WELL);
    fs::write(bench.dir.path().join("file"), "").unwrap();
    let options = in_scratch(&bench, &bench.dir.path().join("file/scratch"));
    let result = bench.try_run(&options, &bench.vitis(), &mut Silent).unwrap();
    let failure = record(&result, "good").failure.clone().unwrap();
    assert!(failure.message.contains("file/scratch") && failure.cause == Cause::OutputFolder, "{failure:?}");
}
