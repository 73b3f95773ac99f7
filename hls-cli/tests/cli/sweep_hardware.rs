//! Sweeps without DSPs and block RAM, with the user's own Tcl, and with more of Vivado, on the stand-ins.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::support::*;

/// What makes Vivado do everything.
const EVERYTHING: [&str; 4] = ["--out-of-context", "--vivado-timing", "--vivado-power", "--place-and-route"];

struct Sweep {
    scratch: TempDir,
}

impl Sweep {
    fn of(models: &[&str]) -> Self {
        let scratch = tempdir().expect("scratch");
        copy_models(models, &scratch.path().join("models"));
        Self { scratch }
    }

    /// Of one case of the corpus.
    fn of_case(case: &str) -> Self {
        let scratch = tempdir().expect("scratch");
        let models = scratch.path().join("models");
        std::fs::create_dir_all(&models).expect("folder");
        std::fs::copy(corpus(case).join("model.h5"), models.join("model_trial_500.h5")).expect("model");
        Self { scratch }
    }

    fn run(&self, command: &mut Command, more: &[&str]) -> Ran {
        let input = self.scratch.path().join("models");
        let stages =
            ["--toolchain", "vitis", "--no-cosim", "--no-export", "--no-tarball", "--num-workers", "2"];
        run(command.args(["synth", "--input-dir", text(&input)]).args(stages), more)
    }

    fn folder(&self, model: &str) -> PathBuf {
        self.scratch.path().join(format!("models/hls_outputs/hls_{model}"))
    }

    fn result(&self, model: &str) -> Value {
        let results = results(&self.scratch.path().join("models/hls_outputs"));
        result_of(&results, model).clone()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.scratch.path().join(name);
        std::fs::write(&path, text).expect("file");
        self::text(&path).to_owned()
    }
}

fn message(result: &Value) -> String {
    result["failure"]["message"].as_str().unwrap_or_else(|| panic!("no failure: {result:#}")).to_owned()
}

#[test]
fn vivados_stage_says_timing_power_and_what_is_left_after_place_and_route() {
    let sweep = Sweep::of(&["model_trial_012"]);
    sweep.run(&mut with_stand_ins(), &EVERYTHING).expect(0);
    let result = sweep.result("model_trial_012");
    let (logic, placed) = (&result["report"]["logic_synthesis"], &result["report"]["implementation"]);
    for said in [logic, placed] {
        assert_eq!(said["clock_period_ns"], 5.0);
        let [slack, fmax] =
            ["worst_negative_slack_ns", "fmax_mhz"].map(|key| said[key].as_f64().expect("a number"));
        assert!((1000.0 / fmax - (5.0 - slack)).abs() < 1e-3, "{said:#}");
        for key in ["total_w", "dynamic_w", "static_w"] {
            assert!(said["power"][key].as_f64().is_some_and(|watts| watts > 0.0), "{key}: {said:#}");
        }
    }
    assert!(placed["resources"]["lut"].as_u64() < logic["resources"]["lut"].as_u64());
    for report in [
        "vivado_clock.xdc",
        "vivado_synth_hierarchy.rpt",
        "vivado_synth_timing.rpt",
        "vivado_synth_power.rpt",
        "vivado_impl_utilization.rpt",
        "vivado_impl_hierarchy.rpt",
        "vivado_impl_route.rpt",
        "vivado_impl_timing.rpt",
        "vivado_impl_power.rpt",
    ] {
        assert!(sweep.folder("model_trial_012").join(report).is_file(), "{report} was not kept");
    }
    let measured = |metric: &str| {
        let all = result["measurements"].as_array().expect("measurements");
        all.iter().find(|found| found["metric"] == metric).cloned().unwrap_or_else(|| panic!("no {metric}"))
    };
    assert_eq!(measured("implemented_lut")["source"], "vivado_impl_utilization.rpt");
    assert_eq!(measured("fmax")["source"], "vivado_synth_timing.rpt");
    assert_eq!(measured("implemented_power")["source"], "vivado_impl_power.rpt");

    // Each number in a column of whoever says it.
    let output = sweep.scratch.path().join("models/hls_outputs");
    let table = run(&mut hls_cli(), ["report", text(&output)]).expect(0).stdout;
    for heading in ["Vivado", "placed", "MHz, placed", "W, Vivado", "placed: Vivado after place and route."] {
        assert!(table.contains(heading), "no {heading} in:\n{table}");
    }
    let csv = run(&mut hls_cli(), ["report", text(&output), "--csv"]).expect(0).stdout;
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let cell = |name: &str| rows[1][rows[0].iter().position(|heading| *heading == name).expect("a column")];
    assert_eq!(cell("implemented_lut"), placed["resources"]["lut"].to_string());
    assert_eq!(cell("synthesized_lut"), logic["resources"]["lut"].to_string());
    assert_eq!(cell("implemented_fmax_mhz"), placed["fmax_mhz"].to_string());
    assert_eq!(cell("synthesized_power_w"), logic["power"]["total_w"].to_string());
}

