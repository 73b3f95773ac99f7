//! Choosing models: what is gathered of them, whom it belongs to, and what is written.

use std::fs;
use std::path::{Path, PathBuf};

use hls_runner::select::{
    Bound, Gathered, Goal, How, LeftOut, Place, Request, SelectError, Selection, Table, choose, gather, part,
    write,
};
use serde_json::json;
use tempfile::{TempDir, tempdir};

/// A folder `name` with model files, in a scratch folder.
fn run(scratch: &TempDir, name: &str, trials: &[u32]) -> PathBuf {
    let dir = scratch.path().join(name);
    fs::create_dir_all(&dir).unwrap();
    for trial in trials {
        fs::write(dir.join(format!("model_trial_{trial:03}.h5")), format!("model {trial} of {name}"))
            .unwrap();
    }
    dir
}

fn put(path: impl AsRef<Path>, text: impl ToString) {
    fs::write(path, text.to_string()).unwrap();
}

fn gathered(dirs: &[&Path], from: &[&Path]) -> Gathered {
    let owned = |paths: &[&Path]| paths.iter().map(|path| path.to_path_buf()).collect::<Vec<_>>();
    gather(&owned(dirs), "model_trial_*.h5", &owned(from)).unwrap()
}

fn request(objectives: &[(Goal, &str)]) -> Request {
    Request {
        objectives: objectives.iter().map(|(goal, name)| (*goal, (*name).to_owned())).collect(),
        ..Request::default()
    }
}

/// `model:front`, or `model:reason`, in the order of the selection.
fn places(table: &Table, selection: &Selection) -> Vec<String> {
    let text = |judged: &hls_runner::select::Judged| {
        let model = table.rows[judged.row].model.trim_start_matches("model_trial_").to_owned();
        match &judged.place {
            Place::Front(front) => format!("{model}:{front}"),
            Place::Rank(rank) => format!("{model}:#{rank}"),
            Place::NotAmongTheBest => format!("{model}:-"),
            Place::Out(LeftOut::Unknown(what)) => format!("{model}:no {what}"),
            Place::Out(LeftOut::Beyond(what)) => format!("{model}:{what}"),
        }
    };
    selection.judged.iter().map(text).collect()
}

/// Every file that is understood without being named, each with something that the others do not say.
#[test]
fn what_lies_beside_models_is_joined_to_them() {
    let scratch = tempdir().unwrap();
    let dir = run(&scratch, "search", &[1, 2, 33]);
    put(
        dir.join("scores.json"),
        json!({"schema": 1, "models": [
            {"model": "model_trial_001", "file": "elsewhere/model_trial_001.h5", "parameters": 10, "metrics": {"auc": 0.5}},
            {"model": "model_trial_033", "parameters": 5, "metrics": {"auc": 0.75}, "float_metrics": {"auc": 0.8}},
        ]}),
    );
    put(
        dir.join("trials_summary.json"),
        json!([{"trial_id": "1", "val_accuracy": 0.9}, {"trial_id": 2, "val_accuracy": 0.8}, {"trial_id": 4, "val_accuracy": 0.7}]),
    );
    put(
        dir.join("filtered_trials_summary.json"),
        json!({"total_trials": 1, "trials": [{"trial_id": "033", "score": 0.6, "model_file": "model_trial_033.h5"}]}),
    );
    fs::create_dir(dir.join("trial_02")).unwrap();
    put(dir.join("trial_02/trial.json"), json!({"hyperparameters": {"values": {"units": 16}}, "score": 0.8}));
    put(dir.join("hyperparams_trial_002.json"), json!({"learning_rate": 0.25}));
    fs::create_dir(dir.join("hls_outputs")).unwrap();
    put(
        dir.join("hls_outputs/synthesis_results.json"),
        json!({"schema": 1, "results": [{
            "model": "model_trial_001", "h5_file": "/gone/model_trial_001.h5", "status": "success",
            "report": {"stand_in": false, "resources": {"lut": 70}},
        }]}),
    );
    let Gathered { table, warnings, sources, said_by } = gathered(&[&dir], &[]);
    assert_eq!(said_by["auc"].iter().collect::<Vec<_>>(), ["scores.json"]);
    let number = |model: usize, column: &str| table.rows[model].number(column);
    assert_eq!(table.rows.len(), 3);
    assert!(
        table
            .rows
            .iter()
            .all(|row| row.run == "search" && row.file.as_ref().is_some_and(|file| file.is_file()))
    );
    assert_eq!(
        [number(0, "auc"), number(0, "val_accuracy"), number(0, "estimated_lut")],
        [Some(0.5), Some(0.9), Some(70.0)]
    );
    assert_eq!(
        [number(1, "auc"), number(1, "units"), number(1, "learning_rate")],
        [None, Some(16.0), Some(0.25)]
    );
    assert_eq!(
        [number(2, "float_auc"), number(2, "score"), number(2, "parameters")],
        [Some(0.8), Some(0.6), Some(5.0)]
    );
    assert_eq!(sources.len(), 6, "{sources:?}");
    let [stranger] = &warnings[..] else { panic!("{warnings:?}") };
    assert!(
        stranger.contains("trials_summary.json: 1 of its records") && stranger.contains("trial 4"),
        "{stranger}"
    );
}

