//! The scores for people.

use std::path::Path;

use hls_model::metrics::Undefined;
use hls_model::score::{Metric, ModelScores};

use super::document::{CSV, JSON, Report, Side};
use super::models::Model;
use crate::output::printable;
use crate::tables::table;

/// Columns of numbers before the metrics.
const BEFORE: [&str; 3] = ["parameters", "zeros", "bit\noperations"];

/// Names of all metrics that some model has, in the order in which they first appear.
pub fn metric_names(report: &Report) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    let metrics = report.models.iter().filter_map(Model::scored).flat_map(|scored| &scored.scores.metrics);
    for metric in metrics {
        if !names.contains(&metric.name.as_str()) {
            names.push(&metric.name);
        }
    }
    names
}

pub fn describe(report: &Report, folder: &Path) -> String {
    let names = metric_names(report);
    let compared = report.models.iter().filter_map(Model::scored).any(|it| it.scores.reference().is_some());
    let below = if compared { "\nfrom Keras" } else { "" };
    let headings: Vec<String> = names.iter().map(|name| format!("{name}{below}")).collect();
    let headings: Vec<&str> = BEFORE.into_iter().chain(headings.iter().map(String::as_str)).collect();
    let mut table = table(&["model"], &headings);
    for model in &report.models {
        let mut row = vec![name(model)];
        row.extend(size(model));
        row.extend(names.iter().map(|name| metric(report, model, name)));
        table.add_row(row);
    }
    let mut parts = vec![table.to_string(), totals(report)];
    parts.extend(compared.then(|| explanation(report)));
    parts.extend(undefined(report));
    parts.extend(missing_references(report));
    parts.extend(warnings(report));
    parts.push(format!("{} and {CSV} are in {}", JSON, folder.display()));
    parts.extend(failures(report));
    parts.join("\n")
}

/// The model's name, with its tier where there are two.
fn name(model: &Model) -> String {
    match model.tier {
        Some(tier) => printable(&format!("{} ({})", model.name, tier.name())),
        None => printable(&model.name),
    }
}

fn size(model: &Model) -> [String; 3] {
    let Some(scored) = model.scored() else { return ["-"; 3].map(str::to_owned) };
    let size = scored.size;
    let zeros = size.sparsity().map_or_else(|| "-".to_owned(), |share| format!("{:.1} %", 100.0 * share));
    [size.parameters.to_string(), zeros, size.bit_operations.to_string()]
}

/// A value, its difference to the model before the conversion, and a mark if that is too large.
fn metric(report: &Report, model: &Model, name: &str) -> String {
    let Some(scores) = model.scored().map(|it| &it.scores) else { return "-".to_owned() };
    let value = |metrics: &[Metric]| metrics.iter().find(|metric| metric.name == name)?.value.ok();
    let Some(ours) = value(&scores.metrics) else { return "-".to_owned() };
    let reference = scores.reference().and_then(|(_, metrics)| value(metrics));
    let Some(reference) = reference else { return number(ours) };
    let mark = if report.worse(scores).contains(&name) { "!" } else { " " };
    format!("{} {:+.4}{mark}", number(ours), ours - reference)
}

/// A share with four digits, anything large with as many.
fn number(value: f64) -> String {
    if value == 0.0 || (1e-3..1e4).contains(&value.abs()) {
        format!("{value:.4}")
    } else {
        format!("{value:.3e}")
    }
}

fn totals(report: &Report) -> String {
    let failed = report.models.iter().filter(|model| model.error().is_some()).count();
    let samples = report.samples.map_or_else(String::new, |samples| format!(" on {samples} samples"));
    match (report.models.len(), failed) {
        (1, 0) => format!("1 model{samples}"),
        (1, _) => format!("1 model{samples}, which failed"),
        (all, 0) => format!("{all} models{samples}"),
        (all, failed) => format!("{all} models{samples}, {failed} failed"),
    }
}

fn explanation(report: &Report) -> String {
    format!(
        "Exact outputs of the firmware; after them the difference to the model before the conversion, with QKeras's quantizers where it has \
         them. !: worse than that by more than {} (shares: the difference; losses: the ratio less 1).",
        report.tolerance
    )
}

/// Why metrics are missing, with how many models lack them.
fn undefined(report: &Report) -> Vec<String> {
    let mut reasons: Vec<(String, usize)> = Vec::new();
    for scored in report.models.iter().filter_map(Model::scored) {
        for metric in &scored.scores.metrics {
            let Err(reason) = metric.value.as_ref().map_err(Undefined::to_string) else { continue };
            let reason = format!("{}: {reason}", metric.name);
            match reasons.iter_mut().find(|(known, _)| *known == reason) {
                Some((_, count)) => *count += 1,
                None => reasons.push((reason, 1)),
            }
        }
    }
    let line = |(reason, count): (String, usize)| format!("No {reason} ({})", models(count));
    reasons.into_iter().map(line).collect()
}

fn models(count: usize) -> String {
    if count == 1 { "1 model".to_owned() } else { format!("{count} models") }
}

/// Why models are not compared with what they were before the conversion, or only in floating point.
fn missing_references(report: &Report) -> Vec<String> {
    let of = |what: &str, side: fn(&ModelScores) -> &Option<Side>| {
        let scored = report.models.iter().filter_map(Model::scored);
        let errors: Vec<&String> =
            scored.filter_map(|it| side(&it.scores).as_ref()?.as_ref().err()).collect();
        let first = errors.first()?;
        Some(format!("No comparison {what} ({}): {}", models(errors.len()), printable(first)))
    };
    let sides =
        [of("in floating point", |scores| &scores.float), of("with quantizers", |scores| &scores.quantized)];
    sides.into_iter().flatten().collect()
}

fn warnings(report: &Report) -> Option<String> {
    let scored = report.models.iter().filter_map(Model::scored);
    match scored.filter(|scored| !scored.warnings.is_empty()).count() {
        0 => None,
        count => Some(format!("The conversion of {} gave warnings: {JSON} has them.", models(count))),
    }
}

fn failures(report: &Report) -> Option<String> {
    let failed = report.models.iter().filter_map(|model| {
        let error = model.error()?;
        Some(format!("  {}\n    {}", name(model), printable(error)))
    });
    let failed: Vec<String> = failed.collect();
    (!failed.is_empty()).then(|| format!("\nFailures\n{}", failed.join("\n")))
}
