//! `--resource-analysis`: the CSV of the scripts that came before.

use std::path::Path;

use anyhow::{Context, anyhow};
use hls_model::samples::replace_file;
use hls_runner::Summary;
use hls_runner::results::ResourceAnalysis;

use crate::error::CliError;
use crate::output::{self, printable};

/// The script's own name for the file.
const FILE: &str = "resource_analysis.csv";

pub fn write(summary: &Summary, file: Option<&Path>) -> Result<(), CliError> {
    let path = file.map_or_else(|| summary.output_dir().join(FILE), Path::to_owned);
    let analysis = ResourceAnalysis::of(summary);
    if analysis.models() == 0 {
        return Err(CliError::failed(anyhow!(
            "{} is not written: no model in {} succeeded; `hls-cli report` without --resource-analysis lists the failures",
            path.display(),
            summary.output_dir().display()
        )));
    }
    let mut bytes = Vec::new();
    analysis.write_csv(&mut bytes)?;
    replace_file(&path, &bytes)
        .context("--resource-analysis=FILE writes elsewhere")
        .map_err(CliError::failed)?;
    output::note(&printable(&format!(
        "wrote {}: luts, registers, bram and dsp are Vivado's counts after logic synthesis; latency, interval and estimated_fmax are \
         estimates of C synthesis",
        path.display()
    )));
    let missing = analysis.without_vivado();
    if missing > 0 {
        output::note(&format!(
            "warning: {missing} of its {} models have no report of Vivado: luts, registers, bram and dsp are empty there, because C \
             synthesis's estimates of these are often two to five times too high",
            analysis.models()
        ));
    }
    Ok(())
}
