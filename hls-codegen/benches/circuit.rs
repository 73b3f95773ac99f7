//! What circuits take, and how long their design takes, for the two models to which other methods are compared: a table with the targets first, then
//! times. `cargo bench -p hls-codegen --bench circuit`.

use std::path::Path;
use std::time::Instant;

use divan::{Bencher, black_box};
use hls_codegen::adder_graph::Effort;
use hls_codegen::rtl::{Design, RtlOptions};
use hls_codegen::settings::ClockPeriod;
use hls_codegen::{Conversion, Converted};

/// A model and what its circuit is to stay below.
struct Target {
    case: &'static str,
    /// Not counted: a layer that the methods compared with do not write.
    without: &'static str,
    /// LUTs.
    lut: u64,
}

const TARGETS: [Target; 2] = [
    Target { case: "wk_jet_tagger_6b", without: "Softmax", lut: 26_800 },
    Target { case: "smartpix_m2_4w0i_t000", without: "", lut: 26_000 },
];

/// Longest time for a design, in seconds.
const SECONDS: f64 = 1.0;

/// Clock periods in ns: a fast one, and one that cuts the jet tagger about ten times.
const PERIODS: [f64; 2] = [5.0, 20.0];

fn main() {
    println!(
        "{:<24} {:<5} {:>5} {:>7} {:>9} {:>7} {:>7} {:>7} {:>8}",
        "model", "effort", "ns", "LUT", "of target", "FF", "CARRY4", "cycles", "s"
    );
    for target in &TARGETS {
        for effort in Effort::ALL {
            for period in PERIODS {
                print_row(target, effort, period);
            }
        }
    }
    println!(
        "LUT, FF and CARRY4 without the softmax; targets: {} LUT, {SECONDS} s with low effort\n",
        TARGETS.map(|it| it.lut.to_string()).join(" and ")
    );
    divan::main();
}

fn print_row(target: &Target, effort: Effort, period: f64) {
    let converted = converted(target.case);
    let begin = Instant::now();
    let design = design(&converted, effort, period);
    let seconds = begin.elapsed().as_secs_f64();
    let mut cells = design.resources();
    for (layer, cost) in design.circuit.layers().iter().zip(design.layer_costs()) {
        if layer.class == target.without {
            cells.lut -= cost.resources.lut;
            cells.ff -= cost.resources.ff;
            cells.carry -= cost.resources.carry;
        }
    }
    println!(
        "{:<24} {:<5} {period:>5} {:>7} {:>9.3} {:>7} {:>7} {:>7} {seconds:>8.2}",
        target.case,
        effort.as_str(),
        cells.lut,
        cells.lut as f64 / target.lut as f64,
        cells.ff,
        cells.carry,
        design.latency(),
    );
}

fn converted(case: &str) -> Converted {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus").join(case).join("model.h5");
    Conversion::default().convert(&file).expect("the corpus holds the case")
}

fn design(converted: &Converted, effort: Effort, period: f64) -> Design {
    let period = ClockPeriod::from_ns(period).expect("a period");
    let options = RtlOptions::default().with_effort(effort);
    Design::new(&converted.graph, options, &period, &converted.options.clock_uncertainty).expect("a circuit")
}

/// The whole conversion to a Vitis project in memory, to which the designs are compared.
#[divan::bench(args = TARGETS.map(|target| target.case))]
fn vitis_project(bencher: Bencher, case: &str) {
    let converted = converted(case);
    bencher.bench_local(|| black_box(&converted).project());
}

#[divan::bench(args = TARGETS.map(|target| target.case), sample_count = 10)]
fn design_low_effort(bencher: Bencher, case: &str) {
    let converted = converted(case);
    bencher.bench_local(|| design(black_box(&converted), Effort::Low, PERIODS[0]));
}