#[test]
fn a_broken_file_beside_models_is_a_warning_and_one_that_was_asked_for_an_error() {
    let scratch = tempdir().unwrap();
    let dir = run(&scratch, "search", &[1]);
    put(dir.join("trials_summary.json"), "{");
    put(dir.join("hyperparams_trial_001.json"), "[");
    let warnings = gathered(&[&dir], &[]).warnings;
    assert!(warnings.len() == 2 && warnings[0].contains("trials_summary.json"), "{warnings:?}");

    let error =
        |path: &Path| gather(std::slice::from_ref(&dir), "*.h5", &[path.to_owned()]).unwrap_err().to_string();
    assert!(error(&dir.join("trials_summary.json")).contains("EOF"));
    put(dir.join("other.csv"), "model,lut\nsomebody,3\n");
    assert!(
        error(&dir.join("other.csv"))
            .contains("names none of the models, for example not \"model_trial_001\"")
    );
    assert!(error(&dir.join("missing.csv")).contains("could not be read"));
    let empty = run(&scratch, "empty", &[]);
    let nothing = gather(&[empty], "*.h5", &[]).unwrap_err().to_string();
    assert!(nothing.contains("no model files and nothing that lists models"), "{nothing}");
}

#[test]
fn records_of_several_runs_find_theirs() {
    let scratch = tempdir().unwrap();
    let (a, b) = (run(&scratch, "a", &[1, 2]), run(&scratch, "b", &[2, 3]));
    let scores = scratch.path().join("scores.json");
    put(
        &scores,
        json!({"models": [
            {"model": "model_trial_002", "file": a.join("model_trial_002.h5"), "auc": 0.1},
            {"model": "model_trial_002", "file": b.join("model_trial_002.h5"), "auc": 0.2},
            {"model": "model_trial_003", "auc": 0.3},
            {"run": "b", "trial_id": "2", "parameters": 7},
            {"trial_id": "2", "parameters": 8},
        ]}),
    );
    let Gathered { table, warnings, .. } = gathered(&[&a, &b], &[&scores]);
    let auc: Vec<Option<f64>> = table.rows.iter().map(|row| row.number("auc")).collect();
    assert_eq!(auc, [None, Some(0.1), Some(0.2), Some(0.3)]);
    assert_eq!(table.rows[2].number("parameters"), Some(7.0));
    assert!(
        warnings.len() == 1
            && warnings[0].contains("1 of its records belong to no model, or may belong to several"),
        "{warnings:?}"
    );
}

#[test]
fn files_that_disagree_are_named_and_the_first_counts() {
    let scratch = tempdir().unwrap();
    let dir = run(&scratch, "search", &[1]);
    let mine = scratch.path().join("mine.csv");
    put(&mine, "model,score\nmodel_trial_001,0.25\n");
    put(dir.join("trials_summary.json"), json!([{"trial_id": 1, "score": 0.5}]));
    let Gathered { table, warnings, .. } = gathered(&[&dir], &[&mine]);
    assert_eq!(table.rows[0].number("score"), Some(0.25));
    assert!(warnings[0].contains("trials_summary.json: its `score` of 1 model(s) differs"), "{warnings:?}");
}

/// Figures of five models, some counted by Vivado and some only estimated.
fn table() -> (TempDir, Table) {
    let scratch = tempdir().unwrap();
    let dir = run(&scratch, "search", &[1, 2, 3, 4, 5]);
    let figures = scratch.path().join("figures.csv");
    put(
        &figures,
        "model,accuracy,estimated_lut,estimated_ff,synthesized_lut,synthesized_ff,dsp_free\n\
         model_trial_001,0.9,500,100,300,90,true\n\
         model_trial_002,0.8,200,50,100,40,true\n\
         model_trial_003,0.8,300,60,120,50,false\n\
         model_trial_004,0.95,900,200,,,\n\
         model_trial_005,nan,100,10,50,10,true\n",
    );
    let table = gathered(&[&dir], &[&figures]).table;
    (scratch, table)
}

