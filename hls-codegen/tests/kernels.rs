//! The HLS C++ kernels of `kernels/nnet_utils`, as the C++ compiler and Vitis HLS see them.
//!
//! The programs in `kernels/tests/nnet_utils` check what the kernels compute; here they are compiled and run, against our
//! headers and, where `HLS4ML_KERNELS` names a folder with `nnet_utils/` and `ap_types/`, against those too.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const PROGRAMS: [&str; 20] = [
    "activation",
    "conv",
    "dense",
    "depthwise",
    "einsum",
    "exponential",
    "helpers",
    "images",
    "mean",
    "merge",
    "mish",
    "power_of_two",
    "product",
    "recurrent",
    "sequences",
    "smooth_relu",
    "softmax",
    "stream",
    "stream_images",
    "stuffing",
];

/// Those of kernels that hls4ml does not have.
const OURS_ALONE: [&str; 7] =
    ["exponential", "mean", "mish", "power_of_two", "recurrent", "smooth_relu", "stuffing"];

/// Unknown pragmas are HLS's own; everything else that the compiler has to say is an error.
const STRICT: [&str; 5] = ["-std=c++11", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-pragmas"];

/// Tells a program that it may check what hls4ml's kernels cannot do.
const OURS: &str = "-DOUR_KERNELS";

fn kernels() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/vitis/kernels")
}

fn headers() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(kernels().join("nnet_utils"))
        .expect("the kernel folder can be listed")
        .map(|entry| entry.expect("a folder entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "h"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no header in {}", kernels().display());
    found
}

/// `g++`, and `clang++` where it is installed.
fn compilers() -> Vec<&'static str> {
    let installed = |name: &&str| Command::new(name).arg("--version").output().is_ok();
    let found: Vec<&str> = ["g++", "clang++"].into_iter().filter(installed).collect();
    assert!(found.contains(&"g++"), "g++ is needed to test the kernels; install it (apt-get install g++)");
    found
}

fn text_of(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"))
}

fn expect_success(command: &mut Command) -> String {
    let output = run(command);
    assert!(output.status.success(), "{command:?} failed ({}):\n{}", output.status, text_of(&output));
    text_of(&output)
}

/// The compiler with the include folders of a kernel library `dir`.
fn compile_with(compiler: &str, dir: &Path) -> Command {
    let mut command = Command::new(compiler);
    command.arg("-I").arg(dir.join("nnet_utils")).arg("-I").arg(dir.join("ap_types"));
    command
}

fn build_program(name: &str, dir: &Path, flags: &[&str], scratch: &Path) -> PathBuf {
    let program = scratch.join(name);
    let source = kernels().join("tests/nnet_utils").join(format!("{name}.cpp"));
    let mut command = compile_with("g++", dir);
    command.args(flags).arg("-O0").arg("-DWEIGHTS_DIR=\".\"").arg("-o").arg(&program).arg(source);
    expect_success(&mut command);
    program
}

fn build_and_run(name: &str, dir: &Path, flags: &[&str]) {
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let program = build_program(name, dir, flags, scratch.path());
    let said = expect_success(Command::new(program).current_dir(scratch.path()));
    assert!(said.contains(", 0 failures"), "{name} did not report its checks: {said}");
}

#[test]
fn every_header_stands_alone_without_warnings() {
    for header in headers() {
        let mut command = compile_with("g++", &kernels());
        command.args(STRICT).args(["-fsyntax-only", "-x", "c++", "-include"]).arg(&header).arg("/dev/null");
        expect_success(&mut command);
    }
}

#[test]
fn all_headers_together_compile_with_every_compiler_and_standard() {
    let includes: Vec<String> =
        headers().iter().map(|path| format!("#include \"{}\"\n", path.display())).collect();
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let source = scratch.path().join("all.cpp");
    fs::write(&source, includes.concat()).expect("a scratch file can be written");
    for compiler in compilers() {
        for standard in ["-std=c++11", "-std=c++17"] {
            let mut command = compile_with(compiler, &kernels());
            command.args(STRICT).arg(standard).arg("-fsyntax-only").arg(&source);
            expect_success(&mut command);
        }
    }
}

