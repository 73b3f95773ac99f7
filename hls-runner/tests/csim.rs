//! The csim toolchain with a real compiler and small projects of the emitted layout.

mod support;

use std::fs;
use std::path::Path;

use hls_runner::toolchain::Csim;
use hls_runner::{
    ConvertError, ConvertedProject, Converter, CsimSummary, Expectation, FailureKind, Silent, StageStatus,
    SweepOptions,
};
use support::{Bench, list, record};

const TEST_BENCH: &str = r#"
#include "firmware/twice.h"
#include <fstream>
int main() {
    std::ifstream in("tb_data/tb_input_features.dat"), weight(WEIGHTS_DIR "/w2.txt");
    std::ofstream out("tb_data/csim_results.log");
    double w = 0, x;
    if (!(weight >> w)) return 7;
    while (in >> x) out << twice(number(x)) * w << " \n";
    return 0;
}
"#;

/// A project that doubles its inputs. The model file holds the C++ of `twice` and the expected outputs.
struct Doubler;

impl Converter for Doubler {
    fn convert(&self, model: &Path, dir: &Path) -> Result<ConvertedProject, ConvertError> {
        let text = fs::read_to_string(model)?;
        let (body, predictions) = text.split_once("---").ok_or("no body")?;
        for folder in ["firmware/ap_types", "firmware/weights", "tb_data"] {
            fs::create_dir_all(dir.join(folder))?;
        }
        let files = [
            ("project.tcl", "set project_name \"twice\"\n"),
            ("firmware/ap_types/ap_number.h", "typedef double number;\n"),
            ("firmware/twice.h", "#include \"ap_number.h\"\nnumber twice(number x);\n"),
            ("firmware/twice.cpp", &format!("#include \"twice.h\"\n#include <cstdlib>\n{body}")),
            ("firmware/weights/w2.txt", "1.0\n"),
            ("twice_test.cpp", TEST_BENCH),
            ("tb_data/tb_input_features.dat", "1\n2\n-0.25\n"),
            ("tb_data/tb_output_predictions.dat", predictions.trim_start()),
        ];
        for (name, content) in files {
            fs::write(dir.join(name), content)?;
        }
        let expectation = if predictions.trim().is_empty() { Expectation::None } else { Expectation::Exact };
        Ok(ConvertedProject { name: "twice".into(), expectation, ..ConvertedProject::default() })
    }
}

#[test]
fn projects_are_compiled_run_and_compared() {
    let bench = Bench::new();
    let double = "number twice(number x) { return 2 * x; }";
    bench.model("good.h5", &format!("{double}---\n2\n4\n-0.5\n"));
    bench.model("unknown.h5", &format!("{double}---\n"));
    bench.model("wrong.h5", &format!("{double}---\n2\n5\n-0.5\n"));
    bench.model("syntax.h5", "number twice(number x) { return 2 * y; }---\n2\n");
    bench.model("crash.h5", "number twice(number x) { abort(); }---\n2\n");
    bench.model("status.h5", "number twice(number x) { exit(3); }---\n2\n");
    let options = SweepOptions { stages: None, ..bench.options() };
    let result = bench.run_with(&options, &Doubler, &Csim::find().unwrap(), &mut Silent).unwrap();

    for (name, summary) in [
        ("good", CsimSummary { samples: 3, values: 3, compared: true, verified: 0 }),
        ("unknown", CsimSummary { samples: 3, values: 3, compared: false, verified: 0 }),
    ] {
        let job = record(&result, name);
        assert_eq!(job.csim, Some(summary), "{:?}", job.failure);
        let csim = &job.stages[0];
        assert_eq!(csim.status, StageStatus::Done);
        assert!(csim.peak_memory_bytes.unwrap() > 1_000_000 && csim.cpu_seconds.unwrap() > 0.0);
        assert!(job.stages[1..].iter().all(|stage| stage.status == StageStatus::Skipped));
        assert_eq!(job.commands.len(), 2);
    }
    for (name, kind, words) in [
        ("wrong", FailureKind::CsimMismatch, "sample 1, element 0 (counted from 0) is 4, expected 5"),
        ("syntax", FailureKind::ToolFailed, "ended with status 1 during the stage csim"),
        ("crash", FailureKind::ToolKilled, "csim.exe was killed by signal 6 (SIGABRT"),
        ("status", FailureKind::ToolFailed, "csim.exe ended with status 3"),
    ] {
        let job = record(&result, name);
        let failure = job.failure.as_ref().unwrap();
        assert_eq!(failure.kind, kind, "{name}: {failure:?}");
        assert!(failure.message.contains(words), "{name}: {failure:?}");
        assert_eq!(job.stages[0].status, StageStatus::Failed);
        assert!(job.job.folder.join("csim.log").exists(), "a failed job keeps its logs");
    }
    let tail = &record(&result, "syntax").failure.as_ref().unwrap().log_tail;
    assert!(tail.iter().any(|line| line.contains("was not declared")), "{tail:?}");

    let folder = bench.output().join("hls_good");
    assert_eq!(list(&folder), ["csim.log", "firmware", "project.tcl", "tb_data", "twice_test.cpp"]);
    assert_eq!(fs::read_to_string(folder.join("tb_data/csim_results.log")).unwrap(), "2 \n4 \n-0.5 \n");
    assert_eq!(
        record(&result, "good").kept_names,
        ["project.tcl", "csim.log", "tb_data/csim_results.log", "firmware/", "tb_data/", "twice_test.cpp"]
    );
}
