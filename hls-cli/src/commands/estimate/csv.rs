//! The estimates as comma-separated values. Columns that `report --csv` has too have the names that they have there.

use anyhow::Error;
use csv::Writer;
use hls_runner::results::columns::setting_name;
use hls_runner::{Axis, Tier};

use super::models::Model;

/// One line for each model, or with a grid for each model and each of its points; columns for the axes follow the others.
pub fn models(models: &[Model], axes: &[Axis]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    let columns = [
        "model",
        "tier",
        "status",
        "instant_lut",
        "instant_ff",
        "instant_carry",
        "instant_dsp",
        "instant_bram_18k",
        "circuit_latency_cycles",
        "circuit_interval_cycles",
        "circuit_latency_ns",
        "circuit_clock_period_ns",
        "longest_path_ns",
        "error",
    ];
    writer.write_record(with_axes(&columns, axes))?;
    for model in models {
        let mut line = vec![model.name.clone(), tier(model).to_owned(), model.status().to_owned()];
        line.extend(numbers(model));
        line.push(model.estimate.as_ref().err().cloned().unwrap_or_default());
        line.extend(settings(model, axes));
        writer.write_record(line)?;
    }
    Ok(writer.into_inner()?)
}

/// The numbers of a model; empty if there are none.
fn numbers(model: &Model) -> [String; 10] {
    let Ok(estimate) = &model.estimate else { return Default::default() };
    let facts = &estimate.facts;
    let cells = facts.estimated;
    [
        cells.lut.to_string(),
        cells.ff.to_string(),
        cells.carry.to_string(),
        cells.dsp.to_string(),
        cells.bram_18k.to_string(),
        facts.latency_cycles.to_string(),
        facts.interval_cycles.to_string(),
        facts.latency_ns().to_string(),
        facts.clock_period_ns.to_string(),
        facts.longest_path_ns.to_string(),
    ]
}

/// The names of columns, and after them those of the axes.
fn with_axes(columns: &[&str], axes: &[Axis]) -> Vec<String> {
    let columns = columns.iter().map(|name| (*name).to_owned());
    columns.chain(axes.iter().map(|axis| setting_name(&axis.axis))).collect()
}

fn settings(model: &Model, axes: &[Axis]) -> Vec<String> {
    let value = |axis: &Axis| model.settings.get(&axis.axis).map(ToString::to_string).unwrap_or_default();
    axes.iter().map(value).collect()
}

/// One line for each layer of each model, likewise.
pub fn layers(models: &[Model], axes: &[Axis]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    let columns = ["model", "tier", "layer", "class", "lut", "ff", "carry", "latency_cycles"];
    writer.write_record(with_axes(&columns, axes))?;
    for model in models {
        let layers = model.estimate.iter().flat_map(|estimate| &estimate.facts.layers);
        for layer in layers {
            let line = [
                model.name.clone(),
                tier(model).to_owned(),
                layer.name.clone(),
                layer.class.to_owned(),
                layer.lut.to_string(),
                layer.ff.to_string(),
                layer.carry.to_string(),
                layer.latency_cycles.to_string(),
            ];
            writer.write_record(line.into_iter().chain(settings(model, axes)))?;
        }
    }
    Ok(writer.into_inner()?)
}

fn tier(model: &Model) -> &'static str {
    model.tier.map_or("", Tier::name)
}
