//! The scores as a JSON document. Its keys are described in `docs/scoring.md` and stay.

use std::collections::BTreeMap;

use hls_model::metrics::Undefined;
use hls_model::score::{Metric, ModelScores, Questions};
use serde_json::{Map, Value, json};

use super::models::Model;
use crate::args::ScoreArgs;

/// The document's file.
pub const JSON: &str = "scores.json";
/// The file with the same in columns.
pub const CSV: &str = "scores.csv";

/// All models with their scores, and what was asked.
pub struct Report {
    /// The models, in the order in which they were found.
    pub models: Vec<Model>,
    /// Samples of the data, once they are known.
    pub samples: Option<usize>,
    /// By how much the conversion may make a metric worse without its being marked.
    pub tolerance: f64,
    questions: Questions,
    data: Value,
}

impl Report {
    pub fn new(args: &ScoreArgs, questions: &Questions, models: Vec<Model>) -> Self {
        let data =
            json!({ "file": args.data.to_string_lossy(), "labels": args.labels, "weights": args.weights });
        Self { models, samples: None, tolerance: args.tolerance, questions: questions.clone(), data }
    }

    pub fn document(&self) -> Value {
        let mut data = self.data.clone();
        data["samples"] = json!(self.samples);
        json!({
            "schema": 1,
            "data": data,
            "task": self.questions.task.map(|task| task.as_str()),
            "threshold": self.questions.threshold,
            "signal_efficiencies": self.questions.efficiencies.iter().map(|(efficiency, _)| *efficiency).collect::<Vec<_>>(),
            "rejection_weights": self.questions.efficiencies.iter().map(|(_, weight)| *weight).collect::<Vec<_>>(),
            "tolerance": self.tolerance,
            "models": self.models.iter().map(|model| self.entry(model)).collect::<Vec<_>>(),
        })
    }

    fn entry(&self, model: &Model) -> Value {
        let scored = model.scored();
        let (scores, size) = (scored.map(|it| &it.scores), scored.map(|it| it.size));
        let metrics = scores.map_or(&[][..], |scores| &scores.metrics);
        let [float, quantized] = sides(scores);
        let (reference, reference_metrics) = scores.and_then(ModelScores::reference).unzip();
        let worse = scores.map(|scores| self.worse(scores)).unwrap_or_default();
        json!({
            "model": model.name,
            "tier": model.tier.map(|tier| tier.name()),
            "file": model.file.to_string_lossy(),
            "status": model.status(),
            "error": model.error(),
            "task": scores.map(|scores| scores.task.as_str()),
            "samples": scores.map(|scores| scores.samples),
            "parameters": size.map(|size| size.parameters),
            "sparsity": size.and_then(|size| size.sparsity()),
            "multiplications": size.map(|size| size.multiplications),
            "bit_operations": size.map(|size| size.bit_operations),
            "metrics": values(metrics),
            "float_metrics": values(known(float)),
            "quantized_metrics": values(known(quantized)),
            "reference": reference,
            "differences": differences(metrics, reference_metrics.unwrap_or_default()),
            "worse_than_reference": worse,
            "each": each(metrics),
            "float_each": each(known(float)),
            "quantized_each": each(known(quantized)),
            "undefined": undefined(metrics),
            "float_undefined": undefined(known(float)),
            "quantized_undefined": undefined(known(quantized)),
            "float_error": float.and_then(|side| side.as_ref().err()),
            "quantized_error": quantized.and_then(|side| side.as_ref().err()),
            "warnings": scored.map(|it| &it.warnings),
        })
    }

    /// Names of the metrics that the conversion makes worse by more than is tolerated.
    pub fn worse<'a>(&self, scores: &'a ModelScores) -> Vec<&'a str> {
        let reference = scores.reference().map_or(&[][..], |(_, metrics)| metrics);
        let pairs = scores.metrics.iter().zip(reference);
        let worse = pairs.filter(|(metric, other)| metric.worsened_from(other) > Some(self.tolerance));
        worse.map(|(metric, _)| metric.name.as_str()).collect()
    }
}

/// Metrics of a reference, or why there are none.
pub type Side = Result<Vec<Metric>, String>;

/// The model in floating point, and the one with QKeras's quantizers.
fn sides(scores: Option<&ModelScores>) -> [Option<&Side>; 2] {
    [scores.and_then(|scores| scores.float.as_ref()), scores.and_then(|scores| scores.quantized.as_ref())]
}

fn known(side: Option<&Side>) -> &[Metric] {
    side.and_then(|side| side.as_ref().ok()).map_or(&[], Vec::as_slice)
}

fn values(metrics: &[Metric]) -> Value {
    let pairs = metrics.iter().map(|metric| (metric.name.clone(), json!(metric.value.ok())));
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// Firmware less reference, where both have a value.
fn differences(metrics: &[Metric], reference: &[Metric]) -> Value {
    let pairs = metrics.iter().zip(reference);
    let pairs = pairs.map(|(metric, other)| {
        let difference = metric.value.ok().zip(other.value.ok()).map(|(value, other)| value - other);
        (metric.name.clone(), json!(difference))
    });
    Value::Object(pairs.collect::<Map<_, _>>())
}

fn each(metrics: &[Metric]) -> Value {
    let several = metrics.iter().filter(|metric| !metric.each.is_empty());
    let pairs = several.map(|metric| {
        let values: Vec<Option<f64>> = metric.each.iter().map(|value| value.ok()).collect();
        (metric.name.clone(), json!(values))
    });
    Value::Object(pairs.collect::<Map<_, _>>())
}

/// Why metrics have no value, by their names.
fn undefined(metrics: &[Metric]) -> BTreeMap<&str, String> {
    let reason = |metric: &Metric| metric.value.as_ref().err().map(Undefined::to_string);
    metrics.iter().filter_map(|metric| Some((metric.name.as_str(), reason(metric)?))).collect()
}
