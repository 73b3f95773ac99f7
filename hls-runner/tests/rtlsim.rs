//! The stage `rtlsim`: generated Verilog against a reference, in both simulators. The Verilog is `fixtures/rtl`.

mod support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hls_runner::report::{RtlSimulation, RtlSimulationStatus};
use hls_runner::toolchain::{ToolNotFound, ToolPlaces, Vitis};
use hls_runner::{
    Cause, ConvertError, ConvertedProject, Converter, FailureKind, JobRecord, Mismatch, PortValues,
    Reference, Silent, Simulated, Stage, StageSet, StageStatus, SweepOptions, Vectors,
};
use support::{Bench, WELL, record, synth_only};

/// What the modules of `fixtures/rtl` compute, of numbers over the whole range.
#[derive(Debug)]
struct Products;

const SAMPLES: i128 = 40;

impl Products {
    fn inputs() -> impl Iterator<Item = [i128; 2]> {
        (0..SAMPLES).map(|i| if i == 0 { [-128, -128] } else { [(i * 37) % 256 - 128, (i * 91) % 256 - 128] })
    }
}

fn port(name: &str, bits: u32, fraction: i32, raws: impl Iterator<Item = [i128; 2]>) -> PortValues {
    let layer = format!("layer_{name}");
    PortValues {
        name: name.to_owned(),
        layer,
        elements: 2,
        bits,
        signed: true,
        fraction,
        raws: raws.flatten().collect(),
    }
}

impl Reference for Products {
    fn count(&self) -> usize {
        SAMPLES as usize
    }

    fn samples(&self) -> Vec<u8> {
        Vec::new()
    }

    fn vectors(&self) -> Vectors {
        let outputs = Self::inputs().map(|[a, b]| [3 * a - 5 * b, a * b]);
        Vectors { inputs: vec![port("x", 8, 4, Self::inputs())], outputs: vec![port("y", 16, 8, outputs)] }
    }

    fn check(&self, _simulated: &Simulated) -> Result<(), Mismatch> {
        Ok(())
    }

    fn write_traced(&self, _folder: &Path) -> Result<(), ConvertError> {
        Ok(())
    }
}

/// A project whose tool behaves as the model file says, and which should compute [`Products`].
struct WithReference;

impl Converter for WithReference {
    fn convert(&self, model: &Path, project_dir: &Path) -> Result<ConvertedProject, ConvertError> {
        fs::copy(model, project_dir.join("behave.sh"))?;
        let reference: Option<Arc<dyn Reference>> = Some(Arc::new(Products));
        Ok(ConvertedProject { name: "p".to_owned(), reference, ..ConvertedProject::default() })
    }
}

fn fixture(design: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/rtl").join(design)
}

/// What a tool does that synthesizes a design of `fixtures/rtl`, and then changes it.
fn synthesizes(design: &str, change: &str) -> String {
    let verilog = "p_prj/solution1/syn/verilog";
    format!(
        "{WELL}\nmkdir -p {verilog}; cp '{}'/* {verilog}\ncd {verilog}\n{change}",
        fixture(design).display()
    )
}

