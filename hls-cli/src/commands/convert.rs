//! `convert`: write the project of one model.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, anyhow};
use hls_codegen::Conversion;
use hls_codegen::test_data::write_samples;
use hls_model::samples::Samples;
use hls_runner::{Converter, ModelConverter, TestData};

use crate::args::ConvertArgs;
use crate::conversion::{conversion, convert, with_circuit, with_implementation};
use crate::error::CliError;
use crate::output;

pub fn run(args: &ConvertArgs) -> Result<(), CliError> {
    let conversion = with_circuit(conversion(&args.conversion)?, &args.circuit);
    let conversion = with_implementation(conversion, &args.implementation)?;
    let conversion = conversion.with_backend((args.toolchain.backend)()).map_err(CliError::usage)?;
    if !args.force {
        require_empty(&args.output)?;
    }
    if args.toolchain.name == "open" {
        return circuit(args, conversion);
    }
    let converted = convert(&conversion, &args.model)?;
    output::warn(&args.model, converted.warnings());
    let samples = args.data.as_deref().map(|path| Samples::read(path, &converted.graph)).transpose();
    let samples = samples.map_err(CliError::usage)?;
    let project = converted.project().map_err(CliError::failed)?;
    let written =
        project.write_to(&args.output).with_context(|| format!("--output {}", args.output.display()));
    written.map_err(CliError::failed)?;
    if let Some(samples) = samples {
        write_samples(&converted.layout(), &args.output, &samples).map_err(CliError::failed)?;
    }
    let name = &converted.options.project_name;
    output::print(&format!(
        "{}: project {name} of {} layers",
        args.output.display(),
        converted.graph.order().len()
    ))
}

/// The circuit, with what its test bench reads and what the emulator makes of it.
fn circuit(args: &ConvertArgs, conversion: Conversion) -> Result<(), CliError> {
    let data = args.data.clone().map_or(TestData::Random, TestData::File);
    let converter = ModelConverter::new(conversion).with_data(data).compared_with_emulator();
    let converted = converter.convert(&args.model, &args.output).map_err(|error| anyhow!(error));
    let converted = converted.map_err(CliError::failed)?;
    let model = args.model.file_name().unwrap_or_default().to_string_lossy();
    for warning in &converted.warnings {
        output::note(&output::printable(&format!("warning: {model}: {warning}")));
    }
    output::print(&format!("{}: circuit {}", args.output.display(), converted.name))
}

/// Each project gets a folder of its own, so that files of an older one are not mistaken for part of a new one.
fn require_empty(folder: &Path) -> Result<(), CliError> {
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
        Err(e) => return Err(CliError::usage(anyhow!(e).context(format!("--output {}", folder.display())))),
        Ok(mut entries) => {
            entries.next().transpose().context("listing the output folder").map_err(CliError::failed)?
        }
    };
    match entries {
        None => Ok(()),
        Some(_) => {
            let advice = "name another folder, or add --force to write into it";
            Err(CliError::usage(anyhow!("--output {} is not empty; {advice}", folder.display())))
        }
    }
}
