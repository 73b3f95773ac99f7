//! Commands on one model.

use std::fs::{self, File};
use std::path::Path;

use ndarray::{Array2, ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, NpzWriter};
use serde_json::Value;
use tempfile::tempdir;

use super::support::*;

fn array(npz: &Path, name: &str) -> ArrayD<f64> {
    let mut npz = NpzReader::new(File::open(npz).expect("npz")).expect("npz");
    let double = npz.by_name::<OwnedRepr<f64>, IxDyn>(&format!("{name}.npy"));
    double.unwrap_or_else(|_| {
        let single = npz.by_name::<OwnedRepr<f32>, IxDyn>(&format!("{name}.npy"));
        single.unwrap_or_else(|e| panic!("{name}: {e}")).mapv(f64::from)
    })
}

#[test]
fn predictions_and_traces_are_hls4mls_bits() {
    let (case, scratch) = (corpus("smartpix_m2_4w0i_t000"), tempdir().expect("scratch"));
    let options: Value =
        serde_json::from_str(&fs::read_to_string(case.join("options.json")).expect("options")).expect("json");
    let config = scratch.path().join("config.json");
    fs::write(&config, options["config"].to_string()).expect("config");
    let [model, input] = ["model.h5", "x.npz"].map(|f| case.join(f));
    let [output, trace] = ["y.npz", "trace.npz"].map(|f| scratch.path().join(f));
    let predict = ["predict", text(&model), "--config", text(&config), "--input", text(&input), "--output"];
    for engine in [&["--threads", "1"][..], &["--engine", "csim"], &["--verify"]] {
        run(hls_cli().args(predict).args([text(&output), "--trace", text(&trace)]), engine).expect(0);
        assert_eq!(array(&output, "output_activation"), array(&case.join("y_hls.npz"), "y0"), "{engine:?}");
        let traced = NpzReader::new(File::open(case.join("trace.npz")).expect("trace"))
            .expect("npz")
            .names()
            .expect("names");
        assert!(traced.len() > 5);
        for layer in traced.iter().map(|n| n.trim_end_matches(".npy")) {
            assert_eq!(array(&trace, layer), array(&case.join("trace.npz"), layer), "{engine:?}: {layer}");
        }
    }
}

#[test]
fn predictions_do_not_depend_on_how_the_samples_are_stored() {
    let (case, scratch) = (corpus("wk_jet_tagger_6b"), tempdir().expect("scratch"));
    let model = case.join("model.h5");
    // More than one portion, and a last block that is not full.
    let samples = Array2::from_shape_fn((70_001, 16), |(i, j)| ((i * 31 + j * 17) % 257) as f32 / 16.0 - 8.0);
    let write = |name: &str, add: &dyn Fn(&mut NpzWriter<File>)| {
        let path = scratch.path().join(name);
        let mut npz = NpzWriter::new(File::create(&path).expect("file"));
        add(&mut npz);
        npz.finish().expect("npz");
        path
    };
    let single = write("single.npz", &|npz| npz.add_array("fc1_input", &samples).expect("array"));
    let double = samples.mapv(f64::from);
    let double = write("double.npz", &|npz| npz.add_array("fc1_input", &double).expect("array"));
    let columns = samples.t().as_standard_layout().into_owned().reversed_axes();
    let columns = write("columns.npz", &|npz| npz.add_array("fc1_input", &columns).expect("array"));
    let npy = scratch.path().join("samples.npy");
    ndarray_npy::write_npy(&npy, &samples).expect("npy");
    let predict = |input: &Path, extra: &[&str]| {
        let output = scratch.path().join("y.npz");
        let args = ["predict", text(&model), "--input", text(input), "--output", text(&output)];
        run(hls_cli().args(args), extra).expect(0).says_out("70001 samples");
        array(&output, "softmax")
    };
    let expected = predict(&single, &[]);
    assert_eq!(expected.shape(), [70_001, 5]);
    for (input, extra) in [(&double, &[][..]), (&columns, &["--threads", "1"]), (&npy, &["--threads", "2"])] {
        assert!(predict(input, extra) == expected, "{}", input.display());
    }
}

#[test]
fn infinities_are_refused_or_cast_as_the_hardware_casts_them() {
    let (case, scratch) = (corpus("wk_jet_tagger_6b"), tempdir().expect("scratch"));
    let (input, output) = (scratch.path().join("x.npy"), scratch.path().join("y.npz"));
    let mut samples = Array2::<f32>::zeros((3, 16));
    samples[(1, 4)] = f32::NEG_INFINITY;
    ndarray_npy::write_npy(&input, &samples).expect("npy");
    let model = case.join("model.h5");
    let args = ["predict", text(&model), "--input", text(&input), "--output", text(&output)];
    run(&mut hls_cli(), args).expect(2).says(&[
        "sample 1, element 4",
        "-inf",
        "ap_fixed<16,6>",
        "would turn it into 0",
        "--non-finite cast",
    ]);
    assert!(!output.exists());
    run(hls_cli().args(args), ["--non-finite", "cast", "--verify"]).expect(0);
    assert_eq!(array(&output, "softmax").shape(), [3, 5]);
}

