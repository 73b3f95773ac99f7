//! A sweep with the vendor's flow, on the stand-ins.

use std::process::Command;

use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use super::support::*;

/// What stays of a project that went through all stages.
const KEPT: [&str; 11] = [
    "project.tcl",
    "vitis_hls.log",
    "vivado_synth.rpt",
    "vivado_synth.tcl",
    "vivado.jou",
    "vivado.log",
    "myproject_prj/solution1/syn/report/myproject_csynth.xml",
    "myproject_prj/solution1/syn/report/csynth.xml",
    "myproject_prj/solution1/syn/report/myproject_csynth.rpt",
    "myproject_prj/solution1/syn/report/csynth.rpt",
    "myproject_prj/solution1/sim/report/myproject_cosim.rpt",
];

struct Sweep {
    scratch: TempDir,
}

impl Sweep {
    fn of(models: &[&str]) -> Self {
        let scratch = tempdir().expect("scratch");
        copy_models(models, &scratch.path().join("models"));
        Self { scratch }
    }

    fn run(&self, command: &mut Command, more: &[&str]) -> Ran {
        let input = self.scratch.path().join("models");
        run(command.args(["synth", "--input-dir", text(&input), "--num-workers", "2"]), more)
    }

    fn output(&self) -> std::path::PathBuf {
        self.scratch.path().join("models/hls_outputs")
    }

    fn results(&self) -> Value {
        results(&self.output())
    }
}

#[test]
fn the_default_flow_leaves_the_reports_the_archive_and_the_summary() {
    let sweep = Sweep::of(&["model_trial_012", "model_trial_019"]);
    sweep.run(&mut with_stand_ins(), &[]).expect(0);
    for model in ["model_trial_012", "model_trial_019"] {
        let folder = sweep.output().join(format!("hls_{model}"));
        for file in KEPT {
            assert!(folder.join(file).is_file(), "{file} is missing");
        }
        let (record, kept): (Vec<_>, Vec<_>) =
            names(&folder).into_iter().partition(|name| name.starts_with('.'));
        assert_eq!(record, [".hls-job.json"]);
        assert_eq!(kept.len(), 7, "six files and the folder of the reports: {kept:?}");
        assert_eq!(names(&folder.join("myproject_prj/solution1")), ["sim", "syn"]);
        let rpt = std::fs::read_to_string(folder.join("vivado_synth.rpt")).expect("report");
        assert!(rpt.to_lowercase().contains("stand-in"), "the report does not say where it is from");
        let members = tar_members(&sweep.output().join(format!("hls_{model}.tar.gz")));
        assert!(members.contains(&format!("hls_{model}/vivado_synth.rpt")), "{members:?}");
    }
    let results = sweep.results();
    let result = result_of(&results, "model_trial_012");
    let listed: Vec<_> =
        result["kept_files"].as_array().expect("kept_files").iter().map(Value::as_str).collect();
    let folder = sweep.output().join("hls_model_trial_012");
    let paths = KEPT.map(|name| text(&folder.join(name)).to_owned());
    assert_eq!(listed, paths.each_ref().map(|path| Some(path.as_str())), "to be opened as they are");
    assert_eq!(result["kept_names"], json!(KEPT));
    let report = &result["report"];
    assert_eq!(report["stand_in"], true);
    assert_eq!(report["cosimulation"]["status"], "pass");
    for number in [
        &report["latency_max_cycles"],
        &report["interval_max_cycles"],
        &report["clock_period_estimated_ns"],
        &report["resources"]["lut"],
        &report["resources_available"]["lut"],
        &report["logic_synthesis"]["resources"]["lut"],
        &report["cosimulation"]["latency_cycles"]["avg"],
    ] {
        assert!(number.as_f64().is_some_and(|value| value > 0.0), "{report:#}");
    }
    let text = result["start_time"].as_str().expect("start_time");
    let offset = text.len() > 19 && text[19..].contains(['+', '-']) || text.ends_with('Z');
    assert!(offset, "{text} has no offset");
}

#[test]
fn every_stage_can_be_turned_on_and_off() {
    let sweep = Sweep::of(&["model_trial_012"]);
    sweep
        .run(&mut with_stand_ins(), &["--csim", "--validation", "--no-vsynth", "--no-export", "--no-tarball"])
        .expect(0);
    let results = sweep.results();
    let stages = &result_of(&results, "model_trial_012")["stages"];
    let status = |stage: &str| {
        let all = stages.as_array().map(|a| a.iter().find(|s| s["stage"] == stage)).expect("stages");
        all.map(|s| s["status"].clone()).unwrap_or_else(|| stages[stage]["status"].clone())
    };
    for (stage, expected) in [
        ("csim", "done"),
        ("synth", "done"),
        ("cosim", "done"),
        ("validation", "done"),
        ("export", "skipped"),
        ("vsynth", "skipped"),
    ] {
        assert_eq!(status(stage), expected, "{stage}: {stages:#}");
    }
    assert!(!sweep.output().join("hls_model_trial_012.tar.gz").exists());
}

