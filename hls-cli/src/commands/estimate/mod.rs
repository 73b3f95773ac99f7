//! `estimate`: what models take as circuits of open tools, counted while the circuits are designed.

mod csv;
mod json;
mod models;
mod table;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use hls_codegen::Conversion;
use hls_codegen::rtl::Rtl;
use rayon::prelude::*;

use crate::args::EstimateArgs;
use crate::computing::use_threads;
use crate::conversion::{conversion, convert, with_circuit};
use crate::error::{CliError, FAILED};
use crate::output;
use crate::selection;
use models::{Estimate, Model, design, estimate};

/// What every form of the result says about its numbers.
const NOTE: &str = "estimate (no tool ran)";

pub fn run(args: &EstimateArgs) -> Result<ExitCode, CliError> {
    let conversion = with_circuit(conversion(&args.conversion)?, &args.circuit);
    let conversion = conversion.with_backend(Arc::new(Rtl)).map_err(CliError::usage)?;
    let models = match args.path.is_dir() {
        true => of_folder(args, &conversion)?,
        false => vec![of_file(&args.path, &conversion)?],
    };
    print(args, &models, &conversion)?;
    let failed = models.iter().any(|model| model.estimate.is_err());
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// The only model: what is wrong with it is the error of the command.
fn of_file(path: &Path, conversion: &Conversion) -> Result<Model, CliError> {
    if !path.exists() {
        return Err(CliError::usage(anyhow!("{}: there is no such file or folder", path.display())));
    }
    let converted = convert(conversion, path)?;
    output::warn(path, converted.warnings());
    let facts = design(&converted).map_err(CliError::failed)?;
    let warnings = converted.warnings().iter().map(ToString::to_string).collect();
    Ok(Model {
        name: models::name(path.file_name().unwrap_or_default().as_ref()),
        tier: None,
        file: path.to_owned(),
        estimate: Ok(Estimate { facts, warnings }),
    })
}

/// All models of a folder: what is wrong with one is its row.
fn of_folder(args: &EstimateArgs, conversion: &Conversion) -> Result<Vec<Model>, CliError> {
    let found = selection::models(&args.path, &args.selection)?;
    use_threads(args.num_workers)?;
    Ok(found.into_par_iter().map(|file| estimate(&args.path, file, conversion)).collect())
}

fn print(args: &EstimateArgs, models: &[Model], conversion: &Conversion) -> Result<(), CliError> {
    if args.json {
        return output::print(&format!("{:#}", json::document(models, conversion.options())));
    }
    if args.csv {
        let bytes = if args.layers { csv::layers(models) } else { csv::models(models) };
        return output::print(&String::from_utf8_lossy(&bytes.map_err(CliError::failed)?));
    }
    output::print(&table::describe(models, conversion.options(), args.layers))
}
