//! What happens on clusters: jobs are cancelled, pushed aside, too slow or too large; nodes are bad; the controller dies.

use super::slurm::control_groups;
use super::*;

/// The sweep's results beside those of a local one: the same but for what tells how often something was tried.
fn as_here(bench: &Bench, found: &Value) {
    let here = bench.path("here");
    bench.tool(WELL);
    run(&mut bench.synth(&here, &[]), [""; 0]).expect(0);
    let stripped = |found: &Value, output: &Path| {
        let mut all = comparable(found, output);
        all.as_object_mut().expect("results").remove("left_out");
        for job in all["results"].as_array_mut().expect("results") {
            let job = job.as_object_mut().expect("a job");
            job.retain(|key, _| !["attempts", "earlier_errors"].contains(&key.as_str()));
        }
        all
    };
    assert_eq!(stripped(found, &bench.out()), stripped(&results(&here), &here));
}

/// Takes steps as a person would, until all is over.
fn collect_until_over(bench: &Bench) -> Value {
    let path = bench.out().join("synthesis_results.json");
    bench.slurm.wait("the end of the sweep", LONGEST, || {
        let mut collect = hls_cli();
        bench.slurm.environment(&mut collect);
        let _ = collect.arg("collect").arg(bench.out()).output().expect("collect");
        std::thread::sleep(Duration::from_secs(1));
        let text = fs::read_to_string(&path).unwrap_or_default();
        serde_json::from_str::<Value>(&text).is_ok_and(|found| !found["end_time"].is_null())
    });
    results(&bench.out())
}

fn submit(bench: &Bench, more: &[&str]) {
    run(&mut bench.on_slurm(&[&["--models-per-part", "1", "--detach"], more].concat()), [""; 0]).expect(0);
}

#[test]
fn a_node_on_which_everything_dies_is_left_out() {
    let Some(bench) = Bench::new(&format!("[ $SLURMD_NODENAME != n1 ] || kill -9 $$\n{WELL}"), "") else {
        return;
    };
    // Three parts fit on a node.
    let options = ["--models-per-part", "1", "--mem", "5GiB"];
    let mut command = bench.synth(&bench.out(), &["--executor", "slurm"]);
    run(command.args(options), [""; 0]).expect(0).says(&["n1 is left out from now on"]);
    let found = results(&bench.out());
    bench.all_is_well(&found);
    assert_eq!(found["left_out"][0]["node"], "n1", "{:#}", found["left_out"]);
    assert_eq!(found["left_out"].as_array().map(Vec::len), Some(1));
    let tries: Vec<_> = MODELS.map(|model| result_of(&found, model)["attempts"].clone()).to_vec();
    assert_eq!(tries.iter().filter(|tries| **tries == 2).count(), 3, "{tries:?}");
    as_here(&bench, &found);
}

#[test]
fn a_part_whose_time_is_over_gets_more_of_it() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    submit(&bench, &["--time", "1"]);
    bench.wait_for_begins(6);
    let limits =
        || bench.slurm.ask("squeue", &["-h", "-r", "-t", "R,PD", "-n", &bench.name(1), "-o", "%K %l"]);
    bench.slurm.wait("a second round", LONGEST, || {
        limits().lines().filter(|line| !line.starts_with('N')).count() == 6
    });
    assert!(
        limits().lines().filter(|line| !line.starts_with('N')).all(|line| line.ends_with(" 2:00")),
        "{}",
        limits()
    );
    fs::write(bench.path("go"), "").expect("go");
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
    let errors = result_of(&found, "model_trial_000")["earlier_errors"].to_string();
    assert!(errors.contains("the cluster's time limit of 1 min"), "{errors}");
    as_here(&bench, &found);
}

#[test]
fn a_part_that_takes_too_much_memory_gets_more_of_it() {
    // One model takes 300 MiB for a while, and the others nothing.
    let hungry = "case $model in *_000) x=$(head -c 300000000 /dev/zero | tr '\\0' x); sleep 4;; esac";
    let more = "JobAcctGatherType=jobacct_gather/linux\nJobAcctGatherFrequency=1\nJobAcctGatherParams=OverMemoryKill";
    let Some(bench) = Bench::new(&format!("{hungry}\n{WELL}"), more) else { return };
    let options = ["--models-per-part", "1", "--mem", "200MiB", "--detach"];
    run(bench.synth(&bench.out(), &["--executor", "slurm"]).args(options), [""; 0]).expect(0);
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
    assert!(
        result_of(&found, "model_trial_000")["attempts"].as_u64() > Some(1),
        "{:#}",
        result_of(&found, "model_trial_000")
    );
    let errors = result_of(&found, "model_trial_000")["earlier_errors"].to_string();
    assert!(errors.contains("it used more than the 200 MiB that it had"), "{errors}");
    let memory = bench.slurm.ask("squeue", &["-h", "-r", "-t", "all", "-n", &bench.name(1), "-o", "%K %m"]);
    let part =
        memory.lines().filter_map(|line| line.strip_prefix("0 ")?.strip_suffix('M')?.parse::<u64>().ok());
    assert!(part.max().is_some_and(|memory| memory >= 400), "{memory}");
    assert!(found["left_out"].is_null(), "it is not the node's fault");
    as_here(&bench, &found);
}

