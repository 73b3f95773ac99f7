//! `hls-cli score` on many models, beside the emulator alone on the same samples.
//!
//! `cargo bench -p hls-cli --bench score`. Models of a pixel-detector search, `fixtures/sweep`, are used over and over. The emulator computes what it
//! does for `predict`, batch after batch from memory, one model after another on all cores; nothing else. `score` is the whole process: reading the
//! samples, converting the models, metrics, files. Machines differ, so the ratios are the numbers to watch; all runs alternate, medians are
//! printed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use hls_codegen::Conversion;
use hls_model::emulate::{Emulator, Record};
use hls_model::samples::LabelledFile;
use ndarray::{Array1, Array2};
use ndarray_npy::NpzWriter;

const MODELS: usize = 150;
const SAMPLES: usize = 100_000;
const RUNS: usize = 3;
/// How many times the emulator's time the whole command may take, without references.
const TARGET: f64 = 1.3;

const INPUTS: [(&str, usize); 5] =
    [("x_profile", 21), ("y_profile", 13), ("nModule", 1), ("x_local", 1), ("y_local", 1)];

fn main() {
    let scratch = tempfile::tempdir().expect("a scratch folder can be made");
    let (models, samples) = (scratch.path().join("models"), scratch.path().join("samples.npz"));
    let files = write_models(&models);
    write_samples(&samples);
    let (mut emulated, mut scored, mut compared) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        emulated.push(emulate(&files, &samples));
        scored.push(score(&models, &samples, &["--no-reference"]));
        compared.push(score(&models, &samples, &[]));
    }
    let [emulated, scored, compared] = [emulated, scored, compared].map(median);
    println!("{MODELS} models, {SAMPLES} samples");
    println!("{:44} {emulated:>8.2} s", "the emulator alone");
    let verdict = if scored <= TARGET * emulated { "within the target" } else { "TARGET MISSED" };
    println!(
        "{:44} {scored:>8.2} s, ratio {:.2}, {verdict} of {TARGET}",
        "score --no-reference",
        scored / emulated
    );
    println!("{:44} {compared:>8.2} s, ratio {:.2}", "score, with both references", compared / emulated);
}

/// The sweep's good models, under as many names as are needed.
fn write_models(folder: &Path) -> Vec<PathBuf> {
    fs::create_dir(folder).expect("a folder can be made");
    let sweep = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/sweep");
    // 020 is the same as 019; 021 and 022 are broken.
    let good = (0..20).map(|number| sweep.join(format!("model_trial_{number:03}.h5")));
    let good: Vec<PathBuf> = good.collect();
    let files = (0..MODELS).map(|number| {
        let file = folder.join(format!("model_trial_{number:03}.h5"));
        fs::copy(&good[number % good.len()], &file).expect("a model can be copied");
        file
    });
    files.collect()
}

fn write_samples(path: &Path) {
    let mut random = fastrand::Rng::with_seed(1);
    let mut npz = NpzWriter::new(fs::File::create(path).expect("a file can be made"));
    for (name, len) in INPUTS {
        let array = Array2::from_shape_fn((SAMPLES, len), |_| 4.0 * random.f32() - 2.0);
        npz.add_array(name, &array).expect("an array can be written");
    }
    let labels = Array1::from_shape_fn(SAMPLES, |_| f32::from(u8::from(random.bool())));
    npz.add_array("y", &labels).expect("labels can be written");
    npz.finish().expect("an npz can be written");
}

/// Seconds that the emulator takes for the samples of all models.
fn emulate(models: &[PathBuf], samples: &Path) -> f64 {
    let file = LabelledFile::open(samples, "y", None).expect("samples can be read");
    models
        .iter()
        .map(|model| {
            let graph = Conversion::default().convert(model).expect("the model can be converted").graph;
            let emulator = Emulator::new(&graph).expect("it can be emulated");
            let wanted = file.wanted_by(emulator.inputs()).expect("the samples fit");
            let mut stream = file.read(&wanted).expect("samples can be read");
            let mut batches = Vec::new();
            while let Some(batch) = stream.next_batch().expect("samples can be read") {
                batches.push(batch);
            }
            let begin = Instant::now();
            for batch in &batches {
                let outputs =
                    emulator.evaluate(&batch.inputs(), Record::Outputs).expect("samples fit").outputs;
                std::hint::black_box(outputs.iter().map(|output| output.values()).collect::<Vec<_>>());
            }
            begin.elapsed().as_secs_f64()
        })
        .sum()
}

/// Seconds of the whole process.
fn score(models: &Path, samples: &Path, options: &[&str]) -> f64 {
    let begin = Instant::now();
    let status = Command::new(env!("CARGO_BIN_EXE_hls-cli"))
        .args(["score", "--input-dir"])
        .arg(models)
        .arg("--data")
        .arg(samples)
        .args(options)
        .stdout(Stdio::null())
        .status();
    assert!(status.expect("hls-cli starts").success());
    begin.elapsed().as_secs_f64()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}
