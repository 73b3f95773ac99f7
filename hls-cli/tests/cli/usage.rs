//! Wrong usage and bad input: what, where, why, what next; never a panic.

use std::fs;

use tempfile::tempdir;

use super::support::*;

#[test]
fn mistakes_on_the_command_line_are_explained() {
    let empty = tempdir().expect("empty");
    let model = corpus("zoo_dense_relu").join("model.h5");
    let project = empty.path().join("p");
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["synth", "--toolchain", "csim", "--input-dir", "/no/such/folder"], 2, &["/no/such/folder"]),
        (
            &["synth", "--toolchain", "csim", "--input-dir", text(empty.path())],
            2,
            &["model_trial_*.{h5,keras}"],
        ),
        (
            &["synth", "--toolchain", "csim", "--pattern", "[", "--input-dir", text(empty.path())],
            2,
            &["pattern"],
        ),
        (&["synth"], 2, &["--input-dir"]),
        (&["inspect", "/no/such/model.h5"], 1, &["/no/such/model.h5"]),
        (&["inspect", text(&model), "--config", "/no/such.yml"], 2, &["/no/such.yml"]),
        (&["inspect", text(&model), "--precision", "fixd<16,6>"], 1, &["fixd<16,6>"]),
        (&["inspect", text(&model), "--reuse-factor", "0"], 2, &["0"]),
        (&["inspect", text(&model), "--io-type", "io_serial"], 2, &["io_stream"]),
        (&["convert", text(&model), "-o", "/proc/nope"], 1, &["/proc/nope"]),
        (&["convert", text(&model), "-o", text(&project), "--project-name", "a b;exec"], 1, &["a b;exec"]),
        (&["convert", text(&model), "-o", text(&project), "--part", "x\"]; exec rm"], 2, &["part"]),
        (&["convert", text(&model), "-o", text(&project), "--clock-period=-1"], 2, &["clock"]),
        (&["estimate", "/no/such/model.h5"], 2, &["/no/such/model.h5", "there is no such file or folder"]),
        (&["estimate", text(empty.path())], 2, &["model_trial_*.{h5,keras}"]),
        (&["estimate", text(&model), "--project-name", "a b;exec"], 1, &["a b;exec"]),
        (&["estimate", text(&model), "--effort", "max"], 2, &["low, high"]),
        (&["frobnicate"], 2, &["frobnicate"]),
    ];
    for (args, code, parts) in cases {
        let ran = run(&mut hls_cli(), *args).expect(*code).says(parts);
        assert!(!ran.stderr.contains("panicked"), "{args:?}: {}", ran.stderr);
    }
}

#[test]
fn damaged_files_name_themselves() {
    let scratch = tempdir().expect("scratch");
    let whole = fs::read(corpus("zoo_dense_relu").join("model.h5")).expect("model");
    let damaged: [(&str, &[u8]); 4] = [
        ("empty.h5", b""),
        ("text.h5", b"not a model"),
        ("half.h5", &whole[..whole.len() / 2]),
        ("header.h5", &whole[..100]),
    ];
    for (name, bytes) in damaged {
        let path = scratch.path().join(name);
        fs::write(&path, bytes).expect("file");
        let ran = run(&mut hls_cli(), ["inspect", text(&path)]).expect(1).says(&[name]);
        assert!(!ran.stderr.contains("panicked"), "{name}: {}", ran.stderr);
    }
}

#[test]
fn layers_that_cannot_be_converted_say_what_to_do() {
    for (case, parts) in
        [("failing/bad_lambda", &["Lambda"][..]), ("failing/bad_quantized_ulaw", &["quantized_ulaw"])]
    {
        let model = fixtures().join(case).join("model.h5");
        run(&mut hls_cli(), ["inspect", text(&model)]).expect(1).says(parts).says(&["layer"]);
    }
}

#[test]
fn an_output_folder_that_cannot_be_written_starts_nothing() {
    let scratch = tempdir().expect("scratch");
    copy_models(&["model_trial_012"], &scratch.path().join("in"));
    let file = scratch.path().join("file");
    fs::write(&file, "in the way").expect("file");
    let input = scratch.path().join("in");
    let args = ["synth", "--toolchain", "csim", "--input-dir", text(&input), "--output-dir", text(&file)];
    run(&mut hls_cli(), args).expect(2).says(&["--output-dir", text(&file)]);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let model = corpus("wk_jet_tagger_6b").join("model.h5");
    let shell = format!("'{}' inspect --json '{}' | head -c 10", env!("CARGO_BIN_EXE_hls-cli"), text(&model));
    let ran = std::process::Command::new("sh").args(["-c", &shell]).output().expect("sh");
    let stderr = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(!stderr.contains("panicked") && !stderr.contains("error"), "{stderr}");
}
