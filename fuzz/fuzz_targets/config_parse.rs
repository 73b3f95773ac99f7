//! Any text as a configuration, in YAML and JSON. What is accepted means the same after it was written and read again.
#![no_main]

use hls_model::config::ConfigFile;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|text: &str| {
    for name in ["fuzz.yml", "fuzz.json"] {
        let Ok(file) = ConfigFile::parse(text, Path::new(name)) else { continue };
        let _ = file.hls.lookup();
        let yaml = file.hls.to_yaml().expect("a configuration can be written");
        let again = ConfigFile::parse(&yaml, Path::new("again.yml"));
        let again = again.unwrap_or_else(|error| panic!("{error}\n{yaml}"));
        assert_eq!(again.hls.as_value(), file.hls.as_value(), "{yaml}");
    }
});
