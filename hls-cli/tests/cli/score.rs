//! `score`: folders with good and broken models, data in every format, wrong data, both files, an interruption.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use ndarray::{Array1, Array2, ArrayD};
use ndarray_npy::{NpzReader, NpzWriter};
use serde_json::Value;
use tempfile::tempdir;

use super::support::*;

pub fn data(name: &str) -> PathBuf {
    fixtures().join("scoring").join(name)
}

fn score(models: &Path, data: &Path, output: &Path, options: &[&str]) -> Ran {
    let args = ["score", "--input-dir", text(models), "--data", text(data), "--output", text(output)];
    run(&mut hls_cli(), [&args, options].concat())
}

fn scores(output: &Path) -> Value {
    let text = fs::read_to_string(output.join("scores.json")).expect("scores.json");
    serde_json::from_str(&text).expect("JSON")
}

fn models(document: &Value) -> &Vec<Value> {
    document["models"].as_array().expect("models")
}

fn array<T: ndarray_npy::ReadableElement>(npz: &Path, name: &str) -> ArrayD<T> {
    let file = fs::File::open(npz).expect("an npz");
    NpzReader::new(file).expect("an npz").by_name(&format!("{name}.npy")).expect(name)
}

/// The inputs of the sweep's models, changed, with labels.
fn changed(path: &Path, change: impl Fn(&str, Array2<f32>) -> Option<Array2<f32>>) {
    let mut npz = NpzWriter::new(fs::File::create(path).expect("a file"));
    for name in ["x_profile", "y_profile", "nModule", "x_local", "y_local"] {
        let array = array::<f32>(&data("samples.npz"), name).into_dimensionality().expect("two axes");
        if let Some(array) = change(name, array) {
            npz.add_array(name, &array).expect("an array");
        }
    }
    let labels = array::<f32>(&data("samples.npz"), "y");
    npz.add_array("y", &labels).expect("labels");
    npz.finish().expect("an npz");
}

#[test]
fn a_folder_is_scored_and_broken_models_are_rows() {
    let scratch = tempdir().expect("scratch");
    let ran = score(&fixtures().join("sweep"), &data("samples.npz"), scratch.path(), &[]).expect(1);
    ran.says_out("24 models on 60 samples, 2 failed");
    let document = scores(scratch.path());
    assert_eq!((&document["schema"], &document["data"]["samples"]), (&Value::from(1), &Value::from(60)));
    let all = models(&document);
    let failed: Vec<&str> = all
        .iter()
        .filter(|model| model["status"] == "failed")
        .map(|model| model["model"].as_str().expect("a name"))
        .collect();
    assert_eq!(failed, ["model_trial_021", "model_trial_022"]);
    assert!(all[21]["error"].as_str().is_some_and(|error| error.contains("truncated")), "{:#}", all[21]);
    assert_eq!(all[21]["metrics"], serde_json::json!({}));
    // The second is a copy of the first.
    assert_eq!(all[19]["metrics"], all[20]["metrics"]);
    for model in all.iter().filter(|model| model["status"] == "success") {
        let names: Vec<&String> = model["metrics"].as_object().expect("metrics").keys().collect();
        let expected = [
            "accuracy",
            "auc",
            "log_loss",
            "bkg_rej@0.95",
            "bkg_rej@0.98",
            "bkg_rej@0.99",
            "bkg_rej_weighted",
        ];
        assert_eq!(names, expected);
        assert_eq!(
            (&model["task"], &model["reference"]),
            (&Value::from("binary"), &Value::from("quantized"))
        );
        assert!(model["undefined"]["log_loss"].as_str().is_some_and(|why| why.contains("not probabilities")));
        let value = |key: &str| model[key]["auc"].as_f64().expect(key);
        let difference = value("metrics") - value("quantized_metrics");
        assert!((value("differences") - difference).abs() < 1e-12);
    }
    let csv = fs::read_to_string(scratch.path().join("scores.csv")).expect("scores.csv");
    assert_eq!(csv.lines().count(), 25);
    assert!(csv.starts_with("model,tier,file,status,task,samples,parameters,sparsity,multiplications,bit_operations,accuracy,float_accuracy,quantized_accuracy,difference_accuracy,auc,"), "{csv}");
}

