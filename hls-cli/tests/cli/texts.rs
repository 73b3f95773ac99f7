//! What a person reads, as a whole: help, tables and typical errors, each compared with a file in `snapshots/`.
//!
//! After a change that is meant, `INSTA_UPDATE=always cargo test -p hls-cli --test cli -- texts` writes the files anew; read the diff.

use std::fs;
use std::process::Command;

use tempfile::tempdir;

use super::estimate::models;
use super::report::{circuits, finished};
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
        "select", "status", "doctor", "tune",
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
    let (done, open) = (finished(), circuits());
    let cases: [(&str, &[&str]); 8] = [
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
        ("report-circuits", &["report", text(open.path())]),
        ("report-csv", &["report", text(done.path()), "--csv"]),
        ("status", &["status", text(done.path())]),
    ];
    let folders = [(text(done.path()), "[output]")];
    for (name, args) in cases {
        check(name, &mut hls_cli(), args, 0, &folders);
    }
}

#[test]
fn queues() {
    let model = corpus("zoo_reshape_stream").join("model.h5");
    check("fifo", &mut hls_cli(), &["fifo", text(&model)], 0, &[]);
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
