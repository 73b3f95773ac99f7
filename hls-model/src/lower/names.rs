//! Layer names as C++ identifiers.
//!
//! Keras accepts almost anything as a name (`block1/dense`, `2nd-layer`); the firmware needs identifiers. A name
//! that is one stays; any other is changed, to one that no layer has, always the same for the same model.

use std::collections::{HashMap, HashSet};

use crate::identifier;

/// Gives each Keras name an identifier.
pub(super) struct Names {
    taken: HashSet<String>,
    given: HashMap<String, String>,
    /// Names of the models around this one, which its layers may repeat.
    outer: HashSet<String>,
    /// What goes before a name that is changed.
    prefix: String,
}

/// Names that the firmware and its libraries use at the top level or as macros.
const USED: &[&str] = &[
    "nnet",
    "std",
    "hls",
    "input",
    "main",
    "NULL",
    "EOF",
    "assert",
    "half",
    "size_t",
    "model_default_t",
    "result_t",
    "input_t",
];

impl Names {
    pub(super) fn new<'a>(keras_names: impl Iterator<Item = &'a str>) -> Self {
        Self {
            taken: keras_names.filter(|n| is_usable(n)).map(str::to_owned).collect(),
            given: HashMap::new(),
            outer: HashSet::new(),
            prefix: String::new(),
        }
    }

    /// For a model that is the layer `group` of this one.
    pub(super) fn nested<'a>(&self, group: &str, keras_names: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Self::new(keras_names);
        names.taken.extend(self.taken.iter().cloned());
        names.outer = self.taken.clone();
        names.prefix = format!("{}_", cleaned(group));
        names
    }

    /// Takes the names of a nested model, so that no later one repeats them.
    pub(super) fn absorb(&mut self, nested: &Self) {
        self.taken.extend(nested.taken.iter().cloned());
    }

    /// The identifier for a name.
    pub(super) fn identifier(&mut self, name: &str) -> String {
        if is_usable(name) && !self.outer.contains(name) {
            return name.into();
        }
        if let Some(given) = self.given.get(name) {
            return given.clone();
        }
        let fresh = self.unused(format!("{}{}", self.prefix, cleaned(name)));
        self.given.insert(name.into(), fresh.clone());
        fresh
    }

    /// The identifier for a layer that the file does not have, made from its parent's name.
    pub(super) fn derived(&mut self, name: &str) -> String {
        if is_usable(name) && self.taken.insert(name.into()) {
            return name.into();
        }
        self.unused(cleaned(name))
    }

    /// The identifier for an input, which is also a variable of the top function and so must not look like one that
    /// the firmware declares itself.
    pub(super) fn argument(&mut self, name: &str) -> String {
        if !(looks_generated(name) || is_declared(name) || identifier::is_macro(name)) {
            return self.identifier(name);
        }
        let fresh = self.unused(format!("{}_in", cleaned(name)));
        self.given.insert(name.into(), fresh.clone());
        fresh
    }

    fn unused(&mut self, base: String) -> String {
        let mut candidate = base.clone();
        let mut n = 2;
        while !self.taken.insert(candidate.clone()) {
            candidate = format!("{base}_{n}");
            n += 1;
        }
        candidate
    }
}

/// Whether the firmware can use a name as it is.
pub(super) fn is_usable(name: &str) -> bool {
    identifier::is_identifier(name) && name.len() <= MAX_LENGTH && !USED.contains(&name)
}

/// Longer names make symbols that Vitis HLS cuts.
const MAX_LENGTH: usize = 64;

fn cleaned(name: &str) -> String {
    let mut out: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).take(MAX_LENGTH - 8).collect();
    while out.contains("__") {
        out = out.replace("__", "_");
    }
    let core = out.trim_matches('_');
    match core.chars().next() {
        None => "layer".into(),
        Some(c) if c.is_ascii_digit() => format!("layer_{core}"),
        Some(_) if !is_usable(core) && core.len() <= MAX_LENGTH => format!("{core}_layer"),
        Some(_) => core.into(),
    }
}

/// Types, and the other names that the top function uses as they are.
fn is_declared(name: &str) -> bool {
    name.ends_with("_t") || ["loaded_weights", "ap_fixed", "ap_ufixed", "ap_int", "ap_uint"].contains(&name)
}

/// `layer4_out`, `w2`, `config5`, `relu_config3`: what the firmware itself declares.
fn looks_generated(name: &str) -> bool {
    let stem = name.trim_end_matches("_out").trim_end_matches("_t").trim_end_matches("_index");
    let prefix = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = prefix.len() < stem.len();
    numbered
        && (prefix.ends_with("config")
            || [
                "layer",
                "w",
                "b",
                "s",
                "a",
                "t",
                "th",
                "tl",
                "weight",
                "bias",
                "slope",
                "shift",
                "const_size_out_",
                "const_size_in_",
            ]
            .contains(&prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_identifiers_unique_and_stable() {
        let cases = [
            ("dense0", "dense0"),
            ("block/dense", "block_dense_2"),
            ("block_dense", "block_dense"),
            ("2nd-layer", "layer_2nd_layer"),
            ("float", "float_layer"),
            ("", "layer"),
            ("ünï", "n"),
            ("__x", "x"),
            ("a;system(\"rm -rf /\")", "a_system_rm_rf"),
        ];
        let mut names = Names::new(cases.iter().map(|(k, _)| *k));
        for (keras, identifier) in cases {
            assert_eq!(names.identifier(keras), identifier);
            assert_eq!(names.identifier(keras), identifier, "second time");
        }
    }

    #[test]
    fn a_nested_model_may_repeat_names_of_the_outer_one() {
        let outer = Names::new(["dense", "block"].into_iter());
        let mut inner = outer.nested("block", ["dense", "relu"].into_iter());
        assert_eq!(inner.identifier("dense"), "block_dense");
        assert_eq!(inner.identifier("relu"), "relu");
    }

    #[test]
    fn derived_names_are_new() {
        let mut names = Names::new(["d0", "d0_relu"].into_iter());
        assert_eq!(names.derived("d0_relu"), "d0_relu_2");
        assert_eq!(names.derived("d0_linear"), "d0_linear");
    }

    #[test]
    fn arguments_avoid_the_firmwares_own_variables() {
        let mut names = Names::new(["layer4_out", "w2", "x"].into_iter());
        assert_eq!(names.argument("layer4_out"), "layer4_out_in");
        assert_eq!(names.argument("w2"), "w2_in");
        assert_eq!(names.argument("fc1_weight_t"), "fc1_weight_t_in");
        assert_eq!(names.argument("loaded_weights"), "loaded_weights_in");
        assert_eq!(names.argument("errno"), "errno_in");
        assert_eq!(names.argument("EEG"), "EEG");
        assert_eq!(names.argument("x"), "x");
    }
}
