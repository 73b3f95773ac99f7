//! Any bytes as a model file: they are read, converted and written in memory, or refused with a message.
#![no_main]

use std::path::Path;

use hls_codegen::Conversion;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match Conversion::default().convert_bytes(bytes, Path::new("fuzz.h5")) {
        Ok(converted) => drop(converted.project()),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
