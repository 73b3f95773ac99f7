//! `--executor htcondor`: its submit descriptions are read by HTCondor's own parser, where Python has it, and its DAGs run in a stand-in for DAGMan. No HTCondor takes part.

use std::fs;
use std::process::{Command, Stdio};

use crate::bench::{Bench, MODELS, WELL, settled, waiting};
use crate::support::*;

/// Answers with the parsed job of the submit description that it reads.
const PARSER: &str = "
import sys, htcondor
for ad in htcondor.Submit(sys.stdin.read()).jobs(count=1):
    for name in sys.argv[1:]:
        print(name, ad.eval(name) if name in ad else None, sep='=')
";

/// A Python with HTCondor's parser: that of 24.x, because 25 has none that works alone.
fn python() -> Option<String> {
    let python = std::env::var("HLS_HTCONDOR_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(&python);
    command
        .env("CONDOR_CONFIG", "ONLY_ENV")
        .args(["-c", "import htcondor; assert htcondor.version().split()[1].startswith('24.')"]);
    let is_there = command.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
    is_there.then_some(python)
}

/// The pieces of what a dry run prints: a path, and the file's lines.
fn files(shown: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in shown.lines() {
        match (line.strip_prefix("    "), files.last_mut()) {
            (Some(line), Some((_, text))) => *text += &format!("{line}\n"),
            _ => files.push((line.to_owned(), String::new())),
        }
    }
    files
}

fn dry_run(bench: &Bench, more: &[&str]) -> String {
    let mut command =
        bench.synth(&bench.out(), &["--executor", "htcondor", "--dry-run", "--models-per-part", "1"]);
    run(command.args(more), [""; 0]).expect(0).stdout
}

#[test]
fn a_dag_and_its_descriptions() {
    let bench = Bench::new(WELL);
    let options = ["--licence", "vivado:2", "--time", "90", "--engine-option", "+JobFlavour = \"workday\""];
    let shown = settled(&dry_run(&bench, &options), &bench);
    let expected = include_str!("htcondor.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/htcondor.txt"), &shown)
            .expect("golden");
        return;
    }
    assert_eq!(shown, expected, "UPDATE_GOLDEN=1 rewrites it");
}