#[test]
fn a_design_that_must_do_without_dsps_and_block_ram_does() {
    // A softmax with tables, weights in memories, FIFOs.
    let options = ["--io-type", "io_stream", "--strategy", "resource", "--reuse-factor", "16"];
    let sweep = Sweep::of_case("wk_jet_tagger_6b");
    sweep.run(&mut with_stand_ins(), &options).expect(0);
    let with = sweep.result("model_trial_500");
    let used = |result: &Value, block: &str| result["report"]["resources"][block].as_u64().expect("a count");
    assert!(used(&with, "dsp") > 0 && used(&with, "bram_18k") > 0, "{:#}", with["report"]);

    let without = [&options[..], &["--no-dsp", "--no-bram", "--resume"]].concat();
    sweep.run(&mut with_stand_ins(), &without).expect(0);
    let result = sweep.result("model_trial_500");
    assert_eq!(result["resumed"], false, "these are other jobs");
    assert_eq!(result["warnings"], with["warnings"]);
    for block in ["dsp", "bram_18k"] {
        assert_eq!(used(&result, block), 0);
        assert_eq!(result["report"]["logic_synthesis"]["resources"][block], 0);
    }
}

#[test]
fn a_block_that_must_not_be_there_fails_the_model_whoever_finds_it() {
    let everything = [&["--no-dsp", "--no-bram"][..], &EVERYTHING].concat();
    let cases = [
        ("model_trial_000", "csynth:dsp=3", "dsp_used", "synth", "C synthesis binds 3 DSPs"),
        (
            "model_trial_001",
            "csynth:bram=2",
            "bram_used",
            "synth",
            "C synthesis binds 2 block RAMs of 18 Kibit",
        ),
        ("model_trial_002", "vsynth:dsp=5", "dsp_used", "vsynth", "Vivado counts after synthesis 5 DSPs"),
        (
            "model_trial_003",
            "impl:bram",
            "bram_used",
            "vsynth",
            "Vivado counts after place and route 2 block RAMs",
        ),
    ];
    let sweep = Sweep::of(&cases.map(|(model, ..)| model));
    let faults = cases.map(|(model, fault, ..)| format!("{fault}@*{model}")).join(";");
    let ran = sweep.run(with_stand_ins().env("HLS_STANDIN_FAULT", &faults), &everything).expect(1);
    assert!(ran.stdout.contains("0 succeeded, 4 failed"), "{}", ran.stdout);
    for (model, fault, cause, stage, beginning) in cases {
        let result = sweep.result(model);
        let failure = &result["failure"];
        assert_eq!(failure["kind"], "forbidden_resource", "{fault}: {failure:#}");
        assert_eq!(
            (&failure["cause"], &failure["stage"]),
            (&json!(cause), &json!(stage)),
            "{fault}: {failure:#}"
        );
        let message = message(&result);
        assert!(message.starts_with(beginning), "{fault}: {message}");
        // The module is named as the tools name it.
        assert!(message.contains(" in ") && message.contains("_config"), "{fault}: {message}");
        assert!(result["report"]["resources"]["lut"].as_u64() > Some(0), "the numbers stay: {result:#}");
    }
    // Nothing is tried again, and what was bound is not placed for hours.
    assert!(!sweep.folder("model_trial_000").join("vivado_synth.rpt").exists());

    // Without the options, the same designs are as good as any.
    sweep.run(with_stand_ins().env("HLS_STANDIN_FAULT", faults), &[]).expect(0);
}

