//! Samples per second of the emulator on one thread, beside the compiled C simulation of the same firmware on the same samples.
//!
//! `cargo bench -p hls-cli --bench emulator`. The firmware is compiled before anything is timed: with -O1, as a sweep does it, and with
//! -O3, as `predict --engine csim` does it for very many samples. Machines differ, so the ratios are the numbers to watch; all runs
//! alternate, medians are printed. The target of 20 times is for -O1.

use std::path::Path;
use std::time::Instant;

use hls_codegen::vitis::{self, raw};
use hls_codegen::{Conversion, Options};
use hls_model::Target;
use hls_model::config::ConfigFile;
use hls_model::emulate::{Emulator, Record};
use hls_model::graph::Graph;
use hls_runner::process::Limits;
use hls_runner::toolchain::{Csim, Effort};
use hls_runner::{CancelToken, LayerOutputs, Simulator};
use ndarray::Array2;

const CASES: [&str; 6] = [
    "wk_jet_tagger_6b",
    "smartpix_m2_4w0i_t000",
    "smartpix_m3_4w0i_latency_t001",
    "smartpix_m3_4w0i_resource_t000",
    "wk_top_tagger_lstm",
    "smartpix_m3_4w0i_resource_stream_t003",
];
const RUNS: usize = 5;
/// Samples for the C simulation; the emulator gets these over and over.
const SAMPLES: usize = 10_000;
const TIMES: usize = 20;
/// What hls4ml's own compiled C simulation of the jet tagger was measured to do.
const HLS4ML_SAMPLES_PER_SECOND: f64 = 13_000.0;
const TARGET_OF_HLS4ML: f64 = 100.0;
const TARGET_OF_OURS: f64 = 20.0;

fn main() {
    println!("samples/s on one thread; in brackets the emulator's ratio to it");
    println!(
        "{:24} {:>10} {:>20} {:>20} {:>20}",
        "case", "emulator", "C simulation -O1", "C simulation -O3", "hls4ml"
    );
    for case in CASES {
        measure(case);
    }
}

fn measure(case: &str) {
    let graph = converted(case);
    let inputs = samples(&graph);
    let emulator = Emulator::new(&graph).expect("the case can be emulated");
    let efforts = [Effort::FastCompile, Effort::FastRun];
    let simulators = efforts.map(|effort| {
        let scratch = tempfile::tempdir().expect("a scratch folder can be made");
        (simulator(&graph, scratch.path(), effort), scratch)
    });
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be made");

    let views: Vec<_> = inputs.iter().map(|array| array.view()).collect();
    let rows = (0..SAMPLES).flat_map(|i| inputs.iter().flat_map(move |array| array.row(i).to_vec()));
    let bytes = raw::encode_samples(rows);
    let (mut emulated, mut simulated) = (Vec::new(), [Vec::new(), Vec::new()]);
    for _ in 0..RUNS {
        emulated.push(seconds(|| {
            for _ in 0..TIMES {
                one_thread.install(|| emulator.evaluate(&views, Record::Outputs)).expect("samples fit");
            }
        }));
        for ((simulator, _), times) in simulators.iter().zip(&mut simulated) {
            times.push(seconds(|| {
                simulator.run(&bytes, LayerOutputs::Discard).expect("the test bench runs");
            }));
        }
    }
    let emulated = (SAMPLES * TIMES) as f64 / median(emulated);
    let [short, long] = simulated.map(|times| SAMPLES as f64 / median(times));
    let beside = |other: f64| format!("{other:.0} ({:.1})", emulated / other);
    let is_jet_tagger = case == CASES[0];
    let reached = emulated / short >= TARGET_OF_OURS
        && (!is_jet_tagger || emulated / HLS4ML_SAMPLES_PER_SECOND >= TARGET_OF_HLS4ML);
    println!(
        "{case:32} {emulated:>10.0} {:>20} {:>20} {:>20}  {}",
        beside(short),
        beside(long),
        if is_jet_tagger { beside(HLS4ML_SAMPLES_PER_SECOND) } else { String::new() },
        if reached { "within the targets" } else { "TARGET MISSED" }
    );
}

fn converted(case: &str) -> Graph {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(case);
    let options = std::fs::read_to_string(folder.join("options.json")).expect("the case has options");
    let options: serde_json::Value = serde_json::from_str(&options).expect("they are JSON");
    let config = ConfigFile::from_value(options["config"].clone()).expect("the case has a configuration");
    let io_type =
        options["io_type"].as_str().expect("an interface").parse().expect("there is such an interface");
    let target = Target::default().with_io_type(io_type).expect("there is such a target");
    let conversion = Conversion::configured(config.hls).with_target(target);
    conversion.convert(&folder.join("model.h5")).expect("it can be converted").graph
}

/// Numbers of each input's type.
fn samples(graph: &Graph) -> Vec<Array2<f32>> {
    let mut random = fastrand::Rng::with_seed(1);
    let inputs = graph.inputs.iter().map(|&id| {
        let tensor = graph.output_of(id);
        let ty = tensor.ty.precision.storage();
        let (low, high) = (ty.to_f64(ty.min_raw()), ty.to_f64(ty.max_raw()));
        Array2::from_shape_fn((SAMPLES, tensor.len()), |_| (low + random.f64() * (high - low)) as f32)
    });
    inputs.collect()
}

fn simulator(graph: &Graph, folder: &Path, effort: Effort) -> Simulator {
    let options = Options::default();
    let project = vitis::emit(graph, &options).expect("the case can be written");
    project.write_to(folder).expect("the scratch folder can be written to");
    let csim = Csim::find().expect("there is a C++ compiler");
    let name = &options.project_name;
    Simulator::build(&csim, folder, name, effort, Limits::default(), &CancelToken::new())
        .expect("the firmware compiles")
}

fn seconds(work: impl FnOnce()) -> f64 {
    let begin = Instant::now();
    work();
    begin.elapsed().as_secs_f64()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