#[test]
fn profiles_say_what_does_not_fit() {
    let (case, scratch) = (corpus("wk_jet_tagger_6b"), tempdir().expect("scratch"));
    let [model, input] = ["model.h5", "x.npz"].map(|f| case.join(f));
    let profile = ["profile", text(&model), "--input", text(&input)];
    let table = run(hls_cli().args(profile), ["--float"]).expect(0);
    let table = table.says(&[
        "layer \"relu1\"",
        "do not fit in ap_ufixed<6,0,AP_RND_CONV,AP_SAT,0>",
        "integer bits would hold them",
    ]);
    for part in ["fc1_input", "weight", "from float", "64 samples"] {
        assert!(table.stdout.contains(part), "{part}: {}", table.stdout);
    }
    let document: Value =
        serde_json::from_str(&run(hls_cli().args(profile), ["--json", "--float"]).expect(0).stdout)
            .expect("json");
    assert_eq!(document["samples"], 64);
    let entries = document["numbers"].as_array().expect("numbers");
    let entry = |layer: &str, what: &str| {
        entries
            .iter()
            .find(|e| e["layer"] == layer && e["what"] == what)
            .unwrap_or_else(|| panic!("{layer} {what}"))
    };
    let relu = entry("relu1", "result");
    assert_eq!((&relu["max"], &relu["clipped_min"]), (&Value::from(0.984375), &Value::from(1.0)));
    assert!(relu["clipped"].as_u64() > Some(0) && relu["float"]["rms"].as_f64() > Some(0.0), "{relu}");
    assert_eq!(entry("fc1", "weight")["clipped"], 0);
    assert_eq!(entry("fc1", "result")["largest_element"], Value::Null);
    let largest = &entry("softmax", "result")["largest_element"];
    assert_eq!((&largest["softmaxes"], &largest["not_the_inputs"]), (&64.into(), &9.into()), "{largest}");
    assert!(largest["not_the_float_models"].is_u64(), "{largest}");
    for name in ["profile.svg", "profile.html"] {
        let picture = scratch.path().join(name);
        run(hls_cli().args(profile), ["--picture", text(&picture)]).expect(0);
        let drawn = fs::read_to_string(&picture).expect("picture");
        assert!(drawn.contains("<svg") && drawn.contains("relu1") && drawn.contains("cut off"), "{name}");
        assert!(!drawn.contains("href") && !drawn.contains("<script"), "{name} stands for itself");
    }
    run(hls_cli().args(profile), ["--picture", "profile.png"])
        .expect(2)
        .says(&["profile.png", ".svg or .html"]);
}

#[test]
fn samples_that_do_not_fit_are_named() {
    let (case, scratch) = (corpus("smartpix_m1_4w0i_t000"), tempdir().expect("scratch"));
    let file = scratch.path().join("x.npz");
    let nan = Array2::from_elem((3, 14), f32::NAN);
    let cases: [(&str, Array2<f32>, &str); 3] = [
        ("other", Array2::zeros((3, 14)), "input1"),
        ("input1", Array2::zeros((3, 13)), "[samples, 14]"),
        ("input1", nan, "NaN"),
    ];
    for (name, array, message) in cases {
        let mut npz = NpzWriter::new(File::create(&file).expect("file"));
        npz.add_array(name, &array).expect("array");
        npz.finish().expect("npz");
        let output = scratch.path().join("y.npz");
        let args =
            ["predict", text(&case.join("model.h5")), "--input", text(&file), "--output", text(&output)]
                .map(str::to_owned);
        run(&mut hls_cli(), args).expect(2).says(&[message, "x.npz"]);
        assert!(!output.exists());
    }
}

#[test]
fn a_project_is_written_once_unless_forced() {
    let scratch = tempdir().expect("scratch");
    let (model, project) = (corpus("wk_jet_tagger_6b").join("model.h5"), scratch.path().join("project"));
    let convert = [
        "convert",
        text(&model),
        "-o",
        text(&project),
        "--project_name",
        "jets",
        "--fpga-part",
        "xcu250-figd2104-2L-e",
    ];
    run(&mut hls_cli(), convert).expect(0);
    for file in [
        "firmware/jets.cpp",
        "jets_test.cpp",
        "build_prj.tcl",
        "firmware/nnet_utils/nnet_dense.h",
        "firmware/weights/w2.txt",
    ] {
        assert!(project.join(file).is_file(), "{file}");
    }
    let tcl = fs::read_to_string(project.join("project.tcl")).expect("project.tcl");
    assert!(tcl.contains("xcu250-figd2104-2L-e") && tcl.contains("jets"), "{tcl}");
    run(&mut hls_cli(), convert).expect(2).says(&["not empty", "--force"]);
    run(hls_cli().args(convert), ["--force"]).expect(0);
}

