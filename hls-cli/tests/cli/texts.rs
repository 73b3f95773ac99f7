//! What a person reads, as a whole: help, tables and typical errors, each compared with a file in `snapshots/`.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test -p hls-cli --test cli -- texts` writes the files anew; read the diff.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use super::estimate::models;
use super::report::{circuits, finished, placed};
use super::score::data;
use super::support::*;

/// Compares all that a run printed with the snapshot of this name, with `[fixtures]` and others in place of this machine's folders.
pub fn check(name: &str, command: &mut Command, args: &[&str], code: i32, folders: &[(&str, &str)]) {
    let ran = run(command.env_remove("COLUMNS"), args).expect(code);
    let mut printed = ran.stdout;
    if !ran.stderr.is_empty() {
        printed += &format!("--- standard error\n{}", ran.stderr);
    }
    compare(name, printed, folders);
}

/// Compares a text with the snapshot of this name.
pub fn compare(name: &str, mut printed: String, folders: &[(&str, &str)]) {
    for (path, stands_for) in folders {
        printed = printed.replace(path, stands_for);
    }
    let printed: Vec<&str> = printed.lines().map(str::trim_end).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, printed.join("\n")));
}

#[test]
fn help() {
    check("help", &mut hls_cli(), &["--help"], 0, &[]);
    let commands = [
        "synth", "convert", "config", "inspect", "estimate", "fifo", "predict", "profile", "report", "score",
        "select", "status", "doctor", "tune", "compare", "collect",
    ];
    for command in commands {
        check(&format!("help-{command}"), &mut hls_cli(), &[command, "--help"], 0, &[]);
    }
}

#[test]
fn tables() {
    let dense = corpus("zoo_dense_relu");
    let (model, samples) = (dense.join("model.h5"), dense.join("x.npz"));
    let (tagger, jets) =
        (corpus("wk_jet_tagger_6b").join("model.h5"), corpus("wk_jet_tagger_6b").join("x.npz"));
    let convolution = corpus("zoo_conv2d").join("model.h5");
    let (done, open, routed) = (finished(), circuits(), placed());
    let cases: [(&str, &[&str]); 9] = [
        ("inspect-dense", &["inspect", text(&model)]),
        (
            "inspect-convolution",
            &["inspect", text(&convolution), "--strategy", "resource", "--reuse-factor", "5"],
        ),
        ("profile", &["profile", text(&model), "--input", text(&samples)]),
        (
            "profile-softmax",
            &[
                "profile",
                text(&tagger),
                "--input",
                text(&jets),
                "--float",
                "--set",
                "LayerName.softmax.Implementation=precise",
            ],
        ),
        ("report", &["report", text(done.path())]),
        ("report-placed", &["report", text(routed.path())]),
        ("report-circuits", &["report", text(open.path())]),
        ("report-csv", &["report", text(done.path()), "--csv"]),
        ("status", &["status", text(done.path())]),
    ];
    let folders = [(text(done.path()), "[output]")];
    for (name, args) in cases {
        check(name, &mut hls_cli(), args, 0, &folders);
    }
}

/// A folder of Python scripts: with its results file, and without.
#[test]
fn folders_of_scripts() {
    let scratch = tempdir().expect("scratch");
    copy_folder(&fixtures().join("scripts/hls_outputs"), scratch.path());
    let folders = [(text(scratch.path()), "[output]")];
    check("report-scripts", &mut hls_cli(), &["report", text(scratch.path())], 0, &folders);
    check("status-scripts", &mut hls_cli(), &["status", text(scratch.path())], 0, &folders);
    fs::remove_file(scratch.path().join("synthesis_results.json")).expect("file");
    check("status-folders", &mut hls_cli(), &["status", text(scratch.path())], 0, &folders);
    check("report-folders", &mut hls_cli(), &["report", text(scratch.path())], 0, &folders);
}

#[test]
fn queues() {
    let model = corpus("zoo_reshape_stream").join("model.h5");
    check("fifo", &mut hls_cli(), &["fifo", text(&model)], 0, &[]);
    let scratch = tempdir().expect("scratch");
    let results = r#"{"results": [{"model": "m", "status": "success", "output_dir": "/elsewhere/hls_m"}]}"#;
    let depths = r#"{"layer2_out": {"initial": 1024, "optimized": 17}, "layer4_out": {"initial": 64, "optimized": 1}}"#;
    fs::create_dir(scratch.path().join("hls_m")).expect("folder");
    fs::write(scratch.path().join("synthesis_results.json"), results).expect("file");
    fs::write(scratch.path().join("hls_m/fifo_depths.json"), depths).expect("file");
    check("fifo-measured", &mut hls_cli(), &["fifo", text(scratch.path())], 0, &[]);
}

