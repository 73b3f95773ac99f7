//! A sweep over a grid of settings: every combination is a job of its own, in the results and in every report.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::tempdir;

use super::support::*;
use super::texts::check;

const MODELS: [&str; 2] = ["model_trial_012", "model_trial_019"];
const GRID: [&str; 4] = ["--grid", "clock-period=2.5,5,10", "--grid", "goal=area,balance,latency"];
/// Circuits that are written and neither simulated nor mapped.
const QUICK: [&str; 5] = ["--toolchain", "open", "--no-rtlsim", "--no-map", "--no-timing"];

/// The smallest circuits of the corpus under the names of a search.
fn copy_small(to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for (case, model) in ["zoo_qdense_binary", "zoo_qdense_ternary"].into_iter().zip(MODELS) {
        fs::copy(corpus(case).join("model.h5"), to.join(format!("{model}.h5"))).expect("copy");
    }
}

fn synth(input: &Path, output: &Path, more: &[&str]) -> Ran {
    let args = ["synth", "--input-dir", text(input), "--output-dir", text(output), "--num-workers", "2"];
    run(hls_cli().args(args), more)
}

fn jobs(document: &Value) -> &[Value] {
    document["results"].as_array().expect("results")
}

fn successes(output: &Path) -> BTreeMap<String, String> {
    if !output.join("synthesis_results.json").exists() {
        return BTreeMap::new();
    }
    let document = results(output);
    let succeeded = jobs(&document).iter().filter(|job| job["status"] == "success");
    let key = |job: &Value| format!("{} {}", job["model"], job["settings"]);
    succeeded.map(|job| (key(job), job["start_time"].to_string())).collect()
}

/// Kills the sweep as soon as `enough` jobs have succeeded.
fn kill_after(enough: usize, input: &Path, output: &Path, args: &[&str]) {
    let mut sweep = hls_cli()
        .args([
            "synth",
            "--num-workers",
            "2",
            "--resume",
            "--input-dir",
            text(input),
            "--output-dir",
            text(output),
        ])
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("hls-cli starts");
    let deadline = Instant::now() + Duration::from_secs(120);
    while successes(output).len() < enough {
        assert!(Instant::now() < deadline, "{enough} jobs do not finish");
        std::thread::sleep(Duration::from_millis(5));
    }
    sweep.kill().expect("kill");
    sweep.wait().expect("end");
}

