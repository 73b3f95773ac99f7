//! The wrappers of circuits under Icarus Verilog, with random pauses and resets: no sample is lost, doubled or changed. And the script for Vivado,
//! under its stand-in (`fixtures/vendor`), which needs `tclsh`.

mod samples;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use hls_codegen::rtl::Rtl;
use hls_codegen::settings::ClockPeriod;
use hls_codegen::{Conversion, Options};
use samples::{Case, Packing};
use tempfile::{TempDir, tempdir};

const SAMPLES: usize = 60;
/// Where they go through bit by bit.
const FEW_SAMPLES: usize = 3;

/// Models with several elements, signs and widths; the last with two outputs; and clock periods that make pipelines long and short.
const CASES: [(&str, f64); 4] = [
    ("zoo_qdense_ternary", 5.0),
    ("zoo_qdense_ternary", 1000.0),
    ("zoo_qdense_binary", 3.0),
    ("zoo_multi_output", 20.0),
];

#[test]
fn streams_lose_and_double_no_sample() {
    for (model, period) in CASES {
        let case = case(model, period);
        let bench = include_str!("axis_tb.v").to_owned();
        simulate(&case, &bench, Packing::Bytes, "axis");
    }
}

#[test]
fn the_block_protocol_of_vitis_hls_is_kept() {
    for (model, period) in CASES {
        let case = case(model, period);
        let mut ports = String::new();
        for (direction, of) in [("in", &case.inputs), ("out", &case.outputs)] {
            for (index, port) in of.iter().enumerate() {
                let (low, high) = (port.low, port.low + port.elements * port.width - 1);
                ports += &format!(",\n      .{}({direction}[{high}:{low}])", port.name);
                if direction == "out" {
                    ports += &format!(", .{}_ap_vld(vld[{index}])", port.name);
                }
            }
        }
        let bench = include_str!("ap_ctrl_tb.v").replace("@PORTS@", &ports);
        let bench = bench.replace("@OUTPUTS@", &case.outputs.len().to_string());
        simulate(&case, &bench, Packing::Bits, "ap_ctrl");
    }
}

#[test]
fn between_few_pins_it_is_the_same_circuit() {
    for (model, period) in [CASES[2], CASES[3]] {
        let case = case(model, period);
        let bench = include_str!("pins_tb.v").to_owned();
        let around = ["net/pnr/net_pins.v", "net/sim/xc7_cells.v"];
        simulate_with(&case, &bench, Packing::Bits, FEW_SAMPLES, &around);
    }
}

#[test]
fn vivado_gets_the_circuit_out_of_context() {
    let case = case("zoo_qdense_binary", 5.0);
    let folder = tempdir().expect("scratch");
    case.project.write_to(folder.path()).expect("a project");
    let vivado = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vendor/vivado");
    for (words, source) in [(&["-tclargs", "plain"][..], "rtl/net.v"), (&[], "rtl/net_xc7.v")] {
        let command = ["-mode", "batch", "-source", "vivado_ooc.tcl"];
        let said = run(Command::new(&vivado).args(command).args(words), folder.path());
        let form = if words.is_empty() { "xc7" } else { "plain" };
        let expected = [
            format!("# read_verilog {source}"),
            "# read_xdc -mode out_of_context vivado_ooc.xdc".to_owned(),
            "# synth_design -top net -part xcvu13p-flga2577-2-e -mode out_of_context -max_dsp 0".to_owned(),
            format!("# report_utilization -file vivado_ooc_utilization_{form}.rpt"),
            format!("# report_timing_summary -file vivado_ooc_timing_{form}.rpt"),
        ];
        let found: Vec<&str> = said.lines().filter(|line| line.starts_with("# ")).collect();
        assert_eq!(found, expected);
        for report in ["utilization", "timing"] {
            let text = fs::read_to_string(folder.path().join(format!("vivado_ooc_{report}_{form}.rpt")));
            assert!(text.expect(report).contains("NOT A SYNTHESIS RESULT"));
        }
    }
    let constraints = fs::read_to_string(folder.path().join("vivado_ooc.xdc")).expect("constraints");
    assert_eq!(constraints, "create_clock -period 5.0 -name clk [get_ports clk]\n");
}

