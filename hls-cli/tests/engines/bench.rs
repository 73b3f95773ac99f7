//! Models, a tool, and a batch system that is a script.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::*;

pub const MODELS: [&str; 4] = ["model_trial_000", "model_trial_001", "model_trial_002", "model_trial_003"];

/// A sweep on this machine, loaded by others as it may be, takes no longer.
pub const LONGEST: Duration = Duration::from_secs(150);

/// Writes the files of a synthesis.
pub const WELL: &str = include_str!("../common/well.sh");

/// The tool waits until a file is there, and then does its work.
pub fn waiting() -> String {
    format!("while [ ! -e $here/go ]; do sleep 0.1; done\n{WELL}")
}

pub struct Bench {
    scratch: TempDir,
}

impl Bench {
    pub fn new(behaviour: &str) -> Self {
        let bench = Self { scratch: tempfile::tempdir().expect("scratch") };
        copy_models(&MODELS, &bench.path("models"));
        bench.tool(behaviour);
        bench
    }

    /// The tool notes `begin MODEL` and `end MODEL`.
    pub fn tool(&self, behaviour: &str) {
        let here = self.scratch.path().display();
        self.program(
            "tools/bin/vitis-run",
            &format!(
                "#!/bin/sh\n[ \"$1\" = --version ] && {{ echo quick; exit 0; }}\nmodel=$(basename \"$PWD\")\nhere={here}\n\
                 echo begin $model >> $here/runs\n{behaviour}\necho end $model >> $here/runs\n"
            ),
        );
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.scratch.path().join(name)
    }

    pub fn out(&self) -> PathBuf {
        self.path("out")
    }

    pub fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folder");
        fs::write(&path, text).expect("program");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("program");
    }

    pub fn touch(&self, name: &str) {
        fs::write(self.path(name), "").expect("file");
    }

    pub fn synth(&self, output: &Path, more: &[&str]) -> Command {
        let mut command = hls_cli();
        command.args(["synth", "--no-cosim", "--no-export", "--no-vsynth", "--min-free-disk", "0"]);
        command.args(["--toolchain", "vitis", "--input-dir"]).arg(self.path("models"));
        command.arg("--output-dir").arg(output).arg("--vitis-dir").arg(self.path("tools")).args(more);
        command
    }

    pub fn runs(&self) -> String {
        fs::read_to_string(self.path("runs")).unwrap_or_default()
    }

    /// How often the tool began with each model.
    pub fn begins(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for model in self.runs().lines().filter_map(|line| line.strip_prefix("begin hls_")) {
            *counts.entry(model.to_owned()).or_default() += 1;
        }
        counts
    }

    /// Waits until something is so.
    pub fn wait(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        let begin = Instant::now();
        while !is_so() {
            let log = || fs::read_to_string(self.path("batch/log")).unwrap_or_default();
            assert!(begin.elapsed() < LONGEST, "waited for {what}\n{}\n{}", self.runs(), log());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Waits until the tool has begun with so many models.
    pub fn wait_for_begins(&self, count: usize) {
        self.wait("models to begin", || self.begins().len() >= count);
    }

    /// Waits until the sweep is over, with nobody but its own jobs at work.
    pub fn wait_for_end(&self) -> Value {
        let path = self.out().join("synthesis_results.json");
        self.wait("the end of the sweep", || {
            let text = fs::read_to_string(&path).unwrap_or_default();
            serde_json::from_str::<Value>(&text).is_ok_and(|found| !found["end_time"].is_null())
        });
        results(&self.out())
    }

    /// Each model's results are there, whole and once, as a sweep on this machine has them.
    pub fn all_is_well(&self, found: &Value) {
        assert_eq!(found["successful"], MODELS.len(), "{found:#}");
        let here = self.path("here");
        self.touch("go");
        run(&mut self.synth(&here, &[]), [""; 0]).expect(0);
        let text_of = |found: &Value| found.to_string().replace(text(&here), text(&self.out()));
        let expected: Value = serde_json::from_str(&text_of(&results(&here))).expect("JSON");
        for model in MODELS {
            let folder = self.out().join(format!("hls_{model}"));
            let record = fs::read(folder.join(".hls-job.json")).expect("record");
            let record: Value = serde_json::from_slice(&record).expect("JSON");
            let (result, wanted) = (result_of(found, model), result_of(&expected, model));
            for key in ["status", "fingerprint", "kept_files", "project_name"] {
                assert_eq!((&result[key], &record[key]), (&wanted[key], &wanted[key]), "{model}: {key}");
            }
            assert_eq!(names(&folder), names(&here.join(format!("hls_{model}"))));
        }
        let attempts = self.out().join(".hls-sweep/attempts");
        self.wait("attempts to be removed", || fs::read_dir(&attempts).map_or(0, Iterator::count) == 0);
    }
}

/// Without what differs between any two runs: folders, the program, the name of the sweep.
pub fn settled(shown: &str, bench: &Bench) -> String {
    let scratch = bench.path("").to_string_lossy().trim_end_matches('/').to_owned();
    let shown = shown.replace(&scratch, "/SCRATCH").replace(env!("CARGO_BIN_EXE_hls-cli"), "/hls-cli");
    let at = shown.find("cluster/").map(|at| at + "cluster/".len());
    let id = at.and_then(|at| shown.get(at..at + 8)).unwrap_or("none");
    shown.replace(id, "ID")
}
