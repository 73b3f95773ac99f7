//! What a whole `hls-cli convert` costs, beside `cp -r` of the tree that it writes.
//!
//! `cargo bench -p hls-cli`. Runs of both alternate, each into a fresh folder; medians of wall time and the largest peak
//! memory are printed. Machines differ, so the ratio is the number to watch. The stages inside are in
//! `hls-codegen/benches/convert.rs`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

const CASES: [&str; 2] = ["smartpix_m2_4w0i_t000", "wk_jet_tagger_6b"];
const RUNS: usize = 41;
const MOST_TIMES_CP: f64 = 3.0;
const MOST_MIB: f64 = 30.0;

/// One process that ended well.
struct Cost {
    wall: Duration,
    /// Bytes. The system counts this program's own memory in, which is why it must stay small.
    peak_memory: u64,
}

fn main() {
    println!("{:24} {:>10} {:>10} {:>8} {:>10}", "case", "convert", "cp -r", "ratio", "peak");
    for case in CASES {
        let scratch = tempfile::tempdir().expect("a scratch folder can be made");
        measure(case, scratch.path());
    }
    let starts = (0..RUNS).map(|_| run(hls_cli().arg("--version")).wall);
    println!("\n{:24} {:>10}", "hls-cli --version", milliseconds(median(starts.collect())));
    println!("targets: at most {MOST_TIMES_CP} times cp -r, at most {MOST_MIB} MiB");
}

fn measure(case: &str, scratch: &Path) {
    let original = scratch.join("original");
    run(&mut convert(case, &original));
    let (mut conversions, mut copies) = (Vec::new(), Vec::new());
    for i in 0..RUNS {
        let (converted, copied) = (scratch.join(format!("converted{i}")), scratch.join(format!("copied{i}")));
        conversions.push(run(&mut convert(case, &converted)));
        copies.push(run(Command::new("cp").arg("-r").arg(&original).arg(&copied)));
        for folder in [converted, copied] {
            std::fs::remove_dir_all(folder).expect("what was written can be removed");
        }
    }
    let peak = conversions.iter().map(|cost| cost.peak_memory).max().unwrap_or_default();
    let mib = peak as f64 / f64::from(1 << 20);
    let [conversion, copy] =
        [conversions, copies].map(|costs| median(costs.iter().map(|cost| cost.wall).collect()));
    let ratio = conversion.as_secs_f64() / copy.as_secs_f64();
    let verdict =
        if ratio <= MOST_TIMES_CP && mib <= MOST_MIB { "within the targets" } else { "TARGET MISSED" };
    let [conversion, copy] = [conversion, copy].map(milliseconds);
    println!("{case:24} {conversion:>10} {copy:>10} {ratio:>8.2} {mib:>6.1} MiB  {verdict}");
}

fn hls_cli() -> Command {
    Command::new(env!("CARGO_BIN_EXE_hls-cli"))
}

fn convert(case: &str, output: &Path) -> Command {
    let corpus: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/corpus");
    let mut command = hls_cli();
    command.arg("convert").arg(corpus.join(case).join("model.h5")).arg("-o").arg(output);
    command
}

fn run(command: &mut Command) -> Cost {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let begin = Instant::now();
    let usage = command.spawn().and_then(|mut child| child.wait4());
    let wall = begin.elapsed();
    let usage = usage.unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    assert!(usage.status.success(), "{command:?} failed: {}", usage.status);
    Cost { wall, peak_memory: usage.rusage.maxrss }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
