//! The stage `fifo_opt` against the stand-ins of `fixtures/vendor`.

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use hls_runner::toolchain::{FifoDepth, Vitis, read_fifo_depths};
use hls_runner::{
    ConvertError, ConvertedProject, Converter, FailureKind, JobRecord, Retention, Silent, Stage, StageSet,
    StageStatus, SweepOptions,
};
use support::{Bench, record};

/// A build script with the commands of ours that matter here.
const BUILD: &str = r#"
source project.tcl
source build_opt.tcl
open_project -reset ${project_name}_prj
set_top $project_name
add_files firmware/${project_name}.cpp
add_files -tb ${project_name}_test.cpp
add_files -tb tb_data
open_solution -reset "solution1"
set_part $part
create_clock -period 5 -name default
puts "***** C/RTL SYNTHESIS *****"
csynth_design
puts "***** C/RTL SYNTHESIS COMPLETED IN 0h0m1s *****"
if {$opt(cosim)} {
    if {$opt(fifo_opt)} {
        cosim_design -trace_level all -setup -enable_dataflow_profiling
    } else {
        cosim_design -trace_level all -setup
    }
    set back [pwd]
    cd ${project_name}_prj/solution1/sim/verilog
    source run_sim.tcl
    cd $back
}
exit
"#;

/// Writes a project around the pragmas that the model file holds.
struct Streams;

impl Converter for Streams {
    fn convert(&self, model: &Path, dir: &Path) -> Result<ConvertedProject, ConvertError> {
        for folder in ["firmware", "tb_data"] {
            fs::create_dir_all(dir.join(folder))?;
        }
        let pragmas = fs::read_to_string(model)?;
        let test = "#include \"firmware/net.h\"\n#include <fstream>\nint main() {\n\
                    int x[1] = {3}, y[1]; net(x, y);\n\
                    std::ofstream(\"tb_data/rtl_cosim_results.log\") << y[0] << \"\\n\"; return 0; }\n";
        for (name, content) in [
            ("project.tcl", "set project_name \"net\"\nset part \"xc7z020clg400-1\"\n"),
            ("build_prj.tcl", BUILD),
            ("vivado_synth.tcl", "exit\n"),
            ("firmware/net.h", "void net(int x[1], int y[1]);\n"),
            (
                "firmware/net.cpp",
                &format!(
                    "#include \"net.h\"\nvoid net(int x[1], int y[1]) {{\n{pragmas}    y[0] = x[0];\n}}\n"
                ),
            ),
            ("net_test.cpp", test),
        ] {
            fs::write(dir.join(name), content)?;
        }
        Ok(ConvertedProject { name: "net".into(), ..ConvertedProject::default() })
    }
}

const PRAGMAS: &str = "    #pragma HLS STREAM variable=layer2_out depth=64\n    #pragma HLS STREAM variable=layer4_cpy1 depth=2\n";

fn vendor(bench: &Bench, fault: &str) -> Vitis {
    let vendor = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fixtures/vendor");
    for name in ["vitis-run", "vivado"] {
        let tool = vendor.join(name);
        bench.tool(name, &format!("export HLS_STANDIN_FAULT='{fault}'\nexec '{}' \"$@\"", tool.display()));
    }
    bench.vitis()
}

/// Runs one model through the stages, and keeps its project.
fn run(pragmas: &str, stages: &[&'static str], fault: &str) -> (Bench, JobRecord) {
    let stages: StageSet = stages.iter().map(|name| Stage::new(name)).collect();
    let bench = Bench { stages: stages.clone(), ..Bench::new() };
    bench.model("m.h5", pragmas);
    let options = SweepOptions { stages: Some(stages), retention: Retention::Project, ..bench.options() };
    let result = bench.run_with(&options, &Streams, &vendor(&bench, fault), &mut Silent).unwrap();
    let job = record(&result, "m").clone();
    (bench, job)
}

#[test]
fn the_project_gets_the_depths_that_the_co_simulation_used() {
    let (_bench, job) = run(PRAGMAS, &["fifo_opt", "reset", "synth", "cosim"], "");
    assert_eq!(job.failure, None);
    let depths = read_fifo_depths(&job.job.folder).expect("a table of depths");
    assert!(depths.stand_in, "whoever reads the file must learn that the numbers are made up");
    let depths = depths.queues;
    let before: Vec<_> = depths.iter().map(|queue| (queue.name.as_str(), queue.initial)).collect();
    assert_eq!(before, [("layer2_out", 64), ("layer4_cpy1", 2)]);
    // The stand-in's figures, which the queues would never have had with the depths that were written: it saw deeper ones.
    assert!(depths.iter().all(|queue| (1..=30).contains(&queue.optimized)), "{depths:?}");
    assert!(depths.iter().any(|queue| queue.optimized > queue.initial), "{depths:?}");

    let firmware = fs::read_to_string(job.job.folder.join("firmware/net.cpp")).unwrap();
    for FifoDepth { name, optimized, .. } in &depths {
        let pragma = format!("#pragma HLS STREAM variable={name} depth={optimized}\n");
        assert!(firmware.contains(&pragma), "{pragma} is not in {firmware}");
    }
    let done: Vec<_> =
        job.stages.iter().filter(|s| s.status == StageStatus::Done).map(|s| s.stage.name()).collect();
    assert_eq!(done, ["fifo_opt", "synth", "cosim"]);
    let options = fs::read_to_string(job.job.folder.join("build_opt.tcl")).unwrap();
    assert!(options.contains("fifo_opt   0") && options.contains("reset      1"), "{options}");
}

#[test]
fn the_stage_alone_leaves_the_table_and_the_firmware() {
    let (_bench, job) = run(PRAGMAS, &["fifo_opt"], "");
    assert_eq!(job.failure, None);
    assert!(read_fifo_depths(&job.job.folder).is_some_and(|depths| depths.queues.len() == 2));
}

#[test]
fn what_cannot_be_measured_says_why() {
    let cases = [
        ("", "", FailureKind::Convert, "--io-type io_stream"),
        (PRAGMAS, "cosim:no-report", FailureKind::MissingReport, "channel_info.csv cannot be read"),
        (PRAGMAS, "csynth:exit=3", FailureKind::ToolFailed, "during the stage fifo_opt"),
    ];
    for (pragmas, fault, kind, words) in cases {
        let (_bench, job) = run(pragmas, &["fifo_opt", "reset", "synth"], fault);
        let failure = job.failure.unwrap_or_else(|| panic!("{fault:?} was not noticed"));
        assert_eq!((failure.kind, failure.stage), (kind, Some(Stage::new("fifo_opt"))), "{fault:?}");
        assert!(failure.message.contains(words), "{fault:?}: {}", failure.message);
    }
}

#[test]
fn a_queue_without_figures_keeps_its_depth_and_is_named() {
    // The stand-in's monitors overlook it.
    let overlooked = "    #pragma HLS STREAM depth=7 variable=layer5_out\n";
    let (_bench, job) = run(&format!("{PRAGMAS}{overlooked}"), &["fifo_opt"], "");
    assert_eq!(job.failure, None);
    assert!(job.warnings.iter().any(|warning| warning.contains("layer5_out")), "{:?}", job.warnings);
    let depths = read_fifo_depths(&job.job.folder).expect("a table of depths").queues;
    let kept = FifoDepth { name: "layer5_out".into(), initial: 7, optimized: 7 };
    assert!(depths.contains(&kept), "{depths:?}");
}