/// A folder with nothing but these programs.
fn only(programs: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for program in programs {
        let path = folder.path().join(program);
        fs::write(&path, format!("#!/bin/sh\nexec /usr/bin/{program} \"$@\"\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    folder
}

const VERILATOR: &[&str] = &["verilator"];
const ICARUS: &[&str] = &["iverilog", "vvp"];

/// The simulators of this machine, each alone; those that are missing are said to be.
fn simulators() -> Vec<&'static [&'static str]> {
    let there =
        |programs: &&[&str]| programs.iter().all(|program| Path::new("/usr/bin").join(program).exists());
    let (found, missing): (Vec<_>, Vec<_>) = [VERILATOR, ICARUS].into_iter().partition(there);
    for programs in missing {
        skip(&format!("{} is not installed", programs[0]));
    }
    found
}

/// Says that a part of the running test cannot be carried out here.
fn skip(reason: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test}: {reason}\n");
    print!("skipped: {line}");
    if let Some(path) = std::env::var_os("HLS_SKIPPED") {
        let file = fs::OpenOptions::new().create(true).append(true).open(&path);
        file.and_then(|mut file| file.write_all(line.as_bytes())).unwrap();
    }
}

fn stages() -> StageSet {
    synth_only().with(Stage::new("rtlsim"))
}

fn find(bench: &Bench, path: &Path) -> Result<Vitis, ToolNotFound> {
    let tools = Some(bench.dir.path().join("tools"));
    let places = ToolPlaces { explicit: tools, path: Some(path.into()), ..ToolPlaces::default() };
    Vitis::find(&places, &stages())
}

/// Runs tools that behave as these texts say, with these simulators alone.
fn run(
    models: &[(&str, String)],
    programs: &[&str],
    options: impl Fn(&mut SweepOptions),
) -> (Bench, Vec<JobRecord>) {
    let bench = Bench { stages: stages(), workers: 1, ..Bench::new() };
    for (name, text) in models {
        bench.model(&format!("{name}.h5"), text);
    }
    let path = only(programs);
    let vitis = find(&bench, path.path()).unwrap();
    let mut wanted = bench.options();
    options(&mut wanted);
    let result = bench.run_with(&wanted, &WithReference, &vitis, &mut Silent).unwrap();
    let jobs = models.iter().map(|(name, _)| record(&result, name).clone()).collect();
    (bench, jobs)
}

fn simulation(job: &JobRecord) -> &RtlSimulation {
    let report = job.report.as_ref().unwrap_or_else(|| panic!("{:?}", job.failure));
    report.rtl_simulation.as_ref().unwrap_or_else(|| panic!("{:?}", job.failure))
}

#[test]
fn every_style_of_ports_and_timing_gives_the_references_bits() {
    let designs =
        [("pipeline", 3, 1), ("interval", 3, 2), ("elements", 4, 5), ("stream", 4, 5), ("early", 3, 1)];
    for programs in simulators() {
        // A compilation by Verilator takes seconds.
        let designs = if programs == VERILATOR { &designs[2..4] } else { &designs[..] };
        let models: Vec<_> = designs.iter().map(|(name, ..)| (*name, synthesizes(name, ""))).collect();
        let (_bench, jobs) = run(&models, programs, |_| ());
        for (job, (name, latency, interval)) in jobs.iter().zip(designs) {
            assert_eq!(job.failure, None, "{name}");
            let simulation = simulation(job);
            assert!(
                simulation.tool.to_lowercase().contains(&programs[0].replace("iv", "icarus v")),
                "{simulation:?}"
            );
            assert_eq!((simulation.samples, simulation.status), (40, RtlSimulationStatus::Pass), "{name}");
            let cycles = (simulation.latency_cycles, simulation.interval_cycles);
            assert_eq!(cycles, (Some(*latency), Some(*interval)), "{name}");
            let stage = job.stages.iter().find(|record| record.stage == Stage::new("rtlsim")).unwrap();
            assert_eq!(stage.status, StageStatus::Done, "{name}");
            assert!(stage.wall_seconds.is_some_and(|seconds| seconds > 0.0), "{name}");
            assert!(job.job.folder.join("rtlsim/result.json").is_file(), "{name}");
            assert!(!job.job.folder.join("rtlsim/verilog").exists(), "{name}: nobody needs it any more");
        }
    }
}

#[test]
fn a_design_that_computes_something_else_or_nothing_is_a_failure_that_says_where() {
    use Cause::{RtlRefused, RtlsimFailed, RtlsimMismatch};
    let cases = [
        (
            "a_weight",
            "pipeline",
            "sed -i \"s/16'd5/16'd6/\" p.v",
            RtlsimMismatch,
            "the RTL and the emulator differ: output \"layer_y\", sample 0, element 0 (counted from 0): the emulator computes 1 (raw 256), \
             the RTL 1.5 (raw 384); 40 of 80 numbers differ",
        ),
        (
            "one_sample",
            "elements",
            "echo 04 > p_w_V_ROM_1R.dat; echo 05 >> p_w_V_ROM_1R.dat",
            RtlsimMismatch,
            "sample 0, element 0",
        ),
        ("no_memory", "elements", "rm p_w_V_ROM_1R.dat", RtlsimMismatch, "the RTL bits that are not defined"),
        (
            "never_done",
            "pipeline",
            "sed -i 's/ap_done = .*/ap_done = 1'\"'b0;/\" p.v",
            RtlsimFailed,
            "of 40 samples it accepted 40 (ap_ready) and finished 0 (ap_done)",
        ),
        (
            "one_output_never_valid",
            "early",
            "sed -i \"s/assign y_0_ap_vld = .*/assign y_0_ap_vld = 1'b0;/\" p.v",
            RtlsimFailed,
            "finished 40 (ap_done), and y_0 was valid for 0",
        ),
        (
            "never_ready",
            "interval",
            "sed -i \"s/assign ap_ready = .*/assign ap_ready = 1'b0;/\" p.v",
            RtlsimFailed,
            "accepted 0 (ap_ready)",
        ),
        (
            "other_width",
            "pipeline",
            "sed -i 's/input  \\[15:0\\] x;/input  [17:0] x;/' p.v",
            RtlsimFailed,
            "the port x has 18 bits, but the input \"layer_x\" of the model (2 numbers of 8 bits) needs 16",
        ),
        ("no_top", "pipeline", "rm p.v", RtlsimFailed, "it has no module p"),
        ("no_verilog", "pipeline", "rm *.v", RtlsimFailed, "p_prj/solution1/syn/verilog holds no Verilog"),
        ("missing_module", "pipeline", "rm p_mul*.v", RtlRefused, "during the stage rtlsim"),
    ];
    if !simulators().contains(&ICARUS) {
        return;
    }
    let models: Vec<_> =
        cases.iter().map(|(name, design, change, ..)| (*name, synthesizes(design, change))).collect();
    let (_bench, jobs) = run(&models, ICARUS, |_| ());
    for (job, (name, _, _, cause, words)) in jobs.iter().zip(&cases) {
        let failure = job.failure.as_ref().unwrap_or_else(|| panic!("{name} succeeded"));
        assert_eq!(
            (failure.cause, failure.stage.clone()),
            (*cause, Some(Stage::new("rtlsim"))),
            "{name}: {failure:?}"
        );
        let kind = if *cause == RtlRefused { FailureKind::ToolFailed } else { FailureKind::RtlsimMismatch };
        assert_eq!(failure.kind, kind, "{name}");
        assert!(failure.message.contains(words), "{name}: {}", failure.message);
        assert!(job.job.folder.join("rtlsim").is_dir(), "{name}: everything is kept to find out why");
        let synth = job.stages.iter().find(|record| record.stage == Stage::new("synth")).unwrap();
        assert_eq!(synth.status, StageStatus::Done, "{name}");
        if *cause == RtlsimMismatch || name.starts_with("never") {
            assert_eq!(simulation(job).status, RtlSimulationStatus::Fail, "{name}");
        }
    }
}

#[test]
fn a_simulation_obeys_the_time_limit() {
    if !simulators().contains(&ICARUS) {
        return;
    }
    // It oscillates without any cycle going by.
    let change = "sed -i 's/^assign y_1 = .*/assign y_1 = loop; reg [15:0] loop = 0; always @(loop) loop <= loop + 1;/' p.v";
    let models = [(
        "endless",
        synthesizes("pipeline", &format!("{change}; sed -i 's/#0 ap_CS_fsm/loop = 1; ap_CS_fsm/' p.v")),
    )];
    let (_bench, jobs) =
        run(&models, ICARUS, |options| options.limits.stage_timeout = Some(Duration::from_secs(2)));
    let failure = jobs[0].failure.as_ref().expect("a failure");
    assert_eq!(
        (failure.kind, failure.stage.clone()),
        (FailureKind::Timeout, Some(Stage::new("rtlsim"))),
        "{failure:?}"
    );
}

#[test]
fn without_a_simulator_nothing_begins() {
    let bench = Bench::new();
    let error = find(&bench, only(&["vvp"]).path()).expect_err("no simulator").to_string();
    assert!(error.contains("verilator 5 or later or iverilog was not found"), "{error}");
    assert!(error.contains("turn the stage rtlsim off"), "{error}");
}