#[test]
fn the_users_own_tcl_runs_and_counts_for_resume() {
    let sweep = Sweep::of(&["model_trial_012"]);
    let own = sweep.file("mine.tcl", "config_rtl -reset all\nputs {mine before synthesis}\n");
    let vivados = sweep.file("vivado's.tcl", "puts {mine before Vivado's synthesis}\n");
    let options = ["--tcl-before-synth", &own, "--tcl-before-vsynth", &vivados, "--resume"];
    sweep.run(&mut with_stand_ins(), &options).expect(0);
    let folder = sweep.folder("model_trial_012");
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect("a kept file");
    assert!(read("vitis_hls.log").contains("Running: config_rtl -reset all"));
    assert!(read("vivado.log").contains("mine before Vivado's synthesis"));
    assert_eq!(read("before_synth.tcl"), std::fs::read_to_string(&own).expect("file"));

    let resumed = |sweep: &Sweep| sweep.result("model_trial_012")["resumed"] == true;
    // Another place of the same text is the same job, another text in the same place is not.
    let copy = sweep.file("elsewhere.tcl", &read("before_synth.tcl"));
    let elsewhere = ["--tcl-before-synth", &copy, "--tcl-before-vsynth", &vivados, "--resume"];
    sweep.run(&mut with_stand_ins(), &elsewhere).expect(0);
    assert!(resumed(&sweep));
    sweep.file("mine.tcl", "puts {another}\n");
    sweep.run(&mut with_stand_ins(), &options).expect(0);
    assert!(!resumed(&sweep));
    assert_eq!(
        std::fs::read_to_string(folder.join("before_synth.tcl")).expect("a kept file"),
        "puts {another}\n"
    );
}

#[test]
fn a_users_tcl_that_fails_is_named_with_its_message() {
    let sweep = Sweep::of(&["model_trial_012"]);
    let wrong = sweep.file("wrong.tcl", "set_directive_unrol -factor 2 a/b\n");
    for (option, file, stage, reason) in [
        ("--tcl-before-synth", "before_synth.tcl", "synth", "invalid command name \"set_directive_unrol\""),
        (
            "--tcl-before-vsynth",
            "before_vsynth.tcl",
            "vsynth",
            "invalid command name \"set_directive_unrol\"",
        ),
    ] {
        sweep.run(&mut with_stand_ins(), &[option, &wrong]).expect(1);
        let result = sweep.result("model_trial_012");
        assert_eq!(message(&result), format!("the user's own Tcl, {file}, failed: {reason}"));
        assert_eq!(
            (&result["failure"]["cause"], &result["failure"]["stage"]),
            (&json!("user_tcl"), &json!(stage))
        );
        let output = sweep.scratch.path().join("models/hls_outputs");
        run(&mut hls_cli(), ["report", text(&output)]).expect(0).says_out(option);
    }
}

#[test]
fn a_design_with_too_many_ports_is_advised_to_be_placed_out_of_context() {
    let sweep = Sweep::of_case("zoo_dense_3d");
    sweep.run(&mut with_stand_ins(), &["--place-and-route"]).expect(1);
    let failure = sweep.result("model_trial_500")["failure"].clone();
    assert_eq!(failure["cause"], "too_many_ports", "{failure:#}");
    let output = sweep.scratch.path().join("models/hls_outputs");
    run(&mut hls_cli(), ["report", text(&output)]).expect(0).says_out("--out-of-context");
    sweep.run(&mut with_stand_ins(), &["--place-and-route", "--out-of-context"]).expect(0);
}

#[test]
fn a_design_that_is_not_routed_fails_and_broken_reports_are_warnings() {
    let sweep = Sweep::of(&["model_trial_012"]);
    sweep.run(with_stand_ins().env("HLS_STANDIN_FAULT", "impl:unrouted=4"), &EVERYTHING).expect(1);
    let result = sweep.result("model_trial_012");
    assert_eq!(result["failure"]["cause"], "unrouted", "{result:#}");
    assert!(message(&result).starts_with("the design is not routed: 4 of its "), "{}", message(&result));

    sweep.run(with_stand_ins().env("HLS_STANDIN_FAULT", "impl:truncated-report"), &EVERYTHING).expect(0);
    let result = sweep.result("model_trial_012");
    let warnings = result["warnings"].to_string();
    for report in ["vivado_impl_utilization.rpt", "vivado_impl_timing.rpt"] {
        assert!(warnings.contains(&format!("the numbers of the report {report} are left out")), "{warnings}");
    }
    assert!(result["report"]["logic_synthesis"]["fmax_mhz"].is_number());

    // What cannot be read cannot be known to be free of DSPs, and that is said.
    let options = [&["--no-dsp"][..], &EVERYTHING].concat();
    sweep.run(with_stand_ins().env("HLS_STANDIN_FAULT", "impl:truncated-report"), &options).expect(0);
    let warnings = sweep.result("model_trial_012")["warnings"].to_string();
    assert!(warnings.contains("does without DSPs after place and route could not be checked"), "{warnings}");
}