#[test]
fn the_generated_configuration_converts_to_the_same_graph_as_no_configuration() {
    let scratch = tempdir().expect("scratch");
    for (case, extra) in
        [("zoo_qdense_bits", "--granularity=name"), ("cfg_gran_model_qkeras", "--granularity=model")]
    {
        let model = corpus(case).join("model.h5");
        for format in ["yaml", "json"] {
            let printed =
                run(&mut hls_cli(), ["config", text(&model), extra, "--format", format]).expect(0).stdout;
            let file = scratch.path().join(format!("config.{format}"));
            fs::write(&file, printed).expect("config");
            let with =
                run(&mut hls_cli(), ["inspect", text(&model), "--json", "--config", text(&file)]).expect(0);
            let without = run(&mut hls_cli(), ["inspect", text(&model), "--json", extra]).expect(0);
            assert_eq!(with.stdout, without.stdout, "{case} {format}");
        }
    }
}

#[test]
fn the_configuration_in_a_project_makes_the_same_project_again() {
    let scratch = tempdir().expect("scratch");
    let model = corpus("zoo_qdense_bits").join("model.h5");
    let [first, second] = ["first", "second"].map(|name| scratch.path().join(name));
    let options =
        ["--part", "xcu250-figd2104-2L-e", "--clock-period", "7.5", "--project-name", "again", "--set"];
    let mut convert = hls_cli();
    convert.args(["convert", text(&model), "-o", text(&first)]).args(options);
    run(&mut convert, ["Model.Strategy=Resource"]).expect(0);
    let config = first.join("hls4ml_config.yml");
    run(&mut hls_cli(), ["convert", text(&model), "-o", text(&second), "--config", text(&config)]).expect(0);
    for file in [
        "firmware/again.cpp",
        "firmware/parameters.h",
        "firmware/defines.h",
        "project.tcl",
        "hls4ml_config.yml",
    ] {
        let read =
            |project: &Path| fs::read_to_string(project.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        assert_eq!(read(&first), read(&second), "{file}");
    }
}

#[test]
fn settings_on_top_replace_what_the_generator_wrote() {
    let model = corpus("wk_jet_tagger_6b").join("model.h5");
    let reuse = |args: &[&str]| {
        let mut all = vec!["inspect", text(&model), "--json"];
        all.extend(args);
        let facts: Value = serde_json::from_str(&run(&mut hls_cli(), all).expect(0).stdout).expect("json");
        let dense = |l: &&Value| l["class_name"] == "Dense";
        let layers = facts["layers"].as_array().expect("layers").clone();
        layers
            .iter()
            .filter(dense)
            .map(|l| l["attributes"]["reuse_factor"].as_u64().expect("reuse"))
            .collect::<Vec<_>>()
    };
    let resource = ["--strategy", "resource", "--set"];
    assert_eq!(reuse(&[&resource[..], &["LayerType.Dense.ReuseFactor=2"]].concat()), [2, 2, 2, 2]);
    assert_eq!(reuse(&[&resource[..], &["Model.ReuseFactor=4"]].concat()), [4, 4, 4, 4]);
    assert_eq!(reuse(&[&resource[..], &["LayerName.fc2.ReuseFactor=8"]].concat()), [1, 8, 1, 1]);
    for (setting, message) in [
        ("LayerName.nope.ReuseFactor=2", "has no layer \"nope\""),
        ("LayerType.QDense.ReuseFactor=2", "Dense"),
        ("ReuseFactor=2", "must start with Model."),
        ("Model.ReuseFactor=zero", "positive whole number"),
    ] {
        run(&mut hls_cli(), ["inspect", text(&model), "--set", setting]).says(&[message]);
    }
}

/// hls4ml cannot compile these names; the firmware's own identifiers must be valid.
#[test]
fn names_that_are_no_identifiers_are_converted_and_compiled() {
    for case in ["cfg_layer_name_slash", "cfg_layer_name_dash", "bad_softmax_layer"] {
        let scratch = tempdir().expect("scratch");
        let input = scratch.path().join("in");
        fs::create_dir(&input).expect("folder");
        fs::copy(fixtures().join("failing").join(case).join("model.h5"), input.join("model_trial_1.h5"))
            .expect("copy");
        run(&mut hls_cli(), ["synth", "--toolchain", "csim", "--no-tarball", "--input-dir", text(&input)])
            .expect(0);
    }
}

#[test]
fn strict_refuses_what_would_be_a_warning() {
    let model = corpus("zoo_relu_max").join("model.h5");
    run(&mut hls_cli(), ["inspect", text(&model)]).expect(0).says(&["max_value"]);
    run(&mut hls_cli(), ["inspect", text(&model), "--strict"]).expect(1).says(&["--strict", "max_value"]);
}
