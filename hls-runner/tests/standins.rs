//! The vitis toolchain against the vendor stand-ins in `fixtures/vendor`, which run real Tcl and real C
//! simulation. (The scripts that our projects ship are tried end to end by `hls-cli`.)

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use hls_runner::toolchain::{ToolPlaces, Vitis};
use hls_runner::{
    ConvertError, ConvertedProject, Converter, FailureKind, Silent, Stage, StageSet, StageStatus,
    SweepOptions,
};
use support::{Bench, list, processes_in, record};

/// A build script of the test's own, with the commands and banners of hls4ml's.
const BUILD: &str = r#"
source project.tcl
source build_opt.tcl
proc stage {name title body} {
    global opt
    if {!$opt($name)} return
    puts "***** $title *****"
    uplevel #0 $body
    puts "***** $title COMPLETED IN 0h0m1s *****"
}
open_project -reset ${project_name}_prj
set_top $project_name
add_files firmware/${project_name}.cpp -cflags "-std=c++0x"
add_files -tb ${project_name}_test.cpp -cflags "-std=c++0x"
add_files -tb tb_data
open_solution -reset "solution1"
set_part $part
create_clock -period 5 -name default
stage csim "C SIMULATION" csim_design
stage synth "C/RTL SYNTHESIS" csynth_design
stage export "EXPORT IP" {export_design -format ip_catalog -version 1.0.0}
stage vsynth "VIVADO SYNTHESIS" {exec vivado -mode batch -source vivado_synth.tcl >@ stdout}
exit
"#;

const VIVADO: &str = r#"
source project.tcl
add_files ${project_name}_prj/solution1/syn/verilog
synth_design -top $project_name -part $part
report_utilization -file vivado_synth.rpt
"#;

/// Writes a project around the C++ function that the model file holds.
struct Plain;

impl Converter for Plain {
    fn convert(&self, model: &Path, dir: &Path) -> Result<ConvertedProject, ConvertError> {
        for folder in ["firmware", "tb_data"] {
            fs::create_dir_all(dir.join(folder))?;
        }
        let test = "#include \"firmware/net.h\"\n#include <fstream>\nint main() {\n\
                    int x[1] = {3}, y[1]; net(x, y);\n\
                    std::ofstream(\"tb_data/csim_results.log\") << y[0] << \"\\n\"; return 0; }\n";
        let text = fs::read_to_string(model)?;
        for (name, content) in [
            ("project.tcl", "set project_name \"net\"\nset part \"xc7z020clg400-1\"\n"),
            ("build_prj.tcl", BUILD),
            ("vivado_synth.tcl", VIVADO),
            ("firmware/net.h", "void net(int x[1], int y[1]);\n"),
            ("firmware/net.cpp", &format!("#include \"net.h\"\n{text}\n")),
            ("net_test.cpp", test),
        ] {
            fs::write(dir.join(name), content)?;
        }
        Ok(ConvertedProject { name: "net".into(), ..ConvertedProject::default() })
    }
}

/// A folder with two of the three stand-ins.
fn tools(bench: &Bench, launcher: &str) -> Vitis {
    let vendor = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vendor");
    let folder = bench.dir.path().join(format!("only {launcher}"));
    fs::create_dir_all(&folder).unwrap();
    for name in [launcher, "vivado"] {
        std::os::unix::fs::symlink(vendor.join(name), folder.join(name)).unwrap();
    }
    Vitis::find(&ToolPlaces { explicit: Some(folder), ..ToolPlaces::from_env() }, &bench.stages).unwrap()
}

fn stages() -> StageSet {
    ["reset", "csim", "synth", "export", "vsynth"].map(Stage::new).into_iter().collect()
}

