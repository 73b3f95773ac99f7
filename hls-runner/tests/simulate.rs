//! One project, simulated with a real compiler: what goes in and out, and how failures read.

use std::fs;
use std::path::Path;
use std::time::Duration;

use hls_runner::process::Limits;
use hls_runner::toolchain::{Csim, Effort};
use hls_runner::{CancelToken, LayerOutputs, SimulateError, Simulated, Simulator};
use tempfile::TempDir;

/// A test bench in the emitted layout: every float is multiplied by what `firmware/weights/w2.txt` holds.
const TEST_BENCH: &str = r#"
#include "firmware/scale.h"
#include <cstring>
#include <fstream>
int main(int argc, char **argv) {
    if (argc < 4 || std::strcmp(argv[1], "--raw") != 0) return 9;
    std::ifstream in(argv[2], std::ios::binary), weight(WEIGHTS_DIR "/w2.txt");
    std::ofstream out(argv[3], std::ios::binary), trace;
    if (argc == 5) trace.open(argv[4], std::ios::binary);
    float w, x;
    if (!(weight >> w)) return 7;
    while (in.read(reinterpret_cast<char *>(&x), sizeof x)) {
        x = scale(number(x), w);
        out.write(reinterpret_cast<char *>(&x), sizeof x);
        if (argc == 5) trace << "t";
    }
    return 0;
}
"#;

fn project(body: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for sub in ["firmware/ap_types", "firmware/weights"] {
        fs::create_dir_all(folder.path().join(sub)).unwrap();
    }
    for (name, content) in [
        ("firmware/ap_types/ap_number.h", "typedef float number;\n"),
        ("firmware/scale.h", "#include \"ap_number.h\"\nnumber scale(number x, number w);\n"),
        (
            "firmware/scale.cpp",
            &format!("#include \"scale.h\"\n#include <unistd.h>\n#include <cstdlib>\n{body}"),
        ),
        ("firmware/weights/w2.txt", "2.0\n"),
        ("scale_test.cpp", TEST_BENCH),
    ] {
        fs::write(folder.path().join(name), content).unwrap();
    }
    folder
}

fn build(
    folder: &Path,
    effort: Effort,
    limits: Limits,
    cancel: &CancelToken,
) -> Result<Simulator, SimulateError> {
    Simulator::build(&Csim::find().unwrap(), folder, "scale", effort, limits, cancel)
}

fn bytes(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_ne_bytes()).collect()
}

const MULTIPLY: &str = "number scale(number x, number w) { return x * w; }";

#[test]
fn one_build_serves_many_runs() {
    let folder = project(MULTIPLY);
    for effort in [Effort::FastCompile, Effort::FastRun] {
        let simulator = build(folder.path(), effort, Limits::default(), &CancelToken::new()).unwrap();
        for (samples, layers, outputs, trace) in [
            (vec![1.0, -0.25], LayerOutputs::Discard, vec![2.0, -0.5], ""),
            (vec![1.0, 3.0], LayerOutputs::Record, vec![2.0, 6.0], "tt"),
            (vec![], LayerOutputs::Record, vec![], ""),
        ] {
            let expected = Simulated { outputs: bytes(&outputs), trace: trace.into() };
            assert_eq!(simulator.run(&bytes(&samples), layers).unwrap(), expected, "{samples:?}");
        }
    }
    let names = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(
        names.into_iter().all(|name| !name.to_string_lossy().starts_with(".csim-")),
        "exchange files stay"
    );
}

#[test]
fn failures_say_what_the_tool_said() {
    let cases = [
        ("number scale(number x, number w) { return y; }", "could not be compiled", "was not declared"),
        ("number scale(number, number) { abort(); }", "was killed by signal 6", "csim.log"),
        ("number scale(number, number) { exit(3); }", "ended with status 3", "csim.log"),
    ];
    for (body, words, detail) in cases {
        let folder = project(body);
        let result = build(folder.path(), Effort::default(), Limits::default(), &CancelToken::new())
            .and_then(|simulator| simulator.run(&bytes(&[1.0]), LayerOutputs::Discard));
        let text = result.expect_err(body).to_string();
        assert!(text.contains(words) && text.contains(detail), "{text}");
        assert!(text.contains(&*folder.path().to_string_lossy()), "{text}");
    }
}

#[test]
fn limits_and_cancellation_end_a_simulation() {
    let folder = project("number scale(number x, number) { sleep(600); return x; }");
    let cancel = CancelToken::new();
    let limits =
        Limits { timeout: Some(Duration::from_secs(10)), grace: Duration::from_millis(100), ..Limits::NONE };
    let simulator = build(folder.path(), Effort::default(), limits, &cancel).unwrap();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(300));
            cancel.cancel();
        });
        let text = simulator.run(&bytes(&[1.0]), LayerOutputs::Discard).unwrap_err().to_string();
        assert!(text.contains("was ended because"), "{text}");
    });
    let short = Limits { timeout: Some(Duration::from_millis(1)), ..limits };
    let text = build(folder.path(), Effort::default(), short, &CancelToken::new()).unwrap_err().to_string();
    assert!(text.contains("could not be compiled") && text.contains("took longer than 0.001 s"), "{text}");
}