#[test]
fn a_grid_that_is_killed_is_continued_and_every_report_says_the_settings() {
    let scratch = tempdir().expect("scratch");
    let (input, output) = (scratch.path().join("models"), scratch.path().join("out"));
    copy_small(&input);
    // A third model is a copy of the first: it has the results of the same point.
    fs::copy(input.join("model_trial_012.h5"), input.join("model_trial_020.h5")).expect("copy");
    let args = [&QUICK[..], &GRID].concat();

    let mut done = BTreeMap::new();
    for enough in [3, 9] {
        kill_after(enough, &input, &output, &args);
        let now = successes(&output);
        for (job, began) in &done {
            assert_eq!(now.get(job), Some(began), "{job} was done and began again");
        }
        assert!(now.len() < 27, "nothing is left to continue");
        done = now;
    }
    let ran = synth(&input, &output, &[&args[..], &["--resume"]].concat()).expect(0);
    let ran =
        ran.says(&["3 models × 9 settings = 27 jobs, 2 at a time", "jobs were finished by an earlier run"]);
    ran.says_out("27 jobs: 27 succeeded, 0 failed");
    let now = successes(&output);
    assert!(done.iter().all(|(job, began)| now.get(job) == Some(began)), "{done:?}\n{now:?}");

    let document = results(&output);
    assert_eq!(
        document["grid"],
        json!([
            {"axis": "clock-period", "values": [2.5, 5, 10]},
            {"axis": "goal", "values": ["area", "balance", "latency"]},
        ])
    );
    let settings = |job: &Value| job["settings"].to_string();
    let points: Vec<String> = jobs(&document).iter().map(settings).collect();
    assert_eq!(points[3], r#"{"clock-period":5,"goal":"area"}"#);
    assert_eq!(points.iter().collect::<BTreeSet<_>>().len(), 9);
    let fingerprints: BTreeSet<String> =
        jobs(&document).iter().map(|job| job["fingerprint"].to_string()).collect();
    assert_eq!(fingerprints.len(), 18, "9 points of 2 models");
    for job in jobs(&document) {
        let (clock, goal) =
            (&job["settings"]["clock-period"], job["settings"]["goal"].as_str().expect("goal"));
        let model = job["model"].as_str().expect("model");
        let folder = output.join(format!("hls_{model}__clock{clock}_goal-{goal}"));
        assert_eq!(job["output_dir"], text(&folder));
        assert!(folder.with_file_name(format!("hls_{model}__clock{clock}_goal-{goal}.tar.gz")).is_file());
        // The setting is in the project, not only in the name.
        let circuit: Value =
            serde_json::from_slice(&fs::read(folder.join("circuit.json")).expect("circuit")).expect("JSON");
        assert_eq!(circuit["clock_period_ns"].as_f64(), clock.as_f64(), "{folder:?}");
        let copied = json!(format!("model_trial_012 (clock-period={clock}, goal={goal})"));
        let expected = if model == "model_trial_020" { copied } else { Value::Null };
        assert_eq!(job["identical_to"], expected, "{job:#}");
    }
    // Without what is measured, the settings decide the numbers.
    let registers = |point: &str| {
        let index = points.iter().position(|known| known == point).expect("point");
        let job = &jobs(&document)[index];
        job["report"]["estimated"]["resources"]["ff"].as_u64().expect("ff")
    };
    assert!(registers(&points[0]) > registers(&points[6]), "a faster clock needs more registers");

    let table = run(&mut hls_cli(), ["report", text(&output)]).expect(0).stdout;
    assert!(table.contains("clock-period") && table.contains("27 jobs: 27 succeeded"), "{table}");
    let row =
        table.lines().find(|line| line.contains("model_trial_019") && line.contains("latency")).expect("row");
    let cells: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(cells[1..5], ["model_trial_019", "2.5", "latency", "success"], "{table}");

    let csv = run(&mut hls_cli(), ["report", text(&output), "--csv"]).expect(0).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().expect("header").clone();
    assert_eq!(header.iter().rev().take(2).collect::<Vec<_>>(), ["setting.goal", "setting.clock-period"]);
    let tails: Vec<String> = reader
        .records()
        .map(|line| line.expect("line").iter().skip(header.len() - 2).collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(tails.len(), 27);
    assert_eq!(tails[8], "10 latency");

    let report = run(&mut hls_cli(), ["report", text(&output), "--json"]).expect(0).stdout;
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["jobs"][4]["settings"], json!({"clock-period": 5, "goal": "balance"}));
    run(&mut hls_cli(), ["status", text(&output)]).expect(0).says_out("27 jobs with open: finished");

    selected(&input, &output, scratch.path());
}

/// `select` has a row for each model and point, and writes which settings were chosen.
fn selected(input: &Path, output: &Path, scratch: &Path) {
    let figures = ["--minimize", "ff", "--minimize", "clock-period", "--max", "clock-period=5"];
    let results = output.join("synthesis_results.json");
    let base = ["select", "--input-dir", text(input), "--from", text(&results)];
    let chosen = scratch.join("chosen");
    let ran = run(&mut hls_cli(), [&base[..], &figures, &["--output-dir", text(&chosen)]].concat()).expect(0);
    let ran = ran.says_out("of 27 jobs selected").says_out("9 where not setting.clock-period at most 5");
    ran.says_out("selection.json says under which settings each was selected");
    let selection: Value =
        serde_json::from_slice(&fs::read(chosen.join("selection.json")).expect("selection")).expect("JSON");
    let models = selection["models"].as_array().expect("models");
    assert_eq!(models.len(), 27);
    for model in models {
        assert_eq!(
            model["settings"]["clock-period"].as_f64(),
            model["values"]["setting.clock-period"].as_f64()
        );
        let slow = model["settings"]["clock-period"] == json!(10);
        assert_eq!(model["left_out"].is_string(), slow, "{model:#}");
    }
    assert!(!names(&chosen.join("pareto_primary")).is_empty());
    let csv = fs::read_to_string(chosen.join("selection.csv")).expect("selection");
    assert!(csv.lines().next().is_some_and(|line| line.contains("setting.goal")), "{csv}");

    // The same from the CSV of the report, and from the output folder alone.
    let report = run(&mut hls_cli(), ["report", text(output), "--csv"]).expect(0).stdout;
    let file = scratch.join("report.csv");
    fs::write(&file, report).expect("report");
    for base in [
        &["select", "--input-dir", text(input), "--from", text(&file)][..],
        &["select", "--input-dir", text(output)],
    ] {
        let again = run(&mut hls_cli(), [base, &figures, &["--json"]].concat()).expect(0).stdout;
        let again: Value = serde_json::from_str(&again).expect("JSON");
        let front = |document: &Value| -> BTreeSet<String> {
            let models = document["models"].as_array().expect("models").iter();
            models.filter(|m| m["front"] == 1).map(|m| format!("{} {}", m["model"], m["settings"])).collect()
        };
        assert_eq!(front(&again), front(&selection), "{base:?}");
    }
}

/// Part, clock, reuse factor: as they come to the vendor's tools.
#[test]
fn the_tools_get_the_settings_of_their_job() {
    let scratch = tempdir().expect("scratch");
    let (input, output) = (scratch.path().join("models"), scratch.path().join("out"));
    copy_small(&input);
    fs::remove_file(input.join("model_trial_019.h5")).expect("remove");
    let args = [
        ["--grid", "dense_reuse_factor=1,4"],
        ["--grid", "fpga_part=xcu250-figd2104-2L-e"],
        ["--clock-period", "7"],
        ["--grid", "no-dsp=true"],
        ["--no-cosim", "--no-export"],
        ["--no-vsynth", "--keep-file=build_opt.tcl"],
        ["--keep-file", "firmware/*.h"],
        ["--keep-file", "*.none"],
    ];
    let base = ["synth", "--input-dir", text(&input), "--output-dir", text(&output)];
    let ran = run(with_stand_ins().args(base), args.concat()).expect(0);
    ran.says(&["1 model × 2 settings = 2 jobs"]);
    let document = results(&output);
    let mut warned = 0;
    for (job, factor) in jobs(&document).iter().zip([1, 4]) {
        let part = "xcu250-figd2104-2L-e";
        assert_eq!(job["settings"], json!({"dense-reuse-factor": factor, "part": part, "no-dsp": true}));
        let folder = output.join(format!("hls_model_trial_012__densereuse{factor}_{part}_no-dsp-true"));
        let read =
            |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let tcl = read("project.tcl");
        assert!(tcl.contains(part) && tcl.contains("clock_period {7}"), "{tcl}");
        assert!(read("firmware/parameters.h").contains(&format!("reuse_factor = {factor};")));
        assert_eq!(job["report"]["part"], part);
        let kept = job["kept_names"].as_array().expect("names");
        assert!(
            kept.contains(&json!("build_opt.tcl")) && kept.contains(&json!("firmware/parameters.h")),
            "{kept:?}"
        );
        let archive = tar_members(&folder.with_extension("tar.gz"));
        assert!(archive.iter().any(|name| name.ends_with("firmware/parameters.h")), "{archive:?}");
        let warnings = job["warnings"].as_array().expect("warnings");
        warned +=
            warnings.iter().filter(|w| w.as_str().is_some_and(|w| w.contains("matches *.none"))).count();
    }
    assert_eq!(warned, 2);

    // What is kept is part of what makes a job the same.
    let resumed = |more: &[&str]| {
        let args = [&args.concat()[..], &["--resume"], more].concat();
        run(with_stand_ins().args(base), args).expect(0);
        results(&output)["resumed"].clone()
    };
    assert_eq!(resumed(&[]), 2);
    assert_eq!(resumed(&["--keep-file", "build_prj.tcl"]), 0);
}

#[test]
fn models_of_several_folders_do_not_meet() {
    let scratch = tempdir().expect("scratch");
    let dirs = ["first/models", "second/models"].map(|name| scratch.path().join(name));
    for (dir, model) in dirs.iter().zip(MODELS) {
        copy_small(dir);
        fs::rename(dir.join(format!("{model}.h5")), dir.join("model_trial_1.h5")).expect("rename");
    }
    let [first, second] = [text(&dirs[0]), text(&dirs[1])];
    let output = scratch.path().join("out");
    let base =
        [&["synth", "--pattern", "*_1.h5", "--input-dir", first, "--input-dir", second], &QUICK[..]].concat();
    run(&mut hls_cli(), &base).expect(2).says(&["2 input folders are given", "--output-dir"]);
    let ran = run(&mut hls_cli(), [&base[..], &["--output-dir", text(&output)]].concat()).expect(0);
    ran.says(&["success  model_trial_1 (first/models)", "success  model_trial_1 (second/models)"]);
    let document = results(&output);
    assert_eq!((&document["input_dir"], &document["input_dirs"]), (&json!(first), &json!([first, second])));
    for (job, run) in jobs(&document).iter().zip(["first", "second"]) {
        assert_eq!(job["run"], format!("{run}/models"));
        assert_eq!(job["output_dir"], text(&output.join(format!("{run}_models/hls_model_trial_1"))));
        assert!(job.get("settings").is_none());
    }
    let csv = run(&mut hls_cli(), ["report", text(&output), "--csv"]).expect(0).stdout;
    assert!(csv.lines().next().is_some_and(|line| line.ends_with(",run")), "{csv}");
    run(&mut hls_cli(), ["report", text(&output)]).expect(0).says_out("model_trial_1 (second/models)");
    let args = ["--minimize", "ff", "--top", "2", "--json"];
    let rows = |base: &[&str]| {
        let out =
            run(&mut hls_cli(), [&["select", "--pattern", "*_1.h5"], base, &args].concat()).expect(0).stdout;
        let document: Value = serde_json::from_str(&out).expect("JSON");
        let rows: BTreeSet<String> =
            document["models"].as_array().expect("models").iter().map(|m| m["run"].to_string()).collect();
        rows.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(rows(&["--input-dir", text(&output)]), r#""first/models" "second/models""#);
    let file = output.join("synthesis_results.json");
    assert_eq!(
        rows(&["--input-dir", first, "--input-dir", second, "--from", text(&file)]),
        r#""first/models" "second/models""#
    );
    let twice = [&base[..], &["--input-dir", first, "--output-dir", text(&output)]].concat();
    run(&mut hls_cli(), twice).expect(2).says(&["this folder is given twice"]);
}

#[test]
fn mistakes_in_a_grid_are_found_before_anything_runs() {
    let scratch = tempdir().expect("scratch");
    let (input, output) = (scratch.path().join("models"), scratch.path().join("out"));
    copy_small(&input);
    let config = scratch.path().join("config.yml");
    fs::write(&config, "Model: {Precision: 'fixed<16,6>', ReuseFactor: 1}\n").expect("config");
    let config = text(&config);
    let many: Vec<String> = (0..80).flat_map(|n| ["--grid".to_owned(), format!("Model.A{n}=1,2")]).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let table: &[(&[&str], &[&str])] = &[
        (&["--grid", "clock-period="], &["the axis clock-period has no value", "clock-period=1,2"]),
        (&["--grid", "clock-period=5,,10"], &["clock-period has an empty value", "number 2"]),
        (&["--grid", "clock-period=5,5.0"], &["has the value 5 twice", "leave one out"]),
        (
            &["--grid", "clock-period=5", "--grid", "clock_period=10"],
            &["clock-period is given twice", "clock-period=5,10"],
        ),
        (
            &["--grid", "clok-period=5"],
            &["clok-period: there is no such axis", "clock-period is the nearest", "Model."],
        ),
        (
            &["--grid", "clock-period=5,fast"],
            &["clock-period: the value fast cannot be used", "a number of ns above zero"],
        ),
        (&["--grid", "clock-period=0"], &["the value 0 cannot be used", "above zero"]),
        (&["--grid", "reuse-factor=1.5"], &["the value 1.5 cannot be used", "whole number"]),
        (&["--grid", "no-dsp=true,no"], &["no-dsp: the value no cannot be used", "true or false"]),
        (&["--grid", "strategy=fast"], &["the value fast cannot be used", "latency, resource"]),
        (&["--grid", "goal=area", "--goal", "area"], &["--goal is given", "leave one of the two out"]),
        (
            &["--grid", "reuse-factor=1", "--grid", "Model.ReuseFactor=2"],
            &["reuse-factor and Model.ReuseFactor are the same setting"],
        ),
        (&["--grid", "reuse-factor=1,2", "--config", config], &["with --config", "--grid Model.ReuseFactor"]),
        (&["--grid", "granularity=name", "--config", config], &["with --config"]),
        (
            &["--grid", "fifo-depths=whole,estimated"],
            &["the settings fifo-depths=estimated do not go together", "io_stream"],
        ),
        (
            &["--grid", "LayerType.Dens.ReuseFactor=1,2"],
            &["LayerType.Dens.ReuseFactor: the value 1 fits none of 2 models", "it has Activation, "],
        ),
        (
            &["--grid", "LayerType.Dense.ReuseFactor=4,many"],
            &["the value many fits none", "positive whole number"],
        ),
        (&["--grid", "LayerType.Dense=4"], &["LayerType.Dense: the value 4 cannot be used", "what to set"]),
        (&["--grid", "Model.Precision=fixed<16,6"], &["brackets", "fixed<12,4>"]),
        (&["--grid"], &["AXIS=VALUE"]),
        (&many, &["more settings than can be counted", "leave out axes"]),
    ];
    for (args, parts) in table {
        synth(&input, &output, &[&QUICK[..], args].concat()).expect(2).says(parts);
        assert!(!output.exists(), "{args:?}: nothing ran");
    }
    // One of the models takes it, so that the others' jobs fail by themselves.
    let conv = fixtures().join("corpus/zoo_conv2d/model.h5");
    fs::copy(conv, input.join("model_trial_99.h5")).expect("copy");
    let ran = synth(&input, &output, &[&QUICK[..], &["--grid", "LayerType.Conv2D.ReuseFactor=1"]].concat());
    let ran = ran
        .expect(1)
        .says(&["FAILED   model_trial_012 (LayerType.Conv2D.ReuseFactor=1)", "no layer of hls4ml's class"]);
    ran.says_out("3 jobs: 1 succeeded, 2 failed");
    let report = run(&mut hls_cli(), ["report", text(&output)]).expect(0).stdout;
    assert!(report.contains("  model_trial_012 (LayerType.Conv2D.ReuseFactor=1): convert"), "{report}");
    let status = run(&mut hls_cli(), ["status", text(&output)]).expect(0).stdout;
    assert!(status.contains("model_trial_019 (LayerType.Conv2D.ReuseFactor=1)  convert"), "{status}");
}

#[test]
fn estimates_of_a_grid() {
    let scratch = tempdir().expect("scratch");
    let input = scratch.path().join("models");
    copy_small(&input);
    let grid = ["--grid", "clock-period=2.5,10", "--grid", "LayerType.Dense.ReuseFactor=1,2"];
    let args = [&["estimate", text(&input)], &grid[..]].concat();
    check("estimate-grid", &mut hls_cli(), &args, 0, &[(text(scratch.path()), "[scratch]")]);
    let out = |more: &[&str]| run(&mut hls_cli(), [&args[..], more].concat()).expect(0).stdout;
    let csv = out(&["--csv"]);
    assert!(
        csv.starts_with("model,")
            && csv.contains(",setting.clock-period,setting.LayerType.Dense.ReuseFactor\n")
    );
    assert!(csv.lines().nth(8).is_some_and(|line| line.ends_with(",10,2")), "{csv}");
    let layers = out(&["--csv", "--layers"]);
    assert!(layers.lines().nth(1).is_some_and(|line| line.ends_with(",2.5,1")), "{layers}");
    let document: Value = serde_json::from_str(&out(&["--json"])).expect("JSON");
    assert_eq!(document["grid"][0], json!({"axis": "clock-period", "values": [2.5, 10]}));
    assert_eq!(document["models"][7]["settings"]["LayerType.Dense.ReuseFactor"], 2);
    // A single model, whose failure at a point is a row.
    let model = input.join("model_trial_012.h5");
    let args = ["estimate", text(&model), "--grid", "clock-period=0.01,5", "--grid", "effort=low,high"];
    let ran = run(&mut hls_cli(), args);
    assert!(ran.stdout.contains("4 jobs"), "{}\n{}", ran.stdout, ran.stderr);
}

/// What they set is what the keys would.
#[test]
fn reuse_factors_of_families_are_those_of_their_classes() {
    let scratch = tempdir().expect("scratch");
    let project = |model: &Path, name: &str, args: &[&str]| {
        let folder = scratch.path().join(name);
        run(&mut hls_cli(), [&["convert", text(model), "-o", text(&folder)], args].concat()).expect(0);
        fs::read_to_string(folder.join("firmware/parameters.h")).expect("parameters")
    };
    let model = corpus("wk_svhn_cnn").join("model.h5");
    let none = project(&model, "none", &[]);
    let short = project(&model, "short", &["--conv-reuse-factor", "9", "--dense-reuse-factor", "6"]);
    let long = ["--set", "LayerType.Conv2D.ReuseFactor=9", "--set", "LayerType.Dense.ReuseFactor=6"];
    assert_eq!(short, project(&model, "long", &long));
    assert_ne!(short, none);
    // What is said of a class counts more.
    let both =
        ["--conv-reuse-factor", "3", "--set", "LayerType.Conv2D.ReuseFactor=9", "--dense-reuse-factor", "6"];
    assert_eq!(short, project(&model, "both", &both));
    // A model without convolutions stays as it is.
    let dense = corpus("zoo_dense_relu").join("model.h5");
    assert_eq!(project(&dense, "dense", &["--conv-reuse-factor", "4"]), project(&dense, "plain", &[]));
}
