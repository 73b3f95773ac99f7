//! `docs/layers.md`: which layer, activation and quantizer works with which strategy.
//!
//! The tables are made here, by converting, writing, compiling and emulating a small layer of each kind, and compared with the file;
//! `UPDATE_GOLDEN=1 cargo test -p hls-cli --test layers` rewrites them. What is refused is quoted as the program says it. Needs `g++`.

#[path = "../common/firmware.rs"]
mod firmware;
mod hgq;
mod model;
mod samples;
mod tables;
mod tries;

use std::fs;
use std::path::{Path, PathBuf};

use hls_model::source::keras::SUPPORTED_CLASSES;
use samples::Sample;
use tries::{STRATEGIES, Way};

#[test]
fn layers_md_is_what_the_code_does() {
    let path = root().join("docs/layers.md");
    let written = fs::read_to_string(&path).expect("docs/layers.md");
    let made =
        tables::all().into_iter().fold(written.clone(), |text, (name, table)| put(&text, name, &table));
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &made).expect("docs/layers.md can be written");
    }
    let line = made.lines().zip(written.lines()).find(|(made, written)| made != written);
    assert!(
        made == written || std::env::var_os("UPDATE_GOLDEN").is_some(),
        "docs/layers.md is out of date; run UPDATE_GOLDEN=1 cargo test -p hls-cli --test layers and review the diff.\n\
         first difference (now, in the file): {line:#?}"
    );
}

#[test]
fn compiled_firmware_computes_the_emulators_bits() {
    for way in STRATEGIES.map(Way::arrays).into_iter().chain(STRATEGIES.map(Way::streams)) {
        let samples = tables::samples();
        let works = |sample: &&Sample| tries::attempt(sample, way).is_ok_and(|attempt| attempt.works());
        let working: Vec<_> = samples.iter().filter(works).collect();
        assert!(working.len() > SUPPORTED_CLASSES.len() / 2, "only {} samples", working.len());
        tries::compare(&working, way).unwrap_or_else(|error| panic!("{way:?}: {error}"));
    }
}

/// The repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text with `table` between the marks of that name.
fn put(text: &str, name: &str, table: &str) -> String {
    let (begin, end) = (format!("<!-- begin {name} -->\n"), format!("<!-- end {name} -->"));
    let parts = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, behind) = parts.unwrap_or_else(|| panic!("docs/layers.md has no place for {name}"));
    format!("{before}{begin}{table}{end}{behind}")
}
