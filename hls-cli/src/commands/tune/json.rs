//! What `tune` found, as data.

use hls_model::precision::Precision;
use hls_model::tune::{Knob, Point, Tuned};
use serde_json::{Value, json};

/// The version of the form.
const SCHEMA: u32 = 1;

/// Everything that was found.
pub fn document(tuned: &Tuned) -> Value {
    let types: Vec<Value> = tuned.knobs.iter().map(|(before, after)| {
        json!({
            "layer": before.layer, "class": before.class, "what": before.kind.key(), "numbers": before.numbers,
            "before": text(before), "after": text(after),
        })
    }).collect();
    let mended: Vec<Value> = tuned.mended.iter().map(|mended| {
        let settings: serde_json::Map<String, Value> =
            mended.settings.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        json!({
            "layer": mended.layer, "changed_classes_before": mended.before, "changed_classes_after": mended.after,
            "settings": settings,
        })
    }).collect();
    json!({
        "schema": SCHEMA,
        "metric": tuned.metric,
        "before": tuned.before,
        "reference": tuned.reference,
        "after": tuned.figure,
        "bits_before": bits(tuned.bits_before()),
        "bits_after": bits(tuned.bits_after()),
        "trials": tuned.trials,
        "softmaxes": mended,
        "types": types,
        "front": tuned.front.iter().map(point).collect::<Vec<_>>(),
    })
}

fn text(knob: &Knob) -> String {
    Precision::Fixed(knob.ty).to_string()
}

fn bits([results, accumulators, tables]: [u64; 3]) -> Value {
    json!({"results": results, "accumulators": accumulators, "tables": tables})
}

fn point(point: &Point) -> Value {
    let types: Vec<String> = point.types.iter().map(|ty| Precision::Fixed(*ty).to_string()).collect();
    json!({"bits": bits(point.bits), "metric": point.figure, "types": types})
}
