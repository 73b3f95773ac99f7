//! Reads the modules of a crate: which names each defines, imports and mentions. Reads tokens, not Rust's whole
//! grammar, so that paths inside macros count as well. What only tests see is left out.

use std::collections::{HashMap, HashSet};

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// The text of a source file by its path, `None` if there is no such file.
pub type Sources<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A module: a file, or a block `mod name { … }` of one.
#[derive(Debug, Default)]
pub struct Module {
    /// The path of the file.
    pub file: String,
    /// `None` for the crate's root.
    pub parent: Option<usize>,
    /// Modules declared here, by name.
    pub children: HashMap<String, usize>,
    /// Names of the items defined here.
    pub items: HashSet<String>,
    /// What `use` brings in, anywhere in the module.
    pub imports: Vec<Import>,
    /// Paths of two or more names outside `use`.
    pub paths: Vec<Vec<String>>,
    /// Names that stand alone outside `use`.
    pub words: HashSet<String>,
}

/// One name of a `use`.
#[derive(Debug, Clone)]
pub struct Import {
    pub path: Vec<String>,
    /// The name under which it is known here; `None` for `path::*`.
    pub name: Option<String>,
    /// Whether it is passed on (`pub use`, `pub(crate) use`).
    pub reexport: bool,
}

/// All modules of the crate with this root file; the root is the first.
pub fn read(root: &str, sources: Sources<'_>) -> Vec<Module> {
    let mut reader = Reader { modules: Vec::new(), sources };
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    reader.file(root, folder, None);
    reader.modules
}

struct Reader<'a> {
    modules: Vec<Module>,
    sources: Sources<'a>,
}

/// Where the reader is.
#[derive(Clone, Copy)]
struct Place<'a> {
    module: usize,
    /// The folder in which the files of this module's children are.
    folder: &'a str,
    /// Whether this is the module's own level, where items have names that other modules can use.
    top: bool,
}

impl Reader<'_> {
    fn file(&mut self, file: &str, folder: &str, parent: Option<usize>) -> usize {
        let text = (self.sources)(file).unwrap_or_else(|| panic!("{file} is declared, but is not there"));
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{file}: {error}"));
        let module = self.add(file, parent);
        self.tokens(tokens, Place { module, folder, top: true });
        module
    }

    fn add(&mut self, file: &str, parent: Option<usize>) -> usize {
        self.modules.push(Module { file: file.to_owned(), parent, ..Module::default() });
        self.modules.len() - 1
    }

    fn tokens(&mut self, stream: TokenStream, place: Place<'_>) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at = self.token(&tokens, at, place);
        }
    }

    /// Reads what begins at a token and returns where to go on.
    fn token(&mut self, tokens: &[TokenTree], at: usize, place: Place<'_>) -> usize {
        let ident = match &tokens[at] {
            TokenTree::Group(group) => {
                self.tokens(group.stream(), Place { top: false, ..place });
                return at + 1;
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                return match attribute(tokens, at) {
                    Some((end, true)) => end_of_item(tokens, end),
                    Some((end, false)) => end,
                    None => at + 1,
                };
            }
            TokenTree::Ident(ident) => ident.to_string(),
            _ => return at + 1,
        };
        match ident.as_str() {
            // Not the `use<'a>` of an opaque type.
            "use" if !is_punct(tokens.get(at + 1), '<') => {
                let end = end_of_item(tokens, at);
                let reexport =
                    at > 0 && (is_ident(tokens.get(at - 1), "pub") || is_restricted_pub(tokens, at));
                let names = tokens[at + 1..end].iter().cloned().collect();
                self.import_tree(names, &[], reexport, place.module);
                end
            }
            "mod" => self.submodule(tokens, at, place),
            "fn" | "struct" | "enum" | "union" | "trait" | "type" | "const" | "static" => {
                if place.top {
                    let names = tokens[at + 1..].iter().filter_map(ident_of);
                    let name =
                        names.skip_while(|name| ["mut", "fn", "unsafe", "async"].contains(&name.as_str()));
                    self.modules[place.module].items.extend(name.take(1));
                }
                at + 1
            }
            "macro_rules" => {
                self.modules[place.module].items.extend(tokens.get(at + 2).and_then(ident_of));
                at + 3
            }
            _ => self.path(tokens, at, place.module),
        }
    }

    fn submodule(&mut self, tokens: &[TokenTree], at: usize, place: Place<'_>) -> usize {
        let Some(name) = tokens.get(at + 1).and_then(ident_of) else { return at + 1 };
        let folder = [place.folder, &name].join("/");
        let child = match tokens.get(at + 2) {
            Some(TokenTree::Group(body)) => {
                let file = self.modules[place.module].file.clone();
                let child = self.add(&file, Some(place.module));
                self.tokens(body.stream(), Place { module: child, folder: &folder, top: true });
                child
            }
            _ => {
                let file = format!("{folder}.rs");
                let file = if (self.sources)(&file).is_some() { file } else { format!("{folder}/mod.rs") };
                self.file(&file, &folder, Some(place.module))
            }
        };
        self.modules[place.module].children.insert(name, child);
        at + 3
    }

    /// A path or a single name in code.
    fn path(&mut self, tokens: &[TokenTree], at: usize, module: usize) -> usize {
        let continues = at > 0 && (is_punct(tokens.get(at - 1), '.') || ends_with_colons(&tokens[..at]));
        let mut path = vec![];
        let mut end = at;
        while let Some(name) = tokens.get(end).and_then(ident_of) {
            path.push(name);
            end += 1;
            if !starts_with_colons(&tokens[end..]) || tokens.get(end + 2).and_then(ident_of).is_none() {
                break;
            }
            end += 2;
        }
        // What follows `.` or a generic type's `::` is a member and no path of its own.
        if !continues {
            match path.len() {
                1 => self.modules[module].words.extend(path),
                _ => self.modules[module].paths.push(path),
            }
        }
        end.max(at + 1)
    }

    /// One branch of the tree after `use`, or several between commas.
    fn import_tree(&mut self, stream: TokenStream, before: &[String], reexport: bool, module: usize) {
        let tokens: Vec<TokenTree> = stream.into_iter().collect();
        for branch in tokens.split(|token| is_punct(Some(token), ',') || is_punct(Some(token), ';')) {
            let mut path = before.to_vec();
            let mut name = None;
            let mut tokens = branch.iter();
            while let Some(token) = tokens.next() {
                match token {
                    TokenTree::Ident(ident) if ident == "as" => {
                        name = tokens.next().and_then(ident_of);
                    }
                    // `a::{self}` is `a`.
                    TokenTree::Ident(ident) if ident == "self" && !path.is_empty() => {}
                    TokenTree::Ident(ident) => path.push(ident.to_string()),
                    TokenTree::Group(group) => {
                        self.import_tree(group.stream(), &path, reexport, module);
                        path.clear();
                    }
                    TokenTree::Punct(punct) if punct.as_char() == '*' => {
                        let path = std::mem::take(&mut path);
                        self.modules[module].imports.push(Import { path, name: None, reexport });
                    }
                    TokenTree::Punct(_) | TokenTree::Literal(_) => {}
                }
            }
            if let Some(last) = path.last() {
                let name = Some(name.unwrap_or_else(|| last.clone()));
                self.modules[module].imports.push(Import { path, name, reexport });
            }
        }
    }
}

