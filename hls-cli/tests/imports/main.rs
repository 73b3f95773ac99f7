//! In no crate do files import from each other in a circle: what a file needs can be read without the file itself.
//! `circles.rs` says what counts as an import.

mod circles;
mod module_tree;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use circles::Circle;

/// Crates with their root files.
const CRATES: [(&str, &str); 4] = [
    ("hls-model", "src/lib.rs"),
    ("hls-codegen", "src/lib.rs"),
    ("hls-runner", "src/lib.rs"),
    ("hls-cli", "src/main.rs"),
];

/// Folders whose files still import from each other in circles, with the reason. One without circles must leave the list.
const KNOWN: &[(&str, &str)] = &[];

/// The narrowest known folder that has all these files.
fn known(files: &[String]) -> Option<&'static str> {
    let folders = KNOWN.iter().map(|(folder, _)| *folder);
    folders
        .filter(|folder| files.iter().all(|file| file.starts_with(folder)))
        .max_by_key(|folder| folder.len())
}

#[test]
fn no_file_imports_itself_around_others() {
    let mut wrong = Vec::new();
    let mut still = BTreeSet::new();
    for (name, root) in CRATES {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
        let modules = module_tree::read(root, &|path| fs::read_to_string(folder.join(path)).ok());
        for circle in circles::circles(&circles::imports(&modules)) {
            let files: Vec<String> = circle.iter().map(|(file, _)| format!("{name}/{file}")).collect();
            match known(&files) {
                Some(folder) => _ = still.insert(folder),
                None => wrong.push(format!("{name}:\n{}", describe(&circle))),
            }
        }
    }
    let gone = KNOWN.iter().filter(|(folder, _)| !still.contains(folder));
    wrong.extend(
        gone.map(|(folder, _)| format!("{folder} has no circle any more: take it off the list KNOWN")),
    );
    assert!(wrong.is_empty(), "circles of imports between files:\n\n{}", wrong.join("\n\n"));
}

/// Each file with the next one and what it takes from there.
fn describe(circle: &Circle) -> String {
    let steps = circle.iter().enumerate().map(|(at, (file, names))| {
        let (next, _) = &circle[(at + 1) % circle.len()];
        format!("    {file} → {next}: {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(", "))
    });
    steps.collect::<Vec<_>>().join("\n")
}

/// The circles of a made-up crate, as described.
fn circles_of(files: &[(&str, &str)]) -> Vec<String> {
    let files: BTreeMap<&str, &str> = files.iter().copied().collect();
    let modules = module_tree::read("src/lib.rs", &|path| files.get(path).map(|text| text.to_string()));
    circles::circles(&circles::imports(&modules)).iter().map(describe).collect()
}

#[test]
fn a_circle_is_named_with_its_names() {
    let found = circles_of(&[
        ("src/lib.rs", "mod a; mod b; mod c;"),
        ("src/a.rs", "use crate::b::{B, other as renamed}; pub struct A;"),
        ("src/b.rs", "use super::c::C; pub struct B; pub fn other() {}"),
        ("src/c.rs", "pub struct C(crate::a::A);"),
    ]);
    let lines = ["src/a.rs → src/b.rs: crate::b::B, crate::b::other", "src/b.rs → src/c.rs: super::c::C"];
    let last = "src/c.rs → src/a.rs: crate::a::A";
    assert_eq!(found, [format!("    {}\n    {}\n    {last}", lines[0], lines[1])]);
}

#[test]
fn what_counts_as_an_import() {
    let b_takes_from_a = "use crate::a::A; pub struct B;";
    let of_a: [(&str, &str, bool); 14] = [
        ("a use", "use crate::b::B;", true),
        ("among braces", "use crate::{b::{self, B}, other::O};", true),
        ("inside a function", "fn f() { use crate::b::B; }", true),
        ("a path in code", "fn f() -> crate::b::B { loop {} }", true),
        ("relative to the parent", "fn f() -> super::b::B { loop {} }", true),
        ("everything", "use crate::b::*;", true),
        ("inside a macro", "fn f() { println!(\"{}\", crate::b::B); }", true),
        ("through the name of a module", "use crate::b; fn f(x: b::B) {}", true),
        ("re-exported and used", "pub use crate::b::B; fn f(x: B) {}", true),
        ("the name of a module alone", "use crate::b;", false),
        ("re-exported only", "pub use crate::b::B;", false),
        ("for tests", "#[cfg(test)] mod tests { use crate::b::B; }", false),
        ("in a comment", "/// [`B`](crate::b::B) and `use crate::b::B;`\nfn f() {}", false),
        ("another crate's", "use b::B; use ::b::C;", false),
    ];
    for (case, text, expected) in of_a {
        let a = format!("{text} pub struct A;");
        let found = circles_of(&[
            ("src/lib.rs", "mod a; mod b; mod other;"),
            ("src/a.rs", &a),
            ("src/b.rs", b_takes_from_a),
            ("src/other.rs", "pub struct O;"),
        ]);
        assert_eq!(!found.is_empty(), expected, "{case}: {found:?}");
    }
}

#[test]
fn re_exports_lead_to_the_file_that_defines_a_name() {
    let files = [
        ("src/lib.rs", "pub mod room; mod user; pub use room::Thing as Renamed;"),
        ("src/room/mod.rs", "mod thing; mod rest; pub use thing::Thing; pub use self::rest::*;"),
        ("src/room/thing.rs", "pub struct Thing;"),
        ("src/room/rest.rs", "pub struct Rest(crate::user::User);"),
    ];
    let circles_with = |user: &str| circles_of(&[&files[..], &[("src/user.rs", user)]].concat());
    assert_eq!(circles_with("pub struct User(crate::Renamed, crate::room::Thing);"), [""; 0]);
    assert_eq!(
        circles_with("pub struct User(crate::room::Rest);"),
        [
            "    src/room/rest.rs → src/user.rs: crate::user::User\n    src/user.rs → src/room/rest.rs: crate::room::Rest"
        ]
    );
}

#[test]
fn parents_and_children() {
    let child_takes_from_parent = ("src/a/child.rs", "use super::Shared; pub struct Own; pub fn run() {}");
    let of_parent = [
        ("a table of the children", "mod child; pub const ALL: &[fn()] = &[child::run];", false),
        ("an enum over re-exported names", "mod child; pub use child::Own; pub enum Any { Own(Own) }", false),
        ("use of the child's name", "mod child; use child::Own; pub enum Any { Own(Own) }", true),
        ("the same with self", "mod child; use self::child::Own;", true),
    ];
    for (case, text, expected) in of_parent {
        let parent = format!("{text} pub struct Shared;");
        let found =
            circles_of(&[("src/lib.rs", "mod a;"), ("src/a/mod.rs", &parent), child_takes_from_parent]);
        assert_eq!(!found.is_empty(), expected, "{case}: {found:?}");
    }
}