#[test]
fn metrics_are_those_of_what_predict_computes() {
    let scratch = tempdir().expect("scratch");
    let model = fixtures().join("sweep/model_trial_005.h5");
    score(&model, &data("samples.npz"), scratch.path(), &["--weights", "w", "--no-reference"]).expect(0);
    let y = scratch.path().join("y.npz");
    run(
        &mut hls_cli(),
        ["predict", text(&model), "--input", text(&data("samples.npz")), "--output", text(&y)],
    )
    .expect(0);
    let outputs = array::<f64>(&y, "output_activation");
    let (labels, weights) =
        (array::<f32>(&data("samples.npz"), "y"), array::<f32>(&data("samples.npz"), "w"));
    let samples: Vec<(f64, bool, f64)> =
        outputs.iter().zip(&labels).zip(&weights).map(|((&o, &l), &w)| (o, l == 1.0, f64::from(w))).collect();
    let all: f64 = samples.iter().map(|(.., weight)| weight).sum();
    let right = samples.iter().filter(|(output, signal, _)| (*output > 0.5) == *signal);
    let accuracy = right.map(|(.., weight)| weight).sum::<f64>() / all;
    let (mut won, mut pairs) = (0.0, 0.0);
    for (s, _, ws) in samples.iter().filter(|(_, signal, _)| *signal) {
        for (b, _, wb) in samples.iter().filter(|(_, signal, _)| !*signal) {
            won += ws
                * wb
                * if s > b {
                    1.0
                } else if s == b {
                    0.5
                } else {
                    0.0
                };
            pairs += ws * wb;
        }
    }
    let document = scores(scratch.path());
    let model = &models(&document)[0];
    let metric = |name: &str| model["metrics"][name].as_f64().expect(name);
    assert!((metric("accuracy") - accuracy).abs() < 1e-12);
    assert!((metric("auc") - won / pairs).abs() < 1e-12);
    assert_eq!((&model["float_metrics"], &model["reference"]), (&serde_json::json!({}), &Value::Null));
    assert_eq!(model["samples"], 60);
}

#[test]
fn every_format_gives_the_same_scores() {
    let scratch = tempdir().expect("scratch");
    let input = scratch.path().join("models");
    copy_models(&["model_trial_005", "model_trial_012"], &input);
    let formats: [(&str, &[&str]); 7] = [
        ("samples.npz", &[]),
        ("npy", &[]),
        ("samples.h5", &["--labels", "val/y"]),
        ("samples.tfrecord", &[]),
        ("batches.tfrecord.gz", &[]),
        ("lists.tfrecord", &[]),
        ("tfrecord", &[]),
    ];
    let found = formats.map(|(name, options)| {
        score(&input, &data(name), scratch.path(), options).expect(0);
        scores(scratch.path())["models"].clone()
    });
    for (other, (name, _)) in found.iter().zip(formats).skip(1) {
        assert_eq!(*other, found[0], "{name}");
    }
}

#[test]
fn samples_that_do_not_fit_in_memory_give_the_same_scores() {
    let scratch = tempdir().expect("scratch");
    let input = scratch.path().join("models");
    copy_models(&["model_trial_005", "model_trial_012", "model_trial_019", "model_trial_021"], &input);
    // As much as there is, room for the outputs of two models, and for none.
    let found = ["1GiB", "3KB", "1B"].map(|memory| {
        score(&input, &data("batches.tfrecord.gz"), scratch.path(), &["--max-memory", memory]).expect(1);
        scores(scratch.path())["models"].clone()
    });
    assert_eq!(found[1], found[0]);
    assert_eq!(found[2], found[0]);
    assert_eq!(found[0].as_array().map(Vec::len), Some(4));
}