#[test]
fn a_tool_that_the_kernel_kills_for_its_memory_gets_more_of_it() {
    let groups = match control_groups() {
        Ok(groups) => groups,
        Err(reason) => return skip(&format!("memory limits by control groups: {reason}")),
    };
    // One model takes 400 MiB, and its part has 300 MiB to begin with; the other models of its part take nothing.
    let hungry = "case $model in *_000) x=$(head -c 200000000 /dev/zero | tr '\\0' x);; esac";
    let Some(bench) = Bench::new(&format!("{hungry}\n{WELL}"), &groups) else { return };
    let options = ["--executor", "slurm", "--models-per-part", "3", "--num-workers", "1", "--mem", "300MiB"];
    run(bench.synth(&bench.out(), &options).arg("--detach"), [""; 0]).expect(0);
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
    let tries: Vec<_> = MODELS.map(|model| result_of(&found, model)["attempts"].clone()).to_vec();
    assert!(tries[0].as_u64() > Some(1) && tries[1..].iter().all(|tries| *tries == 1), "{tries:?}");
    let errors = result_of(&found, "model_trial_000")["earlier_errors"].to_string();
    assert!(errors.contains("its part of the sweep had 300 MiB"), "{errors}");
    // Slurm calls the part out of memory, although it went on: the state of a job is no verdict on its models.
    let state = bench.slurm.ask("squeue", &["-h", "-r", "-t", "all", "-n", &bench.name(0), "-o", "%K %T"]);
    assert!(state.lines().any(|line| line == "0 OUT_OF_MEMORY"), "{state}");
    assert!(found["left_out"].is_null(), "it is not the node's fault");
}

#[test]
fn a_round_that_slurm_refuses_is_submitted_as_soon_as_it_is_taken() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    submit(&bench, &[]);
    bench.wait_for_begins(6);
    bench.slurm.ask("scancel", &[&bench.elements("R")[0]]);
    bench.slurm.ask("scontrol", &["update", "PartitionName=main", "State=INACTIVE"]);
    fs::write(bench.path("go"), "").expect("go");
    let status = || {
        let mut status = hls_cli();
        bench.slurm.environment(&mut status);
        String::from_utf8_lossy(&status.arg("status").arg(bench.out()).output().expect("status").stdout)
            .into_owned()
    };
    // Jobs that wait are not started there either: the collector is, by hand.
    bench.slurm.wait("the parts to end", LONGEST, || bench.elements("R,CG").is_empty());
    let mut collect = hls_cli();
    bench.slurm.environment(&mut collect);
    run(&mut collect, ["collect", text(&bench.out())]).expect(1).says(&[
        "the cluster does not take the job: ",
        "Required partition not available",
        "--resume and other options",
    ]);
    let said = status();
    assert!(
        said.contains("Slurm refuses this round (1 jobs of it), 1 times")
            && said.contains("is tried again for"),
        "{said}"
    );
    assert!(results(&bench.out())["end_time"].is_null());
    bench.slurm.ask("scontrol", &["update", "PartitionName=main", "State=UP"]);
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
    as_here(&bench, &found);
}

#[test]
fn parts_that_are_pushed_aside_come_back() {
    let more = "PreemptType=preempt/partition_prio\nPreemptMode=REQUEUE\nPartitionName=urgent Nodes=ALL PriorityTier=10";
    let Some(bench) = Bench::new(&waiting(), more) else { return };
    submit(&bench, &[]);
    bench.wait_for_begins(6);
    let urgent = ["--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=sleep 1"];
    bench.slurm.ask("sbatch", &urgent);
    bench.slurm.wait("the parts to be pushed aside", LONGEST, || bench.elements("PD").len() == 6);
    fs::write(bench.path("go"), "").expect("go");
    let found = bench.wait_for_end();
    bench.all_is_well(&found);
    assert_eq!(bench.begins().into_values().collect::<Vec<_>>(), [2; 6], "{}", bench.runs());
    assert!(found["left_out"].is_null());
    as_here(&bench, &found);
}

#[test]
fn a_controller_that_is_killed_loses_nothing() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    submit(&bench, &[]);
    bench.wait_for_begins(6);
    bench.slurm.kill_controller();
    let mut status = hls_cli();
    bench.slurm.environment(&mut status);
    run(&mut status, ["status", text(&bench.out())]).expect(0).says_out("Slurm does not answer");
    bench.slurm.start_controller();
    fs::write(bench.path("go"), "").expect("go");
    let found = collect_until_over(&bench);
    bench.all_is_well(&found);
    as_here(&bench, &found);
}

#[test]
fn a_sweep_whose_jobs_are_all_cancelled_is_resumed() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    let scratch = bench.path("scratch");
    let options = ["--scratch", text(&scratch)];
    submit(&bench, &options);
    bench.wait_for_begins(6);
    let in_scratch = || fs::read_dir(&scratch).map_or(0, Iterator::count);
    assert_eq!(in_scratch(), 12, "a folder and a lock for each");
    // The collector, too.
    bench.slurm.ask("scancel", &["--me"]);
    bench.slurm.wait("all to be gone", LONGEST, || bench.slurm.ask("squeue", &["-h"]).is_empty());
    bench.slurm.wait("tools to end", LONGEST, || in_scratch() == 0);
    let mut status = hls_cli();
    bench.slurm.environment(&mut status);
    run(&mut status, ["status", text(&bench.out())])
        .expect(0)
        .says_out("no process is working on it any more");
    fs::write(bench.path("go"), "").expect("go");
    let again = [&["--models-per-part", "1", "--resume"], &options[..]].concat();
    run(&mut bench.on_slurm(&again), [""; 0]).expect(0).says_out("6 succeeded, 0 failed");
    let found = results(&bench.out());
    bench.all_is_well(&found);
    assert_eq!(in_scratch(), 0);
    as_here(&bench, &found);
}
