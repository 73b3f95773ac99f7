//! Any text as a quantizer (as QKeras writes one, or as JSON), as a precision, and as an argument of `--set`.
#![no_main]

use hls_model::config::Setting;
use hls_model::precision::{Precision, PrecisionSpec};
use hls_model::quantizer::Quantizer;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let parsed = Quantizer::parse(text).ok();
    let from_json = serde_json::from_str(text).ok().and_then(|value| Quantizer::from_json(&value).ok());
    for quantizer in [parsed, from_json].into_iter().flatten() {
        assert!(!quantizer.class_name().is_empty());
        let _ = (quantizer.alpha(), quantizer.with_unit_alpha());
    }
    if let Ok(PrecisionSpec::Is(precision)) = text.parse::<PrecisionSpec>() {
        // The form that tells all precisions apart can be read again, and is the same.
        let written = precision.graph_form();
        assert_eq!(written.parse::<Precision>().ok(), Some(precision), "{written}");
    }
    let _ = text.parse::<Setting>();
});
