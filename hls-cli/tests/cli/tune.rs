//! `tune` on a small network, and the walk of docs/selecting.md from a folder of models to the folder of a sweep.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use super::support::*;
use super::texts::compare;

/// A copy of `fixtures/search`, called `search`.
fn search() -> (TempDir, PathBuf) {
    let scratch = tempdir().expect("scratch");
    let dir = scratch.path().join("search");
    fs::create_dir(&dir).expect("folder");
    for entry in fs::read_dir(fixtures().join("search")).expect("fixtures/search") {
        let path = entry.expect("entry").path();
        fs::copy(&path, dir.join(path.file_name().expect("name"))).expect("copy");
    }
    (scratch, dir)
}

#[test]
fn a_configuration_with_fewer_bits_is_found_and_accepted() {
    let (scratch, dir) = search();
    let (model, data, config) =
        (dir.join("model_trial_000.h5"), dir.join("validation.npz"), scratch.path().join("tuned.yml"));
    let args = ["tune", text(&model), "--data", text(&data), "--samples", "400", "--output", text(&config)];
    // Standard error tells of trials now and then, by the clock.
    let printed = run(hls_cli().env_remove("COLUMNS"), args).expect(0).stdout;
    compare("tune", printed, &[(text(scratch.path()), "[scratch]")]);
    let json = run(&mut hls_cli(), [&args[..], &["--json"]].concat()).expect(0).stdout;
    let found: Value = serde_json::from_str(&json).expect("JSON");
    let bits = |when: &str, what: &str| found[when][what].as_u64().expect("bits");
    assert!(bits("bits_after", "accumulators") < bits("bits_before", "accumulators"));
    assert_eq!(found["metric"], "accuracy");

    // Other commands take it as it is, and compute what was found.
    let ran = run(&mut hls_cli(), ["inspect", text(&model), "--config", text(&config), "--json"]).expect(0);
    let types = found["types"].as_array().expect("types");
    for ty in types.iter().filter(|ty| ty["what"] == "accum") {
        let after = ty["after"].as_str().expect("a type");
        assert!(ran.stdout.contains(&format!("ap_{after}")), "{after} of {}", ty["layer"]);
    }
    run(
        &mut hls_cli(),
        ["convert", text(&model), "--config", text(&config), "-o", text(&scratch.path().join("project"))],
    )
    .expect(0);
}

#[test]
fn wrong_requests_change_nothing() {
    let (scratch, dir) = search();
    let (model, data, config) =
        (dir.join("model_trial_000.h5"), dir.join("validation.npz"), scratch.path().join("tuned.yml"));
    let base = ["tune", text(&model), "--output", text(&config), "--samples", "50"];
    let refused = |args: &[&str], code: i32| run(&mut hls_cli(), [&base[..], args].concat()).expect(code);
    refused(&["--data", text(&data), "--metric", "bkg_rej"], 2)
        .says(&["no metric `bkg_rej`", "accuracy, auc, log_loss"]);
    refused(&["--data", text(&data), "--labels", "z"], 2).says(&["z", "track, y"]);
    refused(&["--data", "/nowhere.npz"], 2).says(&["/nowhere.npz"]);
    refused(&["--data", text(&data), "--max-loss", "-1"], 2).says(&["not negative"]);
    assert!(!config.exists());
}

/// The commands of a section of a document, without comments.
fn commands(document: &str, section: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(document);
    let text = fs::read_to_string(path).expect("the document");
    let (_, rest) = text.split_once(&format!("\n## {section}\n")).expect("the section");
    let section = rest.split("\n## ").next().unwrap_or_default();
    let lines = section.lines().filter_map(|line| line.strip_prefix("    hls-cli "));
    lines.map(|line| format!("hls-cli {}", line.split("  #").next().unwrap_or_default())).collect()
}

#[test]
fn the_walk_of_the_documentation_leads_to_pareto_primary() {
    let (scratch, _) = search();
    let commands = commands("docs/selecting.md", "From a folder of models to the models of a sweep");
    assert!(commands.len() >= 4, "{commands:?}");
    let executable = Path::new(env!("CARGO_BIN_EXE_hls-cli"));
    let path = format!(
        "{}:{}",
        executable.parent().expect("a folder").display(),
        std::env::var("PATH").expect("PATH")
    );
    for command in &commands {
        let mut shell = Command::new("sh");
        let ran = run(shell.current_dir(scratch.path()).env("PATH", &path), ["-c", command]);
        assert_eq!(ran.code, Some(0), "{command}\n{}\n{}", ran.stdout, ran.stderr);
    }
    let chosen = scratch.path().join("chosen");
    let primary = fs::read_dir(chosen.join("pareto_primary")).expect("pareto_primary").count();
    assert!(primary >= 3, "{primary} files");
    assert!(chosen.join("hls_outputs/synthesis_results.json").is_file());
}
