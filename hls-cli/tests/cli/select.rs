//! `select`: fronts over what lies beside models, folders for a sweep, and requests that cannot be answered.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::support::*;
use super::texts::check;

/// A search with four models, the training's accuracies, and how many parameters they have.
fn search() -> (TempDir, PathBuf) {
    let scratch = tempdir().expect("scratch");
    let dir = scratch.path().join("search");
    fs::create_dir(&dir).expect("folder");
    let trials = [(1, 0.91, 400), (2, 0.88, 120), (3, 0.87, 300), (10, 0.75, 100)];
    for (trial, _, _) in trials {
        fs::copy(corpus("zoo_qdense_binary").join("model.h5"), dir.join(format!("model_trial_{trial}.h5")))
            .expect("copy");
    }
    let summary = trials.map(|(trial, accuracy, parameters)| {
        json!({"trial_id": trial, "val_accuracy": accuracy, "parameters": parameters})
    });
    fs::write(dir.join("trials_summary.json"), json!(summary).to_string()).expect("summary");
    (scratch, dir)
}

fn select(args: &[&str], code: i32) -> Ran {
    run(&mut hls_cli(), [&["select"], args].concat()).expect(code)
}

#[test]
fn fronts_as_a_table_and_as_folders_of_a_sweep() {
    let (scratch, dir) = search();
    let out = scratch.path().join("chosen");
    let objectives = ["--input_dir", text(&dir), "--maximize", "accuracy", "--minimize", "parameters"];
    let args = [&["select"], &objectives[..], &["--output-dir", text(&out)]].concat();
    check("select", &mut hls_cli(), &args, 0, &[(text(scratch.path()), "[scratch]")]);
    let names = |tier: &str| {
        let entries = fs::read_dir(out.join(tier)).expect("tier");
        let mut names: Vec<_> =
            entries.map(|e| e.expect("entry").file_name().into_string().expect("name")).collect();
        names.sort();
        names
    };
    assert_eq!(names("pareto_primary"), ["model_trial_1.h5", "model_trial_10.h5", "model_trial_2.h5"]);
    assert_eq!(names("pareto_secondary"), ["model_trial_3.h5"]);
    // They are what a sweep takes.
    let estimated =
        run(&mut hls_cli(), ["estimate", text(&out), "--tiers", "both", "--csv"]).expect(0).stdout;
    assert!(estimated.contains("model_trial_10,primary,success"), "{estimated}");

    let again = [&objectives[..], &["--output-dir", text(&out)]].concat();
    select(&again, 2).says(&["is not empty", "--force"]);
    select(&[&again[..], &["--force", "--tiers", "primary"]].concat(), 0);
    assert!(names("pareto_secondary").is_empty());
    select(&[&objectives[..], &["--output-dir", text(&dir)]].concat(), 2).says(&["would no longer be found"]);
}

#[test]
fn estimates_are_joined_by_name_and_budgets_kept() {
    let (scratch, dir) = search();
    let estimate = run(&mut hls_cli(), ["estimate", text(&dir), "--csv"]).expect(0).stdout;
    let file = scratch.path().join("estimate.csv");
    fs::write(&file, &estimate).expect("estimate");
    let base = [
        "--input-dir",
        text(&dir),
        "--from",
        text(&file),
        "--maximize",
        "val_accuracy",
        "--minimize",
        "lut+ff",
    ];
    let document: Value =
        serde_json::from_str(&select(&[&base[..], &["--json"]].concat(), 0).stdout).expect("JSON");
    assert_eq!(document["objectives"][1]["figure"], "instant_lut+instant_ff");
    // The models are copies of one: the best dominates the others.
    let fronts: Vec<_> =
        document["models"].as_array().expect("models").iter().map(|m| m["front"].as_u64()).collect();
    assert_eq!(fronts, [Some(1), Some(2), Some(3), Some(4)]);
    let fits = select(&[&base[..], &["--budget", "xc7z020clg400-1"]].concat(), 0).stdout;
    assert!(fits.contains("this program's estimate of its own circuits") && fits.contains("uram"), "{fits}");
    select(&[&base[..], &["--budget", "lut=0"]].concat(), 2)
        .says(&["no model is left", "instant_lut at most 0 (4)"]);
}

#[test]
fn the_best_few() {
    let (_scratch, dir) = search();
    let ran = select(
        &[
            "--input-dir",
            text(&dir),
            "--maximize",
            "accuracy",
            "--top",
            "2",
            "--min",
            "parameters=110",
            "--csv",
        ],
        0,
    );
    let lines: Vec<Vec<&str>> = ran.stdout.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(lines[0][..5], ["run", "model", "file", "front", "left_out"]);
    let rows: Vec<[&str; 3]> = lines[1..].iter().map(|line| [line[1], line[3], line[4]]).collect();
    assert_eq!(
        rows,
        [
            ["model_trial_1", "1", ""],
            ["model_trial_2", "1", ""],
            ["model_trial_3", "", "not among the best"],
            ["model_trial_10", "", "not parameters at least 110"],
        ]
    );
}

#[test]
fn wrong_requests_say_what_is_known() {
    let (_scratch, dir) = search();
    let base = ["--input-dir", text(&dir)];
    let refused = |args: &[&str]| select(&[&base[..], args].concat(), 2);
    refused(&[]).says(&["at least one figure"]);
    refused(&["--maximize", "auc"]).says(&["nothing is known as `auc`", "val_accuracy, parameters"]);
    refused(&["--maximize", "accuracy", "--min", "accuracy"]).says(&["FIGURE=NUMBER", "accuracy=0.9"]);
    refused(&["--maximize", "accuracy", "--budget", "xc99"]).says(&["xc7z020", "lut=N"]);
    refused(&["--maximize", "accuracy", "--budget", "xc7z020"]).says(&["no resources are", "estimate"]);
    select(&["--maximize", "accuracy"], 2).says(&["--input-dir"]);
    select(&["--input-dir", "/nowhere", "--maximize", "accuracy"], 2).says(&["/nowhere", "does not exist"]);
}

/// The folder has accuracies and models, and nothing that says how large these are.
#[test]
fn parameters_are_counted_where_nothing_says_them() {
    let folder = fixtures().join("search");
    let args = ["--input-dir", text(&folder), "--maximize", "accuracy", "--minimize", "parameters", "--json"];
    let document: Value = serde_json::from_str(&select(&args, 0).stdout).expect("JSON");
    let of = |trial: &str| {
        let name = format!("model_trial_{trial}");
        let model =
            document["models"].as_array().expect("models").iter().find(|m| m["model"] == name.as_str());
        model.expect("the model")["values"]["parameters"].as_u64()
    };
    // 8 * 24 + 24, 24 * 12 + 12, 12 * 3 + 3.
    assert_eq!(of("004"), Some(555));
    assert_eq!(of("005"), Some(51));
}
