//! Writes the project of a model, as `hls-cli convert` does: `cargo run --example convert -- MODEL.h5 FOLDER`.

use std::error::Error;
use std::path::Path;

use hls_codegen::Conversion;

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().collect::<Vec<_>>().as_slice() {
        [_, model, folder] => convert(model.as_ref(), folder.as_ref()),
        _ => Err("usage: convert MODEL.h5 FOLDER".into()),
    }
}

/// Converts a model under hls4ml's default configuration.
pub fn convert(model: &Path, folder: &Path) -> Result<(), Box<dyn Error>> {
    let converted = Conversion::default().convert(model)?;
    for warning in converted.warnings() {
        eprintln!("warning: {warning}");
    }
    Ok(converted.project()?.write_to(folder)?)
}
