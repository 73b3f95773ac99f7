//! The estimates as a JSON document. Its keys are described in `docs/open-flow.md` and stay.

use serde_json::{Value, json};

use super::NOTE;
use super::models::Model;
use crate::grid::Conversions;

pub fn document(models: &[Model], conversions: &Conversions) -> Value {
    let options = conversions.base.options();
    let axes = conversions.grid.axes();
    // What varies is said of each model.
    let constant = |axis: &str, value: &str| match axes.iter().any(|known| known.axis == axis) {
        true => Value::Null,
        false => value.into(),
    };
    let mut document = json!({
        "schema": 1,
        "note": NOTE,
        "effort": constant("effort", options.rtl.effort.as_str()),
        "goal": constant("goal", options.rtl.goal.as_str()),
    });
    if !axes.is_empty() {
        document["grid"] = json!(axes);
    }
    document["models"] = models.iter().map(entry).collect();
    document
}

fn entry(model: &Model) -> Value {
    let estimate = model.estimate.as_ref().ok();
    let mut entry = json!({
        "model": model.name,
        "tier": model.tier.map(|tier| tier.name()),
        "h5_file": model.file.to_string_lossy(),
        "model_file": model.file.to_string_lossy(),
        "status": model.status(),
        "error": model.estimate.as_ref().err(),
        "warnings": estimate.map(|estimate| &estimate.warnings),
        "latency_ns": estimate.map(|estimate| estimate.facts.latency_ns()),
        "circuit": estimate.map(|estimate| &estimate.facts),
    });
    if !model.settings.is_empty() {
        entry["settings"] = json!(model.settings);
    }
    entry
}
