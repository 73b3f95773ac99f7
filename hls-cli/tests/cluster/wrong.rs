//! What people ask for by mistake: nothing that was there is lost, and they are told what to mend.

use super::*;

fn collect(bench: &Bench, output: &Path) -> Command {
    let mut collect = hls_cli();
    bench.slurm.environment(&mut collect);
    collect.arg("collect").arg(output);
    collect
}

fn status(bench: &Bench, output: &Path) -> Command {
    let mut status = hls_cli();
    bench.slurm.environment(&mut status);
    status.arg("status").arg(output);
    status
}

#[test]
fn what_slurm_does_not_take_changes_nothing() {
    let Some(bench) = Bench::new(WELL, "") else { return };
    run(&mut bench.on_slurm(&["--models-per-part", "6"]), [""; 0]).expect(0);
    let before =
        (fs::read(bench.out().join("synthesis_results.json")).expect("results"), names(&bench.out()));
    for (option, words) in [
        ("--slurm-option=--partition=nosuch", "invalid partition specified: nosuch"),
        ("--slurm-option=--bogus", "unrecognized option '--bogus'"),
    ] {
        run(&mut bench.on_slurm(&[option]), [""; 0])
            .expect(2)
            .says(&[&format!("the cluster does not take the job: {words}"), "nothing of the sweep runs"]);
        let now =
            (fs::read(bench.out().join("synthesis_results.json")).expect("results"), names(&bench.out()));
        assert!(now == before, "{option}: {:?}", now.1);
    }
    // A sweep that is cancelled gives back what it would have replaced, too.
    bench.tool(&waiting());
    let command = bench.start(&["--models-per-part", "1"]);
    bench.slurm.wait("all to run again", LONGEST, || bench.runs().matches("begin").count() == 12);
    signal(command.id(), "INT");
    assert_eq!(command.wait_with_output().expect("wait").status.code(), Some(130));
    assert_eq!(names(&bench.out()), before.1);
    run(&mut status(&bench, &bench.out()), [""; 0]).expect(0).says_out("0 running, 6 to do");
    run(&mut bench.on_slurm(&["--resume"]), [""; 0]).expect(0).says_out("(6 of them in an earlier run)");
    // There is no folder in a file.
    let output = bench.path("models/model_trial_000.h5/out");
    run(&mut bench.synth(&output, &["--executor", "slurm"]), [""; 0])
        .expect(2)
        .says(&["cannot be written; choose another"]);
}

#[test]
fn a_signal_while_the_sweep_is_submitted_cancels_it() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    // Between the array and its collector.
    let slow = "#!/bin/sh\nPATH=${PATH#*:}\nsbatch \"$@\" || exit 1\n[ -e $0.asked ] || { touch $0.asked; sleep 2; }\n";
    fs::create_dir(bench.path("slow")).expect("folder");
    fs::write(bench.path("slow/sbatch"), slow).expect("script");
    fs::set_permissions(bench.path("slow/sbatch"), fs::Permissions::from_mode(0o755)).expect("script");
    let path = format!(
        "{}:{}:/usr/sbin:/sbin",
        bench.path("slow").display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let mut command = bench.on_slurm(&["--models-per-part", "1", "--detach"]);
    let command = command.env("PATH", path).stdout(Stdio::null()).stderr(Stdio::null());
    let command = command.spawn().expect("hls-cli starts");
    bench.slurm.wait("the array", LONGEST, || bench.path("slow/sbatch.asked").exists());
    signal(command.id(), "INT");
    assert_eq!(command.wait_with_output().expect("wait").status.code(), Some(130));
    assert_eq!(bench.slurm.ask("squeue", &["-h", "-t", "PD,R"]), "");
    assert_eq!(results(&bench.out())["interrupted"], true);
}

#[test]
fn jobs_that_end_before_they_begin_are_not_submitted_for_ever() {
    let Some(bench) = Bench::new(WELL, "") else { return };
    let idle = || bench.slurm.ask("squeue", &["-h", "-t", "PD,R,CG"]).is_empty();
    let output = bench.path("unplanned");
    let options =
        ["--executor", "slurm", "--mem", "100MiB", "--detach", "--setup", "echo no module >&2; exit 3"];
    run(&mut bench.synth(&output, &options), [""; 0]).expect(0).says(&["planned on a node"]);
    for _ in 0..2 {
        bench.slurm.wait("the job to end", LONGEST, idle);
        run(&mut status(&bench, &output), [""; 0])
            .expect(0)
            .says_out("not planned yet: nobody is working on it")
            .says_out("ends with \"no module\"");
        run(&mut collect(&bench, &output), [""; 0]).expect(0).says_out("a job on a node will find out");
    }
    bench.slurm.wait("the job to end", LONGEST, idle);
    let why = "ended 3 times without a word";
    run(&mut collect(&bench, &output), [""; 0]).expect(0).says_out(why).says_out("ends with \"no module\"");
    run(&mut status(&bench, &output), [""; 0]).expect(0).says_out("over without a plan").says_out(why);
    // Parts, each of them.
    let setup = "[ -z \"$SLURM_ARRAY_TASK_ID\" ] || { echo no module >&2; exit 3; }";
    let mut command = bench.on_slurm(&["--models-per-part", "3", "--setup", setup]);
    run(&mut command, [""; 0]).expect(1).says_out("0 succeeded, 6 failed");
    let failure = &result_of(&results(&bench.out()), "model_trial_000")["failure"].clone();
    let message = failure["message"].as_str().expect("a message");
    assert!(
        message.contains("ended before it began") && message.contains("ends with \"no module\""),
        "{message}"
    );
}