#[test]
fn both_launchers_give_the_same_kept_files() {
    for launcher in ["vitis-run", "vitis_hls"] {
        let bench = Bench { stages: stages(), workers: 2, ..Bench::new() };
        bench.model("good.h5", "void net(int x[1], int y[1]) { y[0] = x[0] + 1; }");
        bench.model("wrong.h5", "void net(int x[1], int y[1]) { y[0] = z; }");
        let options = SweepOptions { stages: Some(stages()), ..bench.options() };
        let result = bench.run_with(&options, &Plain, &tools(&bench, launcher), &mut Silent).unwrap();

        let good = record(&result, "good");
        assert_eq!(good.failure, None, "{launcher}");
        assert_eq!(
            list(&good.job.folder),
            [
                "net_prj",
                "project.tcl",
                "vitis_hls.log",
                "vivado.jou",
                "vivado.log",
                "vivado_synth.rpt",
                "vivado_synth.tcl"
            ]
        );
        assert_eq!(
            list(&good.job.folder.join("net_prj/solution1/syn/report")),
            ["csynth.rpt", "csynth.xml", "net_csynth.rpt", "net_csynth.xml"]
        );
        let report = good.report.as_ref().expect("numbers");
        assert!(report.stand_in && report.cosimulation.is_none(), "{report:?}");
        assert!(report.estimate.latency_max_cycles.is_some(), "{report:?}");
        assert_eq!(
            report.logic_synthesis.as_ref().and_then(|logic| logic.part.as_deref()),
            Some("xc7z020clg400-1")
        );
        for stage in &good.stages {
            let asked_for = stages().contains(&stage.stage);
            assert_eq!(stage.status == StageStatus::Done, asked_for, "{launcher}: {stage:?}");
            assert_eq!(stage.wall_seconds, asked_for.then_some(1.0), "{launcher}: {stage:?}");
        }
        let log = fs::read_to_string(good.job.folder.join("vitis_hls.log")).unwrap();
        assert!(log.contains("C/RTL SYNTHESIS"), "{launcher}: {log}");

        let wrong = record(&result, "wrong");
        let failure = wrong.failure.as_ref().unwrap();
        assert_eq!(
            (failure.kind, failure.stage.clone()),
            (FailureKind::ToolFailed, Some(Stage::new("csim"))),
            "{failure:?}"
        );
        assert!(wrong.job.folder.join("vitis_hls.log").is_file(), "a failed job keeps its logs");
    }
}

/// Stand-ins in which something goes wrong.
fn faulty(bench: &Bench, fault: &str) -> Vitis {
    let vendor = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vendor");
    for name in ["vitis-run", "vivado"] {
        let tool = vendor.join(name);
        bench.tool(name, &format!("export HLS_STANDIN_FAULT='{fault}'\nexec '{}' \"$@\"", tool.display()));
    }
    bench.vitis()
}

#[test]
fn a_truncated_report_costs_its_numbers_and_not_the_job() {
    let bench = Bench { stages: stages(), ..Bench::new() };
    bench.model("m.h5", "void net(int x[1], int y[1]) { y[0] = x[0] + 1; }");
    let tools = faulty(&bench, "csynth:truncated-report");
    let result = bench.run_with(&bench.options(), &Plain, &tools, &mut Silent).unwrap();
    let job = record(&result, "m");
    assert_eq!(job.failure, None);
    let report = job.report.as_ref().expect("the numbers of logic synthesis are there");
    assert_eq!(report.estimate.latency_max_cycles, None);
    assert!(report.logic_synthesis.is_some());
    assert!(job.warnings.iter().any(|warning| warning.contains("net_csynth.xml")), "{:?}", job.warnings);
}

#[test]
fn faults_of_the_tools_are_told_apart() {
    use FailureKind::{MissingReport, Timeout, ToolFailed, ToolKilled};
    let cases = [
        ("csynth:exit=3", ToolFailed, Stage::new("synth"), "status 3"),
        ("csynth:signal=SEGV", ToolKilled, Stage::new("synth"), "signal 11 (SIGSEGV: it crashed)"),
        ("csynth:no-report", MissingReport, Stage::new("synth"), "was not written"),
        ("csynth:empty-report", MissingReport, Stage::new("synth"), "is empty"),
        ("export:no-report", MissingReport, Stage::new("export"), "export.zip was not written"),
        ("vsynth:no-report", MissingReport, Stage::new("vsynth"), "vivado_synth.rpt was not written"),
        ("vsynth:license", ToolFailed, Stage::new("vsynth"), "during the stage vsynth"),
        ("csynth:grandchildren=12", Timeout, Stage::new("synth"), "took longer than 3 s"),
    ];
    for (fault, kind, stage, words) in cases {
        let mut bench = Bench { stages: stages(), ..Bench::new() };
        let hangs = kind == Timeout;
        bench.timeout = hangs.then_some(std::time::Duration::from_secs(3));
        bench.model("m.h5", "void net(int x[1], int y[1]) { y[0] = x[0] + 1; }");
        let result = bench.run_with(&bench.options(), &Plain, &faulty(&bench, fault), &mut Silent).unwrap();
        let failure = record(&result, "m").failure.as_ref();
        let failure = failure.unwrap_or_else(|| panic!("{fault} was not noticed"));
        assert_eq!((failure.kind, failure.stage.clone()), (kind, Some(stage)), "{fault}: {failure:?}");
        assert!(failure.message.contains(words), "{fault}: {}", failure.message);
        assert_eq!(processes_in(bench.dir.path()), 0, "{fault}: something was left running");
    }
}
