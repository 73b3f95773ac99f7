//! Layer names as C++ identifiers.
//!
//! Keras accepts almost anything as a name (`block1/dense`, `2nd-layer`); the firmware needs identifiers. A name
//! that is one stays; any other is changed, to one that no layer has, always the same for the same model.
//!
//! The layers of a Keras 3 model get names in the order of their conversion, and one that is in use already gets a number, as in hls4ml.

use std::collections::{HashMap, HashSet};

use crate::identifier;
use crate::source::keras::{Generation, KerasLayer};

/// Gives each Keras name an identifier.
pub(super) struct Names {
    generation: Generation,
    /// The names that the model's layers have in the file.
    own: HashSet<String>,
    /// Keras 3: the names that layers have in hls4ml so far.
    used: HashSet<String>,
    taken: HashSet<String>,
    given: HashMap<String, String>,
    /// Names of the models around this one, which its layers may repeat.
    outer: HashSet<String>,
    /// What goes before a name that is changed.
    prefix: String,
}

/// Names that no layer of a Keras 3 model has in hls4ml, which reserves the letters of the word "input" instead of the word.
const RESERVED: [&str; 5] = ["i", "n", "p", "u", "t"];

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
    pub(super) fn new<'a>(generation: Generation, keras_names: impl Iterator<Item = &'a str>) -> Self {
        let own: HashSet<String> = keras_names.filter(|n| is_usable(n)).map(str::to_owned).collect();
        Self {
            generation,
            taken: match generation {
                Generation::Keras2 => own.clone(),
                Generation::Keras3 => HashSet::new(),
            },
            own,
            used: RESERVED.map(str::to_owned).into(),
            given: HashMap::new(),
            outer: HashSet::new(),
            prefix: String::new(),
        }
    }

    /// For a model that is the layer `group` of this one.
    pub(super) fn nested<'a>(&self, group: &str, keras_names: impl Iterator<Item = &'a str>) -> Self {
        let mut names = Self::new(self.generation, keras_names);
        names.outer = self.taken.union(&self.own).cloned().collect();
        names.taken.extend(names.outer.iter().cloned());
        names.prefix = format!("{}_", cleaned(group));
        names
    }

    /// Takes the names of a nested model, so that no later one repeats them.
    pub(super) fn absorb(&mut self, nested: &Self) {
        self.taken.extend(nested.taken.difference(&nested.outer).cloned());
    }

    /// The Keras name of a call of a layer.
    pub(super) fn of_call(&mut self, layer: &str) -> String {
        match self.generation {
            Generation::Keras2 => layer.to_owned(),
            Generation::Keras3 => self.numbered(layer.to_owned()),
        }
    }

    /// The identifier and the name in configurations of the activation that a layer has as an argument.
    pub(super) fn of_argument(&mut self, layer: &KerasLayer, suffix: &str) -> (String, String) {
        match self.generation {
            Generation::Keras2 => {
                let name = format!("{}_{suffix}", layer.name);
                (self.derived(&name), name)
            }
            // Of the file's name, not of the call's.
            Generation::Keras3 => {
                let name = self.numbered(format!("{}_{suffix}", layer.saved_as));
                (self.derived(&name), name)
            }
        }
    }

    /// The identifier and the name in configurations of a layer that Keras names when it reads the file.
    pub(super) fn of_generated(&mut self, name: &str) -> (String, String) {
        let name = self.numbered(name.to_owned());
        (self.derived(&name), name)
    }

    /// The name, with the first free number from 0 if a layer has it already.
    fn numbered(&mut self, name: String) -> String {
        let numbered = (0..).map(|number: usize| format!("{name}_{number}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|free| self.used.insert(free.clone()));
        free.unwrap_or(name)
    }

    /// The identifier for a name.
    pub(super) fn identifier(&mut self, name: &str) -> String {
        let usable = is_usable(name) && !self.outer.contains(name);
        if usable && self.generation == Generation::Keras2 {
            return name.into();
        }
        if let Some(given) = self.given.get(name) {
            return given.clone();
        }
        // Names of Keras 3 are not all known from the start.
        if usable && self.taken.insert(name.into()) {
            self.given.insert(name.into(), name.into());
            return name.into();
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
        let mut names = Names::new(Generation::Keras2, cases.iter().map(|(k, _)| *k));
        for (keras, identifier) in cases {
            assert_eq!(names.identifier(keras), identifier);
            assert_eq!(names.identifier(keras), identifier, "second time");
        }
    }

    #[test]
    fn a_nested_model_may_repeat_names_of_the_outer_one() {
        let outer = Names::new(Generation::Keras2, ["dense", "block"].into_iter());
        let mut inner = outer.nested("block", ["dense", "relu"].into_iter());
        assert_eq!(inner.identifier("dense"), "block_dense");
        assert_eq!(inner.identifier("relu"), "relu");

        // Layers of Keras 3 that come after the nested model keep their names.
        let mut outer = Names::new(Generation::Keras3, ["block", "dense", "block_dense"].into_iter());
        let mut inner = outer.nested("block", ["dense", "relu"].into_iter());
        assert_eq!(inner.identifier("dense"), "block_dense_2");
        outer.absorb(&inner);
        for name in ["block", "dense", "block_dense"] {
            assert_eq!(outer.identifier(name), name);
        }
    }

    #[test]
    fn layers_of_keras_3_are_numbered_in_the_order_of_their_conversion() {
        let mut names = Names::new(Generation::Keras3, ["n", "dense", "dense_relu"].into_iter());
        let mut name = |layer: &str| {
            let name = names.of_call(layer);
            (names.identifier(&name), name)
        };
        let both = |name: &str| (name.to_owned(), name.to_owned());
        assert_eq!(name("n"), both("n_0"));
        assert_eq!(name("shared"), both("shared"));
        assert_eq!(name("shared"), both("shared_0"));
        assert_eq!(name("block/dense"), ("block_dense".to_owned(), "block/dense".to_owned()));
        assert_eq!(name("block_dense"), ("block_dense_2".to_owned(), "block_dense".to_owned()));
    }

    #[test]
    fn derived_names_are_new() {
        let mut names = Names::new(Generation::Keras2, ["d0", "d0_relu"].into_iter());
        assert_eq!(names.derived("d0_relu"), "d0_relu_2");
        assert_eq!(names.derived("d0_linear"), "d0_linear");
    }

    #[test]
    fn arguments_avoid_the_firmwares_own_variables() {
        let mut names = Names::new(Generation::Keras2, ["layer4_out", "w2", "x"].into_iter());
        assert_eq!(names.argument("layer4_out"), "layer4_out_in");
        assert_eq!(names.argument("w2"), "w2_in");
        assert_eq!(names.argument("fc1_weight_t"), "fc1_weight_t_in");
        assert_eq!(names.argument("loaded_weights"), "loaded_weights_in");
        assert_eq!(names.argument("errno"), "errno_in");
        assert_eq!(names.argument("EEG"), "EEG");
        assert_eq!(names.argument("x"), "x");
    }
}
