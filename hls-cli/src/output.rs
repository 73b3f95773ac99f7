//! Standard output, where a reader may go away at any time.

use crate::error::CliError;
use std::io::{self, Write};

/// Prints a text and a line break.
pub fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    if !text.ends_with('\n') {
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}

/// Says something on standard error. Nobody may be there to read it any more: under `nohup`, or behind a pipe that was closed.
pub fn note(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Prints the warnings of a conversion on standard error.
pub fn warn(model: &std::path::Path, warnings: &[hls_model::graph::Warning]) {
    let name = model.file_name().unwrap_or(model.as_os_str()).to_string_lossy();
    for warning in warnings {
        note(&format!("warning: {name}: {warning}"));
    }
}