#[test]
fn several_classes_and_an_array_of_another_name() {
    let scratch = tempdir().expect("scratch");
    let case = corpus("wk_jet_tagger_6b");
    let inputs =
        NpzReader::new(fs::File::open(case.join("x.npz")).expect("x")).expect("x").names().expect("names");
    let x = array::<f32>(&case.join("x.npz"), inputs[0].trim_end_matches(".npy"));
    let n = x.shape()[0];
    let classes = Array1::from_shape_fn(n, |i| (i % 5) as i64);
    let hot = Array2::from_shape_fn((n, 5), |(i, class)| u8::from(i % 5 == class));
    let write = |file: &str, labels: bool| {
        let path = scratch.path().join(file);
        let mut npz = NpzWriter::new(fs::File::create(&path).expect("a file"));
        npz.add_array("jets", &x).expect("an array");
        if labels { npz.add_array("y", &classes) } else { npz.add_array("y", &hot) }.expect("labels");
        npz.finish().expect("an npz");
        path
    };
    let [of_numbers, of_hot] = [("numbers.npz", true), ("hot.npz", false)].map(|(file, numbers)| {
        let path = write(file, numbers);
        score(&case.join("model.h5"), &path, scratch.path(), &[]).expect(0);
        scores(scratch.path())["models"][0].clone()
    });
    assert_eq!(of_numbers, of_hot);
    assert_eq!(of_numbers["task"], "multi-class");
    let each = of_numbers["each"]["auc"].as_array().expect("each class");
    assert_eq!(each.len(), 5);
    let mean = each.iter().filter_map(Value::as_f64).sum::<f64>() / 5.0;
    assert!((of_numbers["metrics"]["auc"].as_f64().expect("auc") - mean).abs() < 1e-12);
    assert!(of_numbers["metrics"]["log_loss"].as_f64().is_some_and(|loss| loss > 0.0));
    // The same labels as numbers to be predicted.
    let path = write("hot.npz", false);
    score(&case.join("model.h5"), &path, scratch.path(), &["--task", "regression"]).expect(0);
    let regression = &scores(scratch.path())["models"][0];
    assert_eq!(
        regression["metrics"].as_object().expect("metrics").keys().collect::<Vec<_>>(),
        ["mse", "mae", "resolution"]
    );
    assert_eq!(regression["each"]["mse"].as_array().map(Vec::len), Some(5));
}

#[test]
fn data_that_does_not_fit_a_model_is_that_models_error() {
    let scratch = tempdir().expect("scratch");
    let input = scratch.path().join("models");
    copy_models(&["model_trial_012"], &input);
    fs::copy(corpus("wk_jet_tagger_6b").join("model.h5"), input.join("model_trial_100.h5")).expect("copy");
    let npz = scratch.path().join("changed.npz");
    let error = |at: usize, options: &[&str]| {
        score(&input, &npz, scratch.path(), options).expect(1);
        let document = scores(scratch.path());
        models(&document)[at]["error"].as_str().unwrap_or_default().to_owned()
    };
    changed(&npz, |name, array| (name != "nModule").then_some(array));
    let missing = error(0, &[]);
    assert!(missing.contains("it has no array \"nModule\" for that input; it has x_profile"), "{missing}");
    changed(&npz, |name, array| {
        let narrow = name == "x_profile";
        Some(if narrow { array.slice(ndarray::s![.., ..20]).to_owned() } else { array })
    });
    let narrow = error(0, &[]);
    assert!(narrow.contains("it is [60, 20], but [samples, 21] is needed for \"x_profile\""), "{narrow}");
    changed(&npz, |name, mut array| {
        if name == "y_profile" {
            array[(37, 4)] = f32::NAN;
        }
        Some(array)
    });
    let nan = error(0, &[]);
    assert!(
        nan.contains("sample 37, element 4 of \"y_profile\"") && nan.contains("--non-finite cast"),
        "{nan}"
    );
    assert_eq!(error(0, &["--non-finite", "cast"]), "");
    assert!(error(1, &["--non-finite", "cast"]).contains("it has no array"));
}