#[test]
fn a_file_name_cannot_break_out_of_the_header() {
    let bytes =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus/zoo_qdense_binary/model.h5"));
    let conversion = Conversion::default().with_backend(Arc::new(Rtl)).expect("its kind has the interface");
    let converted = conversion.convert_bytes(&bytes.expect("a model"), "a/b\nmodule c;\\é.h5".as_ref());
    let project = converted.expect("a graph").project().expect("a circuit");
    for path in ["rtl/myproject.v", "rtl/myproject_xc7.v"] {
        let text = String::from_utf8_lossy(&project.file(path).expect(path).bytes).into_owned();
        assert!(text.starts_with("// myproject, from b_module c;__.h5: written by"), "{text:.100}");
    }
}

fn case(model: &str, period: f64) -> Case {
    let options = Options::default().with_clock_period(ClockPeriod::from_ns(period).expect("a period"));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(model).join("model.h5");
    let conversion = Conversion::default().with_options(options.with_project_name("net"));
    let conversion = conversion.with_backend(Arc::new(Rtl)).expect("its kind has the interface");
    Case::new(&conversion.convert(&path).expect(model))
}

fn simulate(case: &Case, bench: &str, packing: Packing, wrapper: &str) {
    simulate_with(case, bench, packing, SAMPLES, &[&format!("net/rtl/net_{wrapper}.v")]);
}

/// Simulates the circuit with these other files.
fn simulate_with(case: &Case, bench: &str, packing: Packing, samples: usize, around: &[&str]) {
    let Some(folder) = scratch() else { return };
    case.project.write_to(&folder.path().join("net")).expect("a project");
    let (inputs, outputs) = case.hex(packing, samples);
    let bits = |hex: &str| hex.lines().next().map_or(0, |line| 4 * line.len());
    let [width_in, width_out] = case.widths(packing);
    assert!(bits(&inputs) >= width_in && bits(&outputs) >= width_out);
    let mut bench = bench.to_owned();
    for (name, value) in [
        ("@NAME@", "net".to_owned()),
        ("@SAMPLES@", samples.to_string()),
        ("@IN@", width_in.to_string()),
        ("@OUT@", width_out.to_string()),
        ("@LATENCY@", case.latency.to_string()),
    ] {
        bench = bench.replace(name, &value);
    }
    for (name, text) in [("samples.hex", inputs), ("expected.hex", outputs), ("tb.v", bench)] {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let files = ["-g2005", "-Wall", "-o", "tb.vvp", "tb.v", "net/rtl/net.v"];
    let compiled = run(Command::new("iverilog").args(files).args(around), folder.path());
    let about = |line: &&str| around.iter().any(|file| line.contains(file)) && !line.contains("timescale");
    let complaints = compiled.lines().filter(about);
    assert_eq!(complaints.collect::<Vec<_>>(), Vec::<&str>::new(), "Icarus Verilog warns");
    let said = run(Command::new("vvp").args(["-n", "tb.vvp"]), folder.path());
    assert_eq!(said.trim(), "PASSED");
}

/// Runs a tool that must succeed, and returns what it said.
fn run(command: &mut Command, folder: &Path) -> String {
    let output = command.current_dir(folder).output().expect("the tool starts");
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    said
}

/// A folder, where there is Icarus Verilog to use it.
fn scratch() -> Option<TempDir> {
    if Command::new("iverilog").arg("-V").output().is_ok() {
        return Some(tempdir().expect("scratch"));
    }
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test}: there is no Icarus Verilog (apt install iverilog)\n");
    print!("skipped: {line}");
    if let Some(path) = std::env::var_os("HLS_SKIPPED") {
        let file = fs::OpenOptions::new().create(true).append(true).open(path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).expect("HLS_SKIPPED can be written");
    }
    None
}