#[test]
fn one_failing_tool_run_touches_no_other() {
    for (fault, switches, part) in [
        ("csynth:exit=1", &[][..], "ended with status 1 during the stage synth"),
        ("csynth:no-report", &[], "csynth"),
        ("cosim:mismatch", &["--csim", "--validation"], "validation"),
        ("csynth:signal=KILL", &[], "SIGKILL"),
    ] {
        let sweep = Sweep::of(&["model_trial_012", "model_trial_019"]);
        let mut command = with_stand_ins();
        command.env("HLS_STANDIN_FAULT", fault).env("HLS_STANDIN_FAULT_ONLY", "*trial_012*");
        let ran = sweep.run(&mut command, switches).expect(1);
        assert!(ran.stdout.contains("1 succeeded, 1 failed"), "{fault}: {}", ran.stdout);
        let results = sweep.results();
        let failed = result_of(&results, "model_trial_012");
        assert_eq!(failed["status"], "failed", "{fault}");
        let error = failed["error"].as_str().unwrap_or_default();
        assert!(!error.is_empty() && error.contains(part), "{fault}: {error}");
        let folder = sweep.output().join("hls_model_trial_012");
        assert!(names(&folder).iter().any(|f| f.ends_with(".log")), "{fault}: the logs are gone");
        assert_eq!(result_of(&results, "model_trial_019")["status"], "success", "{fault}");
    }
}

#[test]
fn what_the_tools_say_of_their_failures_is_understood() {
    let cases = [
        ("model_trial_000", "csynth:license", "licence_missing", "A valid license was not found"),
        ("model_trial_001", "csynth:oom", "out_of_memory", "std::bad_alloc"),
        ("model_trial_002", "csynth:enospc", "disk_full", "No space left on device"),
        ("model_trial_003", "csynth:signal=SEGV", "crash", ""),
        ("model_trial_004", "csynth:exit=1", "unknown", "Pre-synthesis failed"),
        ("model_trial_012", "cosim:fail", "cosim_mismatch", "C TB post check failed"),
    ];
    let sweep = Sweep::of(&cases.map(|(model, ..)| model));
    let faults = cases.map(|(model, fault, ..)| format!("{fault}@*{model}"));
    sweep.run(with_stand_ins().env("HLS_STANDIN_FAULT", faults.join(";")), &[]).expect(1);
    let results = sweep.results();
    for (model, fault, cause, evidence) in cases {
        let failure = &result_of(&results, model)["failure"];
        assert_eq!(failure["cause"], cause, "{fault}: {failure:#}");
        let first = failure["evidence"][0].as_str().unwrap_or_default();
        assert!(first.contains(evidence), "{fault}: {failure:#}");
    }
}

#[test]
fn without_tools_nothing_starts_and_the_alternative_is_named() {
    let sweep = Sweep::of(&["model_trial_012"]);
    let mut command = hls_cli();
    command.env("PATH", "/usr/bin:/bin");
    let ran = sweep.run(&mut command, &["--toolchain", "vitis"]).expect(2);
    ran.says(&["vitis-run", "vitis_hls", "PATH", "--toolchain open", "csim"]);
    assert!(!sweep.output().exists());
}

/// A sweep of one case of the corpus, `model_trial_500`.
fn sweep_of(case: &str) -> Sweep {
    let sweep = Sweep { scratch: tempdir().expect("scratch") };
    let models = sweep.scratch.path().join("models");
    std::fs::create_dir_all(&models).expect("folder");
    std::fs::copy(corpus(case).join("model.h5"), models.join("model_trial_500.h5")).expect("model");
    sweep
}

/// Runs a sweep whose stand-in for Vitis, instead of synthesizing anything, leaves this Verilog.
fn simulate(sweep: &Sweep, verilog: &str, more: &[&str]) -> Ran {
    let rtl = sweep.scratch.path().join("rtl");
    std::fs::create_dir_all(&rtl).expect("folder");
    std::fs::write(rtl.join("myproject.v"), verilog).expect("Verilog");
    let mut command = with_stand_ins();
    command.env("HLS_STANDIN_VERILOG", &rtl);
    let stages = ["--toolchain", "vitis", "--rtlsim", "--no-cosim", "--no-export", "--no-vsynth"];
    sweep.run(&mut command, &[&stages, more].concat())
}

/// The dot product that `fixtures/rtl/dot` computes.
fn sweep_of_dot(change: impl Fn(&str) -> String, more: &[&str]) -> (Sweep, Ran) {
    let verilog = std::fs::read_to_string(fixtures().join("rtl/dot/myproject.v")).expect("Verilog");
    let sweep = sweep_of("zoo_dot");
    let ran = simulate(&sweep, &change(&verilog), more);
    (sweep, ran)
}