#[test]
fn models_are_sorted_into_fronts() {
    use Goal::{Maximize, Minimize};
    let (_scratch, table) = table();
    let selection = choose(&table, &request(&[(Maximize, "accuracy"), (Minimize, "estimated_lut")])).unwrap();
    assert_eq!(places(&table, &selection), ["004:1", "001:1", "002:1", "003:2", "005:no accuracy"]);
    assert_eq!(selection.origin, None);

    // Four models have C synthesis's estimate and accuracy, three Vivado's count; but five against four have the resource at all.
    let selection = choose(&table, &request(&[(Maximize, "accuracy"), (Minimize, "lut")])).unwrap();
    assert_eq!(selection.origin, Some("estimated_"));
    let selection = choose(&table, &request(&[(Maximize, "accuracy"), (Minimize, "lut+ff")])).unwrap();
    assert_eq!(selection.objectives[1].figure.to_string(), "estimated_lut+estimated_ff");
    let mut limited = request(&[(Maximize, "accuracy")]);
    limited.limits = vec![("synthesized_lut".to_owned(), Bound::AtMost, 110.0)];
    let selection = choose(&table, &limited).unwrap();
    let beyond = "synthesized_lut at most 110";
    let expected = [
        "002:1".to_owned(),
        format!("001:{beyond}"),
        format!("003:{beyond}"),
        "004:no synthesized_lut".to_owned(),
        "005:no accuracy".to_owned(),
    ];
    assert_eq!(places(&table, &selection), expected);
}

/// A count after place and route is the nearest to the chip, and is never mixed with others.
#[test]
fn placed_counts_are_taken_where_as_many_models_have_them() {
    let scratch = tempdir().unwrap();
    let dir = run(&scratch, "search", &[1, 2]);
    let figures = scratch.path().join("figures.csv");
    let origin = |second: &str, objective: &str| {
        put(
            &figures,
            format!(
                "model,synthesized_lut,implemented_lut,implemented_fmax_mhz,synthesized_fmax_mhz\n\
                 model_trial_001,300,280,210,\n\
                 model_trial_002,100,{second},,250\n"
            ),
        );
        let table = gathered(&[&dir], &[&figures]).table;
        let selection = choose(&table, &request(&[(Goal::Minimize, objective)])).unwrap();
        (selection.origin, selection.objectives[0].figure.to_string())
    };
    assert_eq!(origin("90", "lut"), (Some("implemented_"), "implemented_lut".to_owned()));
    assert_eq!(origin("", "lut"), (Some("synthesized_"), "synthesized_lut".to_owned()));
    assert_eq!(origin("", "fmax"), (None, "implemented_fmax_mhz".to_owned()));
}

#[test]
fn the_best_of_one_figure() {
    let (_scratch, table) = table();
    let best = Request { top: Some(2), ..request(&[(Goal::Maximize, "acc")]) };
    let selection = choose(&table, &best).unwrap();
    assert_eq!(places(&table, &selection), ["004:#1", "001:#2", "002:-", "003:-", "005:no accuracy"]);
    let several = Request { top: Some(2), ..request(&[(Goal::Maximize, "acc"), (Goal::Minimize, "lut")]) };
    assert!(matches!(choose(&table, &several), Err(SelectError::TopOfSeveral { top: 2, objectives: 2 })));
}

#[test]
fn a_chip_is_a_limit() {
    let (_scratch, table) = table();
    let fits = Request { part: part("xc7z007s"), ..request(&[(Goal::Maximize, "accuracy")]) };
    let selection = choose(&table, &fits).unwrap();
    assert_eq!(places(&table, &selection)[0], "004:1");
    assert_eq!(selection.unchecked, ["dsp", "bram_18k", "uram"]);
    assert_eq!(selection.limits[0].to_string(), "estimated_lut at most 14400");

    let nothing = Table { columns: vec!["accuracy".to_owned()], ..table.clone() };
    let mut nothing = nothing;
    for row in &mut nothing.rows {
        row.values.retain(|column, _| column == "accuracy");
    }
    assert!(matches!(choose(&nothing, &fits), Err(SelectError::NothingCounted { part: "xc7z007s" })));
}