/// Commands that print no table, and why.
const WITHOUT_TABLE: [(&str, &str); 6] = [
    ("synth", "prints progress, which depends on time; its results are those of `report`"),
    ("convert", "prints the path"),
    ("config", "prints a file, compared with hls4ml's"),
    ("predict", "prints the path"),
    ("doctor", "prints what this machine has"),
    ("collect", "prints a sentence"),
];

/// A new command that prints a table has a snapshot of it.
#[test]
fn every_command_that_prints_a_table_has_a_snapshot() {
    let help = run(&mut hls_cli(), ["--help"]).expect(0).stdout;
    let (_, list) = help.split_once("Commands:").expect("a list");
    // The first word of each line that is no continuation.
    let commands = list.lines().skip(1).take_while(|line| !line.is_empty());
    let commands = commands.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let commands = commands.filter_map(|line| line.split_whitespace().next());
    let commands: Vec<&str> = commands.filter(|name| *name != "help").collect();
    assert!(commands.len() > 10, "{commands:?}");
    let snapshots = names(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/snapshots"));
    for command in commands {
        assert!(snapshots.contains(&format!("help-{command}.snap")), "{command}: no snapshot of its help");
        let without = WITHOUT_TABLE.iter().any(|(name, _)| *name == command);
        let of_command =
            |name: &String| name.strip_prefix(command).is_some_and(|rest| rest.starts_with(['.', '-']));
        assert!(without || snapshots.iter().any(of_command), "{command}: no snapshot of its table");
    }
}

#[test]
fn estimates() {
    let folder = models();
    let scratch = text(folder.path());
    let args = ["estimate", scratch, "--pattern", "*.h5", "--layers"];
    check("estimate", &mut hls_cli(), &args, 1, &[(scratch, "[scratch]")]);
}

#[test]
fn scores() {
    let scratch = tempdir().expect("scratch");
    let input = scratch.path().join("models");
    copy_models(&["model_trial_005", "model_trial_012", "model_trial_021"], &input);
    let samples = data("samples.npz");
    let args = ["score", "--input-dir", text(&input), "--data", text(&samples)];
    check("score", &mut hls_cli(), &args, 1, &[(text(scratch.path()), "[scratch]")]);
}

#[test]
fn errors() {
    let scratch = tempdir().expect("scratch");
    let whole = fs::read(corpus("zoo_dense_relu").join("model.h5")).expect("model");
    let (model, half) = (scratch.path().join("model.h5"), scratch.path().join("half.h5"));
    fs::write(&half, &whole[..whole.len() / 2]).expect("file");
    fs::write(&model, whole).expect("file");
    let (model, half) = (text(&model), text(&half));
    let lambda = fixtures().join("failing/bad_lambda/model.h5");
    let other_samples = corpus("zoo_conv2d").join("x.npz");
    let output = scratch.path().join("y.npz");
    let cases: [(&str, &[&str], i32); 10] = [
        (
            "error-no-models",
            &["synth", "--toolchain", "csim", "--input-dir", text(scratch.path()), "--pattern", "*.keras"],
            2,
        ),
        ("error-no-such-folder", &["synth", "--toolchain", "csim", "--input-dir", "/no/such/folder"], 2),
        ("error-no-such-model", &["inspect", "/no/such/model.h5"], 1),
        ("error-truncated", &["inspect", half], 1),
        ("error-unsupported-layer", &["inspect", text(&lambda)], 1),
        ("error-unknown-layer-in-setting", &["inspect", model, "--set", "LayerName.nope.ReuseFactor=4"], 1),
        ("error-precision", &["inspect", model, "--precision", "fixd<16,6>"], 1),
        ("error-io-type", &["inspect", model, "--io-type", "io_serial"], 2),
        ("error-folder-not-empty", &["convert", model, "-o", text(scratch.path())], 2),
        (
            "error-shape-of-samples",
            &["predict", model, "--input", text(&other_samples), "--output", text(&output)],
            2,
        ),
    ];
    let fixtures = fixtures();
    let folders = [(text(scratch.path()), "[scratch]"), (text(&fixtures), "[fixtures]")];
    for (name, args, code) in cases {
        check(name, &mut hls_cli(), args, code, &folders);
    }
}