#[test]
fn wrong_usage_ends_before_any_work() {
    let scratch = tempdir().expect("scratch");
    let (sweep, samples) = (fixtures().join("sweep"), data("samples.npz"));
    let empty = scratch.path().join("empty");
    fs::create_dir(&empty).expect("folder");
    let none = scratch.path().join("none.npz");
    let mut npz = NpzWriter::new(fs::File::create(&none).expect("a file"));
    npz.add_array("y", &Array1::<f32>::zeros(0)).expect("labels");
    npz.finish().expect("an npz");
    let table: [(&Path, &Path, &[&str], &str); 7] = [
        (&empty, &samples, &[], "no file in"),
        (Path::new("/no/such"), &samples, &[], "there is no such file or folder"),
        (&sweep, Path::new("/no/such.npz"), &[], "/no/such.npz"),
        (&sweep, &samples, &["--labels", "truth"], "it has no array \"truth\" with labels"),
        (&sweep, &samples, &["--rejection-weights", "1,2"], "--rejection-weights has 2 numbers"),
        (&sweep, &samples, &["--signal-efficiency", "1.5"], "it must be above 0 and at most 1"),
        (&sweep, &samples, &["--tolerance", "-1"], "it must not be negative"),
    ];
    for (models, data, options, expected) in table {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let mut args: Vec<String> =
            ["score", "--input-dir", text(models), "--data", text(data), "--output", text(&empty)]
                .map(str::to_owned)
                .into();
        // A number below 0 is not an option.
        match options.as_slice() {
            [name, value] => args.push(format!("{name}={value}")),
            other => args.extend_from_slice(other),
        }
        run(&mut hls_cli(), &args).expect(2).says(&[expected]);
    }
    assert!(names(&empty).is_empty());
}

#[test]
fn options_choose_the_metrics() {
    let scratch = tempdir().expect("scratch");
    let model = fixtures().join("sweep/model_trial_005.h5");
    let options =
        ["--signal-efficiency", "0.5,0.9", "--rejection-weights", "1,3", "--threshold=-2", "--json"];
    let ran = score(&model, &data("samples.npz"), scratch.path(), &options).expect(0);
    let printed: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(printed, scores(scratch.path()));
    let metrics = &printed["models"][0]["metrics"];
    let metric = |name: &str| metrics[name].as_f64().expect(name);
    let sum = metric("bkg_rej@0.5") + 3.0 * metric("bkg_rej@0.9");
    assert!((metric("bkg_rej_weighted") - sum).abs() < 1e-12);
    // Everything is signal.
    assert_eq!(metric("accuracy"), 0.5);

    let together = ["--bkg_rej_weights", "0.5:1,0.9:3", "--threshold=-2", "--json"];
    let ran = score(&model, &data("samples.npz"), scratch.path(), &together).expect(0);
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).expect("JSON"), printed);
    let both = ["--bkg-rej-weights", "0.5:1", "--signal-efficiency", "0.5"];
    score(&model, &data("samples.npz"), scratch.path(), &both).expect(2).says(&["cannot be used with"]);
    score(&model, &data("samples.npz"), scratch.path(), &["--bkg-rej-weights", "0.5"])
        .expect(2)
        .says(&["SHARE:WEIGHT"]);
}

#[test]
fn an_interruption_keeps_what_is_finished() {
    let scratch = tempdir().expect("scratch");
    let samples = scratch.path().join("many.npz");
    let mut npz = NpzWriter::new(fs::File::create(&samples).expect("a file"));
    let n = 400_000;
    for (name, len) in [("x_profile", 21), ("y_profile", 13), ("nModule", 1), ("x_local", 1), ("y_local", 1)]
    {
        npz.add_array(name, &Array2::from_shape_fn((n, len), |(i, j)| ((i * 7 + j) % 13) as f32 / 13.0))
            .expect("an array");
    }
    npz.add_array("y", &Array1::from_shape_fn(n, |i| (i % 2) as f32)).expect("labels");
    npz.finish().expect("an npz");
    let child = hls_cli()
        .args(["score", "--input-dir", text(&fixtures().join("sweep")), "--data", text(&samples)])
        .args(["--output", text(scratch.path())])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("hls-cli");
    let json = scratch.path().join("scores.json");
    let deadline = Instant::now() + Duration::from_secs(300);
    while !json.exists() {
        assert!(Instant::now() < deadline, "nothing is written");
        std::thread::sleep(Duration::from_millis(50));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    let asked = Instant::now();
    let ended = child.wait_with_output().expect("exit status");
    assert!(asked.elapsed() < Duration::from_secs(5), "it took {:?} to end", asked.elapsed());
    assert_eq!(ended.status.code(), Some(130));
    assert!(String::from_utf8_lossy(&ended.stderr).contains("of 24 models were scored"));
    let document = scores(scratch.path());
    assert_eq!(models(&document).len(), 24);
    let interrupted =
        models(&document).iter().filter(|model| model["error"] == "interrupted before it was scored");
    assert!(interrupted.count() > 0, "all were finished");
}
