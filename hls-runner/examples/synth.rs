//! Turns a folder of models into simulated projects, as `hls-cli synth --toolchain csim` does: `cargo run --example synth -- FOLDER`.

use std::error::Error;
use std::path::Path;

use hls_codegen::Conversion;
use hls_runner::toolchain::Csim;
use hls_runner::{CancelToken, ModelConverter, Silent, SweepOptions, SweepResult, discover, plan, run_sweep};

fn main() -> Result<(), Box<dyn Error>> {
    // Must come first: this may be the process that watches over a tool.
    hls_runner::process::main_if_asked();
    let folder = std::env::args().nth(1).ok_or("usage: synth FOLDER")?;
    let state = synth(folder.as_ref())?.state;
    println!("{} of {} models succeeded", state.successful(), state.total());
    Ok(())
}

/// Converts, compiles and simulates every model, and compares each number with the emulator's. What comes of it is in
/// `FOLDER/hls_outputs`.
pub fn synth(folder: &Path) -> Result<SweepResult, Box<dyn Error>> {
    let models = discover(folder, "*.h5")?.select(None, None)?;
    let plan = plan(folder, None, models)?;
    let converter = ModelConverter::new(Conversion::default()).compared_with_emulator();
    let options = SweepOptions::default();
    let cancel = CancelToken::new();
    Ok(run_sweep(&plan, &options, &converter, &Csim::find()?, &mut Silent, &cancel)?)
}
