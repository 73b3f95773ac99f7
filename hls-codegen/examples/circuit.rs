//! Writes a model as a circuit in Verilog, and prints what it takes: `cargo run --example circuit -- MODEL.h5 FOLDER`.

use std::error::Error;
use std::path::Path;

use hls_codegen::Conversion;
use hls_codegen::rtl::facts::Facts;
use hls_codegen::rtl::{Design, project};

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().collect::<Vec<_>>().as_slice() {
        [_, model, folder] => {
            let facts = circuit(model.as_ref(), folder.as_ref())?;
            let (cells, cycles) = (facts.estimated, facts.latency_cycles);
            println!("{} LUT, {} FF, {} CARRY4, {cycles} cycles", cells.lut, cells.ff, cells.carry);
            Ok(())
        }
        _ => Err("usage: circuit MODEL.h5 FOLDER".into()),
    }
}

/// Designs the circuit of a model under hls4ml's default configuration, writes its project, and returns its figures.
pub fn circuit(model: &Path, folder: &Path) -> Result<Facts, Box<dyn Error>> {
    let converted = Conversion::default().convert(model)?;
    let (graph, options) = (&converted.graph, &converted.options);
    let design = Design::new(graph, options.rtl, &options.clock_period, &options.clock_uncertainty)?;
    project::write(&design, options)?.write_to(folder)?;
    Ok(Facts::of(&design, &options.project_name, options.clock_period.ns()))
}
