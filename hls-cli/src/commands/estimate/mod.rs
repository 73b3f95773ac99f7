//! `estimate`: what models take as circuits of open tools, counted while the circuits are designed.

mod csv;
mod json;
mod models;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::anyhow;
use hls_codegen::rtl::Rtl;
use hls_codegen::{Backend, Conversion};
use hls_runner::{ModelFile, Point};
use rayon::prelude::*;

use crate::args::{EstimateArgs, ImplementationArgs};
use crate::computing::use_threads;
use crate::conversion::convert;
use crate::error::{CliError, FAILED};
use crate::grid::{self, Conversions};
use crate::output;
use crate::selection;
use models::{Estimate, Model, design, estimate};

/// What every form of the result says about its numbers.
const NOTE: &str = "estimate (no tool ran)";

pub fn run(args: &EstimateArgs) -> Result<ExitCode, CliError> {
    let options = grid::Options {
        conversion: args.conversion.clone(),
        circuit: args.circuit.clone(),
        implementation: ImplementationArgs::default(),
    };
    let grid = grid::grid(&args.grid, &options)?;
    let backend: Arc<dyn Backend> = Arc::new(Rtl);
    if !args.path.is_dir() && grid.is_empty() {
        let conversions = Conversions::new(grid, &options, &backend)?;
        let model = of_file(&args.path, &conversions.base)?;
        print(args, &[model], &conversions)?;
        return Ok(ExitCode::SUCCESS);
    }
    let (folder, files) = files(args)?;
    let count = grid::count(files.len(), &grid)?;
    let conversions = Conversions::new(grid, &options, &backend)?;
    if !conversions.grid.is_empty() {
        grid::check_models(
            &conversions.base,
            &conversions.grid,
            files.iter().map(|file| file.path.as_path()),
        )?;
        output::note(&count);
    }
    use_threads(args.num_workers)?;
    let models = of_all(&folder, files, &conversions);
    print(args, &models, &conversions)?;
    let failed = models.iter().any(|model| model.estimate.is_err());
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// The only model: what is wrong with it is the error of the command.
fn of_file(path: &Path, conversion: &Conversion) -> Result<Model, CliError> {
    must_exist(path)?;
    let converted = convert(conversion, path)?;
    output::warn(path, converted.warnings());
    let facts = design(&converted).map_err(CliError::failed)?;
    let warnings = converted.warnings().iter().map(ToString::to_string).collect();
    Ok(Model {
        name: models::name(path.file_name().unwrap_or_default().as_ref()),
        tier: None,
        file: path.to_owned(),
        settings: Point::default(),
        estimate: Ok(Estimate { facts, warnings }),
    })
}

/// The folder and its models; or the only model.
fn files(args: &EstimateArgs) -> Result<(PathBuf, Vec<ModelFile>), CliError> {
    let path = &args.path;
    if path.is_dir() {
        return Ok((path.clone(), selection::models(path, &args.selection)?));
    }
    must_exist(path)?;
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    Ok((folder, vec![ModelFile { path: path.clone(), tier: None }]))
}

fn must_exist(path: &Path) -> Result<(), CliError> {
    match path.exists() {
        true => Ok(()),
        false => Err(CliError::usage(anyhow!("{}: there is no such file or folder", path.display()))),
    }
}

/// All models at all points of the grid: what is wrong with one is its row.
fn of_all(folder: &Path, files: Vec<ModelFile>, conversions: &Conversions) -> Vec<Model> {
    let points = conversions.all();
    let jobs: Vec<_> = files
        .into_iter()
        .flat_map(|file| points.iter().map(move |(point, conversion)| (file.clone(), point, *conversion)))
        .collect();
    jobs.into_par_iter()
        .map(|(file, point, conversion)| estimate(folder, file, point.clone(), conversion))
        .collect()
}

fn print(args: &EstimateArgs, models: &[Model], conversions: &Conversions) -> Result<(), CliError> {
    if args.json {
        return output::print(&format!("{:#}", json::document(models, conversions)));
    }
    if args.csv {
        let axes = conversions.grid.axes();
        let bytes = if args.layers { csv::layers(models, axes) } else { csv::models(models, axes) };
        return output::print(&String::from_utf8_lossy(&bytes.map_err(CliError::failed)?));
    }
    output::print(&table::describe(models, conversions, args.layers))
}
