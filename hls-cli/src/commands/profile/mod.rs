//! `profile`: what of their types the numbers of a network use.

mod json;
mod picture;

use crate::args::{NonFiniteArg, ProfileArgs};
use crate::conversion::{conversion, convert};
use crate::data::{SampleStream, portion_size, replace_file};
use crate::error::CliError;
use crate::output::{self, printable};
use crate::signals::cancel_on_signals;
use anyhow::{Context, Error, anyhow, bail};
use comfy_table::{CellAlignment, Table, presets};
use hls_codegen::conversion::read_model;
use hls_model::graph::Graph;
use hls_model::profile::{Deviation, Profile, Profiler, TensorProfile, WrappedDistances};
use hls_runner::CancelToken;
use std::path::Path;

pub fn run(args: &ProfileArgs) -> Result<(), CliError> {
    let format = args.picture.as_deref().map(picture::Format::of).transpose().map_err(CliError::usage)?;
    let conversion = conversion(&args.conversion)?;
    let converted = convert(&conversion, &args.model)?;
    output::warn(&args.model, converted.warnings());
    let mut samples = SampleStream::open(&args.input, &converted.graph).map_err(CliError::usage)?;
    let cancel = cancel_on_signals()?;
    let profile = match profile(args, &converted.graph, &mut samples, &cancel) {
        Err(_) if cancel.is_cancelled() => {
            return Err(CliError::interrupted(anyhow!("interrupted; nothing was written")));
        }
        Err(error) if error.is::<crate::data::NotFinite>() => {
            return Err(CliError::usage(error.context(args.input.display().to_string())));
        }
        other => other.map_err(CliError::failed)?,
    };
    if let (Some(path), Some(format)) = (&args.picture, format) {
        let title = args.model.file_name().unwrap_or_default().to_string_lossy();
        let text = picture::draw(&profile, &title, format).map_err(CliError::failed)?;
        replace_file(path, text.as_bytes()).map_err(CliError::failed)?;
    }
    match args.json {
        true => output::print(&format!("{:#}", json::document(&profile)))?,
        false => output::print(&describe(&profile))?,
    }
    warn(&args.model, &profile);
    Ok(())
}

fn profile(
    args: &ProfileArgs,
    graph: &Graph,
    samples: &mut SampleStream,
    cancel: &CancelToken,
) -> Result<Profile, Error> {
    let mut profiler = Profiler::new(graph).context("the model cannot be profiled")?;
    if args.float {
        profiler = profiler.with_float_model(graph, read_model(&args.model)?);
    }
    let size = portion_size(graph, crate::engine::Layers::Record);
    while let Some(portion) = samples.next(size)? {
        if args.non_finite == NonFiniteArg::Refuse {
            portion.check_finite(graph)?;
        }
        let views: Vec<_> = portion.inputs.iter().map(|array| array.view()).collect();
        profiler.add(&views)?;
        if cancel.is_cancelled() {
            bail!("interrupted");
        }
    }
    Ok(profiler.finish())
}

/// A row of the table, the JSON document or the picture.
struct Row<'a> {
    /// The layer's class, or `Input`.
    class: &'a str,
    /// `result`, or which array of weights.
    what: &'a str,
    numbers: &'a TensorProfile,
    distances: Option<WrappedDistances>,
    float: Option<&'a Deviation>,
}

impl<'a> Row<'a> {
    /// Numbers of which nothing else is known.
    fn plain(class: &'a str, what: &'a str, numbers: &'a TensorProfile) -> Self {
        Self { class, what, numbers, distances: None, float: None }
    }
}

/// Inputs first, then each layer's weights and result.
fn rows(profile: &Profile) -> impl Iterator<Item = Row<'_>> {
    let inputs = profile.inputs.iter().map(|numbers| Row::plain("Input", "result", numbers));
    let layers = profile.layers.iter().flat_map(|layer| {
        let class = layer.class;
        let weights = layer.weights.iter().map(move |(what, numbers)| Row::plain(class, what, numbers));
        let (distances, float) = (layer.distances, layer.float.as_ref());
        weights.chain([Row { class, what: "result", numbers: &layer.result, distances, float }])
    });
    inputs.chain(layers)
}

fn describe(profile: &Profile) -> String {
    let with_float = profile.layers.iter().any(|layer| layer.float.is_some());
    let mut table = Table::new();
    table.load_style(presets::UTF8_BORDERS_ONLY);
    let mut header = vec![
        "layer",
        "class",
        "numbers",
        "type",
        "smallest",
        "largest",
        "do not fit",
        "unused bits\nint. frac.",
    ];
    if with_float {
        header.push("from float\nlargest, rms");
    }
    table.set_header(header);
    for Row { class, what, numbers, float, .. } in rows(profile) {
        let mut cells = vec![
            printable(&numbers.name),
            class.to_owned(),
            what.to_owned(),
            numbers.precision.cpp(),
            number(numbers.min),
            number(numbers.max),
            clipped(numbers),
            format!("{} {:>5}", numbers.unused_integer_bits, numbers.unused_fraction_bits),
        ];
        if with_float {
            cells.push(float.map_or(String::new(), |d| format!("{}, {}", number(d.max), number(d.rms))));
        }
        table.add_row(cells);
    }
    for numeric in [4, 5, 6, 7, 8] {
        if let Some(column) = table.column_mut(numeric) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{table}\n{} samples", profile.samples)
}

/// A number with as many digits as tell something.
fn number(value: f64) -> String {
    if value == 0.0 || (1e-3..1e6).contains(&value.abs()) {
        let text = format!("{value:.5}");
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        format!("{value:.3e}")
    }
}

fn clipped(numbers: &TensorProfile) -> String {
    match numbers.clipped {
        0 => String::new(),
        _ => format!("{:.3} %", 100.0 * numbers.clipped_fraction()),
    }
}

/// Says for each array of numbers that its type clips what would hold them.
fn warn(model: &Path, profile: &Profile) {
    let file = model.file_name().unwrap_or(model.as_os_str()).to_string_lossy();
    for Row { what, numbers, .. } in rows(profile) {
        let what = if what == "result" { "values" } else { what };
        if let Some(advice) = numbers.advice(what) {
            let warning = format!("warning: {file}: layer \"{}\": {advice}", numbers.name);
            output::note(&printable(&warning));
        }
    }
    for Row { numbers, distances, .. } in rows(profile) {
        if let Some(distances) = distances {
            let advice = distances.advice(&numbers.name, profile.samples);
            output::note(&printable(&format!("warning: {file}: layer \"{}\": {advice}", numbers.name)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_count() {
        let table = [
            (0.0, "0"),
            (1.0, "1"),
            (-0.5, "-0.5"),
            (31.999_023, "31.99902"),
            (1e-5, "1.000e-5"),
            (2e9, "2.000e9"),
        ];
        for (value, expected) in table {
            assert_eq!(number(value), expected);
        }
    }
}
