//! A grid of settings: what `--grid` asks for, checked, and the conversion of each of its points.

mod axes;
mod models;

use std::sync::Arc;

use anyhow::{Error, anyhow};
use hls_codegen::{Backend, Conversion};
use hls_model::config::Setting;
use hls_runner::{Axis, Grid, Point, SettingValue};

use crate::args::GridArgs;
use crate::conversion::{conversion, with_circuit, with_implementation};
use crate::error::CliError;
use axes::{AXES, Key, OptionAxis, option};

pub use axes::Options;
pub use models::check_models;

/// More jobs than this are a slip of the fingers: their list alone would fill the memory.
const MOST_JOBS: usize = 1_000_000;

/// What jobs are made from besides the models: the conversion without a grid, the grid, and the conversion of each of its points.
pub struct Conversions {
    /// Without the grid.
    pub base: Conversion,
    /// What varies.
    pub grid: Grid,
    /// For each point, in the order of the grid; where nothing varies, none.
    pub points: Vec<(Point, Conversion)>,
}

impl Conversions {
    /// Reads and checks everything that the options name, once for all models.
    pub fn new(grid: Grid, options: &Options, backend: &Arc<dyn Backend>) -> Result<Self, CliError> {
        let base = convert_with(options, backend, None)?;
        let points = grid.points().filter(|point| !point.is_empty()).map(|point| {
            let converted = at(&point, options)
                .map_err(CliError::usage)
                .and_then(|options| convert_with(&options, backend, Some(&base)));
            let converted = converted
                .map_err(|error| error.within(format!("--grid: the settings {point} do not go together")))?;
            Ok((point, converted))
        });
        let points = points.collect::<Result<_, CliError>>()?;
        Ok(Self { base, grid, points })
    }

    /// The points, of which there is at least the empty one, and their conversions.
    pub fn all(&self) -> Vec<(Point, &Conversion)> {
        match self.points[..] {
            [] => vec![(Point::default(), &self.base)],
            ref points => points.iter().map(|(point, conversion)| (point.clone(), conversion)).collect(),
        }
    }
}

/// A conversion with these options. It shares the kernels of another, which are large, with that one.
fn convert_with(
    options: &Options,
    backend: &Arc<dyn Backend>,
    sharing: Option<&Conversion>,
) -> Result<Conversion, CliError> {
    let made = with_circuit(conversion(&options.conversion)?, &options.circuit);
    let made = with_implementation(made, &options.implementation)?;
    let made = made.with_backend(Arc::clone(backend)).map_err(CliError::usage)?;
    Ok(match sharing {
        None => made,
        Some(other) => {
            let mut options = made.options().clone();
            options.vitis.kernels = other.options().vitis.kernels.clone();
            made.with_options(options)
        }
    })
}

/// The options with the settings of a point.
fn at(point: &Point, options: &Options) -> Result<Options, Error> {
    let mut options = options.clone();
    for (axis, value) in point.iter() {
        set(axis, value, &mut options)?;
    }
    Ok(options)
}

fn set(axis: &str, value: &SettingValue, options: &mut Options) -> Result<(), Error> {
    match option(axis) {
        Some(option) => (option.set)(options, &value.to_string()).map_err(|why| bad_value(axis, value, &why)),
        None => {
            let setting: Setting = format!("{axis}={value}").parse()?;
            options.conversion.settings.push(setting);
            Ok(())
        }
    }
}

fn bad_value(axis: &str, value: &SettingValue, why: &str) -> Error {
    anyhow!("--grid {axis}: the value {value} cannot be used: {why}")
}

/// The grid that was asked for, each axis under the name of its option, with every name and value checked as far as that goes without a model.
pub fn grid(args: &GridArgs, options: &Options) -> Result<Grid, CliError> {
    let named = args.axes.iter().map(|axis| match option(&axis.axis) {
        Some(option) => Axis { axis: option.name.to_owned(), values: axis.values.clone() },
        None => axis.clone(),
    });
    let grid = Grid::new(named.collect()).map_err(|error| CliError::usage(anyhow!("--grid: {error}")))?;
    for axis in grid.axes() {
        check(axis, &grid, options).map_err(CliError::usage)?;
    }
    Ok(grid)
}

fn check(axis: &Axis, grid: &Grid, options: &Options) -> Result<(), Error> {
    let name = &axis.axis;
    match option(name) {
        Some(option) => check_option(option, grid, options)?,
        None if !["Model.", "LayerType.", "LayerName."].iter().any(|section| name.starts_with(section)) => {
            return Err(unknown(name));
        }
        None => {}
    }
    for value in &axis.values {
        set(name, value, &mut options.clone()).map_err(|error| match option(name) {
            Some(_) => error,
            None => bad_value(name, value, &error.to_string()),
        })?;
    }
    Ok(())
}

/// Makes sure that only the axis says what the option is.
fn check_option(option: &OptionAxis, grid: &Grid, options: &Options) -> Result<(), Error> {
    let name = option.name;
    if (option.given)(options) {
        return Err(anyhow!(
            "--{name} is given, and --grid {name} gives values for the same; leave one of the two out"
        ));
    }
    let has_config = options.conversion.config.is_some();
    match option.key {
        Key::Is(key) if has_config => Err(anyhow!(
            "--grid {name}: with --config, nothing is generated that --{name} could decide; write --grid {key}=…"
        )),
        Key::Generates if has_config => {
            Err(anyhow!("--grid {name}: with --config, nothing is generated that --{name} could decide"))
        }
        Key::Is(key) if grid.axes().iter().any(|axis| axis.axis == key) => {
            Err(anyhow!("--grid: the axes {name} and {key} are the same setting; leave one of the two out"))
        }
        Key::Is(_) | Key::Generates | Key::Apart => Ok(()),
    }
}

fn unknown(name: &str) -> Error {
    let names: Vec<&str> = AXES.iter().map(|option| option.name).collect();
    let written = name.to_ascii_lowercase();
    let near = AXES.iter().map(|option| (strsim::levenshtein(&written, option.name), option.name)).min();
    let near = near.filter(|(distance, near)| distance * 3 <= near.len());
    anyhow!(
        "--grid {name}: there is no such axis{}; an axis is one of the options {}, or a key as --set has it, which begins with \
         Model., LayerType. or LayerName., such as LayerType.Dense.ReuseFactor",
        near.map(|(_, near)| format!(" ({near} is the nearest)")).unwrap_or_default(),
        names.join(", ")
    )
}

/// `12 models`, or `12 models × 9 settings = 108 jobs`.
///
/// # Errors
/// There are more jobs than a sweep can list.
pub fn count(models: usize, grid: &Grid) -> Result<String, CliError> {
    let models_text = plural(models, "model");
    if grid.is_empty() {
        return Ok(models_text);
    }
    let jobs = grid.len().and_then(|points| points.checked_mul(models));
    let (points, jobs_text) = match (grid.len(), jobs) {
        (Some(points), Some(jobs)) => (plural(points, "setting"), plural(jobs, "job")),
        (points, _) => {
            let points = points
                .map_or_else(|| "more settings than can be counted".to_owned(), |n| plural(n, "setting"));
            (points, "more jobs than can be counted".to_owned())
        }
    };
    let text = format!("{models_text} × {points} = {jobs_text}");
    if jobs.is_none_or(|jobs| jobs > MOST_JOBS) {
        return Err(CliError::usage(anyhow!(
            "{text}: one sweep can list at most {MOST_JOBS}; leave out axes, values or models"
        )));
    }
    Ok(text)
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}
