//! The scores as comma-separated values: one line for each model.

use anyhow::Error;
use csv::Writer;
use hls_model::score::{Metric, ModelScores};

use super::document::Report;
use super::models::Model;
use super::table::metric_names;

/// Columns before the metrics.
const BEFORE: [&str; 10] = [
    "model",
    "tier",
    "file",
    "status",
    "task",
    "samples",
    "parameters",
    "sparsity",
    "multiplications",
    "bit_operations",
];

/// One line for each model: for every metric that some model has, the firmware's value, those of the model in floating point and with its
/// quantizers, and the difference to the latter, or to the former if it has none.
pub fn lines(report: &Report) -> Result<Vec<u8>, Error> {
    let names = metric_names(report);
    let mut writer = Writer::from_writer(Vec::new());
    let of_metrics = names
        .iter()
        .flat_map(|name| ["", "float_", "quantized_", "difference_"].map(|side| format!("{side}{name}")));
    let after = ["reference", "worse_than_reference", "error"].map(str::to_owned);
    writer.write_record(BEFORE.map(str::to_owned).into_iter().chain(of_metrics).chain(after))?;
    for model in &report.models {
        let mut line: Vec<String> = before(model).into();
        let scores = model.scored().map(|it| &it.scores);
        for name in &names {
            line.extend(scores.map_or([None; 4], |scores| values(scores, name)).map(text));
        }
        line.push(text(scores.and_then(ModelScores::reference).map(|(name, _)| name)));
        line.push(scores.map(|scores| report.worse(scores).join(" ")).unwrap_or_default());
        line.push(model.error().unwrap_or_default().to_owned());
        writer.write_record(line)?;
    }
    Ok(writer.into_inner()?)
}

/// A metric of the firmware, in floating point, with quantizers, and the difference that the conversion makes.
fn values(scores: &ModelScores, name: &str) -> [Option<f64>; 4] {
    let value = |metrics: &[Metric]| metrics.iter().find(|metric| metric.name == name)?.value.ok();
    let [ours, reference] = [Some(scores.metrics.as_slice()), scores.reference().map(|(_, metrics)| metrics)]
        .map(|side| side.and_then(value));
    let [float, quantized] =
        [&scores.float, &scores.quantized].map(|side| value(side.as_ref()?.as_ref().ok()?));
    [ours, float, quantized, ours.zip(reference).map(|(ours, reference)| ours - reference)]
}

fn before(model: &Model) -> [String; 10] {
    let (scores, size) = (model.scored().map(|it| &it.scores), model.scored().map(|it| it.size));
    [
        model.name.clone(),
        model.tier.map_or("", |tier| tier.name()).to_owned(),
        model.file.to_string_lossy().into_owned(),
        model.status().to_owned(),
        scores.map_or("", |scores| scores.task.as_str()).to_owned(),
        text(scores.map(|scores| scores.samples)),
        text(size.map(|size| size.parameters)),
        text(size.and_then(|size| size.sparsity())),
        text(size.map(|size| size.multiplications)),
        text(size.map(|size| size.bit_operations)),
    ]
}

/// Empty where there is no number.
fn text(number: Option<impl ToString>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}
