//! kill -9 at each step: of the command that submits, of the job that plans, of a part, and of a collector.
//!
//! strace kills a process at its n-th system call of a kind. All sweeps of a test run at the same time, in folders of their own.

use super::*;

/// The calls by which things are made to last, and of each the ones at which a process is killed.
const STEPS: [(&str, &[usize]); 4] = [
    ("rename", &[1, 2, 3, 4, 5, 6, 7]),
    ("fsync", &[1, 4, 7, 10]),
    ("renameat2", &[1]),
    ("mkdir", &[2, 5, 8]),
];

/// Two models suffice here.
const FEW: [&str; 2] = ["model_trial_000", "model_trial_001"];

fn can_trace() -> bool {
    let probe = Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    probe.is_ok_and(|output| output.status.success())
}

struct Case {
    call: &'static str,
    at: usize,
    output: PathBuf,
    /// Is there when it was killed.
    killed: PathBuf,
}

impl Case {
    fn all(bench: &Bench) -> Vec<Self> {
        let each = STEPS.iter().flat_map(|(call, at)| at.iter().map(move |at| (*call, *at)));
        each.map(|(call, at)| Self {
            call,
            at,
            output: bench.path(&format!("out-{call}-{at}")),
            killed: bench.path(&format!("killed-{call}-{at}")),
        })
        .collect()
    }

    fn strace(&self) -> String {
        let Self { call, at, .. } = self;
        format!("strace -f -o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={at}")
    }

    fn is_over(&self) -> bool {
        let text = fs::read_to_string(self.output.join("synthesis_results.json")).unwrap_or_default();
        serde_json::from_str::<Value>(&text).is_ok_and(|found| !found["end_time"].is_null())
    }
}

/// A bench with few models and what a local sweep makes of them; `None` where it cannot be had.
fn few() -> Option<(Bench, Value)> {
    if !can_trace() {
        skip("strace is not installed, or may not trace");
        return None;
    }
    let bench = Bench::new(WELL, "")?;
    for model in MODELS.iter().filter(|model| !FEW.contains(model)) {
        fs::remove_file(bench.path("models").join(format!("{model}.h5"))).expect("remove");
    }
    let here = bench.path("here");
    run(&mut bench.synth(&here, &[]), [""; 0]).expect(0);
    let found = stripped(&results(&here), &here);
    Some((bench, found))
}

fn stripped(found: &Value, output: &Path) -> Value {
    let mut all = comparable(found, output);
    // One that was not killed is over when the command is given again.
    all.as_object_mut().expect("results").remove("resumed");
    for job in all["results"].as_array_mut().expect("results") {
        job.as_object_mut()
            .expect("a job")
            .retain(|key, _| !["attempts", "earlier_errors", "resumed"].contains(&key.as_str()));
    }
    all
}

/// Results as here, folders whole, nothing left over.
fn check(cases: &[Case], expected: &Value) {
    for case in cases {
        let Case { call, at, output, .. } = case;
        assert_eq!(&stripped(&results(output), output), expected, "{call} {at}");
        for model in FEW {
            let record = fs::read(output.join(format!("hls_{model}/.hls-job.json"))).expect("record");
            let record: Value = serde_json::from_slice(&record).expect("JSON");
            assert_eq!(record["fingerprint"], result_of(expected, model)["fingerprint"], "{call} {at}");
        }
        let left = |name: &String| name.starts_with('.') && name != ".hls-sweep";
        assert!(!names(output).iter().any(left), "{call} {at}: {:?}", names(output));
    }
}

#[test]
fn the_command_is_killed_at_each_step_of_submitting() {
    let Some((bench, expected)) = few() else { return };
    let cases = Case::all(&bench);
    let mut killed = 0;
    for case in &cases {
        let plain = bench.synth(
            &case.output,
            &["--executor", "slurm", "--mem", "100MiB", "--detach", "--models-per-part", "2"],
        );
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("exec {} \"$@\"", case.strace())).arg("sh");
        command.arg(plain.get_program()).args(plain.get_args());
        bench.slurm.environment(&mut command);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("strace");
        killed += usize::from(!status.success());
    }
    assert!(killed > 7, "{killed} of {}", cases.len());
    // The same command again: attached to what is going on, or begun anew.
    let mut commands: Vec<Child> = (cases.iter())
        .map(|case| {
            let options = ["--executor", "slurm", "--mem", "100MiB", "--models-per-part", "2", "--resume"];
            let mut again = bench.synth(&case.output, &options);
            again.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("hls-cli")
        })
        .collect();
    for (case, command) in cases.iter().zip(&mut commands) {
        assert_eq!(command.wait().expect("wait").code(), Some(0), "{} {}", case.call, case.at);
    }
    check(&cases, &expected);
    for model in FEW {
        assert!(bench.begins()[model] <= 1 + 2 * cases.len(), "{}", bench.runs());
    }
}

/// Kills the first process of a sweep's jobs that is given this word.
fn killed_on_nodes(word: &str, least: usize) {
    let Some((bench, expected)) = few() else { return };
    let cases = Case::all(&bench);
    for case in &cases {
        // It comes before the program on each node.
        let wrapper = bench.path(&format!("wrapper-{}-{}", case.call, case.at));
        let script = format!(
            "#!/bin/sh\nif [ \"$2\" = {word} ] && mkdir {begun}; then\n{strace} \"$@\"\nstatus=$?\n[ $status = 0 ] || echo $status > {killed}\nexit $status\nfi\nexec \"$@\"\n",
            begun = case.killed.with_extension("begun").display(),
            strace = case.strace(),
            killed = case.killed.display(),
        );
        fs::write(&wrapper, script).expect("wrapper");
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("wrapper");
        let options =
            ["--executor", "slurm", "--mem", "100MiB", "--detach", "--models-per-part", "2", "--container"];
        let mut command = bench.synth(&case.output, &options);
        run(command.arg(&wrapper), [""; 0]).expect(0);
    }
    // Its own jobs see to the rest; where the one died that would have, anybody does.
    bench.slurm.wait("the ends of all sweeps", LONGEST, || {
        let queue = bench.slurm.ask("squeue", &["-h", "-t", "PD,R,CG"]);
        for case in cases.iter().filter(|_| queue.is_empty()) {
            if !case.is_over() {
                let mut collect = hls_cli();
                bench.slurm.environment(&mut collect);
                let _ = collect.arg("collect").arg(&case.output).output().expect("collect");
            }
        }
        std::thread::sleep(Duration::from_millis(500));
        cases.iter().all(Case::is_over)
    });
    let killed = cases.iter().filter(|case| case.killed.exists()).count();
    assert!(killed >= least, "{killed} of {}", cases.len());
    check(&cases, &expected);
}

#[test]
fn a_part_is_killed_at_each_step() {
    killed_on_nodes("part", 8);
}

#[test]
fn a_collector_is_killed_at_each_step() {
    killed_on_nodes("collect", 8);
}
