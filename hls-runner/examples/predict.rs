//! Computes the exact outputs of a model's firmware, as `hls-cli predict` does: `cargo run --example predict -- MODEL.h5 X.npz Y.npz`.

use std::error::Error;
use std::path::Path;

use hls_codegen::Conversion;
use hls_model::emulate::Record;
use hls_model::samples::{SampleStream, batch_size};
use hls_runner::engine::{Emulation, Engine, PredictionWriter};

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().collect::<Vec<_>>().as_slice() {
        [_, model, inputs, outputs] => predict(model.as_ref(), inputs.as_ref(), outputs.as_ref()),
        _ => Err("usage: predict MODEL.h5 X.npz Y.npz".into()),
    }
}

/// Computes the outputs batch by batch, so that the samples may be more than memory holds.
pub fn predict(model: &Path, inputs: &Path, outputs: &Path) -> Result<(), Box<dyn Error>> {
    let converted = Conversion::default().convert(model)?;
    let graph = &converted.graph;
    let mut samples = SampleStream::open(inputs, graph)?;
    let mut writer = PredictionWriter::new(&converted, outputs, None)?;
    let emulation = Emulation::new(graph)?;
    while let Some(batch) = samples.next_batch(batch_size(graph, Record::Outputs))? {
        batch.check_finite(graph)?;
        writer.append(&emulation.run(&batch, Record::Outputs)?)?;
    }
    Ok(writer.finish()?)
}