#[test]
fn options_that_would_do_nothing_are_refused() {
    let sweep = Sweep::of(&["model_trial_012"]);
    let models = sweep.scratch.path().join("models");
    let own = sweep.file("mine.tcl", "");
    let binary = sweep.scratch.path().join("binary.tcl");
    std::fs::write(&binary, [0xff, 0xfe, 0x00]).expect("file");
    let cases: [(&[&str], &[&str]); 8] = [
        (&["--toolchain", "csim", "--vivado-timing"], &["--vivado-timing", "vsynth", "--toolchain vitis"]),
        (&["--toolchain", "vitis", "--no-vsynth", "--place-and-route"], &["--place-and-route", "vsynth"]),
        (&["--toolchain", "open", "--tcl-before-synth", &own], &["--tcl-before-synth", "synth"]),
        (&["--toolchain", "csim", "--tcl-before-vsynth", &own], &["--tcl-before-vsynth", "vsynth"]),
        (
            &["--toolchain", "vitis", "--tcl-before-synth", "/no/such.tcl"],
            &["--tcl-before-synth /no/such.tcl", "No such file", "Tcl commands"],
        ),
        (&["--toolchain", "vitis", "--tcl-before-synth", text(&models)], &["this is not a file"]),
        (&["--toolchain", "vitis", "--tcl-before-vsynth", text(&binary)], &["is not UTF-8 text"]),
        (&["--toolchain", "vitis", "--tcl-before-synth"], &["--tcl-before-synth"]),
    ];
    for (args, parts) in cases {
        let ran = run(with_stand_ins().args(["synth", "--input-dir", text(&models)]), args).expect(2);
        ran.says(parts);
    }
    assert!(!models.join("hls_outputs").exists());
}

#[test]
fn convert_writes_the_same_scripts_for_one_model() {
    let scratch = tempdir().expect("scratch");
    let model = fixtures().join("sweep/model_trial_012.h5");
    let own = scratch.path().join("mine.tcl");
    std::fs::write(&own, "puts mine\n").expect("file");
    let (plain, hard) = (scratch.path().join("plain"), scratch.path().join("hard"));
    run(&mut hls_cli(), ["convert", text(&model), "-o", text(&plain)]).expect(0);
    let options = ["--no-dsp", "--no-bram", "--vivado-timing", "--tcl-before-synth", text(&own)];
    run(hls_cli().args(["convert", text(&model), "-o", text(&hard)]), options).expect(0);
    let read = |folder: &PathBuf, name: &str| std::fs::read_to_string(folder.join(name)).expect("a file");
    assert!(!read(&plain, "build_prj.tcl").contains("config_op"));
    assert!(read(&hard, "build_prj.tcl").contains("config_op $operation -impl fabric"));
    assert!(read(&hard, "vivado_synth.tcl").contains("-max_dsp 0 -max_bram 0 -max_uram 0"));
    assert!(read(&hard, "vivado_clock.xdc").contains("-period 5 [get_ports ap_clk]"));
    assert_eq!(read(&hard, "before_synth.tcl"), "puts mine\n");

    let circuit = scratch.path().join("circuit");
    let options = ["--toolchain", "open", "--no-bram", "--vivado-power", "--place-and-route"];
    run(hls_cli().args(["convert", text(&model), "-o", text(&circuit)]), options).expect(0);
    let script = read(&circuit, "vivado_ooc.tcl");
    for part in ["-max_dsp 0 -max_bram 0 -max_uram 0", "route_design", "vivado_ooc_impl_power_$form.rpt"] {
        assert!(script.contains(part), "{script}");
    }
}
