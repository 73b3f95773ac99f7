//! The project's Tcl, run by the stand-ins for the vendor's tools (`fixtures/vendor`).
//!
//! Needs `tclsh` and `g++`.

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod project;
mod switches;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use project::{EVERY_STAGE, Project, text};
use serde_json::{Value, json};

const MARK: &str = "NOT A SYNTHESIS RESULT";

// --- the templates -----------------------------------------------------------------------------------

#[test]
fn project_tcl_sets_the_variables() {
    let facts = json!({
        "project_name": "smart_pix_top", "part": "xcu250-figd2104-2L-e", "clock_period": "3.33",
        "clock_uncertainty": "12.5%", "version": "2.3.1", "maximum_size": "401920",
    });
    let project = Project::new(&[], facts);
    project.write(
        "show.tcl",
        "source project.tcl\nforeach name {project_name backend part clock_period clock_uncertainty version \
         maximum_size} {puts \"$name=[set $name]\"}\n",
    );
    let output = Command::new("tclsh")
        .arg("show.tcl")
        .current_dir(project.path())
        .output()
        .expect("tclsh is installed");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "project_name=smart_pix_top\nbackend=vitis\npart=xcu250-figd2104-2L-e\nclock_period=3.33\n\
         clock_uncertainty=12.5%\nversion=2.3.1\nmaximum_size=401920\n"
    );
    // hls4ml's report reader takes what stands between the quotes of these two lines.
    let written = project.read("project.tcl");
    assert!(
        written.contains("set project_name \"smart_pix_top\"\n")
            && written.contains("set backend \"vitis\"\n")
    );
}

#[test]
fn the_stages_decide_which_commands_run_and_in_which_order() {
    const SETUP: [&str; 13] = [
        "open_project tiny_prj",
        "set_top tiny",
        "add_files firmware/tiny.cpp -cflags -std=c++0x",
        "add_files -tb tiny_test.cpp -cflags -std=c++0x",
        "add_files -tb firmware/weights",
        "add_files -tb tb_data",
        "open_solution solution1",
        "config_array_partition -maximum_size 4096",
        "config_compile -name_max_length 80",
        "set_part xc7z020clg400-1",
        "config_schedule -enable_dsp_full_reg=false",
        "create_clock -period 5 -name default",
        "set_clock_uncertainty 27% default",
    ];
    const COSIM: [&str; 2] =
        ["add_files -tb tiny_test.cpp -cflags -std=c++0x -DRTL_SIM", "cosim_design -trace_level all -setup"];
    // The simulator's monitors watch the FIFOs.
    const WATCHED: [&str; 2] = [COSIM[0], "cosim_design -trace_level all -setup -enable_dataflow_profiling"];
    const VSYNTH: [&str; 4] = [
        "add_files tiny_prj/solution1/syn/verilog",
        "synth_design -top tiny -part xc7z020clg400-1",
        "opt_design -retarget -propconst -sweep -bram_power_opt -shift_register_opt",
        "report_utilization -file vivado_synth.rpt",
    ];
    let export = ["export_design -format ip_catalog -version 1.0.0"];
    let cases: [(&[&str], Vec<&[&str]>); 5] = [
        (&[], vec![]),
        (&["csim", "synth"], vec![&["csim_design"], &["csynth_design"]]),
        (&["reset", "synth", "export"], vec![&["csynth_design"], &export]),
        (&["synth", "cosim", "fifo_opt"], vec![&["csynth_design"], &WATCHED]),
        (EVERY_STAGE, vec![&["csim_design"], &["csynth_design"], &COSIM, &export, &VSYNTH]),
    ];
    for (stages, ran) in cases {
        let project = Project::new(stages, json!({}));
        let output = project.build(&[]);
        assert!(output.status.success(), "{stages:?}: {}", text(&output));
        let mut expected: Vec<String> = SETUP.iter().map(|line| (*line).to_owned()).collect();
        if stages.contains(&"reset") {
            for (line, command) in [(0, "open_project"), (6, "open_solution")] {
                expected[line] = expected[line].replace(command, &format!("{command} -reset"));
            }
        }
        expected.extend(ran.concat().iter().map(|line| (*line).to_owned()));
        expected.push("exit".into());
        assert_eq!(project.commands(), expected, "{stages:?}");
    }
}

#[test]
fn build_lib_makes_the_stamped_library() {
    let project = Project::new(&[], json!({}));
    let output = Command::new("bash").arg("build_lib.sh").current_dir(project.path()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output));
    assert!(project.path().join("firmware/tiny-0a1b.so").is_file());
}

// --- what a build leaves ---------------------------------------------------------------------------------

