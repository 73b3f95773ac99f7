//! From modules to files: which file takes which names from which other one, and where that goes in a circle.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::module_tree::{Import, Module};

/// Which file takes which names from which other file.
pub type Imports = BTreeMap<String, BTreeMap<String, BTreeSet<String>>>;

/// A way from a file back to itself: each file with the names that it takes from the next.
pub type Circle = Vec<(String, BTreeSet<String>)>;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Module(usize),
    /// An item of this module.
    Item(usize),
}

impl Found {
    /// `module::*` takes whatever the module has.
    fn everything(self) -> Self {
        match self {
            Self::Module(module) | Self::Item(module) => Self::Item(module),
        }
    }
}

/// Names of one file that come from another, followed through re-exports to the file that defines them.
///
/// A module may name its own children: as a path (`child::name`) or by re-exporting (`pub use child::Name`) what it then
/// also uses. That is how a table of the children, or an enum over them, is written; children of such a module may import
/// from it. Only a plain `use child::Name` makes the parent depend on the child. A `use` of a whole module is no
/// import; what is then taken out of that module is one.
pub fn imports(modules: &[Module]) -> Imports {
    let mut imports = Imports::new();
    for (at, module) in modules.iter().enumerate() {
        let mut take = |path: &[String], found: Option<Found>| {
            if let Some(Found::Item(from)) = found
                && modules[from].file != module.file
            {
                let names = imports.entry(module.file.clone()).or_default();
                names.entry(modules[from].file.clone()).or_default().insert(path.join("::"));
            }
        };
        for Import { path, name, reexport } in &module.imports {
            match name {
                _ if *reexport && names_child(module, path) => {}
                None if *reexport => {}
                None => take(path, resolve(modules, at, path).map(Found::everything)),
                Some(name) if !reexport || mentions(module, name) => take(path, resolve(modules, at, path)),
                Some(_) => {}
            }
        }
        for path in &module.paths {
            let reexported = |import: &Import| {
                import.reexport && import.name.as_ref() == path.first() && names_child(module, &import.path)
            };
            if !names_child(module, path) && !module.imports.iter().any(reexported) {
                take(path, resolve(modules, at, path));
            }
        }
    }
    imports
}

fn names_child(module: &Module, path: &[String]) -> bool {
    path.first().is_some_and(|first| module.children.contains_key(first))
}

/// Whether a name occurs in the module's code outside `use`.
fn mentions(module: &Module, name: &String) -> bool {
    module.words.contains(name) || module.paths.iter().any(|path| path.first() == Some(name))
}

/// What a path means in a module; `None` for other crates, local names and what the language brings.
fn resolve(modules: &[Module], at: usize, path: &[String]) -> Option<Found> {
    // Deeper than any chain of re-exports; modules that re-export each other must not lead round and round.
    follow(modules, at, path, 16)
}

fn follow(modules: &[Module], at: usize, path: &[String], depth: usize) -> Option<Found> {
    let depth = depth.checked_sub(1)?;
    let (first, rest) = path.split_first()?;
    let mut found = match first.as_str() {
        "crate" => Found::Module(root_of(modules, at)),
        "self" => Found::Module(at),
        "super" => Found::Module(modules[at].parent?),
        name => member(modules, at, name, depth)?,
    };
    for name in rest {
        let Found::Module(module) = found else { break };
        found = match name.as_str() {
            "super" => Found::Module(modules[module].parent?),
            // A name that is not seen to be defined comes from a macro of the module, or from another crate through it.
            name => member(modules, module, name, depth).unwrap_or(Found::Item(module)),
        };
    }
    Some(found)
}

fn root_of(modules: &[Module], mut at: usize) -> usize {
    while let Some(parent) = modules[at].parent {
        at = parent;
    }
    at
}

/// What a name means inside a module: an item, a child, or something that a `use` brings.
fn member(modules: &[Module], at: usize, name: &str, depth: usize) -> Option<Found> {
    let module = &modules[at];
    if module.items.contains(name) {
        return Some(Found::Item(at));
    }
    if let Some(child) = module.children.get(name) {
        return Some(Found::Module(*child));
    }
    let named = module.imports.iter().filter(|import| import.name.as_deref() == Some(name));
    // `use serde;` and `use self::a as a` name themselves.
    let elsewhere = named.filter(|import| import.path != [name]);
    if let Some(found) = elsewhere.filter_map(|import| follow(modules, at, &import.path, depth)).next() {
        return Some(found);
    }
    let globs = module.imports.iter().filter(|import| import.name.is_none());
    globs
        .filter_map(|glob| match follow(modules, at, &glob.path, depth)? {
            Found::Module(from) if from != at && depth > 0 => member(modules, from, name, depth - 1),
            _ => None,
        })
        .next()
}

/// The shortest circle through each file that is part of one; each circle once.
pub fn circles(imports: &Imports) -> Vec<Circle> {
    let mut found: BTreeMap<BTreeSet<&str>, Circle> = BTreeMap::new();
    for file in imports.keys() {
        if let Some(way) = shortest_way_back(imports, file) {
            let circle = way.iter().enumerate().map(|(at, &from)| {
                let to = way[(at + 1) % way.len()];
                (from.to_owned(), imports[from][to].clone())
            });
            found.entry(way.iter().copied().collect()).or_insert_with(|| circle.collect());
        }
    }
    found.into_values().collect()
}

/// The files from this one round to the one before it again.
fn shortest_way_back<'a>(imports: &'a Imports, start: &'a str) -> Option<Vec<&'a str>> {
    let mut came_from: HashMap<&str, &str> = HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(file) = queue.pop_front() {
        for next in imports.get(file).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut way = vec![file];
                while let Some(before) = came_from.get(way[way.len() - 1]) {
                    way.push(before);
                }
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, file);
                queue.push_back(next);
            }
        }
    }
    None
}
