//! A sweep with C simulation: the shipped folder, broken files included, against hls4ml's outputs.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use ndarray::{ArrayD, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, NpzWriter};
use tempfile::tempdir;

use super::support::*;

pub type Arrays = BTreeMap<String, ArrayD<f32>>;

/// hls4ml's samples and outputs of the sweep, for each model under the names that `--data` reads.
pub fn sweep_data() -> BTreeMap<String, Arrays> {
    let file = File::open(fixtures().join("sweep_data.npz")).expect("sweep_data.npz");
    let mut npz = NpzReader::new(file).expect("npz");
    let mut data: BTreeMap<String, Arrays> = BTreeMap::new();
    for name in npz.names().expect("names") {
        let array: ArrayD<f32> = npz.by_name::<OwnedRepr<f32>, IxDyn>(&name).expect("array");
        let entry = name.trim_end_matches(".npy");
        let Some((model, what)) = entry.strip_prefix("sweep/").and_then(|e| e.split_once(".h5:")) else {
            continue;
        };
        let name = match what.strip_prefix("x:") {
            Some(input) => input.to_owned(),
            None if what == "y_hls" => "y0".to_owned(),
            None => continue,
        };
        data.entry(model.to_owned()).or_default().insert(name, array);
    }
    data
}

pub fn write_data(folder: &Path, model: &str, arrays: &Arrays) {
    let file = File::create(folder.join(format!("{model}.npz"))).expect("file");
    let mut npz = NpzWriter::new_compressed(file);
    arrays.iter().for_each(|(name, array)| npz.add_array(name.as_str(), array).expect("array"));
    npz.finish().expect("npz");
}

#[test]
fn the_shipped_sweep_gives_hls4mls_bits_and_its_broken_files_fail_alone() {
    let (data, output) = (tempdir().expect("data"), tempdir().expect("output"));
    let mut all = sweep_data();
    assert_eq!(all.len(), 22, "models with data");
    // One expected output is wrong on purpose: the comparison has to see it.
    let wrong = all.get_mut("model_trial_005").and_then(|a| a.get_mut("y0")).expect("y0");
    wrong[[3, 0]] += 0.0078125;
    for (model, arrays) in &all {
        write_data(data.path(), model, arrays);
    }
    let (input, folder) = (fixtures().join("sweep"), output.path().join("out"));
    let ran = run(
        &mut hls_cli(),
        [
            "synth",
            "--toolchain",
            "csim",
            "--num_workers",
            "2",
            "--input_dir",
            text(&input),
            "--output_dir",
            text(&folder),
            "--data",
            text(data.path()),
        ],
    )
    .expect(1);
    assert!(ran.stdout.contains("24 models: 21 succeeded, 3 failed"), "{}", ran.stdout);

    let results = results(&folder);
    for (key, count) in [("total", 24), ("successful", 21), ("failed", 3)] {
        assert_eq!(results[key], count, "{key}");
    }
    for (model, parts) in [
        ("model_trial_005", ["tb_output_predictions", "sample"]),
        ("model_trial_021", ["model_trial_021.h5", "truncated"]),
        ("model_trial_022", ["Lambda", "model_trial_022.h5"]),
    ] {
        let failed = result_of(&results, model);
        assert_eq!(failed["status"], "failed", "{model}");
        let error = failed["error"].as_str().unwrap_or_default().to_lowercase();
        for part in parts {
            assert!(error.contains(&part.to_lowercase()), "{model}: \"{part}\" is missing in \"{error}\"");
        }
    }
    for model in ["model_trial_000", "model_trial_019", "model_trial_020", "model_trial_023"] {
        let good = result_of(&results, model);
        assert_eq!(good["status"], "success", "{model}");
        assert!(good["error"].is_null(), "{model}");
        assert_eq!(good["csim"]["verified"], 200, "{model}: samples compared with the emulator");
        assert!(folder.join(format!("hls_{model}/firmware/myproject.cpp")).is_file(), "{model}");
        assert!(folder.join(format!("hls_{model}/tb_data/csim_results.log")).is_file(), "{model}");
        let members = tar_members(&folder.join(format!("hls_{model}.tar.gz")));
        assert!(members.iter().all(|m| m.starts_with(&format!("hls_{model}/"))), "{members:?}");
    }
    assert!(!folder.join("hls_model_trial_022.tar.gz").exists());
}

