//! The estimates as comma-separated values. Columns that `report --csv` has too have the names that they have there.

use anyhow::Error;
use csv::Writer;
use hls_runner::Tier;

use super::models::Model;

/// One line for each model.
pub fn models(models: &[Model]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record([
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
    ])?;
    for model in models {
        let mut line = vec![model.name.clone(), tier(model).to_owned(), model.status().to_owned()];
        line.extend(numbers(model));
        line.push(model.estimate.as_ref().err().cloned().unwrap_or_default());
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

/// One line for each layer of each model.
pub fn layers(models: &[Model]) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::from_writer(Vec::new());
    writer.write_record(["model", "tier", "layer", "class", "lut", "ff", "carry", "latency_cycles"])?;
    for model in models {
        let layers = model.estimate.iter().flat_map(|estimate| &estimate.facts.layers);
        for layer in layers {
            writer.write_record([
                &model.name,
                tier(model),
                &layer.name,
                layer.class,
                &layer.lut.to_string(),
                &layer.ff.to_string(),
                &layer.carry.to_string(),
                &layer.latency_cycles.to_string(),
            ])?;
        }
    }
    Ok(writer.into_inner()?)
}

fn tier(model: &Model) -> &'static str {
    model.tier.map_or("", Tier::name)
}