#[test]
fn every_test_program_is_listed() {
    let mut found: Vec<String> = fs::read_dir(kernels().join("tests/nnet_utils"))
        .expect("the folder of test programs can be listed")
        .map(|entry| entry.expect("a folder entry can be read").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cpp"))
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .collect();
    found.sort();
    assert_eq!(found, PROGRAMS);
}

#[test]
fn kernels_compute_what_they_promise() {
    for name in PROGRAMS {
        build_and_run(name, &kernels(), &[&STRICT[..], &[OURS]].concat());
    }
}

#[test]
fn the_same_programs_pass_with_other_kernels_that_have_the_same_interface() {
    let Some(dir) = std::env::var_os("HLS4ML_KERNELS").map(PathBuf::from) else {
        println!("skipped: HLS4ML_KERNELS names no folder with nnet_utils/ and ap_types/ to compare with");
        return;
    };
    for name in PROGRAMS.iter().filter(|name| !OURS_ALONE.contains(name)) {
        build_and_run(name, &dir, &["-std=c++11", "-w"]);
    }
}

/// A simulation on wrong weights would give plausible wrong answers, so the file must match exactly.
#[test]
fn a_weight_file_that_does_not_match_ends_the_simulation() {
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let program = build_program("helpers", &kernels(), &STRICT, scratch.path());
    let cases = [
        ("good.txt", "1, 2, 3, 4", None),
        ("short.txt", "1, 2, 3", Some("ends early")),
        ("empty.txt", "", Some("ends early")),
        ("long.txt", "1, 2, 3, 4, 5", Some("holds more than that")),
    ];
    for (name, text, objection) in cases {
        fs::write(scratch.path().join(name), text).expect("a scratch file can be written");
        let output = run(Command::new(&program).arg(name).current_dir(scratch.path()));
        assert_eq!(output.status.success(), objection.is_none(), "{name}: {}", text_of(&output));
        if let Some(objection) = objection {
            assert!(text_of(&output).contains(objection), "{name}: {}", text_of(&output));
        }
    }
    let output = run(Command::new(&program).arg("absent.txt").current_dir(scratch.path()));
    assert!(
        !output.status.success() && text_of(&output).contains("cannot be opened"),
        "{}",
        text_of(&output)
    );
}

/// In hardware it would be a deadlock, and hls4ml's C simulation goes on with made-up numbers.
#[test]
fn a_stream_that_runs_dry_or_is_not_read_to_its_end_ends_the_simulation() {
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let program = build_program("stream", &kernels(), &STRICT, scratch.path());
    let cases = [
        (
            "read_too_much",
            "ERROR: stream 'layer2_out' is read while it is empty: a layer waits for data that no layer sends",
        ),
        ("leave_something", "ERROR: stream 'layer2_out' holds 3 elements that no layer has read"),
    ];
    for (mistake, message) in cases {
        let output = run(Command::new(&program).arg(mistake));
        let said = text_of(&output);
        assert_eq!(output.status.code(), Some(1), "{mistake}: {said}");
        assert!(
            said.contains(message) && said.contains("(deadlock)") && !said.contains("checks"),
            "{mistake}: {said}"
        );
    }
}

/// The directives that the kernels may use and what each may carry, from AMD's UG1399 (Vitis HLS user guide), "HLS Pragmas";
/// options written `name=value` and bare words alike. Vitis warns about others and then ignores them, silently in effect.
const DIRECTIVES: [(&str, &[&str]); 12] = [
    ("AGGREGATE", &["variable", "compact"]),
    ("ALLOCATION", &["operation", "function", "instances", "limit"]),
    ("ARRAY_PARTITION", &["variable", "complete", "block", "cyclic", "type", "factor", "dim"]),
    ("ARRAY_RESHAPE", &["variable", "complete", "block", "cyclic", "type", "factor", "dim"]),
    ("BIND_STORAGE", &["variable", "type", "impl", "latency"]),
    ("DATAFLOW", &[]),
    ("FUNCTION_INSTANTIATE", &["variable"]),
    ("INLINE", &["off", "recursive"]),
    ("LOOP_FLATTEN", &["off"]),
    ("PIPELINE", &["II", "off", "rewind", "style"]),
    ("STREAM", &["variable", "type", "depth"]),
    ("UNROLL", &["factor", "skip_exit_check", "off"]),
];

/// The words of a pragma; a value may hold spaces inside angle brackets (`instances=f<a, b>`).
fn words(pragma: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut depth = 0usize;
    for c in pragma.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if c.is_whitespace() && depth == 0 {
            words.push(String::new());
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn objection_to(pragma: &str) -> Option<String> {
    let words = words(pragma);
    let (directive, options) = words.split_first()?;
    let Some((_, known)) = DIRECTIVES.iter().find(|(name, _)| name == directive) else {
        return Some(format!("unknown directive {directive}"));
    };
    let name = |option: &String| option.split('=').next().unwrap_or_default().to_string();
    let unknown = options.iter().map(name).find(|name| !known.contains(&name.as_str()))?;
    Some(format!("{directive} takes no {unknown}"))
}

#[test]
fn only_pragmas_that_vitis_hls_knows_are_used() {
    assert_eq!(objection_to("RESOURCE variable=w core=RAM"), Some("unknown directive RESOURCE".into()));
    assert_eq!(objection_to("UNROLL facto=2"), Some("UNROLL takes no facto".into()));
    let mut pragmas = 0;
    for header in headers() {
        let text = fs::read_to_string(&header).expect("a header can be read");
        for (i, line) in text.lines().enumerate() {
            let Some(pragma) = line.trim_start().strip_prefix("#pragma ") else { continue };
            let Some(hls) = pragma.strip_prefix("HLS ") else {
                assert!(pragma.starts_with("GCC diagnostic "), "{}:{}: {pragma}", header.display(), i + 1);
                continue;
            };
            pragmas += 1;
            assert_eq!(objection_to(hls), None, "{}:{}", header.display(), i + 1);
        }
    }
    assert!(pragmas > 100, "only {pragmas} HLS pragmas were found: is the search right?");
}

#[test]
fn nothing_that_cannot_be_synthesized_is_used() {
    const FORBIDDEN: [&str; 9] =
        ["new", "delete", "malloc", "free", "throw", "try", "catch", "dynamic_cast", "virtual"];
    for header in headers() {
        let text = fs::read_to_string(&header).expect("a header can be read");
        for (i, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            let mut names = code.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            let found = names.find(|name| FORBIDDEN.contains(name));
            assert_eq!(found, None, "{}:{}: {line}", header.display(), i + 1);
        }
    }
}
