//! `fifo`: estimated depths of queues, measured ones, and what is done with them.

use std::fs;

use serde_json::Value;
use tempfile::tempdir;

use super::support::*;

fn model(case: &str) -> String {
    text(&corpus(case).join("model.h5")).to_owned()
}

/// The JSON that `fifo` prints.
fn document(args: &[&str]) -> Value {
    let all = [&["fifo", "--json"], args].concat();
    serde_json::from_str(&run(&mut hls_cli(), all).expect(0).stdout).expect("JSON")
}

/// A number of each queue.
fn column(document: &Value, key: &str) -> Vec<(String, u64)> {
    let queues = document["queues"].as_array().expect("queues");
    let word = |queue: &Value| queue["queue"].as_str().unwrap_or_default().to_owned();
    queues.iter().map(|queue| (word(queue), queue[key].as_u64().expect("a number"))).collect()
}

#[test]
fn the_written_configuration_has_the_depths_that_are_enough() {
    let scratch = tempdir().expect("scratch");
    let config = scratch.path().join("fifo.yml");
    let model = model("zoo_merge_stream");
    let before = document(&[&model, "--write-config", text(&config)]);
    let after = document(&[&model, "--config", text(&config)]);
    assert_eq!(column(&after, "places"), column(&before, "enough"));
    assert!(column(&before, "places") != column(&before, "enough"), "{before:#}");

    // A project has them either way.
    let pragmas = |name: &str, more: &[&str]| {
        let folder = scratch.path().join(name);
        let args = [&["convert", &model, "--output", text(&folder), "--io-type", "io_stream"], more].concat();
        run(&mut hls_cli(), args).expect(0);
        let firmware = fs::read_to_string(folder.join("firmware/myproject.cpp")).expect("firmware");
        let pragmas = firmware.lines().filter(|line| line.contains("#pragma HLS STREAM")).map(str::trim);
        pragmas.map(str::to_owned).collect::<Vec<_>>()
    };
    let configured = pragmas("configured", &["--config", text(&config)]);
    assert_eq!(configured, pragmas("estimated", &["--fifo-depths", "estimated"]));
    for (queue, depth) in column(&after, "places") {
        let pragma = format!("#pragma HLS STREAM variable={queue} depth={depth}");
        assert!(configured.contains(&pragma), "{pragma} is not in {configured:?}");
    }
}

#[test]
fn a_sweep_measures_depths_and_builds_with_them() {
    let scratch = tempdir().expect("scratch");
    let models = scratch.path().join("models");
    fs::create_dir_all(&models).expect("folder");
    fs::copy(model("zoo_reshape_stream"), models.join("model_trial_001.h5")).expect("a copy");
    let args = [
        "synth",
        "--input-dir",
        text(&models),
        "--io-type",
        "io_stream",
        "--fifo-opt",
        "--no-vsynth",
        "--no-export",
    ];
    run(&mut with_stand_ins(), args).expect(0);
    let output = models.join("hls_outputs");
    let results = results(&output);
    let result = result_of(&results, "model_trial_001");
    let kept = result["kept_names"].as_array().expect("kept_names");
    assert!(kept.contains(&"fifo_depths.json".into()), "{kept:?}");
    let done = |stage: &str| {
        let stages = result["stages"].as_array().expect("stages");
        stages.iter().any(|entry| entry["stage"] == stage && entry["status"] == "done")
    };
    assert!(done("fifo_opt") && done("synth") && done("cosim"), "{result:#}");

    let measured = run(&mut hls_cli(), ["fifo", text(&output)]).expect(0);
    assert!(measured.stdout.contains("model_trial_001") && measured.stdout.contains("layer2_out"));
    measured.says(&["NOT A SYNTHESIS RESULT"]);
    let document = document(&[text(&output)]);
    let initial: Vec<_> = document["model_trial_001"].as_object().expect("queues").iter().collect();
    let expected = column(&self::document(&[&model("zoo_reshape_stream")]), "places");
    let names: Vec<_> =
        initial.iter().map(|(name, depth)| ((*name).clone(), depth["initial"].as_u64())).collect();
    let expected: Vec<_> = expected.into_iter().map(|(name, places)| (name, Some(places))).collect();
    assert_eq!(names, expected, "as the project was written");
}

#[test]
fn what_has_no_queues_says_what_to_do() {
    let scratch = tempdir().expect("scratch");
    let stream = model("zoo_merge_stream");
    let project = scratch.path().join("project");
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["fifo", &stream, "--io-type", "io_parallel"], 1, &["connected by arrays", "io_stream"]),
        (&["fifo", text(scratch.path())], 2, &["synthesis_results.json"]),
        (&["fifo", "no_such.h5"], 1, &["no_such.h5"]),
        (
            &["fifo", &stream, "--write-config", "/no/such/folder/fifo.yml"],
            1,
            &["--write-config /no/such/folder/fifo.yml", "cannot be written"],
        ),
        (
            &["convert", &stream, "--output", text(&project), "--fifo-depths", "estimated"],
            2,
            &["--fifo-depths", "--io-type io_stream"],
        ),
    ];
    for (args, code, words) in cases {
        run(&mut hls_cli(), *args).expect(*code).says(words);
    }
}
