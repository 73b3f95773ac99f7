//! The estimates as a JSON document. Its keys are described in `docs/open-flow.md` and stay.

use hls_codegen::Options;
use serde_json::{Value, json};

use super::NOTE;
use super::models::Model;

pub fn document(models: &[Model], options: &Options) -> Value {
    json!({
        "schema": 1,
        "note": NOTE,
        "effort": options.rtl.effort.as_str(),
        "goal": options.rtl.goal.as_str(),
        "models": models.iter().map(entry).collect::<Vec<_>>(),
    })
}

fn entry(model: &Model) -> Value {
    let estimate = model.estimate.as_ref().ok();
    json!({
        "model": model.name,
        "tier": model.tier.map(|tier| tier.name()),
        "h5_file": model.file.to_string_lossy(),
        "model_file": model.file.to_string_lossy(),
        "status": model.status(),
        "error": model.estimate.as_ref().err(),
        "warnings": estimate.map(|estimate| &estimate.warnings),
        "latency_ns": estimate.map(|estimate| estimate.facts.latency_ns()),
        "circuit": estimate.map(|estimate| &estimate.facts),
    })
}
