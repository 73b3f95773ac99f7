//! The profile as a JSON document. Its keys are described in `docs/profiling.md` and stay.

use hls_model::profile::{Deviation, Profile, TensorProfile};
use serde_json::{Value, json};

pub fn document(profile: &Profile) -> Value {
    let rows = profile.rows().map(|row| {
        let mut entry = numbers(row.numbers);
        entry["class"] = json!(row.class);
        entry["what"] = json!(row.what);
        entry["wrapped_distances"] =
            json!(row.distances.map(|d| json!({ "times": d.times, "largest": d.largest })));
        entry["largest_element"] = json!(row.largest.map(|l| {
            json!({ "softmaxes": l.slices, "not_the_inputs": l.not_inputs, "not_the_float_models": l.not_float })
        }));
        entry["float"] = json!(row.float.map(deviation));
        entry
    });
    json!({ "samples": profile.samples, "numbers": rows.collect::<Vec<_>>() })
}

fn numbers(numbers: &TensorProfile) -> Value {
    let magnitudes = numbers.magnitudes.map(|m| {
        json!({
            "min": m.min,
            "lower_quartile": m.lower_quartile,
            "median": m.median,
            "upper_quartile": m.upper_quartile,
            "max": m.max,
        })
    });
    json!({
        "layer": numbers.name,
        "type": numbers.precision.graph_form(),
        "count": numbers.count,
        "zeros": numbers.zeros,
        "min": numbers.min,
        "max": numbers.max,
        "mean": numbers.mean,
        "magnitudes": magnitudes,
        "clipped": numbers.clipped,
        "clipped_fraction": numbers.clipped_fraction(),
        "clipped_min": numbers.clip_range.map(|range| range.low),
        "clipped_max": numbers.clip_range.map(|range| range.high),
        "needed_integer_bits": numbers.needed_integer_bits(),
        "unused_integer_bits": numbers.unused_integer_bits,
        "unused_fraction_bits": numbers.unused_fraction_bits,
    })
}

fn deviation(deviation: &Deviation) -> Value {
    json!({
        "max": deviation.max,
        "mean": deviation.mean,
        "rms": deviation.rms,
        "reference_rms": deviation.reference_rms,
    })
}