/// An attribute at a `#`: where it ends, and whether it leaves the next item to tests.
fn attribute(tokens: &[TokenTree], at: usize) -> Option<(usize, bool)> {
    let open = at + 1 + usize::from(is_punct(tokens.get(at + 1), '!'));
    let Some(TokenTree::Group(group)) = tokens.get(open) else { return None };
    let text: String = group.stream().into_iter().map(|token| token.to_string()).collect();
    let tests = text == "test" || text.starts_with("cfg(test") || text.starts_with("cfg(all(test");
    (group.delimiter() == Delimiter::Bracket).then_some((open + 1, tests))
}

/// The end of the item, field or statement that begins here, perhaps with more attributes.
fn end_of_item(tokens: &[TokenTree], mut at: usize) -> usize {
    while let Some((end, _)) = is_punct(tokens.get(at), '#').then(|| attribute(tokens, at)).flatten() {
        at = end;
    }
    let is_keyword = |words: &[&str]| {
        let names = tokens[at..].iter().take(4).filter_map(ident_of);
        names.into_iter().any(|name| words.contains(&name.as_str()))
    };
    let to_semicolon = is_keyword(&["use", "let"])
        || is_keyword(&["const", "static", "type"]) && !is_keyword(&["fn", "impl", "struct"]);
    let has_body = is_keyword(&["fn", "impl", "mod", "struct", "enum", "trait", "macro_rules", "for", "if"]);
    let is_end = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => {
            punct.as_char() == ';' || punct.as_char() == ',' && !to_semicolon && !has_body
        }
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace && !to_semicolon,
        _ => false,
    };
    tokens[at..].iter().position(is_end).map_or(tokens.len(), |length| at + length + 1)
}

fn ident_of(token: &TokenTree) -> Option<String> {
    match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    }
}

fn is_ident(token: Option<&TokenTree>, word: &str) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == word)
}

fn is_punct(token: Option<&TokenTree>, character: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

/// Whether `pub(crate)`, `pub(super)`, … comes before.
fn is_restricted_pub(tokens: &[TokenTree], at: usize) -> bool {
    at > 1 && matches!(tokens[at - 1], TokenTree::Group(_)) && is_ident(tokens.get(at - 2), "pub")
}

fn starts_with_colons(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(first), second, ..]
        if first.as_char() == ':' && first.spacing() == Spacing::Joint && is_punct(Some(second), ':'))
}

fn ends_with_colons(tokens: &[TokenTree]) -> bool {
    tokens.len() >= 2 && starts_with_colons(&tokens[tokens.len() - 2..])
}
