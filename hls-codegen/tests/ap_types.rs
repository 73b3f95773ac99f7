//! The arbitrary-precision headers in `kernels/ap_types`, compiled and run with g++ (and
//! clang++ where installed).
//!
//! `spec.cpp` is a table of promises. The `diff_*.cpp` programs hash the results of
//! millions of operations; `diff_*.expected` is what they print with Xilinx's headers, below a
//! digest of what they were made from. When `HLS4ML_KERNELS` names a folder holding `ap_types/`,
//! recordings that were not made from these very headers are checked against them.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use sha2::{Digest, Sha256};

/// The environment variable naming a folder with hls4ml's `ap_types/`.
const UPSTREAM: &str = "HLS4ML_KERNELS";

fn kernels() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vitis/kernels")
}

fn source(name: &str) -> PathBuf {
    kernels().join("tests/ap_types").join(name)
}

/// Hls4ml's own headers, if the environment names them.
fn upstream() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os(UPSTREAM)?).join("ap_types");
    assert!(folder.is_dir(), "{UPSTREAM} is set, but {} is no folder", folder.display());
    Some(folder)
}

fn installed(compiler: &str) -> bool {
    Command::new(compiler).arg("--version").output().is_ok()
}

/// What the compiler says about `program` with our headers; it must compile.
fn compile<S: AsRef<OsStr>>(
    compiler: &str,
    options: &[S],
    headers: &Path,
    program: &Path,
    binary: &Path,
) -> String {
    let output = Command::new(compiler)
        .args(options)
        .arg("-I")
        .arg(headers)
        .arg(program)
        .arg("-o")
        .arg(binary)
        .output()
        .unwrap_or_else(|error| panic!("cannot run {compiler}: {error}"));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{compiler} cannot compile {}:\n{said}", program.display());
    said
}

fn run(binary: &Path) -> Output {
    Command::new(binary).output().unwrap_or_else(|error| panic!("cannot run {}: {error}", binary.display()))
}

#[test]
fn the_promises_hold_without_warnings_for_every_compiler_and_standard() {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let ours = kernels().join("ap_types");
    let cases = [
        ("g++", "-std=c++11", "-O0"),
        ("g++", "-std=c++23", "-O2"),
        ("clang++", "-std=c++11", "-O1"),
        ("clang++", "-std=c++20", "-O0"),
    ];
    for (compiler, standard, optimization) in cases {
        if compiler != "g++" && !installed(compiler) {
            println!("skipped: {compiler} {standard}, because {compiler} is not installed");
            continue;
        }
        let binary = scratch.path().join("spec");
        let said = compile(
            compiler,
            &[standard, optimization, "-Wall", "-Wextra"],
            &ours,
            &source("spec.cpp"),
            &binary,
        );
        assert_eq!(said, "", "{compiler} {standard} warns");
        let output = run(&binary);
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{compiler} {standard} {optimization}:\n{printed}");
        assert!(printed.ends_with("ok\n"), "{compiler} {standard} {optimization}:\n{printed}");
    }
}

#[test]
fn undefined_behaviour_is_absent() {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let binary = scratch.path().join("spec");
    let options = ["-std=c++11", "-O1", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"];
    compile("g++", &options, &kernels().join("ap_types"), &source("spec.cpp"), &binary);
    let output = run(&binary);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Labels and hashes that `program` prints when compiled against `headers`.
fn hashes(program: &str, headers: &Path) -> String {
    let scratch = tempfile::tempdir().expect("scratch folder");
    let binary = scratch.path().join(program);
    let options = ["-std=c++11", "-O0", "-w", "-DNDEBUG"];
    compile("g++", &options, headers, &source(&format!("{program}.cpp")), &binary);
    let output = run(&binary);
    assert!(output.status.success(), "{program} fails: {}", output.status);
    String::from_utf8(output.stdout).expect("hashes are ASCII")
}

/// The lines of `got` that are not those of `expected`.
fn differences<'a>(got: &'a str, expected: &str) -> Vec<&'a str> {
    assert_eq!(got.lines().count(), expected.lines().count(), "number of lines");
    got.lines().zip(expected.lines()).filter(|(a, b)| a != b).map(|(a, _)| a).collect()
}

fn same_as_upstream(program: &str) {
    let path = source(&format!("{program}.expected"));
    let recorded = fs::read_to_string(&path).expect("recorded hashes");
    let (seal, expected) = recorded.split_once('\n').expect("a seal and hashes");
    assert!(expected.lines().count() > 50, "{program}.expected is cut short");
    let none: [&str; 0] = [];
    assert_eq!(
        differences(&hashes(program, &kernels().join("ap_types")), expected),
        none,
        "ours differ in {program}"
    );
    let Some(headers) = upstream() else {
        println!("skipped: {program} against hls4ml's own headers, because {UPSTREAM} is not set");
        return;
    };
    // Their headers take minutes to compile, and give what they gave when the recording was made, unless anything has changed.
    let found = seal_of(program, &headers, expected);
    if found == seal {
        return;
    }
    assert_eq!(
        differences(&hashes(program, &headers), expected),
        none,
        "{program}.expected is not upstream's"
    );
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, format!("{found}\n{expected}")).expect("a recording");
    } else {
        println!("{program} was compiled with hls4ml's headers again: UPDATE_GOLDEN=1 seals the recording");
    }
}

/// A digest of everything that a recording comes from and of the recording itself.
fn seal_of(program: &str, headers: &Path, recorded: &str) -> String {
    let mut files = Vec::new();
    let mut folders = vec![headers.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("headers") {
            let path = entry.expect("an entry").path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let own = [source(&format!("{program}.cpp")), source("diff.h")];
    let hash = own
        .iter()
        .chain(&files)
        .fold(Sha256::new(), |hash, file| hash.chain_update(fs::read(file).expect("a file")));
    let digest = hash.chain_update(recorded).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn integers_agree_with_upstream() {
    same_as_upstream("diff_int");
}

#[test]
fn conversions_agree_with_upstream() {
    same_as_upstream("diff_convert");
}

#[test]
fn fixed_point_agrees_with_upstream() {
    same_as_upstream("diff_fixed");
}
