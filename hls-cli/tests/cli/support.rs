//! Running the program and looking at what it leaves.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

#[path = "../common/skip.rs"]
mod skip;
pub use self::skip::skip;

pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures").canonicalize().expect("fixtures")
}

pub fn corpus(case: &str) -> PathBuf {
    fixtures().join("corpus").join(case)
}

/// The program, without any vendor's tools in its environment.
pub fn hls_cli() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hls-cli"));
    for variable in
        ["XILINX_HLS", "XILINX_VITIS", "XILINX_VIVADO", "HLS_STANDIN_FAULT", "HLS_STANDIN_FAULT_ONLY"]
    {
        command.env_remove(variable);
    }
    command
}

/// The program with the stand-ins on its path.
pub fn with_stand_ins() -> Command {
    let mut command = hls_cli();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(fixtures().join("vendor")).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(folders).expect("PATH"));
    command
}

/// What a run printed, and its exit code.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

pub fn run<S: AsRef<OsStr>>(command: &mut Command, args: impl IntoIterator<Item = S>) -> Ran {
    let Output { status, stdout, stderr } = command.args(args).output().expect("hls-cli starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ran { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}

impl Ran {
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    pub fn says(self, parts: &[&str]) -> Self {
        for part in parts {
            assert!(self.stderr.contains(part), "\"{part}\" is missing in:\n{}", self.stderr);
        }
        self
    }

    /// As [`says`](Self::says), on standard output.
    pub fn says_out(self, part: &str) -> Self {
        assert!(self.stdout.contains(part), "\"{part}\" is missing in:\n{}", self.stdout);
        self
    }
}

pub fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

pub fn results(output: &Path) -> Value {
    let path = output.join("synthesis_results.json");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_str(&text).expect("results are JSON")
}

/// The result of one model.
pub fn result_of<'a>(results: &'a Value, model: &str) -> &'a Value {
    let all = results["results"].as_array().expect("results");
    let named = |r: &&Value| r["h5_file"].as_str().is_some_and(|f| f.ends_with(&format!("{model}.h5")));
    all.iter().find(named).unwrap_or_else(|| panic!("no result for {model} in {results:#}"))
}

pub fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut names: Vec<_> =
        entries.map(|e| e.expect("entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The members of an archive, as the system's `tar` lists them.
pub fn tar_members(archive: &Path) -> Vec<String> {
    let output = Command::new("tar").arg("tzf").arg(archive).output().expect("tar");
    assert!(output.status.success(), "{}: {}", archive.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Copies some of the sweep's models into a folder.
pub fn copy_models(models: &[&str], to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for model in models {
        let name = format!("{model}.h5");
        fs::copy(fixtures().join("sweep").join(&name), to.join(&name)).expect("copy");
    }
}

/// Copies a folder with all that is in it.
pub fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for name in names(from) {
        let (from, to) = (from.join(&name), to.join(&name));
        if from.is_dir() { copy_folder(&from, &to) } else { fs::copy(&from, &to).map(drop).expect("copy") }
    }
}
