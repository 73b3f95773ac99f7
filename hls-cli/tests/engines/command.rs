//! `--executor command`: parts are killed, started twice, and submitted without an answer, and nobody stays alive.

use std::fs;
use std::process::{Command, Stdio};

use crate::bench::{Bench, MODELS, WELL, waiting};
use crate::support::*;

/// The bench with its batch system, whose arrays begin with 1.
fn bench(behaviour: &str) -> Bench {
    let bench = Bench::new(behaviour);
    bench.program("batch/batch", include_str!("batch.sh"));
    bench
}

fn options(bench: &Bench, with_collector: bool) -> Vec<String> {
    let batch = bench.path("batch/batch");
    let batch = text(&batch);
    let mut options = vec![
        "--executor=command".to_owned(),
        format!("--submit-command=exec {batch} submit {{name}} {{first}} {{last}} {{script}}"),
        format!("--list-command={batch} list {{name}}"),
        format!("--cancel-command={batch} cancel {{id}}"),
        "--index-variable=BATCH_INDEX".to_owned(),
        "--first-index=1".to_owned(),
        "--lost-after=6".to_owned(),
    ];
    if with_collector {
        options.push(format!("--collect-command={batch} after {{name}} {{after}} {{script}}"));
    }
    options
}

fn on_batch(bench: &Bench, with_collector: bool, more: &[&str]) -> Command {
    let mut command = bench.synth(&bench.out(), &[]);
    command.args(options(bench, with_collector)).args(more);
    if !more.contains(&"--models-per-part") {
        command.arg("--models-per-part=1");
    }
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// The process groups of elements of the first array.
fn groups(bench: &Bench, index: usize) -> Vec<String> {
    let text = fs::read_to_string(bench.path(&format!("batch/jobs/101.{index}"))).expect("a job");
    text.lines().map(str::to_owned).collect()
}

fn kill_group(group: &str) {
    // The keepers of tools are in groups of their own, and end by themselves when their parent is gone.
    let status = Command::new("kill").args(["-KILL", "--", &format!("-{group}")]).status().expect("kill");
    assert!(status.success(), "kill {group}");
}

/// The tool fails once with one model, for a reason that may pass.
fn with_a_licence_missing_once() -> String {
    format!(
        "case $model in *_001) [ -e $here/licence ] || {{ touch $here/licence; echo 'ERROR: [Common 17-345] A valid license was not found' >&2; exit 1; }};; esac\n{}",
        waiting()
    )
}

#[test]
fn whichever_part_ends_last_carries_on() {
    let bench = bench(&with_a_licence_missing_once());
    let mut command = on_batch(&bench, false, &["--retries", "1"]).spawn().expect("hls-cli starts");
    bench.wait_for_begins(4);
    command.kill().expect("kill");
    command.wait().expect("wait");
    // While it goes on, nobody else may work there, and it can be looked at.
    run(&mut bench.synth(&bench.out(), &[]), [""; 0]).expect(2).says(&["a sweep on the cluster works in"]);
    let status = run(&mut hls_cli(), ["status", text(&bench.out())]).expect(0);
    status
        .says_out("on the batch system as hls-")
        .says_out("3 parts run, 0 wait")
        .says_out(": model_trial_003");
    // One more part is killed with all that it started.
    groups(&bench, 3).iter().for_each(|group| kill_group(group));
    bench.touch("go");
    let found = bench.wait_for_end();
    let expected = MODELS.map(|model| {
        (model.to_owned(), if ["model_trial_001", "model_trial_002"].contains(&model) { 2 } else { 1 })
    });
    assert_eq!(bench.begins(), expected.into_iter().collect(), "{}", bench.runs());
    assert_eq!(result_of(&found, "model_trial_001")["attempts"], 2);
    bench.all_is_well(&found);
}

#[test]
fn a_killed_last_part_is_noticed_by_its_shell() {
    let bench = bench(&waiting());
    run(&mut on_batch(&bench, false, &["--detach", "--models-per-part", "4", "--num-workers", "4"]), [""; 0])
        .expect(0);
    bench.wait_for_begins(4);
    let group = groups(&bench, 1).pop().expect("a part");
    let shell = Command::new("pgrep").args(["-P", &group]).output().expect("pgrep");
    let part = String::from_utf8(shell.stdout).expect("a number");
    let killed = Command::new("kill").args(["-KILL", part.trim()]).status().expect("kill");
    assert!(killed.success());
    bench.touch("go");
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
}

#[test]
fn a_last_part_that_is_lost_with_its_node_is_missed() {
    let bench = bench(&waiting());
    run(&mut on_batch(&bench, false, &["--detach", "--models-per-part", "4", "--num-workers", "4"]), [""; 0])
        .expect(0);
    bench.wait_for_begins(4);
    // Its shell, too: of this sweep nobody is left but the job beside it.
    groups(&bench, 1).iter().for_each(|group| kill_group(group));
    bench.touch("go");
    let found = bench.wait_for_end();
    let errors = &result_of(&found, "model_trial_000")["earlier_errors"];
    assert!(errors[0].as_str().is_some_and(|error| error.contains("stopped responding")), "{errors}");
    bench.all_is_well(&found);
}

#[test]
fn a_submission_without_an_answer_is_found_by_its_name() {
    let bench = bench(&waiting());
    bench.touch("batch/lose");
    let status = on_batch(&bench, false, &[]).status().expect("hls-cli starts");
    assert!(!status.success(), "it was killed");
    bench.wait_for_begins(4);
    run(&mut hls_cli(), ["collect", text(&bench.out())]).expect(0).says_out("going on");
    bench.touch("go");
    let found = bench.wait_for_end();
    assert!(bench.begins().values().all(|begins| *begins == 1), "{}", bench.runs());
    bench.all_is_well(&found);
}

#[test]
fn elements_that_are_started_twice_commit_once() {
    let bench = bench(&waiting());
    bench.touch("batch/double");
    let mut command = on_batch(&bench, true, &["--detach"]);
    run(&mut command, [""; 0]).expect(0);
    bench.wait("all elements to run twice", || {
        bench.begins().values().filter(|begins| **begins == 2).count() == 4
    });
    bench.touch("go");
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
}

#[test]
fn a_job_after_the_array_carries_on_and_ctrl_c_cancels() {
    let bench =
        bench(&format!("case $model in *_000) while [ ! -e $here/go ]; do sleep 0.1; done;; esac\n{WELL}"));
    let command = on_batch(&bench, true, &[]).spawn().expect("hls-cli starts");
    bench.wait("three models to be done", || {
        bench.begins().len() == 4 && bench.runs().lines().filter(|line| line.starts_with("end")).count() == 3
    });
    bench.wait("their parts to end", || {
        let list = Command::new(bench.path("batch/batch")).args(["is-alive", "101"]).status();
        let notes = bench.out().join(".hls-sweep/cluster");
        list.expect("the list").success() && over(&notes) == 3
    });
    let status = Command::new("kill").args(["-INT", &command.id().to_string()]).status().expect("kill");
    assert!(status.success());
    assert_eq!(command.wait_with_output().expect("wait").status.code(), Some(130));
    let found = results(&bench.out());
    assert_eq!((&found["interrupted"], &found["successful"]), (&true.into(), &3.into()));
    bench.touch("go");
    run(&mut on_batch(&bench, true, &["--resume", "--detach"]), [""; 0]).expect(0);
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
}

fn text_of(path: &std::path::Path) -> &str {
    path.to_str().expect("text")
}

/// How many parts have noted their end.
fn over(cluster: &std::path::Path) -> usize {
    let id = fs::read_to_string(cluster.join("current")).unwrap_or_default();
    let notes = fs::read_dir(cluster.join(id.trim()).join("rounds/0/notes"));
    let texts =
        notes.into_iter().flatten().flatten().map(|file| fs::read_to_string(file.path()).unwrap_or_default());
    texts.filter(|text| text.contains("\"over\"")).count()
}

#[test]
fn a_node_on_which_everything_dies_is_left_out_where_there_is_a_way_to() {
    let bench = bench(&format!("[ $BATCH_NODE != n1 ] || kill -9 $$\n{WELL}"));
    let batch = bench.path("batch/batch");
    let submit = format!(
        "--submit-command=exec {} submit {{name}} {{first}} {{last}} {{script}} {{exclude}}",
        text(&batch)
    );
    let with_a_way = ["--node-variable=BATCH_NODE", "--exclude-nodes=not {nodes}", &submit];
    let mut command = bench.synth(&bench.out(), &["--models-per-part=1"]);
    command
        .args(options(&bench, true).iter().filter(|option| !option.starts_with("--submit")))
        .args(with_a_way);
    run(&mut command, [""; 0]).expect(0).says(&["n1 is left out from now on"]);
    let found = results(&bench.out());
    assert_eq!(found["left_out"][0]["node"], "n1", "{:#}", found["left_out"]);
    let tries: u64 = MODELS.iter().filter_map(|model| result_of(&found, model)["attempts"].as_u64()).sum();
    assert_eq!(tries, 6, "two of four models died on n1: {}", bench.runs());
    bench.tool(WELL);
    bench.all_is_well(&found);
    // Where there is none, nobody says that it was.
    let elsewhere = bench.path("elsewhere");
    bench.tool(&format!("[ $BATCH_NODE != n1 ] || kill -9 $$\n{WELL}"));
    let mut command = bench.synth(&elsewhere, &["--models-per-part=1", "--node-variable=BATCH_NODE"]);
    run(command.args(options(&bench, true)), [""; 0]).expect(1).says_out("2 succeeded, 2 failed");
    assert!(results(&elsewhere)["left_out"].is_null());
}

#[test]
fn commands_are_checked_before_anything_is_written() {
    let bench = bench(WELL);
    let table: [(&[&str], &str); 8] = [
        (&["--executor", "command"], "--index-variable: name the environment variable"),
        (
            &["--executor", "command", "--index-variable", "I"],
            "--submit-command: --executor command needs it",
        ),
        (&["--submit-command", "qsub {script}"], "how many elements"),
        (&["--submit-command", "qsub {last} {skript}"], "there is no placeholder {skript}"),
        (&["--submit-command", "qsub {last} -l walltime={seconds} {script}"], "{seconds} needs --time"),
        (&["--engine-option", "-q long"], "it has no {options}"),
        (&["--engine", "absent.yaml"], "absent.yaml cannot be read"),
        (&["--executor", "slurm"], "--submit-command is for --executor command, and the executor is slurm"),
    ];
    for (more, expected) in table {
        let mut command = bench.synth(&bench.out(), &[]);
        let is_bare = more.contains(&"command");
        let options = if is_bare { Vec::new() } else { options(&bench, false) };
        // Of an option that is given twice, there is no first.
        let given = |option: &String| {
            more.iter().any(|new| new.starts_with("--") && option.starts_with(&format!("{new}=")))
        };
        command.args(options.iter().filter(|option| !given(option))).args(more);
        run(&mut command, [""; 0]).expect(2).says(&[expected]);
    }
    assert!(!bench.out().exists());
}

#[test]
fn commands_may_be_in_a_file_and_a_dry_run_prints_them() {
    let bench = bench(WELL);
    let file = bench.path("pbs.yaml");
    fs::write(
        &file,
        "submit: qsub -N {name} -J {first}-{last}%{most} -l select=1:ncpus={cores}:mem={memory}mb {options} -o {logs} {script}\n\
         collect: qsub -W depend=afterany:{after} {script}\nlist: qselect -N {name}\ncancel: qdel {id}\nindex_variable: PBS_ARRAY_INDEX\n",
    )
    .expect("file");
    let mut command =
        bench.synth(&bench.out(), &["--executor", "command", "--engine", text(&file), "--dry-run"]);
    command.args([
        "--mem",
        "3GiB",
        "--max-running",
        "2",
        "--engine-option=-q",
        "--engine-option",
        "it's long",
    ]);
    command.args(["--models-per-part", "1"]);
    let shown = run(&mut command, [""; 0]).expect(0);
    shown
        .says_out("-J 0-3%2 -l select=1:ncpus=1:mem=3072mb -q \"it's long\" -o ")
        .says_out("--index \"$((PBS_ARRAY_INDEX - 0))\"")
        .says_out("qsub -W depend=afterany:ARRAY_0 ");
    fs::write(&file, "submit: x\nlits: y\n").expect("file");
    let mut command = bench.synth(&bench.out(), &["--executor", "command", "--engine", text(&file)]);
    run(&mut command, [""; 0]).expect(2).says(&["pbs.yaml describes no commands", "lits"]);
    assert!(!bench.out().exists());
}

#[test]
fn recipes_of_the_documentation_are_commands() {
    let bench = bench(WELL);
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/engines.md")).expect("docs");
    let recipes: Vec<&str> =
        text.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(recipes.len(), 4);
    for recipe in recipes {
        let file = bench.path("recipe.yaml");
        fs::write(&file, recipe).expect("file");
        let mut command = bench.synth(&bench.out(), &["--executor", "command", "--dry-run", "--time", "120"]);
        command.args(["--engine", text_of(&file), "--engine-option=-q", "--engine-option=long"]);
        let shown = run(&mut command, [""; 0]).expect(0).stdout.clone();
        assert!(shown.contains("-q long") && !shown.contains("{s"), "{shown}");
    }
}
