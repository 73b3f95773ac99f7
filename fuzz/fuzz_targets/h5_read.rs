//! Any bytes as a model file: they are read, converted and written in memory, or refused with a message.
#![no_main]

use hls_codegen::{Options, Project};
use hls_model::config::Generator;
use hls_model::{convert, lower, source};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let model = match source::open(bytes, Path::new("fuzz.h5")) {
        Ok(model) => model,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let Ok(model) = lower(&model) else { return };
    let Ok(config) = Generator::default().generate(&model) else { return };
    let Ok(graph) = convert(&model, &config) else { return };
    let _ = Project::new(&graph, &Options::default());
});
