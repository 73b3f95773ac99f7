//! What the documentation names exists: links, paths of the repository, and in tables of files the names beside them.

use std::fs;
use std::path::{Path, PathBuf};

use hls_runner::Cause;

/// Documents, from the root of the repository.
const DOCUMENTS: [&str; 11] = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "hls-model/README.md",
    "hls-codegen/README.md",
    "hls-runner/README.md",
    "hls-cli/README.md",
    "hls-codegen/src/vitis/kernels/README.md",
    "fixtures/README.md",
    "fixtures/corpus/README.md",
    "docs",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository")
}

fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for path in DOCUMENTS.map(|name| root().join(name)) {
        match path.is_dir() {
            true => {
                let entries = fs::read_dir(&path).expect("a folder").map(|e| e.expect("an entry").path());
                found.extend(entries.filter(|path| path.extension().is_some_and(|it| it == "md")));
            }
            false => found.push(path),
        }
    }
    found.sort();
    found
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What stands between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Lines outside blocks of code.
fn prose(text: &str) -> String {
    let blocks = text.split("```").step_by(2);
    blocks
        .flat_map(str::lines)
        .filter(|line| !line.starts_with("    "))
        .map(|line| format!("{line}\n"))
        .collect()
}

/// `a/{b,c}.rs` is two paths.
fn alternatives(path: &str) -> Vec<String> {
    let parts = path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    match parts {
        Some((before, (choices, behind))) => {
            choices.split(',').map(|choice| format!("{before}{choice}{behind}")).collect()
        }
        None => vec![path.to_owned()],
    }
}

/// Where paths may begin: at the root, or inside the crate that a sentence is about.
const BASES: [&str; 5] =
    ["", "hls-model/src", "hls-codegen", "hls-codegen/src/vitis", "hls-codegen/src/vitis/kernels"];

/// Whether code in backticks names something in the repository: it begins with one of its folders.
fn is_repository_path(span: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/_.-{},".contains(c);
    let first = span.split('/').next().unwrap_or_default();
    let begins = BASES.iter().any(|base| root().join(base).join(first).is_dir());
    span.contains('/') && span.chars().all(plain) && !first.is_empty() && begins
}

/// What the tools that the documentation describes write into the repository.
const WRITTEN: [&str; 2] = ["fuzz/corpus/", "fuzz/artifacts/"];

fn exists(path: &str) -> bool {
    WRITTEN.contains(&path) || BASES.iter().any(|base| root().join(base).join(path).exists())
}

fn missing(documents: &[PathBuf], check: impl Fn(&Path, &str) -> Vec<String>) -> Vec<String> {
    let wrong = documents.iter().flat_map(|document| {
        let name = document.strip_prefix(root()).expect("below the root").display().to_string();
        check(document, &prose(&read(document))).into_iter().map(move |what| format!("{name}: {what}"))
    });
    wrong.collect()
}

#[test]
fn links_lead_somewhere() {
    let wrong = missing(&documents(), |document, text| {
        let targets = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.to_owned()));
        let local = targets.filter(|target| !target.starts_with("http"));
        let folder = document.parent().expect("a folder");
        local.filter(|target| !folder.join(target.split('#').next().unwrap_or_default()).exists()).collect()
    });
    assert!(wrong.is_empty(), "no such files:\n{}", wrong.join("\n"));
}

/// The first block of Rust.
fn program(document: &str) -> String {
    let text = read(&root().join(document));
    let block = text.split("```rust").nth(1).and_then(|rest| rest.split("```").next());
    block.unwrap_or_else(|| panic!("{document} has no program")).to_owned()
}

/// That of hls-codegen is compiled, as a test of its documentation.
#[test]
fn the_program_in_the_readme_is_one_that_is_tested() {
    assert_eq!(program("README.md"), program("hls-codegen/README.md"));
}

#[test]
fn paths_exist() {
    let documents = documents();
    let count = documents.iter().map(|d| code(&prose(&read(d))).filter(|s| is_repository_path(s)).count());
    assert!(count.sum::<usize>() > 50, "the documents name paths of the repository");
    let wrong = missing(&documents, |_, text| {
        let paths = code(text).filter(|span| is_repository_path(span)).flat_map(alternatives);
        paths.filter(|path| !exists(path)).collect()
    });
    assert!(wrong.is_empty(), "no such files:\n{}", wrong.join("\n"));
}

#[test]
fn names_beside_files_are_in_them() {
    for guide in ["docs/adding-a-layer.md", "docs/where-to-add.md"] {
        names_beside_files_of(guide);
    }
}

fn names_beside_files_of(guide: &str) {
    let text = prose(&read(&root().join(guide)));
    let mut rows = 0;
    let mut wrong = Vec::new();
    for line in text.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let ["", files, names, _, ""] = cells[..] else { continue };
        for file in code(files) {
            rows += 1;
            let text = read(&root().join(file));
            wrong.extend(
                code(names).filter(|name| !has_word(&text, name)).map(|name| format!("{file}: {name}")),
            );
        }
    }
    assert!(rows > 20, "{guide}: {rows} rows");
    assert!(wrong.is_empty(), "{guide}: names that are not there:\n{}", wrong.join("\n"));
}

/// Whether the name stands in the text on its own.
fn has_word(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part))
}

/// How a cause is written in files.
fn word(cause: Cause) -> String {
    serde_json::to_value(cause).ok().and_then(|value| value.as_str().map(str::to_owned)).expect("a word")
}

#[test]
fn every_cause_of_failure_is_explained() {
    let sweeps = read(&root().join("docs/sweeps.md"));
    let rows = sweeps.lines().skip_while(|line| !line.starts_with("| cause |")).skip(2);
    let cells = rows.map_while(|row| row.strip_prefix('|')?.split('|').next());
    // `a` ↻, `b`: the sign belongs to the word before it.
    let mut explained: Vec<(String, bool)> = cells
        .flat_map(|cell| cell.split(','))
        .map(|item| (code(item).next().expect("a cause").to_owned(), item.contains('↻')))
        .collect();
    let mut known: Vec<(String, bool)> =
        Cause::ALL.iter().map(|cause| (word(*cause), cause.may_pass())).collect();
    explained.sort();
    known.sort();
    assert_eq!(explained, known, "docs/sweeps.md has every cause, and ↻ at those that may pass");

    let results = read(&root().join("docs/results.md"));
    let (_, list) = results.split_once("Causes:\n").expect("a list of causes");
    let listed: Vec<&str> = code(list).next().expect("a list").split_whitespace().collect();
    let known: Vec<String> = Cause::ALL.iter().map(|cause| word(*cause)).collect();
    assert_eq!(listed, known, "docs/results.md lists every cause");
}