const LAYOUT: &[&str] = &[
    "vivado.log",
    "vivado.jou",
    "vivado_synth.rpt",
    "tb_data/csim_results.log",
    "tb_data/rtl_cosim_results.log",
    "tiny_prj/hls.app",
    "tiny_prj/solution1/solution1.log",
    "tiny_prj/solution1/solution1_data.json",
    "tiny_prj/solution1/csim/build/csim.exe",
    "tiny_prj/solution1/csim/report/tiny_csim.log",
    "tiny_prj/solution1/syn/report/csynth.rpt",
    "tiny_prj/solution1/syn/report/csynth.xml",
    "tiny_prj/solution1/syn/report/tiny_csynth.rpt",
    "tiny_prj/solution1/syn/report/tiny_csynth.xml",
    "tiny_prj/solution1/syn/verilog/tiny.v",
    "tiny_prj/solution1/syn/vhdl/tiny.vhd",
    "tiny_prj/solution1/sim/report/tiny_cosim.rpt",
    "tiny_prj/solution1/sim/verilog/tiny.tcl",
    "tiny_prj/solution1/sim/verilog/run_sim.tcl",
    "tiny_prj/solution1/sim/verilog/tiny.performance.result.transaction.xml",
    "tiny_prj/solution1/impl/ip/component.xml",
    "tiny_prj/solution1/impl/ip/xilinx_com_hls_tiny_1_0.zip",
    "tiny_prj/solution1/impl/export.zip",
];

/// Appends all regular files below `folder`.
fn files_below(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = fs::symlink_metadata(&path).unwrap().file_type();
        if kind.is_dir() {
            files_below(&path, into);
        } else if kind.is_file() {
            into.push(path);
        }
    }
}

#[test]
fn a_build_leaves_the_files_of_the_real_tools_each_marked() {
    let cases = [
        ("xc7z020clg400-1", "vitis_hls", vec!["-f", "build_prj.tcl"], "vitis_hls.log", "Slice LUTs"),
        (
            "xcu250-figd2104-2L-e",
            "vitis-run",
            vec!["--mode", "hls", "--tcl", "build_prj.tcl"],
            "logs/hls_run_tcl.log",
            "CLB LUTs",
        ),
    ];
    for (part, tool, words, log, lut_row) in cases {
        let project = Project::new(EVERY_STAGE, json!({ "part": part }));
        let mut before = Vec::new();
        files_below(project.path(), &mut before);
        let output = project.tool(tool, &words).output().unwrap();
        assert!(output.status.success(), "{tool}: {}", text(&output));
        for path in LAYOUT.iter().chain([&log]) {
            assert!(project.path().join(path).is_file(), "{tool} left no {path}");
        }
        assert!(project.read("vivado_synth.rpt").contains(lut_row), "{part}");
        let waveforms = project.read("tiny_prj/solution1/sim/verilog/tiny.tcl");
        assert!(!waveforms.contains("log_wave") && waveforms.contains("run all"), "{waveforms}");

        let mut after = Vec::new();
        files_below(project.path(), &mut after);
        let compiled = ["o", "exe"];
        for path in after.iter().filter(|path| !before.contains(path)) {
            let extension = path.extension().unwrap_or_default().to_string_lossy();
            let by_the_test_bench = path.parent().is_some_and(|folder| folder.ends_with("tb_data"));
            let bytes = fs::read(path).unwrap();
            if !compiled.contains(&&*extension) && extension != "jsonl" && !by_the_test_bench {
                assert!(String::from_utf8_lossy(&bytes).contains(MARK), "{} has no mark", path.display());
            }
        }
    }
}

#[test]
fn the_simulations_really_run_the_firmware() {
    let project = Project::new(&["csim", "synth", "cosim", "validation"], json!({}));
    assert!(project.build(&[]).status.success());
    for log in ["tb_data/csim_results.log", "tb_data/rtl_cosim_results.log"] {
        assert_eq!(project.read(log), "4 8\n5.5 8\n7 8\n8.5 8\n", "{log}");
    }
}

#[test]
fn the_same_project_gets_the_same_numbers() {
    let report = "tiny_prj/solution1/syn/report/tiny_csynth.xml";
    let reports = [(), ()].map(|()| {
        let project = Project::new(&["synth"], json!({}));
        assert!(project.build(&[]).status.success());
        project.read(report)
    });
    assert_eq!(reports[0], reports[1]);
}

