//! The estimates for people.

use hls_codegen::Options;
use hls_codegen::rtl::facts::Facts;

use super::NOTE;
use super::models::{Estimate, Model};
use crate::output::printable;
use crate::tables::table;

/// Headings of the numbers.
const HEADINGS: [&str; 8] =
    ["LUT", "FF", "CARRY4", "DSP", "BRAM", "latency\ncycles", "latency\nns", "clock\nns, est."];

pub fn describe(models: &[Model], options: &Options, with_layers: bool) -> String {
    let mut table = table(&["model"], &HEADINGS);
    for model in models {
        let mut row = vec![name(model)];
        match &model.estimate {
            Ok(estimate) => row.extend(numbers(&estimate.facts)),
            Err(_) => row.extend(HEADINGS.map(|_| "-".to_owned())),
        }
        table.add_row(row);
    }
    let mut parts = vec![table.to_string()];
    // Of the only model there is nothing to add up, and its warnings are on standard error.
    if let [_, _, ..] = models {
        parts.push(totals(models));
        parts.extend(warnings(models));
    }
    parts.push(about(options));
    if with_layers {
        parts.extend(models.iter().filter_map(layers));
    }
    parts.extend(failures(models));
    parts.join("\n")
}

fn numbers(facts: &Facts) -> [String; 8] {
    let cells = facts.estimated;
    [
        cells.lut.to_string(),
        cells.ff.to_string(),
        cells.carry.to_string(),
        cells.dsp.to_string(),
        cells.bram_18k.to_string(),
        facts.latency_cycles.to_string(),
        format!("{:.1}", facts.latency_ns()),
        format!("{:.2}", facts.longest_path_ns),
    ]
}

/// The model's name, with its tier where there are two.
fn name(model: &Model) -> String {
    match model.tier {
        Some(tier) => printable(&format!("{} ({})", model.name, tier.name())),
        None => printable(&model.name),
    }
}

fn totals(models: &[Model]) -> String {
    let failed = models.iter().filter(|model| model.estimate.is_err()).count();
    let all = models.len();
    match failed {
        0 => format!("{all} models"),
        failed => format!("{all} models, {failed} failed"),
    }
}

/// Whose numbers these are.
fn about(options: &Options) -> String {
    format!(
        "{NOTE}: 7-series cells, counted while the circuits were designed for a clock of {} ns with an uncertainty of {}, effort {}, goal {}; \
         one sample per cycle. The clock is the longest path, without placement, ±25 %.",
        options.clock_period.ns(),
        options.clock_uncertainty,
        options.rtl.effort.as_str(),
        options.rtl.goal.as_str(),
    )
}

fn warnings(models: &[Model]) -> Option<String> {
    let warned = models.iter().filter(|model| matches!(&model.estimate, Ok(it) if !it.warnings.is_empty()));
    match warned.count() {
        0 => None,
        1 => Some("The conversion of 1 model gave warnings: --json has them.".to_owned()),
        many => Some(format!("The conversion of {many} models gave warnings: --json has them.")),
    }
}

/// What each layer takes.
fn layers(model: &Model) -> Option<String> {
    let Estimate { facts, .. } = model.estimate.as_ref().ok()?;
    let mut table = table(&["layer", "class"], &["LUT", "FF", "CARRY4", "ready after\ncycles"]);
    for layer in &facts.layers {
        table.add_row([
            printable(&layer.name),
            layer.class.to_owned(),
            layer.lut.to_string(),
            layer.ff.to_string(),
            layer.carry.to_string(),
            layer.latency_cycles.to_string(),
        ]);
    }
    let other = facts.registers_beside_layers();
    table.add_row(["(inputs, valid)", "", "0", &other.to_string(), "0", ""]);
    Some(format!("\n{}\n{table}", name(model)))
}

fn failures(models: &[Model]) -> Option<String> {
    let failed = models.iter().filter_map(|model| {
        let error = model.estimate.as_ref().err()?;
        Some(format!("  {}\n    {}", name(model), printable(error)))
    });
    let failed: Vec<String> = failed.collect();
    (!failed.is_empty()).then(|| format!("\nFailures\n{}", failed.join("\n")))
}
