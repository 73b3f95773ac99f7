//! Many models, and several who submit.

use super::*;

#[test]
fn twelve_hundred_models_fit_where_arrays_are_short() {
    let Some(bench) = Bench::new(WELL, "MaxArraySize=101") else { return };
    // None is a model: what counts here is how they are packed, and that each has its own record.
    for number in 0..1200 {
        fs::write(bench.path(&format!("models/model_trial_1{number:04}.h5")), format!("no {number}"))
            .expect("model");
    }
    let here = bench.path("here");
    run(&mut bench.synth(&here, &["--no-tarball"]), [""; 0]).expect(1);
    run(&mut bench.on_slurm(&["--no-tarball", "--detach"]), [""; 0]).expect(0);
    let indices = bench.slurm.ask("squeue", &["-h", "-r", "-t", "all", "-n", &bench.name(0), "-o", "%K"]);
    let indices: Vec<usize> = indices.lines().filter_map(|line| line.parse().ok()).collect();
    assert!(indices.iter().all(|index| *index < 101) && indices.len() > 90, "{indices:?}");
    let found = bench.wait_for_end();
    assert_eq!((&found["successful"], &found["failed"]), (&6.into(), &1200.into()));
    assert_eq!(comparable(&found, &bench.out()), comparable(&results(&here), &here));
}

/// A mount of a folder with locks of its own, as long as it is held.
struct Mount(PathBuf);

impl Mount {
    fn new(of: &Path, at: PathBuf) -> Option<Self> {
        fs::create_dir_all(&at).expect("folder");
        // Attributes may be as old as on a network file system that is in no hurry.
        let options = ["-o", "attr_timeout=3,entry_timeout=3"];
        let mounted = Command::new("bindfs").args(options).arg(of).arg(&at).stderr(Stdio::null()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(at))
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn two_who_submit_from_two_mounts_have_one_sweep() {
    let Some(bench) = Bench::new(&waiting(), "") else { return };
    fs::create_dir(bench.path("shared")).expect("folder");
    let mounts = ["first", "second"].map(|name| Mount::new(&bench.path("shared"), bench.path(name)));
    let [Some(first), Some(second)] = mounts else {
        return skip("bindfs is not installed, or may not mount");
    };
    let submit = |mount: &Mount| {
        let options = ["--executor", "slurm", "--mem", "100MiB", "--models-per-part", "1", "--detach"];
        let mut command = bench.synth(&mount.0.join("out"), &options);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("hls-cli")
    };
    // At the same time.
    let ends = [&first, &second].map(submit).map(|child| child.wait_with_output().expect("wait"));
    let codes: Vec<Option<i32>> = ends.iter().map(|end| end.status.code()).collect();
    let said: Vec<_> = ends.iter().map(|end| String::from_utf8_lossy(&end.stderr).into_owned()).collect();
    let mut in_order = codes.clone();
    in_order.sort_unstable();
    assert_eq!(in_order, [Some(0), Some(2)], "{said:?}");
    // One after the other.
    for mount in [&first, &second] {
        let end = submit(mount).wait_with_output().expect("wait");
        let said = String::from_utf8_lossy(&end.stderr).into_owned();
        assert!(end.status.code() == Some(2) && said.contains("works in"), "{said}");
    }
    bench.wait_for_begins(6);
    fs::write(bench.path("go"), "").expect("go");
    let output = bench.path("shared/out");
    let path = output.join("synthesis_results.json");
    bench.slurm.wait("the end of the sweep", LONGEST, || {
        let text = fs::read_to_string(&path).unwrap_or_default();
        serde_json::from_str::<Value>(&text).is_ok_and(|found| !found["end_time"].is_null())
    });
    assert_eq!(results(&output)["successful"], 6);
    assert_eq!(bench.begins().into_values().collect::<Vec<_>>(), [1; 6], "{}", bench.runs());
}