#[test]
fn requests_that_cannot_be_answered_say_why() {
    use Goal::{Maximize, Minimize};
    let (_scratch, table) = table();
    let error = |objectives: &[(Goal, &str)]| choose(&table, &request(objectives)).unwrap_err().to_string();
    assert!(error(&[]).contains("at least one figure"));
    assert!(error(&[(Maximize, "beauty")]).contains("what is known: accuracy, estimated_lut"));
    assert!(error(&[(Minimize, "est")]).contains("estimated_lut or estimated_ff"));
    assert!(
        error(&[(Minimize, "lut"), (Maximize, "estimated_lut")]).contains("both maximized and minimized")
    );
    let mut impossible = request(&[(Maximize, "accuracy")]);
    impossible.limits = vec![("accuracy".to_owned(), Bound::AtLeast, 1.5)];
    let error = choose(&table, &impossible).unwrap_err().to_string();
    assert!(
        error.contains("accuracy at least 1.5 (4)") && error.contains("accuracy is not known (1)"),
        "{error}"
    );
}

#[test]
fn selected_models_are_written_as_a_sweep_reads_them() {
    let scratch = tempdir().unwrap();
    let (a, b) = (run(&scratch, "a", &[1, 2]), run(&scratch, "b", &[1]));
    put(a.join("hyperparams_trial_001.json"), json!({"units": 8}));
    let figures = scratch.path().join("figures.csv");
    put(&figures, "run,model,auc\na,model_trial_001,0.9\na,model_trial_002,0.7\nb,model_trial_001,0.8\n");
    let table = gathered(&[&a, &b], &[&figures]).table;
    let selection = choose(&table, &request(&[(Goal::Maximize, "auc")])).unwrap();
    let out = scratch.path().join("chosen");
    write(&out, &table, &selection, 2, How::Copy, false).unwrap();
    let content = |path: &str| fs::read_to_string(out.join(path)).unwrap();
    assert_eq!(content("pareto_primary/model_trial_001_a.h5"), "model 1 of a");
    assert!(out.join("pareto_primary/hyperparams_trial_001_a.json").is_file());
    assert_eq!(content("pareto_secondary/model_trial_001_b.h5"), "model 1 of b");
    assert_eq!(content("selection.csv").lines().count(), 4);
    let document: serde_json::Value = serde_json::from_str(&content("selection.json")).unwrap();
    assert_eq!(document["models"][2]["front"], 3);
    let found = hls_runner::discover(&out, "model_trial_*.h5").unwrap();
    assert_eq!(found.tier_counts(), [1, 1]);

    // Again: refused, or only what was selected before is replaced.
    let again = write(&out, &table, &selection, 1, How::Link, false).unwrap_err().to_string();
    assert!(again.contains("is not empty"), "{again}");
    put(out.join("pareto_primary/mine.txt"), "mine");
    write(&out, &table, &selection, 1, How::Link, true).unwrap();
    assert!(out.join("pareto_primary/model_trial_001_a.h5").is_symlink());
    assert!(!out.join("pareto_secondary/model_trial_001_b.h5").exists());
    assert_eq!(content("pareto_primary/mine.txt"), "mine");
}

#[test]
fn nothing_is_written_for_a_model_without_a_file() {
    let scratch = tempdir().unwrap();
    let figures = scratch.path().join("figures.csv");
    put(&figures, "model,auc\nm1,0.5\n");
    let table = gathered(&[], &[&figures]).table;
    let selection = choose(&table, &request(&[(Goal::Maximize, "auc")])).unwrap();
    let out = scratch.path().join("chosen");
    let error = write(&out, &table, &selection, 2, How::Copy, false).unwrap_err().to_string();
    assert!(error.contains("the file of model m1"), "{error}");
    assert!(!out.exists());
}

#[test]
fn a_list_from_elsewhere_removes_nothing_elsewhere() {
    let scratch = tempdir().unwrap();
    let dir = run(&scratch, "search", &[1]);
    let out = scratch.path().join("chosen");
    fs::create_dir(&out).unwrap();
    put(scratch.path().join("precious.txt"), "precious");
    put(
        out.join(".hls-selection.json"),
        json!({"files": ["../precious.txt", scratch.path().join("precious.txt")]}),
    );
    put(dir.join("trials_summary.json"), json!([{"trial_id": 1, "score": 0.5}]));
    let table = gathered(&[&dir], &[]).table;
    let selection = choose(&table, &request(&[(Goal::Maximize, "score")])).unwrap();
    write(&out, &table, &selection, 1, How::Copy, true).unwrap();
    assert!(scratch.path().join("precious.txt").is_file());
}