/// A circuit that this program wrote, behind the ports that Vitis HLS would give it.
fn behind_ap_ctrl(circuit: &Value, verilog: &str) -> String {
    let (mut names, mut body, mut wired) = (Vec::new(), String::new(), String::new());
    for port in circuit["ports"].as_array().expect("ports") {
        let name = port["name"].as_str().expect("a name");
        let [elements, bits] = ["elements", "bits"].map(|key| port[key].as_u64().expect("a number"));
        let high = elements * bits - 1;
        if port["direction"] == "input" {
            names.extend([name.to_owned(), format!("{name}_ap_vld")]);
            body += &format!("input [{high}:0] {name};\ninput {name}_ap_vld;\n");
            wired += &format!(", .{name}({name})");
            continue;
        }
        body += &format!("wire [{high}:0] all_{name};\n");
        wired += &format!(", .{name}(all_{name})");
        for element in 0..elements {
            let one = format!("{name}_{element}");
            let (high, low) = (element * bits + bits - 1, element * bits);
            body += &format!("output [{}:0] {one};\noutput {one}_ap_vld;\n", bits - 1);
            body += &format!("assign {one} = all_{name}[{high}:{low}];\nassign {one}_ap_vld = ap_done;\n");
            names.extend([one.clone(), format!("{one}_ap_vld")]);
        }
    }
    let control =
        "input ap_clk;\ninput ap_rst;\ninput ap_start;\noutput ap_done;\noutput ap_idle;\noutput ap_ready;\n";
    format!(
        "{}\nmodule myproject (ap_clk, ap_rst, ap_start, ap_done, ap_idle, ap_ready, {});\n{control}{body}\
         assign ap_ready = ap_start;\nassign ap_idle = 1'b0;\n\
         circuit circuit_U0(.clk(ap_clk), .in_valid(ap_start), .out_valid(ap_done){wired});\nendmodule\n",
        verilog.replace("module myproject (", "module circuit ("),
        names.join(", ")
    )
}

#[test]
fn the_verilog_of_the_open_flow_passes_the_check_of_vitis_s() {
    if Command::new("iverilog").arg("-V").output().is_err() {
        return skip("Icarus Verilog is not installed");
    }
    // Two inputs and six outputs of different types.
    let sweep = sweep_of("zoo_merge_ops");
    let open = ["--toolchain", "open", "--no-map", "--no-timing", "--keep", "project"];
    sweep.run(&mut hls_cli(), &open).expect(0);
    let project = sweep.output().join("hls_model_trial_500");
    let read = |name: &str| std::fs::read_to_string(project.join(name)).expect("a file of the project");
    let circuit: Value = serde_json::from_str(&read("circuit.json")).expect("JSON");
    let verilog = behind_ap_ctrl(&circuit, &read("rtl/myproject.v"));
    simulate(&sweep, &verilog, &[]).expect(0);
    let results = sweep.results();
    let simulation = &result_of(&results, "model_trial_500")["report"]["rtl_simulation"];
    assert_eq!((&simulation["status"], &simulation["samples"]), (&json!("pass"), &json!(200)));
    assert_eq!(simulation["latency_cycles"], circuit["latency_cycles"]);
}

#[test]
fn generated_verilog_is_compared_with_the_emulator() {
    if ["iverilog", "verilator"].iter().all(|tool| Command::new(tool).arg("-V").output().is_err()) {
        return skip("neither Icarus Verilog nor Verilator is installed");
    }
    let (sweep, ran) = sweep_of_dot(str::to_owned, &[]);
    ran.expect(0);
    let results = sweep.results();
    let job = result_of(&results, "model_trial_500");
    let simulation = &job["report"]["rtl_simulation"];
    assert_eq!(simulation["status"], "pass");
    assert_eq!(simulation["samples"], 200);
    assert_eq!((&simulation["latency_cycles"], &simulation["interval_cycles"]), (&json!(2), &json!(1)));
    let kept: Vec<&str> =
        job["kept_names"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert!(kept.contains(&"rtlsim/result.json") && kept.contains(&"rtlsim/simulator.log"), "{kept:?}");
    let csv = run(&mut hls_cli(), ["report", text(&sweep.output()), "--csv"]).expect(0).stdout;
    let mut lines = csv.lines();
    let column = lines.next().and_then(|names| names.split(',').position(|name| name == "rtlsim_status"));
    assert_eq!(lines.next().and_then(|line| line.split(',').nth(column?)), Some("pass"), "{csv}");

    let (sweep, ran) =
        sweep_of_dot(|verilog| verilog.replace("(trunc_a_3 * trunc_b_3)", "(trunc_a_3 * trunc_b_2)"), &[]);
    ran.expect(1);
    let results = sweep.results();
    let job = result_of(&results, "model_trial_500");
    assert_eq!(
        (&job["failure"]["kind"], &job["failure"]["cause"]),
        (&json!("rtlsim_mismatch"), &json!("rtlsim_mismatch"))
    );
    let message = job["failure"]["message"].as_str().expect("a message");
    assert!(message.contains("the RTL and the emulator differ: output \"dot\", sample "), "{message}");
    assert_eq!(job["report"]["rtl_simulation"]["status"], "fail");

    sweep_of_dot(str::to_owned, &["--no-synth"]).1.expect(2).says(&["rtlsim", "synth"]);
}
