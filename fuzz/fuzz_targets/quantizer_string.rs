//! Any text as a quantizer (as QKeras writes one, or as JSON), as a precision, and as an argument of `--set`.
#![no_main]

use hls_model::config::Setting;
use hls_model::precision::PrecisionSpec;
use hls_model::quantizer::Quantizer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parsed = Quantizer::parse(text).ok();
    let from_json = serde_json::from_str(text).ok().and_then(|value| Quantizer::from_json(&value).ok());
    for quantizer in [parsed, from_json].into_iter().flatten() {
        assert!(!quantizer.class_name().is_empty());
        let _ = (quantizer.alpha(), quantizer.with_unit_alpha());
    }
    if let Ok(precision) = text.parse::<PrecisionSpec>() {
        // What is accepted can be written and is the same again.
        let written = precision.to_string();
        assert_eq!(written.parse::<PrecisionSpec>().ok(), Some(precision), "{written}");
    }
    let _ = text.parse::<Setting>();
});