#[test]
fn a_kernel_that_computes_something_else_is_found_and_its_layer_named() {
    let scratch = tempdir().expect("scratch");
    let (input, kernels) = (scratch.path().join("models"), scratch.path().join("kernels"));
    copy_models(&["model_trial_012"], &input);
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../hls-codegen/src/vitis/kernels"), &kernels);
    let header = kernels.join("nnet_utils/nnet_activation.h");
    let relu = std::fs::read_to_string(&header).expect("kernel");
    assert!(relu.contains("if (data[i] > 0) {"));
    std::fs::write(&header, relu.replacen("if (data[i] > 0) {", "if (data[i] > 0.125) {", 1))
        .expect("kernel");

    let output = scratch.path().join("out");
    let args = ["synth", "--toolchain", "csim", "--input-dir", text(&input), "--output-dir", text(&output)];
    run(hls_cli().args(args), ["--kernels", text(&kernels)]).expect(1).says(&["--kernels"]);
    let results = results(&output);
    let failed = result_of(&results, "model_trial_012");
    assert_eq!(failed["failure"]["kind"], "csim_mismatch");
    let error = failed["error"].as_str().unwrap_or_default();
    for part in ["layer \"", "(Activation)", "the emulator computes", "ap_ufixed<", "kernels"] {
        assert!(error.contains(part), "\"{part}\" is missing in \"{error}\"");
    }
    // What it took to find out is gone.
    let left = names(&output.join("hls_model_trial_012"));
    assert!(left.iter().all(|name| !name.starts_with(".csim-")), "{left:?}");
}

#[test]
fn a_deadlock_of_streams_ends_the_simulation_and_the_stream_is_named() {
    let scratch = tempdir().expect("scratch");
    let (input, kernels) = (scratch.path().join("models"), scratch.path().join("kernels"));
    copy_models(&["model_trial_012"], &input);
    copy_folder(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../hls-codegen/src/vitis/kernels"), &kernels);
    let header = kernels.join("nnet_utils/nnet_stream.h");
    let library = std::fs::read_to_string(&header).expect("kernel");
    let activations = "kernel(in.data, out.data);\n        res.write(out);";
    assert!(library.contains(activations));
    std::fs::write(&header, library.replacen(activations, "kernel(in.data, out.data);", 1)).expect("kernel");

    let output = scratch.path().join("out");
    let args = ["synth", "--toolchain", "csim", "--io-type", "io_stream", "--kernels", text(&kernels)];
    run(hls_cli().args(args), ["--input-dir", text(&input), "--output-dir", text(&output)])
        .expect(1)
        .says(&["waits for data", "--kernels"]);
    let results = results(&output);
    let failed = &result_of(&results, "model_trial_012")["failure"];
    assert_eq!(failed["cause"], "csim_deadlock", "{failed}");
    let said = failed.to_string();
    assert!(said.contains("is read while it is empty") && said.contains("_out'"), "{said}");
}

#[test]
fn two_sweeps_leave_equal_archives() {
    let scratch = tempdir().expect("scratch");
    let input = scratch.path().join("models");
    copy_models(&["model_trial_012"], &input);
    let archive = |name: &str| {
        let output = scratch.path().join(name);
        let args = [
            "synth",
            "--toolchain",
            "csim",
            "--input-dir",
            text(&input),
            "--output-dir",
            text(&output),
            "--keep",
            "reports",
        ];
        run(&mut hls_cli(), args).expect(0);
        std::fs::read(output.join("hls_model_trial_012.tar.gz")).expect("archive")
    };
    assert!(archive("first") == archive("second"), "the archives differ");
}

#[test]
fn a_tier_has_to_be_chosen_and_equal_names_do_not_collide() {
    let scratch = tempdir().expect("scratch");
    for tier in ["pareto_primary", "pareto_secondary"] {
        copy_models(&["model_trial_012"], &scratch.path().join(tier));
    }
    let output = scratch.path().join("out");
    let args =
        ["synth", "--toolchain", "csim", "--input-dir", text(scratch.path()), "--output-dir", text(&output)];
    run(&mut hls_cli(), args).expect(2).says(&["--tiers primary", "--tiers both"]);
    assert!(!output.exists(), "nothing is written before the choice");

    run(hls_cli().args(args), ["--tiers", "both"]).expect(0);
    for tier in ["pareto_primary", "pareto_secondary"] {
        assert!(output.join(tier).join("hls_model_trial_012/firmware/myproject.cpp").is_file(), "{tier}");
    }
    let results = results(&output);
    let tiers: Vec<_> =
        results["results"].as_array().expect("results").iter().map(|r| r["tier"].clone()).collect();
    assert_eq!(tiers, ["primary", "secondary"]);
}

#[test]
fn the_pareto_folder_as_shipped_takes_its_primary_tier() {
    let output = tempdir().expect("output");
    let args =
        ["synth", "--toolchain", "csim", "--no-tarball", "--limit", "1", "--tiers", "primary", "--input-dir"];
    let mut command = hls_cli();
    command.args(args).arg(fixtures().join("sweep_pareto")).arg("--output-dir").arg(output.path());
    run::<&str>(&mut command, []).expect(0);
    assert_eq!(names(output.path()), [".hls-sweep", "hls_model_trial_003", "synthesis_results.json"]);
}
