//! `profile`: how much of their types the numbers of a network use.

mod json;

use std::path::Path;

use anyhow::{Context, Error, bail};
use comfy_table::{CellAlignment, Table, presets};
use hls_codegen::conversion::read_model;
use hls_codegen::picture::{self, PictureFormat};
use hls_model::emulate::Record;
use hls_model::graph::Graph;
use hls_model::profile::{Profile, ProfileRow, Profiler, RESULT, short_number};
use hls_model::samples::{SampleStream, batch_size, replace_file};
use hls_runner::CancelToken;

use crate::args::{NonFiniteArg, ProfileArgs};
use crate::computing::conclude;
use crate::conversion::{conversion, convert};
use crate::error::CliError;
use crate::output::{self, printable};
use crate::signals::cancel_on_signals;

pub fn run(args: &ProfileArgs) -> Result<(), CliError> {
    let format = args.picture.as_deref().map(PictureFormat::of).transpose();
    let format = format.context("--picture").map_err(CliError::usage)?;
    let conversion = conversion(&args.conversion)?;
    let converted = convert(&conversion, &args.model)?;
    output::warn(&args.model, converted.warnings());
    let mut samples = SampleStream::open(&args.input, &converted.graph).map_err(CliError::usage)?;
    let cancel = cancel_on_signals()?;
    let profile = profile(args, &converted.graph, &mut samples, &cancel);
    let profile = conclude(profile, &args.input, &cancel)?;
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
    let size = batch_size(graph, Record::Layers);
    while let Some(batch) = samples.next_batch(size)? {
        if args.non_finite == NonFiniteArg::Refuse {
            batch.check_finite(graph)?;
        }
        let views: Vec<_> = batch.inputs.iter().map(|array| array.view()).collect();
        profiler.add(&views)?;
        if cancel.is_cancelled() {
            bail!("interrupted");
        }
    }
    Ok(profiler.finish())
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
    for ProfileRow { class, what, numbers, float, .. } in profile.rows() {
        let mut cells = vec![
            printable(&numbers.name),
            class.to_owned(),
            what.to_owned(),
            numbers.precision.cpp(),
            short_number(numbers.min),
            short_number(numbers.max),
            numbers.clipped_percentage(),
            format!("{} {:>5}", numbers.unused_integer_bits, numbers.unused_fraction_bits),
        ];
        if with_float {
            cells.push(
                float.map_or(String::new(), |d| format!("{}, {}", short_number(d.max), short_number(d.rms))),
            );
        }
        table.add_row(cells);
    }
    for numeric in [4, 5, 6, 7, 8] {
        if let Some(column) = table.column_mut(numeric) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let mut text = format!("{table}\n{} samples", profile.samples);
    for ProfileRow { numbers, largest, .. } in profile.rows() {
        if let Some(largest) = largest {
            text += &format!("\n{}", printable(&largest.sentence(&numbers.name)));
        }
    }
    text
}

/// Warns of each array of numbers that its type clips, and says how many bits would hold them.
fn warn(model: &Path, profile: &Profile) {
    let file = model.file_name().unwrap_or(model.as_os_str()).to_string_lossy();
    for ProfileRow { what, numbers, .. } in profile.rows() {
        let what = if what == RESULT { "values" } else { what };
        if let Some(advice) = numbers.advice(what) {
            let warning = format!("warning: {file}: layer \"{}\": {advice}", numbers.name);
            output::note(&printable(&warning));
        }
    }
    for ProfileRow { numbers, distances, largest, .. } in profile.rows() {
        let distances = distances.map(|distances| distances.advice(&numbers.name, profile.samples));
        let largest = largest.and_then(|largest| largest.advice(&numbers.name));
        for advice in [distances, largest].into_iter().flatten() {
            output::note(&printable(&format!("warning: {file}: layer \"{}\": {advice}", numbers.name)));
        }
    }
}
