//! `--executor kubernetes`: its manifests are compared with a file, and read as YAML by a test that runs their pods as processes. No Kubernetes takes part.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::bench::{Bench, MODELS, WELL, settled};
use crate::support::*;

const POD: &str = "
pod:
  nodeSelector: {vitis: 'yes'}
  volumes: [{name: tools, hostPath: {path: /tools}}]
container:
  volumeMounts: [{name: tools, mountPath: /tools}]
";

fn on_kubernetes(bench: &Bench, more: &[&str]) -> Command {
    let mut command = bench.synth(&bench.out(), &["--executor", "kubernetes", "--image", "registry/hls:1"]);
    command.args(["--volume", "models:/data", "--models-per-part", "1", "--lost-after", "4"]).args(more);
    command
}

#[test]
fn a_manifest() {
    let bench = Bench::new(WELL);
    fs::write(bench.path("pod.yaml"), POD).expect("file");
    let mut command =
        on_kubernetes(&bench, &["--dry-run", "--time", "90", "--licence", "vivado:2", "--pod-file"]);
    let shown = run(command.arg(bench.path("pod.yaml")), [""; 0]).expect(0).stdout.clone();
    let shown = settled(&shown, &bench);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engines/kubernetes.yaml");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(file, &shown).expect("golden");
        return;
    }
    assert_eq!(shown, include_str!("kubernetes.yaml"), "UPDATE_GOLDEN=1 rewrites it");
}

/// Runs the pods of a manifest, each index once, and waits for their end.
fn apply(said: &str) {
    let words: Vec<&str> = said.split_whitespace().map(|word| word.trim_end_matches('.')).collect();
    let files = words.windows(2).filter(|pair| pair[0] == "-f").map(|pair| PathBuf::from(pair[1]));
    let mut pods = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("a manifest");
        let job: Value = serde_saphyr::from_str(&text).expect("YAML");
        assert_eq!((&job["kind"], &job["spec"]["completionMode"]), (&"Job".into(), &"Indexed".into()));
        let container = &job["spec"]["template"]["spec"]["containers"][0];
        for (resource, pattern) in [("cpu", "1"), ("memory", "Mi")] {
            let asked = container["resources"]["requests"][resource].as_str().expect("a quantity");
            assert!(asked.ends_with(pattern), "{asked}");
        }
        let words: Vec<&str> =
            container["command"].as_array().expect("words").iter().filter_map(Value::as_str).collect();
        for index in 0..job["spec"]["completions"].as_u64().expect("a number") {
            let mut pod = Command::new(words[0]);
            pod.args(&words[1..]).env("JOB_COMPLETION_INDEX", index.to_string());
            pods.push(pod.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a pod"));
        }
    }
    assert!(!pods.is_empty(), "{said}");
    for mut pod in pods {
        pod.wait().expect("wait");
    }
}

#[test]
fn a_sweep_whose_manifests_are_applied_by_hand() {
    // One model fails once, for a reason that may pass: for the second round, which is another manifest.
    let behaviour = format!(
        "case $model in *_001) [ -e $here/licence ] || {{ touch $here/licence; echo 'ERROR: [Common 17-345] A valid license was not found' >&2; exit 1; }};; esac\n{WELL}"
    );
    let bench = Bench::new(&behaviour);
    let submitted = run(&mut on_kubernetes(&bench, &["--retries", "1"]), [""; 0]).expect(0);
    let first = submitted.says(&["now give the manifests to the cluster: kubectl apply -f "]).stderr.clone();
    run(&mut hls_cli(), ["status", text(&bench.out())])
        .expect(0)
        .says_out("on Kubernetes as hls-")
        .says_out("4 wait (not begun: 4)");
    // As long as nothing has begun, each look says what to do.
    run(&mut hls_cli(), ["collect", text(&bench.out())]).expect(0).says_out("kubectl apply -f ");
    apply(&first);
    let second = run(&mut hls_cli(), ["collect", text(&bench.out())]).expect(0).stdout.clone();
    assert!(second.contains("rounds/1/part-0.yaml"), "{second}");
    apply(&second);
    let found = bench.wait_for_end();
    let expected = MODELS.map(|model| (model.to_owned(), 1 + usize::from(model.ends_with("_001"))));
    assert_eq!(bench.begins(), expected.into_iter().collect(), "{}", bench.runs());
    bench.all_is_well(&found);
}

#[test]
fn what_kubernetes_needs_is_asked_for() {
    let bench = Bench::new(WELL);
    let table: [(&[&str], &str); 4] = [
        (&["--executor", "kubernetes"], "--image: --executor kubernetes needs the image"),
        (
            &["--executor", "slurm", "--image", "x"],
            "--image is for --executor kubernetes, and the executor is slurm",
        ),
        (
            &["--executor", "kubernetes", "--volume", "models"],
            "give the name of a claim and an absolute path",
        ),
        (
            &["--executor", "kubernetes", "--image", "x", "--engine-option", "y"],
            "fields of pods from --pod-file",
        ),
    ];
    for (more, expected) in table {
        run(&mut bench.synth(&bench.out(), more), [""; 0]).expect(2).says(&[expected]);
    }
    fs::write(bench.path("pod.yaml"), "pods: 1").expect("file");
    let mut command = on_kubernetes(&bench, &["--pod-file"]);
    run(command.arg(bench.path("pod.yaml")), [""; 0])
        .expect(2)
        .says(&["pod.yaml describes no pods", "unknown field"]);
    assert!(!bench.out().exists());
}