#[test]
fn vivado_keeps_older_logs() {
    let project = Project::new(&[], json!({}));
    for _ in 0..2 {
        assert!(project.run_line("vivado", "puts hello").status.success());
    }
    let names: Vec<_> =
        fs::read_dir(project.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let backups = names.iter().filter(|name| name.to_string_lossy().contains(".backup.")).count();
    assert_eq!(backups, 2, "{names:?}");
}

// --- what fails --------------------------------------------------------------------------------------------

#[test]
fn a_stage_that_fails_fails_the_build() {
    let broken =
        ("firmware/tiny.cpp", "#include \"tiny.h\"\nvoid tiny(input_t x[3], result_t y[2]) { nonsense; }\n");
    let deaf_bench = ("tiny_test.cpp", "int main() { return 3; }\n");
    let elsewhere = ("firmware/tiny.cpp", "void other() {}\n");
    let harmless = ("notes.txt", "");
    let unknown_part = json!({"part": "xc9z020"});
    type Case = (&'static [&'static str], (&'static str, &'static str), Value, &'static str);
    let cases: [Case; 8] = [
        (&["csim"], broken, json!({}), "'csim_design' failed: compilation error(s)."),
        (&["csim"], deaf_bench, json!({}), "'csim_design' failed: nonzero return value."),
        (&["synth"], broken, json!({}), "Pre-synthesis failed."),
        (&["synth"], elsewhere, json!({}), "Cannot find the top function 'tiny'"),
        (&["cosim"], harmless, json!({}), "run csynth_design first"),
        (&["export"], harmless, json!({}), "run csynth_design first"),
        (&["validation"], harmless, json!({}), "csim_results.log is missing"),
        (&[], harmless, unknown_part, "Part 'xc9z020' is not installed."),
    ];
    for (stages, (path, contents), facts, message) in cases {
        let project = Project::new(stages, facts);
        project.write(path, contents);
        let output = project.build(&[]);
        assert_eq!(output.status.code(), Some(1), "{stages:?} {path}: {}", text(&output));
        assert!(text(&output).contains(message), "{stages:?} {path}: {}", text(&output));
    }
}

#[test]
fn vivado_synthesis_without_verilog_fails() {
    let project = Project::new(&["vsynth"], json!({}));
    let output = project.build(&[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output).contains("run the stage synth first"), "{}", text(&output));
}

#[test]
fn unknown_commands_and_options_are_refused() {
    let cases = [
        ("vitis_hls", "frobnicate 1", "invalid command name \"frobnicate\""),
        ("vitis_hls", "csynth_design -fast", "[HLS 200-101] csynth_design: Unknown option '-fast'."),
        (
            "vitis_hls",
            "config_interface -trim_dangling_port",
            "config_interface: Unknown option '-trim_dangling_port'.",
        ),
        ("vitis_hls", "config_array_partition -maximum_size 4096", "Unknown option '-maximum_size'."),
        ("vitis_hls", "set_top a b", "set_top: Unknown option 'b'."),
        ("vitis_hls", "set_part", "set_part: a required argument is missing."),
        ("vitis_hls", "create_clock -period fast", "Invalid value 'fast' for option '-period'."),
        ("vitis_hls", "exec ls", "refuses to run 'ls'"),
        ("vivado", "frobnicate 1", "invalid command name \"frobnicate\""),
        ("vivado", "synth_design -fast", "[Common 17-170] Unknown option '-fast'"),
        ("vivado", "synth_design -top tiny -part xc9", "Specified part could not be found."),
        ("vivado", "add_files nowhere", "File or Directory 'nowhere' does not exist"),
        ("vivado", "report_utilization", "No open design."),
    ];
    for (tool, line, message) in cases {
        let output = Project::new(&[], json!({})).run_line(tool, line);
        assert_eq!(output.status.code(), Some(1), "{line}: {}", text(&output));
        assert!(text(&output).contains(message), "{line}: {}", text(&output));
    }
}

#[test]
fn the_release_decides_how_the_old_partition_limit_is_refused() {
    let cases = [
        ("2021.1", "[HLS 200-642] The 'config_array_partition -maximum_size' command is not supported."),
        ("2025.2", "[HLS 200-101] config_array_partition: Unknown option '-maximum_size'."),
    ];
    for (release, message) in cases {
        let project = Project::new(&["synth"], json!({}));
        let output = project.build(&[("HLS_STANDIN_VERSION", release)]);
        assert!(output.status.success() && text(&output).contains(message), "{release}: {}", text(&output));
        let report = project.read("tiny_prj/solution1/syn/report/csynth.xml");
        assert!(report.contains(&format!("<Version>{release}</Version>")), "{release}");
    }
}

#[test]
fn known_commands_and_options_are_accepted() {
    let cases = [
        "config_compile -name_max_length=80 -pipeline_style stp",
        "config_op mul -impl dsp",
        "config_interface -m_axi_addr64 -m_axi_offset slave",
        "set_directive_pipeline -II 1 tiny",
        "create_clock -period 200MHz",
        "catch {config_array_partition -maximum_size 4096}",
    ];
    for line in cases {
        let output = Project::new(&[], json!({})).run_line("vitis_hls", line);
        assert!(output.status.success(), "{line}: {}", text(&output));
    }
}