#[test]
fn htcondor_reads_what_is_written_for_it() {
    let Some(python) = python() else {
        skip(
            "submit descriptions are not read by HTCondor's parser: Python has no htcondor 24 (pip install 'htcondor==24.*')",
        );
        return;
    };
    let bench = Bench::new(WELL);
    let options = [
        "--licence",
        "vivado:2",
        "--time",
        "90",
        "--mem",
        "3GiB",
        "--threads-per-job",
        "2",
        "--engine-option",
        "+JobFlavour = \"workday\"",
        "--engine-option",
        "accounting_group = group_hls",
    ];
    let shown = dry_run(&bench, &options);
    let description = |end: &str| {
        let (path, text) =
            files(&shown).into_iter().find(|(path, _)| path.ends_with(end)).expect("a description");
        // The parser wants the folders to be there.
        fs::create_dir_all(std::path::Path::new(&path).parent().expect("a folder").join("log"))
            .expect("folders");
        text
    };
    let parsed = |text: &str, names: &[&str]| {
        let file = bench.path("description.sub");
        fs::write(&file, text).expect("file");
        let mut command = Command::new(&python);
        command.env("CONDOR_CONFIG", "ONLY_ENV").args(["-c", PARSER]).args(names).current_dir(bench.path(""));
        command.stdin(fs::File::open(&file).expect("file"));
        let output = command.output().expect("Python starts");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    // As DAGMan sets it.
    let text = format!("index = 3\n{}", description("/part-0.sub"));
    let names = [
        "Args",
        "Arguments",
        "RequestMemory",
        "RequestCpus",
        "ConcurrencyLimits",
        "AllowedJobDuration",
        "JobFlavour",
        "AcctGroup",
        "TransferExecutable",
        "JobUniverse",
    ];
    let (is_read, found) = parsed(&text, &names);
    assert!(is_read, "{text}");
    for expected in [
        "RequestMemory=3072",
        "RequestCpus=2",
        "ConcurrencyLimits=vivado:1",
        "AllowedJobDuration=5400",
        "JobFlavour=workday",
        "AcctGroup=group_hls",
        "TransferExecutable=False",
        "JobUniverse=5",
    ] {
        assert!(found.lines().any(|line| line == expected), "{expected}: {found}");
    }
    assert!(found.contains("=3\n"), "the index is the argument: {found}");
    let (_, out) = parsed(&text, &["Out", "PeriodicRemove"]);
    assert!(out.contains("/log/0-3.out"), "{out}");
    assert!(parsed(&description("/collect.sub"), &["Cmd"]).0);
    // The parser is one: it refuses what is wrong.
    assert!(!parsed(&text.replace("universe = vanilla", "universe = vanila"), &[]).0);
}

#[test]
fn a_sweep_in_a_stand_in_for_dagman() {
    let bench = Bench::new(&waiting());
    bench.program("condor/condor_submit_dag", include_str!("condor_submit_dag.py"));
    bench.program(
        "condor/condor_rm",
        &format!(
            "#!/bin/sh\nkill -TERM $(sed -n \"s/^${{1%.0}} //p\" {}/pids)\n",
            bench.path("condor").display()
        ),
    );
    let path = format!("{}:{}", bench.path("condor").display(), std::env::var("PATH").unwrap_or_default());
    let on_condor = |more: &[&str]| {
        let mut command = bench.synth(&bench.out(), &["--executor", "htcondor", "--models-per-part", "1"]);
        command.env("PATH", &path).args(more).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    // The command is killed before it knows that it has submitted something; nobody else is needed.
    bench.touch("condor/lose");
    assert!(!on_condor(&["--max-running", "3"]).status().expect("hls-cli starts").success());
    bench.wait_for_begins(3);
    // Whoever looks after it finds it by its files; nothing is submitted twice.
    run(hls_cli().env("PATH", &path), ["collect", text(&bench.out())]).expect(0).says_out("going on");
    let mut status = hls_cli();
    run(status.env("PATH", &path), ["status", text(&bench.out())])
        .expect(0)
        .says_out("on HTCondor as hls-")
        .says_out("3 parts run, 1 wait (not submitted by DAGMan yet: 1)");
    // One part is killed, as if it had taken too much memory: it gets another round with more.
    let victim =
        Command::new("pgrep").args(["-f", &format!("part {}.*--index 1", text(&bench.out()))]).output();
    let victim = String::from_utf8(victim.expect("pgrep").stdout).expect("numbers");
    let killed = Command::new("kill").arg("-KILL").args(victim.split_whitespace()).status().expect("kill");
    assert!(killed.success(), "{victim}");
    bench.touch("go");
    let found = bench.wait_for_end();
    let expected = MODELS.map(|model| (model.to_owned(), 1 + usize::from(model.ends_with("_001"))));
    assert_eq!(bench.begins(), expected.into_iter().collect(), "{}", bench.runs());
    let id = fs::read_to_string(bench.out().join(".hls-sweep/cluster/current")).expect("the sweep");
    let second = bench.out().join(".hls-sweep/cluster").join(id.trim()).join("rounds/1/part-0.sub");
    let second = fs::read_to_string(second).expect("a second round");
    assert!(second.contains("request_memory = 12288\n"), "{second}");
    bench.all_is_well(&found);
}

#[test]
fn what_htcondor_cannot_do_is_refused() {
    let bench = Bench::new(WELL);
    let mut command = bench.synth(&bench.path("with space"), &["--executor", "htcondor"]);
    run(&mut command, [""; 0]).expect(2).says(&["cannot name files with spaces"]);
    let mut command = bench.synth(&bench.out(), &["--executor", "htcondor", "--engine-option", "workday"]);
    run(&mut command, [""; 0]).expect(2).says(&["no line of a submit description"]);
    let mut command = bench.synth(&bench.out(), &["--executor", "htcondor"]);
    run(command.env("PATH", "/nowhere"), [""; 0]).expect(2).says(&["condor_submit_dag cannot be started"]);
}
