//! The estimates for people.

use hls_codegen::rtl::facts::Facts;
use hls_runner::Axis;

use super::NOTE;
use super::models::{Estimate, Model};
use crate::grid::Conversions;
use crate::output::printable;
use crate::tables::{heading, table};

/// Headings of the numbers.
const HEADINGS: [&str; 8] =
    ["LUT", "FF", "CARRY4", "DSP", "BRAM", "latency\ncycles", "latency\nns", "clock\nns, est."];

pub fn describe(models: &[Model], conversions: &Conversions, with_layers: bool) -> String {
    let axes = conversions.grid.axes();
    let words: Vec<String> = ["model".to_owned()].into_iter().chain(axes.iter().map(axis_heading)).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut table = table(&words, &HEADINGS);
    for model in models {
        let mut row = vec![name(model)];
        row.extend(axes.iter().map(|axis| setting(model, axis)));
        match &model.estimate {
            Ok(estimate) => row.extend(numbers(&estimate.facts)),
            Err(_) => row.extend(HEADINGS.map(|_| "-".to_owned())),
        }
        table.add_row(row);
    }
    let mut parts = vec![table.to_string()];
    // Of the only model there is nothing to add up, and its warnings are on standard error.
    if let [_, _, ..] = models {
        parts.push(totals(models, if axes.is_empty() { "models" } else { "jobs" }));
        parts.extend(warnings(models));
    }
    parts.push(about(conversions));
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

fn axis_heading(axis: &Axis) -> String {
    heading(&axis.axis)
}

fn setting(model: &Model, axis: &Axis) -> String {
    model.settings.get(&axis.axis).map_or_else(|| "-".to_owned(), |value| printable(&value.to_string()))
}

fn totals(models: &[Model], things: &str) -> String {
    let failed = models.iter().filter(|model| model.estimate.is_err()).count();
    let all = models.len();
    match failed {
        0 => format!("{all} {things}"),
        failed => format!("{all} {things}, {failed} failed"),
    }
}

/// Whose numbers these are. What varies is in the table.
fn about(conversions: &Conversions) -> String {
    let options = conversions.base.options();
    let varies = |axis: &str| conversions.grid.axes().iter().any(|known| known.axis == axis);
    let said = |axis: &str, text: String| if varies(axis) { format!("the {axis} of its row") } else { text };
    format!(
        "{NOTE}: 7-series cells, counted while the circuits were designed for {} with {}, {}, {}; \
         one sample per cycle. The clock is the longest path, without placement, ±25 %.",
        said("clock-period", format!("a clock of {} ns", options.clock_period.ns())),
        said("clock-uncertainty", format!("an uncertainty of {}", options.clock_uncertainty)),
        said("effort", format!("effort {}", options.rtl.effort.as_str())),
        said("goal", format!("goal {}", options.rtl.goal.as_str())),
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
    Some(format!("\n{}\n{table}", printable(&model.label())))
}

fn failures(models: &[Model]) -> Option<String> {
    let failed = models.iter().filter_map(|model| {
        let error = model.estimate.as_ref().err()?;
        Some(format!("  {}\n    {}", printable(&model.label()), printable(error)))
    });
    let failed: Vec<String> = failed.collect();
    (!failed.is_empty()).then(|| format!("\nFailures\n{}", failed.join("\n")))
}
